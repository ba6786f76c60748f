"""Looks whether keepmum can be installed here at all, before anything is changed."""

from __future__ import annotations

import configparser
import os
import shutil
import urllib.parse
from pathlib import Path

import answers
from bundled import Bundled
from machine import Machine
from steps import boot, release, settings
from steps.step import Case
from trouble import InstallError

SUPPORTED = {"12": ("bookworm", "3.11"), "13": ("trixie", "3.13")}
_MACHINES = {"arm64": "aarch64", "amd64": "x86_64"}
_INDEX = "https://pypi.org/simple"
_OFFLINE = "connect this computer; or `scripts/install --bundle FILE` on another one, and `--from FILE` here"

NEEDED = {"/opt": 280, "/var": 150, "/usr": 70, "/boot/firmware": 1}
"""Megabytes. Measured on bare Debians 12 and 13: a release takes 200, with the wheels on their way 236; apt's lists and
downloads 121; the packages 51. The rest is to spare."""


def look(case: Case, bundle: Bundled | None) -> None:
    """Raises InstallError with the first thing that stands in the way."""
    if not case.wishes.check:
        rights(case.machine)
    system(case.machine)
    if bundle is not None:
        _fits(case.machine, bundle)
    if case.wishes.board:
        answers.board(case.wishes.board, settings.boards(case))
    answers.told(case.wishes, settings.boards(case), None)
    if not case.wishes.check:
        _boot_partition(case.machine)
        room(case)
        if bundle is None and _is_new(case):
            network(case.machine)


def rights(machine: Machine) -> None:
    """Only root may install on the computer itself."""
    if machine.is_real and machine.user != 0:
        raise InstallError("this needs root's rights", "run it with sudo; `scripts/install --check` needs none")


def system(machine: Machine) -> None:
    """Debian 12 or 13, or Raspberry Pi OS of the same, with programs of 64 bits and the Python that came with it."""
    said = machine.release()
    name = said.get("PRETTY_NAME", "a system without /etc/os-release")
    if said.get("ID") not in {"debian", "raspbian"} or said.get("VERSION_ID") not in SUPPORTED:
        raise InstallError(f"this is {name}", "keepmum is made for Debian 12 and 13, and Raspberry Pi OS of the same")
    userland = machine.run("dpkg", "--print-architecture").said.strip()
    if userland not in _MACHINES:
        bits = f"its programs are {userland}"
        if machine.run("uname", "-m").said.strip() == "aarch64":
            bits += ", though its kernel is one of 64 bits"
        hint = "write Raspberry Pi OS (64-bit) on the card: speech recognition has no build for others"
        raise InstallError(f"this system is not one of 64 bits that keepmum knows: {bits}", hint)
    codename, python = SUPPORTED[said["VERSION_ID"]]
    if machine.python != python:
        raise InstallError(
            f"/usr/bin/python3 is Python {machine.python}, and {codename} comes with {python}", "repair python3"
        )


def _fits(machine: Machine, bundle: Bundled) -> None:
    here = (
        SUPPORTED[machine.release()["VERSION_ID"]][0],
        machine.python,
        _MACHINES[machine.run("dpkg", "--print-architecture").said.strip()],
    )
    made_for = (bundle.codename, bundle.python, bundle.machine)
    if made_for != here:
        what = f"the bundle is for {' '.join(made_for)}, and this is {' '.join(here)}"
        raise InstallError(what, "make one for this system")


def _boot_partition(machine: Machine) -> None:
    if machine.is_pi and not boot.is_writable(machine):
        hint = "sudo mount -o remount,rw /boot/firmware; if the card has gone bad, take another one"
        raise InstallError("/boot/firmware is mounted read-only", hint)


def room(case: Case) -> None:
    """Whether every disk has room for what comes to it."""
    machine = case.machine
    disks: dict[int, tuple[Path, int]] = {}
    for path, megabytes in NEEDED.items():
        there = machine.at(path)
        if path == "/boot/firmware" and not machine.is_pi:
            continue
        while not there.exists():
            there = there.parent
        device = os.stat(there).st_dev
        first, sum_of = disks.get(device, (there, 0))
        disks[device] = (first, sum_of + (megabytes if _is_new(case) else 1))
    for there, megabytes in disks.values():
        free = shutil.disk_usage(there).free // 1_000_000
        if free < megabytes:
            what = f"{there} has {free} MB free, and up to {megabytes} MB are needed there"
            raise InstallError(what, "make room (`sudo apt-get clean`, `df -h`), or take a larger card")


def _is_new(case: Case) -> bool:
    return not release.folder(case.machine, case.target).is_dir()


def network(machine: Machine) -> None:
    """Whether the place where the wheels come from takes connections. With a proxy only pip can tell."""
    environment = {name.lower(): value for name, value in machine.environment.items()}
    if environment.get("https_proxy") or environment.get("all_proxy"):
        return
    index = environment.get("pip_index_url") or _configured(machine) or _INDEX
    address = urllib.parse.urlsplit(index)
    if address.scheme not in {"http", "https"} or not address.hostname:
        return
    why = machine.reached(address.hostname, address.port or {"http": 80, "https": 443}[address.scheme])
    if why is not None:
        raise InstallError(f"{address.hostname} cannot be reached: {why}", _OFFLINE)


def _configured(machine: Machine) -> str | None:
    """The index that this system's pip is told to use."""
    said = configparser.RawConfigParser()
    try:
        said.read_string(machine.text("/etc/pip.conf") or "")
    except configparser.Error:
        return None
    return said.get("global", "index-url", fallback=None)
