"""What the board needs when the Pi starts: its overlay and buses in config.txt, and memory limits in cmdline.txt."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import boot_block
import files
import places
from machine import Machine
from trouble import InstallError

from steps import release
from steps.step import Case

_CONFIG = f"{places.BOOT}/config.txt"
_CMDLINE = f"{places.BOOT}/cmdline.txt"
_BACKUP = ".before-keepmum"
_BOOT_ID = "/proc/sys/kernel/random/boot_id"


class Boot:
    """The step."""

    name = "boot"
    why = "what the board needs when the Pi starts"

    def wanted(self, case: Case) -> list[str]:
        machine = case.machine
        if not machine.is_pi:
            return []
        if not release.folder(machine, case.target).is_dir():
            return [f"write what the board needs into {_CONFIG}, and {boot_block.MEMORY} into {_CMDLINE}"]
        board = _board(case)
        if board is not None:
            _name_missing_overlay(case, board)
        return [f"write {path}: {why}" for path, _, why in self._changes(case, board)]

    def do(self, case: Case) -> None:
        machine = case.machine
        changes = self._changes(case, _board(case))
        if not changes:
            return
        facts: dict[str, Any] = {"changed_in": (machine.text(_BOOT_ID) or "").strip()}
        if _CMDLINE in {path for path, _, _ in changes}:
            facts["memory"] = True
        case.journal.begins(self.name, facts)
        for path, text, _ in changes:
            backup = machine.at(path + _BACKUP)
            if not backup.exists():
                files.place(backup, machine.at(path).read_bytes())
            files.place(machine.at(path), text.encode("utf-8", "surrogateescape"))

    def undo(self, case: Case) -> None:
        machine = case.machine
        for path, put_back in ((_CONFIG, boot_block.taken), (_CMDLINE, boot_block.without_memory)):
            before = _text(machine, path)
            if before is None or (path == _CMDLINE and not case.journal.facts(self.name).get("memory")):
                continue
            if (after := put_back(before)) != before:
                files.place(machine.at(path), after.encode("utf-8", "surrogateescape"))
                case.notes.append(f"{path} is as it was before; it counts from the next start on")
        for path in (_CONFIG, _CMDLINE):
            files.sweep(machine.at(path))
            files.remove(machine.at(path + _BACKUP))

    def _changes(self, case: Case, board: dict[str, Any] | None) -> list[tuple[str, str, str]]:
        """Each file with its new text and the reason."""
        machine = case.machine
        config, cmdline = _text(machine, _CONFIG), _text(machine, _CMDLINE)
        lines = _lines(board)
        changes = []
        if config is None:
            if lines:
                what = f"{_CONFIG} is not there, and the board needs {', '.join(lines)} in it"
                raise InstallError(
                    what, f"is the boot partition mounted? `sudo mount {places.BOOT}`, then run this again"
                )
        elif (new := boot_block.put(config, lines)) != config:
            changes.append((_CONFIG, new, f"{', '.join(lines) or 'no lines'} below [all]"))
        if cmdline is not None and (new := boot_block.with_memory(cmdline)) != cmdline:
            changes.append((_CMDLINE, new, f"{boot_block.MEMORY}, so that memory limits hold"))
        return changes


def is_writable(machine: Machine) -> bool:
    """Whether the boot partition can be written, as far as its mount says."""
    folder = machine.at(places.BOOT)
    return not folder.is_dir() or not os.statvfs(folder).f_flag & os.ST_RDONLY


def needs_restart(case: Case) -> bool:
    """Whether the boot files have changed since this computer was started."""
    changed_in = case.journal.facts(Boot.name).get("changed_in")
    return changed_in is not None and changed_in == (case.machine.text(_BOOT_ID) or "").strip()


def _text(machine: Machine, path: str) -> str | None:
    content = files.content(machine.at(path))
    return None if content is None else content.decode("utf-8", "surrogateescape")


def _board(case: Case) -> dict[str, Any] | None:
    """The profile of the board that is in force, as `keepmum boards NAME --json` prints it."""
    machine = case.machine
    named = ["--config", str(machine.at(places.SETTINGS))] if Path(machine.at(places.SETTINGS)).exists() else []
    words = ("your settings cannot be used", "correct them, then run this again")
    shown = machine.must(*words, release.keepmum(case.target, *named, "config", "--show"))
    said = next((line for line in shown.splitlines() if line.startswith("hardware.board: ")), "hardware.board: null")
    name = json.loads(said.removeprefix("hardware.board: ").partition("  #")[0])
    if name is None:
        return None
    profile = machine.must(*words, release.keepmum(case.target, *named, "boards", str(name), "--json"))
    found: dict[str, Any] = json.loads(profile)
    return found


def _lines(board: dict[str, Any] | None) -> list[str]:
    boot = (board or {}).get("boot", {})
    overlay = [f"dtoverlay={boot['overlay']}"] if boot.get("overlay") else []
    return [f"dtparam={parameter}" for parameter in boot.get("dtparams", ())] + overlay


def _name_missing_overlay(case: Case, board: dict[str, Any]) -> None:
    boot = board.get("boot", {})
    overlay = boot.get("overlay")
    file = f"{places.BOOT}/overlays/{overlay}.dtbo"
    if overlay and case.machine.at(f"{places.BOOT}/overlays").is_dir() and not case.machine.at(file).exists():
        source = boot.get("overlay_from") or "the Pi's firmware: sudo apt full-upgrade"
        case.notes.append(f"{file} is not there. It comes from {source}; config/boards/README.md says how")
