"""One command installs, a second time changes nothing, and a look changes nothing at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pretend_speaker import CMDLINE, CONFIG, OVERLAY_LINES, Desk, tree
from trouble import InstallError


def test_everything_that_the_contract_names_is_there(desk: Desk) -> None:
    """A release, its links, settings, users, units, and nothing that listens on the network."""
    desk.installs("--yes")
    there = tree(desk.root)
    name = desk.current
    assert there["usr/local/bin/keepmum"] == "-> /opt/keepmum/current/bin/keepmum"
    assert there["opt/keepmum/current"] == f"-> releases/{name}"
    assert desk.text(f"opt/keepmum/releases/{name}/bin/keepmum").startswith(
        f"#!{desk.root}/opt/keepmum/releases/{name}/bin/python3 -I\n"
    )
    assert f"opt/keepmum/releases/{name}/bin/activate" not in there
    assert "keepmum-listener:" in desk.text("etc/passwd")
    assert "keepmum-panel:x:900:pi\n" in desk.text("etc/group")
    for unit in (desk.checkout / "systemd").glob("keepmum*.service"):
        assert desk.text(f"usr/local/lib/systemd/system/{unit.name}") == unit.read_text()
    enabled = {path.name for path in (desk.root / "etc/systemd/system/multi-user.target.wants").iterdir()}
    assert {"keepmum.target", "keepmum-listener.service"} <= enabled
    assert "keepmum-panel.socket" not in enabled


def test_all_consents_are_off(desk: Desk) -> None:
    """The settings that are written name the board that was found, and nothing that could leave."""
    desk.installs("--yes")
    said = [line for line in desk.text("etc/keepmum/keepmum.yaml").splitlines() if line and not line.startswith("#")]
    assert said == ["hardware:", '  board: "respeaker-lite-usb"']
    assert not (desk.root / "var/lib/keepmum").exists()


def test_answers_come_from_options(desk: Desk, tmp_path: Path) -> None:
    """Board, wake phrase and broker; the password goes into a file of root's alone, and not into the settings."""
    (tmp_path / "password").write_text("s3cret\n")
    desk.installs(
        *("--board", "respeaker-2mic-v2", "--wake", "Hey Jarvis", "--broker", "hub.lan:8883"),
        *("--broker-user", "speaker", "--broker-password-file", str(tmp_path / "password")),
    )
    settings = desk.text("etc/keepmum/keepmum.yaml")
    assert '  board: "respeaker-2mic-v2"\n' in settings
    assert '  phrases: ["hey jarvis"]\n' in settings
    assert '  host: "hub.lan"\n  port: 8883\n  tls: true\n  username: "speaker"\n' in settings
    assert "s3cret" not in settings
    assert desk.text("etc/keepmum/secrets/broker-password") == "s3cret\n"
    assert tree(desk.root)["etc/keepmum/secrets"].startswith("40700")
    assert tree(desk.root)["etc/keepmum/secrets/broker-password"].startswith("100600")
    assert (desk.root / "etc/systemd/system/keepmum-uplink.service.d/50-keepmum.conf").is_file()
    assert not any("s3cret" in call for call in desk.calls())


def test_a_look_changes_nothing(pi: Desk) -> None:
    """--check says what every step would do, on a bare speaker and on an installed one, and leaves every byte."""
    before = tree(pi.root)
    said = pi.installs("--check")
    assert tree(pi.root) == before
    for word in ("packages", "release", "accounts", "settings", "boot", "switch", "units", "start"):
        assert f"install: {word:<11} would " in said
    pi.installs("--yes")
    before = tree(pi.root)
    assert "nothing to do" in pi.installs("--check")
    assert tree(pi.root) == before


def test_a_second_time_changes_nothing(desk: Desk) -> None:
    """Installing what is installed says so for every step, and leaves every byte."""
    desk.installs("--yes")
    before = tree(desk.root)
    said = desk.installs("--yes")
    assert said.count("as it is") == 8
    assert tree(desk.root) == before


