"""The files that cloud-init reads on a card's first start, with keepmum's part laid over what an imager wrote there.

The format is cloud-init's "cloud config", with the Raspberry Pi's own key `rpi` (cloud-init 25.2 and newer, as it is in
Raspberry Pi OS since Trixie).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from choices import Choices
from trouble import InstallError

HEADER = "#cloud-config"
HERE = "/etc/keepmum-first-boot"
PROGRAM = "/usr/local/lib/keepmum-first-boot"
UNIT = "/etc/systemd/system/keepmum-first-boot.service"
START = ["systemctl", "enable", "--now", "--no-block", "keepmum-first-boot.service"]

_FOLDER = Path(__file__).parent
_NOTE = """\
# keepmum installs itself on the first start; {minutes}. Then it is muted, as every new speaker:
# hold its button for three seconds, and it listens. Nobody has agreed to anything: all consents are off.
"""
_COUNTRY = re.compile(r"[A-Z]{2}")
_KEY = re.compile(r"[ -~]{8,63}|[0-9a-fA-F]{64}")
_INTERFACES = {"spi": "spi=on", "i2c": "i2c_arm=on"}


def user_data(before: str, choices: Choices, sha256: str, address: str | None = None) -> str:
    """`user-data` with what was there before and what installs keepmum. Raises InstallError if that cannot be read."""
    config = _parsed(before)
    files = {
        PROGRAM: ((_FOLDER / "keepmum-first-boot").read_text(), "0755"),
        UNIT: ((_FOLDER / "keepmum-first-boot.service").read_text(), "0644"),
        f"{HERE}/sha256": (f"{sha256}\n", "0600"),
        f"{HERE}/words": ("".join(f"{word}\n" for word in choices.words()), "0600"),
    }
    if address:
        files[f"{HERE}/address"] = (f"{address}\n", "0600")
    kept = [file for file in _list(config, "write_files") if file.get("path") not in {*files, f"{HERE}/address"}]
    config["write_files"] = [*kept, *(_file(path, *what) for path, what in files.items())]
    config["runcmd"] = [*(command for command in _list(config, "runcmd") if command != START), START]
    wanted = {name: True for name, parameter in _INTERFACES.items() if parameter in choices.boot.dtparams}
    if wanted:
        interfaces = _table(_table(config, "rpi"), "interfaces")
        interfaces.update(wanted)
    minutes = "with the network, within a quarter of an hour" if address else "within a quarter of an hour"
    return f"{HEADER}\n{_NOTE.format(minutes=minutes)}{_dumped(config)}"


def network_config(name: str, key: str | None, country: str) -> str:
    """`network-config` for one Wi-Fi, with the cable as well. Raises InstallError.

    A name has 1 to 32 bytes (IEEE 802.11), a key 8 to 63 printable ASCII characters or 64 hexadecimal digits (WPA).
    """
    if not 1 <= len(name.encode()) <= 32 or not name.isprintable():
        raise InstallError(f"{name!r} is no name of a Wi-Fi", "1 to 32 bytes in one line")
    if key is not None and not _KEY.fullmatch(key):
        raise InstallError(
            "the Wi-Fi's key is none", "8 to 63 letters, digits and signs of ASCII; it is not shown here"
        )
    if not _COUNTRY.fullmatch(country):
        raise InstallError(f"{country!r} is no country", "two capital letters, such as DE: without it Wi-Fi stays off")
    access = {"password": key} if key is not None else {"auth": {"key-management": "none"}}
    wifi = {"dhcp4": True, "optional": True, "regulatory-domain": country, "access-points": {name: access}}
    cable = {"dhcp4": True, "dhcp6": True, "optional": True}
    return _dumped({"network": {"version": 2, "ethernets": {"eth0": cable}, "wifis": {"wlan0": wifi}}})


def _file(path: str, content: str, permissions: str) -> dict[str, str]:
    return {"path": path, "permissions": permissions, "owner": "root:root", "content": content}


def _parsed(untrusted: str) -> dict[str, Any]:
    """What stands in a `user-data` so far: an empty one has comments alone."""
    first = untrusted.lstrip("\ufeff").split("\n", 1)[0].strip()
    if untrusted.strip() and first != HEADER:
        raise InstallError(
            f"user-data begins with {first[:40]!r} and not with {HEADER}", "move it away, then run this again"
        )
    try:
        config = yaml.safe_load(untrusted) or {}
    except yaml.YAMLError as error:
        what = f"user-data cannot be read: {' '.join(str(error).split())}"
        raise InstallError(what, "move it away, then run this again") from error
    if not isinstance(config, dict):
        raise InstallError("user-data is no table of keys", "move it away, then run this again")
    return config


def _list(config: dict[str, Any], key: str) -> list[Any]:
    found = config.get(key) or []
    if not isinstance(found, list):
        raise InstallError(f"{key} in user-data is no list", "move user-data away, then run this again")
    return found


def _table(config: dict[str, Any], key: str) -> dict[str, Any]:
    found = config.setdefault(key, {}) or {}
    if not isinstance(found, dict):
        raise InstallError(f"{key} in user-data is no table", "move user-data away, then run this again")
    config[key] = found
    return found


class _Dumper(yaml.SafeDumper):
    """Text of several lines as a block, so that people can read what the card will run."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def _dumped(config: dict[str, Any]) -> str:
    text: str = yaml.dump(config, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text
