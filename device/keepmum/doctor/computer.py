"""The group `machine`: the computer, its memory and warmth, its user, the folders, and whether the listener runs."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

from keepmum.boards.fits import pi_of
from keepmum.boards.pins import uses
from keepmum.doctor.case import Case
from keepmum.doctor.finding import Finding, note, ok, plain, problem
from keepmum.errors import PeerError, StateError
from keepmum.listener import latch
from keepmum.listener.look import ALARM
from keepmum.privacy import Owner

NEEDED = 250
"""Megabytes that the three processes need: listener 142, uplink 38, skills 35 (README.md, measured), and some air."""
_WARM, _HOT = 70, 80
"""Degrees: a Pi slows down from 80 on (Raspberry Pi documentation, "Frequency management and thermal control")."""
_UNKNOWN_GROUP = "group {}"


def computer(case: Case) -> Finding:
    """What this is."""
    system = re.search(r'^PRETTY_NAME="?([^"\n]*)', case.machine.text("/etc/os-release") or "", re.MULTILINE)
    python = ".".join(map(str, case.machine.python))
    parts = [
        case.model or "not a Raspberry Pi",
        plain(system[1]) if system else "an unknown system",
        f"kernel {case.kernel or 'unknown'}",
        f"Python {python}, {case.machine.bits} bit",
    ]
    what = ", ".join(parts)
    if case.machine.python[:2] < (3, 11):
        return problem(what, "keepmum needs Python 3.11 or newer: take Raspberry Pi OS Bookworm or Trixie")
    if pi_of(case.model) is None:
        return note(
            what, "no board profile was made for this computer; the larger Pis from the 3 on and the Zero 2 are"
        )
    if case.machine.bits < 64:
        return note(what, "32 bit is best effort; 64-bit Raspberry Pi OS is what keepmum is made for")
    return ok(what)


def memory(case: Case) -> Finding:
    """Whether the three processes fit."""
    untrusted_words = case.machine.text("/proc/meminfo") or ""
    free, all_of_it = (_megabytes(untrusted_words, name) for name in ("MemAvailable", "MemTotal"))
    if free is None or all_of_it is None:
        return note("the kernel does not say how much memory there is")
    what = f"{free:,} MB of {all_of_it:,} MB are free"
    if free < NEEDED and not case.runs:
        return problem(f"{what}, and keepmum needs {NEEDED}", "end other programs, or take a Pi with 1 GB or more")
    return ok(what)


def _megabytes(untrusted_words: str, name: str) -> int | None:
    found = re.search(rf"^{name}:\s+(\d{{1,15}}) kB$", untrusted_words, re.MULTILINE)
    return int(found[1]) // 1024 if found else None


def warmth(case: Case) -> Finding:
    """The processor's temperature."""
    folder = "/sys/class/thermal"
    zones = [f"{folder}/{zone}" for zone in case.machine.names(folder) if zone.startswith("thermal_zone")]
    known = [zone for zone in zones if case.machine.line(f"{zone}/type") in {"cpu-thermal", "x86_pkg_temp"}]
    untrusted_value = case.machine.line(f"{known[0]}/temp") if known else ""
    if not re.fullmatch(r"-?\d{1,6}", untrusted_value):
        return note("no thermometer can be read") if case.is_pi else ok("no thermometer is shown")
    degrees = int(untrusted_value) / 1000
    what = f"the processor has {degrees:.0f} °C"
    if degrees >= _HOT:
        return problem(what, f"from {_HOT} on it slows down: give it a heat sink or a fan")
    return note(what, f"it slows down from {_HOT} on") if degrees >= _WARM else ok(what)


def user(case: Case) -> Finding:
    """Whether whoever runs this may use what the settings need."""
    status = case.machine.text("/proc/self/status") or ""
    number = re.search(r"^Uid:\s+(\d+)", status, re.MULTILINE)
    if number and number[1] == "0":
        return note("this is root, who may use everything", "ask again as the user that runs the listener")
    needed, here, mine = _needed(case), _groups(case), _mine(case, status)
    gone = sorted(group for group in needed if group not in here.values())
    missing = sorted(needed - mine - set(gone))
    if missing:
        what = f"this user is not in {_listed(missing)}"
        return case.barred(what, f"sudo usermod -aG {','.join(missing)} $USER, then log in again")
    if gone:
        return note(f"this system has no {_listed(gone)}", "another system's rules may still let this user in")
    return ok(f"in {_listed(sorted(needed))}" if needed else "no group is needed")


