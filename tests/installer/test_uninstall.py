"""Uninstalling leaves nothing of keepmum, and everything that is somebody else's."""

from __future__ import annotations

import pytest
from pretend_speaker import CMDLINE, CONFIG, Desk, tree
from trouble import InstallError


def test_nothing_is_left(pi: Desk) -> None:
    """After state was made and units were shaped, too, the Pi is byte for byte as it was before."""
    before = tree(pi.root)
    pi.installs("--board", "respeaker-2mic-v2", "--broker", "hub.lan")
    (pi.root / "var/lib/keepmum").mkdir()
    (pi.root / "var/lib/keepmum/privacy.json").write_text("{}")
    pi.uninstalls("--yes")
    assert tree(pi.root) == before


def test_packages_of_an_apt_that_stopped_halfway_are_not_forgotten(desk: Desk) -> None:
    """The first run brought some, the second one the rest: an uninstall takes all of them away."""
    before = tree(desk.root)
    (desk.root / "pretend/stops").touch()
    with pytest.raises(InstallError, match=r"apt did not install(.|\n)*E: disk full"):
        desk.installs("--yes")
    assert "lib-of-libportaudio2" in desk.text("pretend/installed")
    desk.installs("--yes")
    desk.uninstalls("--yes")
    assert tree(desk.root) == before


def test_twice_is_no_trouble(desk: Desk) -> None:
    """The second time it says that there is nothing."""
    desk.installs("--yes")
    desk.uninstalls("--yes")
    before = tree(desk.root)
    assert "nothing of keepmum is installed here" in desk.uninstalls("--yes")
    assert tree(desk.root) == before


def test_what_was_there_before_stays(desk: Desk) -> None:
    """A package, a group and a user of that name that the installer did not bring are not its to take away."""
    (desk.root / "etc/passwd").write_text(desk.text("etc/passwd") + "keepmum-skills:x:950:950::/:/bin/false\n")
    (desk.root / "pretend/installed").write_text("alsa-utils\nespeak-ng\nvim\n")
    desk.installs("--yes")
    desk.uninstalls("--yes")
    assert "keepmum-skills:x:950" in desk.text("etc/passwd")
    assert "keepmum-listener" not in desk.text("etc/passwd")
    assert "gpio:x:997:pi\n" in desk.text("etc/group")
    assert desk.text("pretend/installed").split() == ["alsa-utils", "espeak-ng", "vim"]


def test_a_package_that_others_need_by_now_stays(desk: Desk) -> None:
    """Taking it away would take somebody else's program along; it is named."""
    desk.installs("--yes")
    (desk.root / "pretend/needs").write_text("libportaudio2 needed-by audacity\n")
    said = desk.uninstalls("--yes")
    assert desk.text("pretend/installed").split() == ["alsa-utils", "vim", "libportaudio2"]
    assert "packages that others need by now stay: libportaudio2" in said


def test_kept_state_is_roots_and_is_found_again(desk: Desk) -> None:
    """--keep-state keeps settings and state, for root alone, and a new installation takes them up."""
    desk.installs("--wake", "hey jarvis")
    (desk.root / "var/lib/keepmum").mkdir()
    (desk.root / "var/lib/keepmum/privacy.json").write_text("{}")
    desk.uninstalls("--keep-state")
    assert f"chown -R 0:0 {desk.root}/var/lib/keepmum" in desk.calls()
    assert not (desk.root / "opt/keepmum").exists()
    desk.installs("--yes")
    assert "hey jarvis" in desk.text("etc/keepmum/keepmum.yaml")
    assert desk.text("var/lib/keepmum/privacy.json") == "{}"


def test_an_owners_lines_in_the_boot_files_stay(pi: Desk) -> None:
    """What was written above, below and after the block, and into cmdline.txt, is left as it is."""
    pi.installs("--board", "respeaker-2mic-v2")
    config, cmdline = pi.root / "boot/firmware/config.txt", pi.root / "boot/firmware/cmdline.txt"
    config.write_text("# first\n" + config.read_text() + "gpu_mem=64\n")
    cmdline.write_text(cmdline.read_text().replace("\n", " quiet\n"))
    pi.uninstalls("--yes")
    assert config.read_text() == f"# first\n{CONFIG}gpu_mem=64\n"
    assert cmdline.read_text() == CMDLINE.replace("\n", " quiet\n")


def test_an_owners_word_in_cmdline_stays(pi: Desk) -> None:
    """Memory limits that the owner had turned on are not turned off."""
    cmdline = pi.root / "boot/firmware/cmdline.txt"
    cmdline.write_text("console=tty1 cgroup_enable=memory rootwait\n")
    pi.installs("--board", "respeaker-2mic-v2")
    pi.uninstalls("--yes")
    assert cmdline.read_text() == "console=tty1 cgroup_enable=memory rootwait\n"


def test_an_owners_drop_in_stays_and_is_named(desk: Desk) -> None:
    """What somebody wrote with `systemctl edit` is theirs."""
    desk.installs("--yes", "--broker", "hub.lan")
    own = desk.root / "etc/systemd/system/keepmum-uplink.service.d/override.conf"
    own.write_text("[Service]\nNice=5\n")
    said = desk.uninstalls("--yes")
    assert [path.name for path in own.parent.iterdir()] == ["override.conf"]
    assert "holds files of yours; they stay" in said


@pytest.mark.parametrize("journal", ["", "{}", "[1, 2]", '{"format": 9, "steps": {}}', "\x00\x00"])
def test_a_journal_that_cannot_be_read_is_one_clear_error(desk: Desk, journal: str) -> None:
    """Nothing is guessed: it says which file, and what to do."""
    desk.installs("--yes")
    (desk.root / "opt/keepmum/installed.json").write_text(journal)
    with pytest.raises(Exception, match=r"installed\.json cannot be used") as caught:
        desk.uninstalls("--yes")
    assert "move it away" in getattr(caught.value, "hint", "")


def test_without_its_journal_all_but_the_packages_goes(desk: Desk) -> None:
    """Whoever lost it still gets rid of everything that stands at keepmum's own places."""
    desk.installs("--yes", "--broker", "hub.lan")
    (desk.root / "opt/keepmum/installed.json").unlink()
    desk.uninstalls("--yes")
    assert [name for name in tree(desk.root) if "keepmum" in name] == []
