"""`user-data` keeps what an imager wrote, adds what installs keepmum, and carries any name through YAML unharmed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import choices
import pytest
import user_data
import yaml
from trouble import InstallError

SHA256 = "0" * 64
IMAGERS = """\
#cloud-config
manage_resolv_conf: false

hostname: kitchen
manage_etc_hosts: true
packages:
- avahi-daemon
user:
  name: anna
  passwd: "$y$j9T$x"
  sudo: null
rpi:
  interfaces:
    i2c: true
    serial: true
runcmd:
  - [ systemctl, enable, --now, ssh ]
  - [ chmod, '0440', '/etc/sudoers.d/010_anna' ]
"""


def chosen(board: str = "none", **more: Any) -> choices.Choices:
    """Choices, with what is not said left out."""
    said = {"wake": None, "broker": "none", "user": None, "password_file": None} | more
    return choices.chosen(board, **said)


def made(before: str = "", board: str = "none", address: str | None = None, **more: Any) -> dict[str, Any]:
    """What cloud-init would read."""
    text = user_data.user_data(before, chosen(board, **more), SHA256, address)
    assert text.startswith("#cloud-config\n")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def files(config: dict[str, Any]) -> dict[str, str]:
    """The content of each file that it writes."""
    return {file["path"]: file["content"] for file in config["write_files"]}


def test_what_the_imager_asked_for_stays() -> None:
    """Name, user, packages, interfaces and commands, in their order, with ours behind them."""
    before, after = yaml.safe_load(IMAGERS), made(IMAGERS, "respeaker-2mic-v2")
    assert {key: after[key] for key in before if key not in {"rpi", "runcmd"}} == {
        key: before[key] for key in before if key not in {"rpi", "runcmd"}
    }
    assert after["rpi"]["interfaces"] == {"i2c": True, "serial": True, "spi": True}
    assert after["runcmd"] == [*before["runcmd"], user_data.START]


def test_twice_is_as_once() -> None:
    """Also with another board the second time."""
    once = user_data.user_data(IMAGERS, chosen("laptop"), SHA256)
    twice = user_data.user_data(
        user_data.user_data(IMAGERS, chosen(), SHA256, "http://pear/b"), chosen("laptop"), SHA256
    )
    assert once == twice


@pytest.mark.parametrize(
    ("board", "interfaces"),
    [("respeaker-2mic-v2", {"spi": True, "i2c": True}), ("generic-usb", None), ("none", None)],
)
def test_the_pi_opens_the_buses_that_the_board_needs(board: str, interfaces: dict[str, bool] | None) -> None:
    """By cloud-init's own key for it, and only if there are any."""
    assert made(board=board).get("rpi", {}).get("interfaces") == interfaces


def test_the_first_start_runs_what_stands_in_the_repository() -> None:
    """Byte for byte; its checks are elsewhere."""
    written = files(made())
    shipped = Path(user_data.__file__).parent
    assert written[user_data.PROGRAM] == (shipped / "keepmum-first-boot").read_text()
    assert written[user_data.UNIT] == (shipped / "keepmum-first-boot.service").read_text()


def test_every_answer_is_one_line_of_its_own() -> None:
    """So that no shell ever reads it."""
    config = made(board="laptop", wake="Hey  Computer", broker="pear.local:8883", user='o\'hara $(id) "x"; # é')
    assert files(config)[f"{user_data.HERE}/words"].splitlines() == [
        *("--board", "laptop", "--broker", "pear.local:8883", "--wake", "hey computer"),
        *("--broker-user", 'o\'hara $(id) "x"; # é'),
    ]


def test_a_password_is_not_in_it(tmp_path: Path) -> None:
    """cloud-init keeps copies of user-data; the password is a file of its own, which goes when it has been read."""
    (tmp_path / "password").write_text("s3cret: [x]\n")
    config = made(broker="pear.local", user="anna", password_file=tmp_path / "password")
    assert "s3cret" not in str(config)
    assert "/boot/firmware/keepmum-broker-password" in files(config)[f"{user_data.HERE}/words"].splitlines()


def test_nothing_is_agreed_to() -> None:
    """No answer is a consent, and the file says that the speaker begins muted."""
    text = user_data.user_data("", chosen("respeaker-2mic-v2"), SHA256)
    assert "muted" in text
    assert "all consents are off" in text
    assert "consent" not in " ".join(chosen("respeaker-2mic-v2").words())


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("#!/bin/sh\nid\n", "'#!/bin/sh'"),
        ("#cloud-config\na: [\n", "cannot be read"),
        ("#cloud-config\n- a\n", "no table"),
        ("#cloud-config\nruncmd: id\n", "runcmd"),
        ("#cloud-config\nwrite_files: {a: b}\n", "write_files"),
        ("#cloud-config\nrpi: 3\n", "rpi"),
        ("#cloud-config\na: !!python/object/apply:os.system [id]\n", "cannot be read"),
    ],
)
def test_a_user_data_that_cannot_be_joined_is_left_alone(before: str, told: str) -> None:
    """The error says what stands in the way."""
    with pytest.raises(InstallError, match=told.replace("[", r"\[")) as caught:
        user_data.user_data(before, chosen("respeaker-2mic-v2"), SHA256)
    assert "move" in caught.value.hint