def _needed(case: Case) -> set[str]:
    hardware = case.settings.hardware
    used = uses(hardware)
    wishes = {
        "audio": "sounddevice" in {hardware.microphone.driver, hardware.speaker.driver},
        "gpio": any(use.key != "hardware.ring.bus" for use in used) or hardware.ring.driver == "ws2812",
        "spi": any(use.key == "hardware.ring.bus" for use in used),
        "i2c": case.asked.i2c,
    }
    return {group for group, wanted in wishes.items() if wanted}


def _groups(case: Case) -> dict[str, str]:
    """Number to name."""
    rows = (row.split(":") for row in (case.machine.text("/etc/group") or "").splitlines())
    return {row[2]: row[0] for row in rows if len(row) > 2}


def _mine(case: Case, status: str) -> set[str]:
    numbers = re.findall(r"^(?:Groups|Gid):(.*)$", status, re.MULTILINE)
    known = _groups(case)
    return {known.get(number, _UNKNOWN_GROUP.format(number)) for each in numbers for number in each.split()}


def _listed(groups: list[str]) -> str:
    return f"the group{'s' if len(groups) > 1 else ''} {', '.join(groups)}"


def folders(case: Case) -> Finding:
    """Whether state can be kept, and where clips wait."""
    places = case.settings.folders
    shut = [str(folder) for folder in (places.state, places.run, places.outbox) if not _writable(case, folder)]
    if shut and not case.runs:
        make = f"sudo install -d -o $USER {' '.join(shut)}"
        return problem(f"{', '.join(shut)} cannot be written", f"{make}, or name other folders under `folders:`")
    kept, waiting = _mount(case, places.state), _mount(case, places.outbox)
    if kept in {"tmpfs", "overlay", "ramfs"}:
        what = f"{places.state} is in memory ({kept}): a restart forgets consents and begins muted"
        return note(what, "give it a partition of its own, or name another folders.state")
    if waiting not in {"tmpfs", "ramfs"}:
        return note(f"the outbox {places.outbox} is on a disk", "sealed clips wait there; /run is in memory")
    return ok(f"{places.state} keeps state, {places.outbox} is in memory")


def _writable(case: Case, folder: Path) -> bool:
    """Whether this user can write there, or make it."""
    place = case.machine.at(folder)
    while not os.path.exists(place) and place != case.machine.root:
        place = place.parent
    return place.is_dir() and case.machine.access(place, os.W_OK | os.X_OK)


def _mount(case: Case, folder: Path) -> str:
    """The kind of file system that a folder is, or would be, on."""
    rows = [row.split() for row in (case.machine.text("/proc/mounts") or "").splitlines()]
    mounts = {row[1]: row[2] for row in rows if len(row) > 2}
    above = [str(folder), *map(str, PurePosixPath(folder).parents)]
    return next((mounts[place] for place in above if place in mounts), "")


def kept(case: Case) -> Finding:
    """Whether what the listener kept can be read: mutes, mode and consents."""
    path = case.settings.folders.state / "privacy.json"
    try:
        objection = latch.objection(case.machine.at(path))
    except StateError:
        return note(f"this user cannot read {path}", "ask again as the user that runs the listener")
    if objection:
        hint = "the listener begins muted, local and without consents; hold the button to go on, agree again"
        return problem(f"{path} {objection}", hint)
    return ok("what is kept can be read" if case.machine.is_there(path) else "nothing is kept yet, so it begins muted")


def listener(case: Case) -> Finding:
    """Whether it runs, and what it says of itself."""
    said = case.listener
    if isinstance(said, PeerError):
        return note("the listener does not run, or does not answer", said.hint)
    muted = f", muted by {', '.join(said.mutes)}" if said.mutes else ""
    what = f"it runs: microphone {said.microphone}{muted}; the ring says “{plain(said.ring)}”"
    if Owner.FAULT in said.mutes or said.ring == ALARM.meaning:
        return problem(what, "its log says what happened")
    return ok(what)