def test_a_package_that_a_stop_tore_apart_is_unpacked_anew(desk: Desk) -> None:
    """What dpkg can no longer configure is installed again after the lists were read, and only then the rest."""
    (desk.root / "pretend/torn").write_text("libxdmcp6\n")
    desk.installs("--yes")
    calls = [call for call in desk.calls() if call.startswith(("apt-get", "dpkg --configure"))]
    assert (desk.root / "pretend/torn").read_text() == ""
    assert [call.split()[1] if call.startswith("apt") else call for call in calls[:4]] == [
        "dpkg --configure -a",
        "update",
        "install",
        "dpkg --configure -a",
    ]
    assert calls[2].endswith(" --reinstall libxdmcp6")


def test_a_package_that_cannot_be_configured_stops_it(desk: Desk) -> None:
    """An owner's own broken package is dpkg's to explain; nothing of keepmum comes before it is mended."""
    (desk.root / "pretend/stuck").touch()
    with pytest.raises(InstallError, match="packages that were being installed cannot be completed") as caught:
        desk.installs("--yes")
    assert "dpkg --configure -a" in caught.value.hint
    assert not (desk.root / "opt/keepmum/current").exists()


def test_settings_are_written_once(desk: Desk) -> None:
    """What the owner wrote stays, and an option that would change it is named."""
    (desk.root / "etc/keepmum").mkdir()
    (desk.root / "etc/keepmum/keepmum.yaml").write_text("wake:\n  trigger: 0.4\n")
    said = desk.installs("--board", "laptop")
    assert desk.text("etc/keepmum/keepmum.yaml") == "wake:\n  trigger: 0.4\n"
    assert "write --board into it yourself" in said


def test_settings_that_cannot_be_stop_it_before_the_switch(desk: Desk) -> None:
    """Their own error is shown, and nothing but the packages has come."""
    (desk.root / "etc/keepmum").mkdir()
    (desk.root / "etc/keepmum/keepmum.yaml").write_text("nonsense: true\n")
    with pytest.raises(InstallError, match=r"your settings cannot be used(.|\n)*nonsense: there is no such key"):
        desk.installs("--yes")
    assert not (desk.root / "opt/keepmum/current").exists()
    assert list((desk.root / "opt/keepmum/releases").iterdir()) == []


def test_a_missing_model_stops_it_before_the_switch(desk: Desk) -> None:
    """What the new release's doctor calls a problem of speech is one of the installation, with its hint."""
    finding = {"group": "speech", "check": "model", "verdict": "problem", "found": "no folder /m", "hint": "fetch it"}
    (desk.root / "pretend/doctor.json").write_text(json.dumps({"checks": [finding]}))
    with pytest.raises(InstallError, match=r"cannot work: model: no folder /m") as caught:
        desk.installs("--yes")
    assert caught.value.hint == "fetch it"
    assert not (desk.root / "opt/keepmum/current").exists()


def test_a_release_that_cannot_be_imported_is_not_switched_to(desk: Desk) -> None:
    """It is looked at before anybody uses it, and taken away again."""
    (desk.checkout / "device/keepmum/skills.py").write_text("PRETEND: it cannot be imported")
    with pytest.raises(InstallError, match=r"does not start"):
        desk.installs("--yes")
    assert list((desk.root / "opt/keepmum/releases").iterdir()) == []


def test_a_pi_gets_its_block_and_waits_for_a_restart(pi: Desk) -> None:
    """The board's lines stand below an [all] of their own, memory limits get their word, and nothing is started yet."""
    said = pi.installs("--board", "respeaker-2mic-v2")
    config = pi.text("boot/firmware/config.txt")
    assert config.startswith(CONFIG)
    block = config.removeprefix(CONFIG).splitlines()
    assert block[1:-1] == ["[all]", *OVERLAY_LINES]
    assert pi.text("boot/firmware/cmdline.txt") == CMDLINE.replace("\n", " cgroup_enable=memory\n")
    assert pi.text("boot/firmware/config.txt.before-keepmum") == CONFIG
    assert "sudo reboot" in said
    assert "systemctl start keepmum.target" not in pi.calls()
    assert "overlays/respeaker-2mic-v2_0.dtbo is not there. It comes from its maker" in said


