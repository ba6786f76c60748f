"""A run as other tools read it: each format is opened again by somebody else's rules."""

from __future__ import annotations

import csv
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepmum import cli
from keepmum.errors import LabError
from keepmum.lab.evaluate.replaying import Assumptions, replay
from keepmum.lab.export.pcap import capture
from keepmum.lab.export.uploads import ANSWER, OUT, SEGMENT, Packet, uploads
from keepmum.lab.plan import BYTES_A_SECOND
from keepmum.lab.run import open_run

sys.path.insert(0, str(Path(__file__).parents[1]))
import _small_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = _small_run.write_small_run(tmp_path_factory.mktemp("export") / "run")
    replay(open_run(folder), Assumptions())
    return folder


def exported(run: Path, form: str, out: Path, *more: str) -> list[str]:
    words = ["lab", "export", str(run), "--format", form, "--out", str(out), *more]
    result = CliRunner().invoke(cli.app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    files = sorted(file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file())
    assert result.stdout == f"{len(files)} files in {out}\n"
    return files


def test_an_upload_carries_what_left(run: Path) -> None:
    """All sound, then the text, then an answer; as fast as it was spoken."""
    evaluation = replay(open_run(run), Assumptions())
    alexa = next(replayed for replayed in evaluation.replays if replayed.policy.id == "alexa-2019-default")
    for upload, decision in zip(uploads(alexa), [each for each in alexa.decisions if each.sound], strict=True):
        out = sum(packet.size for packet in upload.packets if packet.direction == OUT)
        assert out == pytest.approx(sum(flow.bytes for flow in decision.flows), abs=2)
        assert max(packet.size for packet in upload.packets) <= SEGMENT
        assert upload.packets[-1] == Packet(pytest.approx(decision.sound + 0.05), ANSWER, -OUT)
        times = [packet.at for packet in upload.packets]
        assert times == sorted(times)
        assert out >= round(decision.sound * BYTES_A_SECOND)


def test_moniotr_has_its_folders_and_captures(run: Path, tmp_path: Path) -> None:
    """`country/device/activity/date.seconds.pcap`; the country says that nobody captured it."""
    files = exported(run, "moniotr", tmp_path, "--policy", "alexa-2019-default")
    assert files == [
        "simulated/alexa-2019-default/false_wake/2026-11-22_00.02.29.4s.2.pcap",
        "simulated/alexa-2019-default/false_wake/2026-11-22_00.02.30.9s.3.pcap",
        "simulated/alexa-2019-default/wake/2026-11-22_00.00.01.4s.1.pcap",
    ] or all(name.startswith("simulated/alexa-2019-default/") for name in files)
    assert {name.split("/")[2] for name in files} == {"wake", "false_wake"}


def test_a_capture_is_one(tmp_path: Path) -> None:
    """Header, lengths and checksums are right; tcpdump reads it, where there is one."""
    packets = (Packet(0.0, 100, 1), Packet(0.5, 1448, 1), Packet(0.6, 120, -1))
    whole = capture(packets, 1_700_000_000)
    assert struct.unpack("<IHHiIII", whole[:24]) == (0xA1B2C3D4, 2, 4, 0, 0, 65_535, 101)
    at, seen = 24, []
    while at < len(whole):
        seconds, micro, length, _ = struct.unpack("<IIII", whole[at : at + 16])
        ip = whole[at + 16 : at + 16 + length]
        total = sum(struct.unpack(">10H", ip[:20]))
        assert (total & 0xFFFF) + (total >> 16) == 0xFFFF
        assert struct.unpack(">H", ip[2:4])[0] == length
        seen.append((seconds + micro / 1e6 - 1_700_000_000, length - 40, 1 if ip[12] == 192 else -1))
        at += 16 + length
    assert [(pytest.approx(packet.at), packet.size, packet.direction) for packet in packets] == seen
    if tcpdump := shutil.which("tcpdump"):
        (tmp_path / "one.pcap").write_bytes(whole)
        words = [tcpdump, "-n", "-r", str(tmp_path / "one.pcap")]
        told = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
        assert len(told) == 3
        assert "192.0.2.10.50000 > 198.51.100.20.443" in told[0]


def test_vcfingerprinting_has_time_size_direction(run: Path, tmp_path: Path) -> None:
    """One file for each upload; an unknown policy is told."""
    files = exported(run, "vcf", tmp_path, "--policy", "ours-share")
    assert files == ["simulated/ours-share/wake_1.csv"]
    rows = list(csv.DictReader((tmp_path / files[0]).read_text().splitlines()))
    assert set(rows[0]) == {"time", "size", "direction"}
    assert {row["direction"] for row in rows} == {"1", "-1"}
    with pytest.raises(LabError, match="was not replayed under 'ours-shore'"):
        exported(run, "vcf", tmp_path, "--policy", "ours-shore")


def test_varys_has_its_three_tables(run: Path, tmp_path: Path) -> None:
    """Every wake under every policy, with what came of it."""
    assert exported(run, "varys", tmp_path) == ["interaction.csv", "interactor_config.csv", "session.csv"]
    rows = list(csv.DictReader((tmp_path / "interaction.csv").read_text().splitlines()))
    assert len(rows) == 22 * 3
    assert {row["response"] for row in rows} == {"sent", "not_sent"}
    sessions = list(csv.DictReader((tmp_path / "session.csv").read_text().splitlines()))
    assert sessions[0]["started"].startswith("2026-11-22T00:00:00")


def test_labels_lie_where_the_sound_is(run: Path, tmp_path: Path) -> None:
    """RTTM and CTM by recording, Audacity's labels over all of them."""
    assert exported(run, "rttm", tmp_path) == ["audacity-labels.txt", "truth.ctm", "truth.rttm"]
    labels = (tmp_path / "audacity-labels.txt").read_text().splitlines()
    assert "150.100\t158.000\tcommand" in labels, "90.1 s into the second recording"


def test_parquet_has_the_same_figures(run: Path, tmp_path: Path) -> None:
    """As the CSV that lies in the run."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    assert exported(run, "parquet", tmp_path) == ["decisions.parquet", "flows.parquet", "metrics.parquet"]
    table = parquet.read_table(tmp_path / "metrics.parquet").to_pylist()
    rows = list(csv.DictReader((run / "metrics.csv").read_text().splitlines()))
    assert [(each["policy"], each["metric"]) for each in table] == [(row["policy"], row["metric"]) for row in rows]
    flows = parquet.read_table(tmp_path / "flows.parquet").to_pylist()
    assert len(flows) == len((run / "flows.jsonl").read_text().splitlines())


def test_without_pyarrow_one_line_says_what_to_install(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not a traceback."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(LabError, match="Parquet needs pyarrow"):
        exported(run, "parquet", tmp_path)


@pytest.mark.parametrize("form", ["moniotr", "vcf", "varys", "rttm", "parquet"])
def test_the_same_run_is_exported_in_the_same_bytes(run: Path, tmp_path: Path, form: str) -> None:
    """In every file."""
    first = exported(run, form, tmp_path / "one", *(["--policy", "ours-share"] if form in ("moniotr", "vcf") else []))
    exported(run, form, tmp_path / "two", *(["--policy", "ours-share"] if form in ("moniotr", "vcf") else []))
    assert first
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in first)
