"""`keepmum units`: what it writes into an image, what it only tells, and when the uplink may run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from keepmum import cli, config
from keepmum.commands import units
from keepmum.errors import BrokerError
from keepmum.settings import BrokerSettings, QuietSettings, Settings
from keepmum.wall.plan import EVERY, PLACE, TIMER, UPLINK

NIGHT = QuietSettings(hours=("22:30-06:30",))
ALWAYS, NEVER = '--set=quiet.hours=["00:00-00:00"]', "--set=quiet.uplink=true"


class Outcome(NamedTuple):
    """What one command left."""

    code: int
    out: str
    err: str


Keepmum = Callable[..., Outcome]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An empty image with one name server."""
    (tmp_path / "image/etc").mkdir(parents=True)
    (tmp_path / "image/etc/resolv.conf").write_text("nameserver 192.168.1.1\n")
    return tmp_path / "image"


@pytest.fixture
def keepmum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Keepmum:
    """The command with the words given, and no settings but those in them."""
    monkeypatch.delenv("KEEPMUM_CONFIG", raising=False)
    monkeypatch.setattr(config, "OWNERS_FILE", tmp_path / "none.yaml")

    def run(*words: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["keepmum", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Outcome(int(ended.value.code or 0), *capsys.readouterr())

    return run


def files(image: Path) -> dict[str, str]:
    place = image / PLACE.lstrip("/")
    return {name: (place / name).read_text() for name in EVERY if (place / name).exists()}


def test_check_tells_and_writes_nothing(keepmum: Keepmum, image: Path) -> None:
    """Exit status 1 while something would change, 0 afterwards."""
    words = ("--set=broker.host=192.168.1.7", "units", "--root", str(image))
    told = keepmum(*words, "--check")
    assert (told.code, told.out) == (1, f"to be written: {PLACE}/{UPLINK}\n")
    assert files(image) == {}
    assert (keepmum(*words).code, list(files(image))) == (0, [UPLINK])
    assert keepmum(*words, "--check") == (0, "everything is as the settings want it\n", "")


def test_a_second_time_touches_nothing(keepmum: Keepmum, image: Path) -> None:
    """Idempotent: the same inode, so that nothing has to be reloaded."""
    words = ("--set=broker.host=10.0.0.1", "--set=quiet.hours=['22:30-06:30']", "units", "--root", str(image))
    keepmum(*words)
    place = image / PLACE.lstrip("/")
    before = [(place / name).stat().st_ino for name in EVERY]
    assert keepmum(*words).out == "everything is as the settings want it\n"
    assert [(place / name).stat().st_ino for name in EVERY] == before


def test_without_broker_and_hours_all_is_taken_away(keepmum: Keepmum, image: Path) -> None:
    """No broker, no uplink; `--remove` does it whatever the settings say."""
    words = ("--set=broker.host=10.0.0.1", "--set=quiet.hours=['22:30-06:30']", "units", "--root", str(image))
    keepmum(*words)
    assert keepmum("units", "--root", str(image)).code == 0
    assert files(image) == {}
    keepmum(*words)
    assert keepmum(*words, "--remove").code == 0
    assert list((image / PLACE.lstrip("/")).iterdir()) == []


def test_somebody_elses_file_stays_as_it_is(keepmum: Keepmum, image: Path) -> None:
    """It is an error with a hint, and nothing else is written either."""
    theirs = image / PLACE.lstrip("/") / TIMER
    theirs.parent.mkdir(parents=True)
    theirs.write_text("[Timer]\n")
    ended = keepmum("--set=broker.host=10.0.0.1", "units", "--root", str(image))
    assert (ended.code, "was not written by keepmum" in ended.err, "hint:" in ended.err) == (1, True, True)
    assert (theirs.read_text(), list(files(image))) == ("[Timer]\n", [TIMER])


def test_a_name_that_nobody_knows_leaves_the_drop_in_and_sees_to_the_hours(image: Path) -> None:
    """What makes it quieter does not wait for a network, and the error comes all the same."""
    named = Settings(broker=BrokerSettings(host="broker.home"), quiet=NIGHT)
    units.run(named.model_copy(update={"quiet": QuietSettings()}), image, only_look=False, ask=lambda _: ("10.0.0.1",))
    before = files(image)[UPLINK]

    def nobody(host: str) -> tuple[str, ...]:
        raise BrokerError(f"broker.host {host!r} has no address")

    with pytest.raises(BrokerError, match="has no address"):
        units.run(named, image, only_look=False, ask=nobody)
    assert (files(image)[UPLINK], TIMER in files(image)) == (before, True)


def test_the_machines_own_names_need_no_network(keepmum: Keepmum, image: Path) -> None:
    """`localhost` is in /etc/hosts; its addresses are literal ones in the drop-in."""
    assert keepmum("--set=broker.host=localhost", "units", "--root", str(image)).code == 0
    assert "IPAddressAllow=127.0.0.1" in files(image)[UPLINK]


def test_a_password_that_is_not_there_is_told(keepmum: Keepmum, image: Path) -> None:
    """The rest is written; once it is there, it is handed over."""
    secret = image / "etc/secret"
    words = ("--set=broker.host=10.0.0.1", "--set=broker.username=a", "--set=broker.password_file=/etc/secret")
    ended = keepmum(*words, "units", "--root", str(image))
    assert (ended.code, "/etc/secret is not there" in ended.err) == (0, True)
    assert "LoadCredential" not in files(image)[UPLINK]
    secret.write_text("pineapple\n")
    keepmum(*words, "units", "--root", str(image))
    assert "LoadCredential=broker-password:/etc/secret" in files(image)[UPLINK]
    assert "pineapple" not in files(image)[UPLINK]


@pytest.mark.parametrize(("words", "code"), [((), 0), ((ALWAYS,), 1), ((ALWAYS, NEVER), 0)])
def test_the_uplink_may_run_unless_it_is_quiet(keepmum: Keepmum, words: tuple[str, ...], code: int) -> None:
    """The exit status is all that systemd asks for."""
    assert keepmum(*words, "units", "--may-send-now") == (code, "", "")


def test_settings_that_cannot_be_read_mean_that_it_may_not(keepmum: Keepmum, tmp_path: Path) -> None:
    """Broken, missing or with a wrong word; and never the status 255, which systemd takes for a failed unit."""
    broken = tmp_path / "broken.yaml"
    for text in ("quiet: [", "quiet:\n  hours: [noon]\n", "\0"):
        broken.write_text(text)
        assert keepmum("--config", str(broken), "units", "--may-send-now").code == 1
    assert keepmum("--config", str(tmp_path / "none"), "units", "--may-send-now").code == 1
    assert keepmum("units", "--may-send-now", "--check").code == 2


def calendar(looks: str, start: str) -> list[str]:
    """The next two moments at which systemd would look, in Berlin, after a moment there."""
    words = ["systemd-analyze", "calendar", "--iterations=2", f"--base-time={start}", f"*-*-* {looks}:00"]
    told = subprocess.run(words, env={"TZ": "Europe/Berlin", "LC_ALL": "C"}, capture_output=True, text=True, check=True)
    return [" ".join(row.split()[-3:]) for row in told.stdout.splitlines() if "elapse" in row or "Iter" in row]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_in_the_night_that_loses_an_hour_the_full_hour_is_looked_at() -> None:
    """Why `looks` has them: 02:30 does not exist on 28 March 2027, and systemd waits for the next day."""
    assert calendar("02:30", "2027-03-27 12:00") == ["2027-03-29 02:30:00 CEST", "2027-03-30 02:30:00 CEST"]
    assert calendar("03:00", "2027-03-27 12:00")[0] == "2027-03-28 03:00:00 CEST"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_understands_every_line(keepmum: Keepmum, image: Path) -> None:
    """Verified by its own tool, with the program's path replaced by one that is there."""
    keepmum('--set=quiet.hours=["22:30-06:30","12:00-13:00"]', "units", "--root", str(image))
    place = image / PLACE.lstrip("/")
    service = place / "keepmum-quiet.service"
    for name in ("keepmum.target", "keepmum-quiet.target"):
        (place / name).write_text((Path(__file__).parents[2] / "systemd" / name).read_text())
    (place / "keepmum-uplink.service").write_text("[Service]\nExecStart=/bin/true\n")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(place / TIMER), str(service), str(place / "keepmum.target")],
        env={"SYSTEMD_UNIT_PATH": f"{place}:/usr/lib/systemd/system:/lib/systemd/system", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, [row for row in done.stderr.splitlines() if "keepmum" in row]) == (0, [])