def test_after_the_restart_it_is_started_and_waited_for(pi: Desk) -> None:
    """The second run finds another start of the computer, and sees that it is well."""
    pi.installs("--board", "respeaker-2mic-v2")
    (pi.root / "proc/sys/kernel/random/boot_id").write_text("second start\n")
    said = pi.installs("--yes")
    assert "systemctl start keepmum.target" in pi.calls()
    assert "sudo reboot" not in said
    assert json.loads(pi.text("opt/keepmum/installed.json"))["well"] == pi.current


def test_another_board_in_the_settings_changes_the_block(pi: Desk) -> None:
    """An owner who writes another board runs the same command again; the block is replaced, not repeated."""
    pi.installs("--board", "respeaker-2mic-v2")
    (pi.root / "etc/keepmum/keepmum.yaml").write_text(
        "hardware:\n  board: respeaker-lite-usb\n".replace(" r", ' "r').replace("usb", 'usb"')
    )
    pi.installs("--yes")
    config = pi.text("boot/firmware/config.txt")
    assert config.count("[all]") == 1
    assert "dtparam=strict_gpiod" in config
    assert "respeaker-2mic" not in config


def test_a_pi_without_its_boot_partition_is_told_to_mount_it(pi: Desk) -> None:
    """The board needs lines in a file that is not there: nothing is switched, and the hint says what to do."""
    (pi.root / "boot/firmware/config.txt").unlink()
    with pytest.raises(InstallError, match=r"config\.txt is not there") as caught:
        pi.installs("--board", "respeaker-2mic-v2")
    assert "sudo mount /boot/firmware" in caught.value.hint
    assert not (pi.root / "opt/keepmum/current").exists()


def test_a_mini_pc_has_no_boot_files(desk: Desk) -> None:
    """Without a Raspberry Pi nothing is written for its firmware."""
    desk.installs("--board", "respeaker-2mic-v2")
    assert not (desk.root / "boot").exists()


def test_an_image_that_does_not_run_is_only_enabled(desk: Desk) -> None:
    """While an image is made there is no systemd to start anything; it starts with the image."""
    (desk.root / "run/systemd/system").rmdir()
    said = desk.installs("--yes")
    assert not any(call.startswith("systemctl st") for call in desk.calls())
    assert "keepmum starts with it" in said
    assert (desk.root / "etc/systemd/system/multi-user.target.wants/keepmum.target").is_symlink()


def test_a_unit_that_the_owner_changed_is_kept_beside_and_named(desk: Desk) -> None:
    """Ours takes its place, theirs is `.owner`, and the note says where changes belong."""
    desk.installs("--yes")
    unit = "usr/local/lib/systemd/system/keepmum-skills.service"
    (desk.root / unit).write_text("[Service]\nExecStart=/bin/true\n")
    said = desk.installs("--yes")
    assert desk.text(f"{unit}.owner") == "[Service]\nExecStart=/bin/true\n"
    assert desk.text(unit) == (desk.checkout / "systemd/keepmum-skills.service").read_text()
    assert "systemctl edit keepmum-skills.service" in said


def test_a_speaker_that_does_not_come_up_says_why(desk: Desk) -> None:
    """A first installation has nothing to go back to: the unit, its last words, and what to ask."""
    (desk.checkout / "device/keepmum/skills.py").write_text("PRETEND: it does not run")
    with pytest.raises(InstallError, match=r"activating auto-restart(.|\n)*why it does not run") as caught:
        desk.installs("--yes")
    assert "keepmum doctor" in caught.value.hint


def test_a_name_server_that_is_away_is_a_note(desk: Desk) -> None:
    """The uplink waits for its drop-in; the speaker works without it."""
    program = desk.root / "usr/bin/python3"
    program.write_text(
        program.read_text().replace('*" units --root "*)', '*" units --root "*) echo nobody knows hub; exit 1')
    )
    said = desk.installs("--yes", "--broker", "hub.lan")
    assert "the uplink waits until `sudo keepmum units` succeeds: nobody knows hub" in said
