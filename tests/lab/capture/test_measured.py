"""Captures of a device become figures in the rows of the policies: uploads, their seconds, and bytes on the wire."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file; these are found by folder

import captures
from captures import beats, burst

from keepmum.cli import app
from keepmum.errors import LabError
from keepmum.lab.capture.bursts import Upload, idle, per_second, uploads
from keepmum.lab.capture.measured import measured, named, per_device
from keepmum.lab.capture.outgoing import Sent
from keepmum.lab.evaluate import row as rows


def bins(lines: list[captures.Line], seconds: float) -> list[int]:
    """Bytes of each second that leave."""
    return per_second([Sent(at, size) for at, size, outward in lines if outward], seconds)


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    """An Echo, as it might be captured: idle for ten minutes, two commands in two minutes each, another device."""
    here = tmp_path / "moniotr" / "us" / "echodot"
    captures.pcap(here / "idle" / "2019-04-01_10:00:00.600s.pcap", beats(600))
    for minute in range(2):
        lines = [*beats(120), *burst(30, 4)]
        captures.pcap(here / "voice" / f"2019-04-01_11:0{minute}:00.120s.pcap", sorted(lines))
    lines = sorted([*beats(60), *burst(10, 3), *burst(40, 2, 6_000)])
    captures.pcap(tmp_path / "moniotr" / "uk" / "homepod" / "voice" / "2019-05-01_09:00:00.60.pcap", lines)
    return tmp_path / "moniotr"


def test_an_upload_is_a_burst_over_the_idle_rate() -> None:
    """Its seconds and its bytes; a short quiet in it does not cut it, and a small one is none."""
    lines = [*beats(60), *burst(10, 3), *burst(15, 2), *burst(40, 1, 2_000)]
    found = bins(lines, 60)
    rate = idle(found)
    assert rate < 10
    (one,) = uploads(found, rate)
    assert (one.begins, one.ends) == (10.0, 17.0)
    assert one.bytes == pytest.approx(20_000, rel=0.01)


def test_two_bursts_far_apart_are_two_uploads() -> None:
    """Each with its own time."""
    found = uploads(bins([*burst(10, 2), *burst(30, 2)], 60), 0.0)
    assert [each.begins for each in found] == [10.0, 30.0]


def test_a_device_that_always_streams_is_no_idle_one() -> None:
    """The control: without a quiet second, all of it is one upload."""
    found = bins(burst(0, 60), 60)
    assert uploads(found, idle(found)) == [Upload(0.0, 60.0, 60 * (4_000 - idle(found)))]


def test_a_silent_device_uploads_nothing() -> None:
    """No packet, no burst, and no division by nothing."""
    assert uploads(per_second([], 0.0), 0.0) == []


def test_a_folder_of_captures_becomes_rows(echo: Path) -> None:
    """Uploads per hour with their interval, seconds and bytes, for each device and each of its activities."""
    table = per_device(measured(echo))
    assert list(table) == ["uk/homepod", "us/echodot", "us/echodot, idle", "us/echodot, voice"]
    clips = table["us/echodot, voice"]["clips_per_h"]
    assert (clips.value, clips.n, clips.kind) == (pytest.approx(30), 2, "measured")
    assert clips.lo is not None
    assert clips.hi is not None
    assert clips.lo < 30 < clips.hi
    assert table["us/echodot, voice"]["upload_s_per_h"].value == pytest.approx(4 * 30)
    assert table["us/echodot, idle"]["clips_per_h"].value == 0
    sent = table["us/echodot"]["wire_bytes_per_h"].value
    assert sent == pytest.approx((30 * 114 + 2 * (6 * 114 + 16 * 1_054)) / 840 * 3_600)
    assert table["uk/homepod"]["clips_per_h"].n == 2


def test_the_seconds_in_a_name_count_if_the_device_is_silent(tmp_path: Path) -> None:
    """Ten minutes in which it sent one packet are ten minutes."""
    captures.pcap(tmp_path / "us" / "dot" / "idle" / "2019-04-01_10:00:00.600s.pcap", beats(1))
    sent = per_device(measured(tmp_path))["us/dot"]["wire_bytes_per_h"]
    assert sent.value == pytest.approx(114 * 6)


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("us/echodot/voice/2019-04-26_16:34:16.20s.pcap", ("us/echodot", "voice", 20.0)),
        ("data/us/echodot/voice/2019-04-26.20.pcap", ("us/echodot", "voice", 20.0)),
        ("us/echodot/voice/alexa.pcap", ("us/echodot", "voice", None)),
        ("simulated/ours/audio/2026-01-01_00.00.00.3s.17.pcap", ("simulated/ours", "audio", 3.0)),
        ("echo/what_time_12.csv", ("echo", "what_time", None)),
    ],
)
def test_the_path_tells_device_activity_and_seconds(path: str, meant: tuple[str, str, float | None]) -> None:
    """As in Mon(IoT)r; of other paths, what they tell."""
    assert tuple(named(Path(), Path(path))) == meant


def test_what_the_lab_exported_itself_is_not_called_measured(tmp_path: Path) -> None:
    """Its captures come from a country that does not exist."""
    captures.pcap(tmp_path / "simulated" / "alexa" / "audio" / "2026-01-01_00.00.00.3s.1.pcap", burst(0, 3))
    assert {row.kind for row in measured(tmp_path)} == {"simulated"}


def test_a_capture_of_the_tap_is_read_once(tmp_path: Path) -> None:
    """It writes a pcap and a CSV of the same packets."""
    captures.pcap(tmp_path / "tap.pcap", burst(0, 3))
    (tmp_path / "tap.csv").write_text("time,size,direction\n0.0,100,1\n")
    assert per_device(measured(tmp_path))[tmp_path.name]["clips_per_h"].n == 1


def test_everything_wrong_in_a_folder_is_told_at_once(echo: Path) -> None:
    """Each file with its own reason, in one error."""
    whole = next(echo.rglob("*.pcap")).read_bytes()
    spoilt = {
        "cut.pcap": whole[:-5],
        "none.pcap": b"hello there",
        "empty.csv": b"",
        "link.pcap": whole[:20] + b"\x69\0\0\0",
    }
    for name, content in spoilt.items():
        (echo / name).write_bytes(content)
    with pytest.raises(LabError) as caught:
        measured(echo)
    told = caught.value.what.splitlines()
    assert len(told) == 4
    reasons = ("cut.pcap: is cut", "empty.csv: is empty", "link.pcap: has link type 105", "none.pcap: is no pcap")
    for line, reason in zip(told, reasons, strict=True):
        assert reason in line


@pytest.mark.parametrize("make", [True, False])
def test_a_folder_without_captures_is_told(tmp_path: Path, make: bool) -> None:
    """Or none at all."""
    place = tmp_path / "nothing"
    if make:
        place.mkdir()
    with pytest.raises(LabError, match="there is no"):
        measured(place)


def test_the_command_puts_the_device_beside_the_policies(echo: Path, tmp_path: Path) -> None:
    """One table with `measured`, `simulated` and `control` in it, and a CSV that the report reads."""
    file = tmp_path / "run" / "measured" / "echo.csv"
    done = CliRunner().invoke(app, ["lab", "capture", str(echo), "--csv", str(file)])
    assert done.exit_code == 0, done.output
    lines = {line.split("  ")[0]: line for line in done.output.splitlines()}
    assert "measured" in lines["us/echodot"]
    assert "simulated" in lines["alexa-2019-default"]
    assert "control" in lines["always-stream"]
    assert [(each.policy, each.metric, each.n) for each in rows.read(file)] == [
        (each.policy, each.metric, each.n) for each in measured(echo)
    ]


def test_the_command_names_a_bad_folder(tmp_path: Path) -> None:
    """And ends with an error."""
    done = CliRunner().invoke(app, ["lab", "capture", str(tmp_path / "nothing")])
    assert isinstance(done.exception, LabError)