def test_the_comments_of_an_unused_one_are_no_obstacle() -> None:
    """Raspberry Pi OS comes with a user-data of comments alone."""
    assert "write_files" in made("#cloud-config\n\n# hostname: x\n")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"board": "respeaker-2mic"}, "did you mean respeaker-2mic-v1 or respeaker-2mic-v2"),
        ({"board": "respeeker-4mic"}, "did you mean respeaker-4mic"),
        ({"wake": "hey qwxzy"}, "qwxzy"),
        ({"wake": "one two three four five"}, "one to four words"),
        ({"broker": "a b"}, "'a b' is no broker"),
        ({"broker": "pear:99999"}, "is no broker"),
        ({"user": "anna"}, "no broker"),
        ({"broker": "pear", "user": "two\nlines"}, "no name to log in"),
        ({"broker": "pear", "password_file": Path("/nowhere")}, "--broker-user"),
        ({"broker": "pear", "user": "anna", "password_file": Path("/nowhere")}, "/nowhere"),
    ],
)
def test_a_wrong_answer_is_told_before_anything_is_written(more: dict[str, Any], told: str) -> None:
    """With the value, and what it could be."""
    with pytest.raises(InstallError) as caught:
        chosen(**more)
    assert told in f"{caught.value.what}; {caught.value.hint}"


@pytest.mark.parametrize(
    "untrusted", ["ftp://pear/x", "pear", "https://pear", "https://pear/a b", "https://pear/x\n", "-o/x"]
)
def test_an_address_is_one_of_the_web(untrusted: str) -> None:
    """Others are refused; curl would take them for files or options."""
    with pytest.raises(InstallError, match="no address"):
        choices.address(untrusted)


@pytest.mark.parametrize(
    "name", ["home", "a: b # c", "'\"\\{}[]%@`!&*|>-", "yes", "0x12", "Ümläut ☕", " space ", "*", "~", "1e3"]
)
@pytest.mark.parametrize("key", ["password", '": \\x {} [] # !', "12345678", "0" * 64, "null null", None])
def test_any_name_of_a_wifi_is_read_as_it_was_said(name: str, key: str | None) -> None:
    """YAML takes none of its characters for its own, neither of the name nor of the key."""
    read = yaml.safe_load(user_data.network_config(name, key, "DE"))
    (found,) = read["network"]["wifis"]["wlan0"]["access-points"].items()
    assert found == (name, {"password": key} if key else {"auth": {"key-management": "none"}})


@pytest.mark.parametrize(
    ("name", "key", "country", "told"),
    [
        ("", "password", "DE", "name of a Wi-Fi"),
        ("é" * 17, "password", "DE", "name of a Wi-Fi"),
        ("a\nb", "password", "DE", "name of a Wi-Fi"),
        ("home", "short", "DE", "key"),
        ("home", "pässword", "DE", "key"),
        ("home", "x" * 64, "DE", "key"),
        ("home", "password", "", "country"),
        ("home", "password", "de", "country"),
    ],
)
def test_a_wifi_that_cannot_be_is_refused(name: str, key: str, country: str, told: str) -> None:
    """And a key that is wrong is not repeated on the screen."""
    with pytest.raises(InstallError, match=told) as caught:
        user_data.network_config(name, key, country)
    assert key not in caught.value.what


@pytest.mark.parametrize("board", ["none", "respeaker-2mic-v2"])
def test_cloud_init_takes_it(tmp_path: Path, board: str) -> None:
    """By its own schema; the Pi's key `rpi` stands in there since cloud-init 25.2."""
    if not shutil.which("cloud-init"):
        pytest.skip("cloud-init is not installed: apt-get install cloud-init")
    said = subprocess.run(["cloud-init", "--version"], capture_output=True, text=True, check=True)
    version = re.search(r"(\d+)\.(\d+)", said.stdout + said.stderr)
    assert version
    if board != "none" and (int(version[1]), int(version[2])) < (25, 2):
        pytest.skip(f"cloud-init {version[0]} does not know the key rpi yet")
    file = tmp_path / "user-data"
    file.write_text(user_data.user_data("" if board == "none" else IMAGERS, chosen(board), SHA256))
    words = ["cloud-init", "schema", "--config-file", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
