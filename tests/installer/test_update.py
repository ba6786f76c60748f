"""The same command from a newer checkout brings a newer release, or goes back to the one that was well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pretend_speaker import Desk, checkout, tree
from trouble import InstallError


def test_an_update_keeps_settings_and_state(desk: Desk, tmp_path: Path) -> None:
    """Another release runs, the old one is the way back, and what is the household's is not touched."""
    desk.installs("--yes")
    before = desk.current
    (desk.root / "var/lib/keepmum").mkdir()
    (desk.root / "var/lib/keepmum/privacy.json").write_text("{}")
    (desk.root / "etc/keepmum/keepmum.yaml").write_text("wake:\n  trigger: 0.4\n")
    desk.checkout = checkout(tmp_path / "newer", "answers better")
    desk.installs("--yes")
    assert desk.current != before
    assert (desk.root / "opt/keepmum/previous").readlink().name == before
    assert desk.text("var/lib/keepmum/privacy.json") == "{}"
    assert desk.text("etc/keepmum/keepmum.yaml") == "wake:\n  trigger: 0.4\n"
    order = [call for call in desk.calls() if call.startswith("systemctl st")][-2:]
    assert order == ["systemctl stop keepmum*", "systemctl start keepmum.target"]


def test_a_release_that_came_up_with_the_computer_is_one_to_go_back_to(pi: Desk, tmp_path: Path) -> None:
    """After a first installation the Pi was restarted, and nobody ran the installer again until this bad update."""
    pi.installs("--board", "respeaker-2mic-v2")
    running = pi.current
    (pi.root / "proc/sys/kernel/random/boot_id").write_text("second start\n")
    (pi.root / "pretend/running").write_text("it came up by itself")
    pi.checkout = checkout(tmp_path / "bad", "PRETEND: it does not run")
    with pytest.raises(InstallError, match=f"{running} runs again"):
        pi.installs("--yes")
    assert pi.current == running


def test_only_the_last_two_releases_stay(desk: Desk, tmp_path: Path) -> None:
    """After three updates there is the one that runs and the one before it."""
    for number in range(4):
        desk.checkout = checkout(tmp_path / f"checkout {number}", f"answers {number}")
        desk.installs("--yes")
    kept = {path.name for path in (desk.root / "opt/keepmum/releases").iterdir()}
    assert kept == {desk.current, (desk.root / "opt/keepmum/previous").readlink().name}


def test_an_update_that_is_not_well_goes_back(desk: Desk, tmp_path: Path) -> None:
    """Every file is what it was, the old release was started again, and the error says why."""
    for number in range(2):
        desk.checkout = checkout(tmp_path / f"checkout {number}", f"answers {number}")
        desk.installs("--yes")
    before, running = tree(desk.root, "opt/keepmum/installed.json"), desk.current
    desk.checkout = checkout(tmp_path / "bad", "PRETEND: it does not run")
    with pytest.raises(InstallError, match=rf"{running} runs again: (.|\n)*why it does not run"):
        desk.installs("--yes")
    assert tree(desk.root, "opt/keepmum/installed.json") == before
    assert desk.calls().count("systemctl start keepmum.target") == 4
    assert json.loads(desk.text("opt/keepmum/installed.json"))["well"] == running


def test_units_go_back_with_their_release(desk: Desk, tmp_path: Path) -> None:
    """A unit that only the failed release has is gone again, and a changed one is as before."""
    desk.installs("--yes")
    bad = checkout(tmp_path / "bad", "PRETEND: it does not run")
    (bad / "systemd/keepmum-new.service").write_text("[Service]\nExecStart=/bin/true\n")
    (bad / "systemd/keepmum-skills.service").write_text("[Service]\nExecStart=/bin/false\n")
    good = (desk.checkout / "systemd/keepmum-skills.service").read_text()
    desk.checkout = bad
    with pytest.raises(InstallError):
        desk.installs("--yes")
    assert not (desk.root / "usr/local/lib/systemd/system/keepmum-new.service").exists()
    assert desk.text("usr/local/lib/systemd/system/keepmum-skills.service") == good


def test_a_unit_that_a_newer_release_has_no_more_goes(desk: Desk, tmp_path: Path) -> None:
    """What an earlier release brought and this one does not is taken away."""
    (desk.checkout / "systemd/keepmum-old.service").write_text("[Service]\nExecStart=/bin/true\n")
    desk.installs("--yes")
    assert (desk.root / "usr/local/lib/systemd/system/keepmum-old.service").exists()
    desk.checkout = checkout(tmp_path / "newer", "answers better")
    desk.installs("--yes")
    assert not (desk.root / "usr/local/lib/systemd/system/keepmum-old.service").exists()


def test_a_page_that_somebody_had_started_is_started_again(desk: Desk, tmp_path: Path) -> None:
    """An update stops everything, and what ran besides the target runs afterwards, too."""
    desk.installs("--yes")
    (desk.root / "pretend/page").touch()
    desk.checkout = checkout(tmp_path / "newer", "answers better")
    desk.installs("--yes")
    assert desk.calls()[-10:].count("systemctl start keepmum-panel.socket") <= 1
    assert "systemctl start keepmum-panel.socket" in desk.calls()


def test_an_update_without_network_changes_nothing_that_runs(desk: Desk, tmp_path: Path) -> None:
    """The release cannot be built; the old one was never stopped."""
    desk.installs("--yes")
    before, stops = tree(desk.root, "opt/keepmum/installed.json"), desk.calls().count("systemctl stop keepmum*")
    (desk.root / "pretend/offline").touch()
    desk.checkout = checkout(tmp_path / "newer", "answers better")
    with pytest.raises(InstallError, match="the wheels cannot be installed"):
        desk.installs("--yes")
    (desk.root / "pretend/offline").unlink()
    assert tree(desk.root, "opt/keepmum/installed.json") == before
    assert desk.calls().count("systemctl stop keepmum*") == stops
