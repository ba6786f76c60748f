"""The units, users and folders that systemd is to know; what an owner changed in one of them is kept and named."""

from __future__ import annotations

from pathlib import Path

import files
import places
from journal import table, words
from machine import Machine

from steps import release
from steps.step import Case, new_folders

_KINDS = {".service", ".socket", ".target", ".timer", ".path"}
_MARK = b"# Written by `keepmum units`"


class Units:
    """The step."""

    name = "units"
    why = "what systemd is to know"

    def wanted(self, case: Case) -> list[str]:
        machine = case.machine
        changes = [
            f"write {path}"
            for path, content in described(machine.checkout / "systemd").items()
            if files.content(machine.at(path)) != content
        ]
        gone = set(table(case.journal.facts(self.name), "files")) - set(described(machine.checkout / "systemd"))
        changes += [f"remove {path}, which is no longer one of keepmum's" for path in sorted(gone)]
        if not changes and release.folder(machine, case.target).is_dir():
            changes = _stale(case)
        return changes

    def do(self, case: Case) -> None:
        write(case, case.target)

    def undo(self, case: Case) -> None:
        machine = case.machine
        facts = case.journal.facts(self.name)
        for path in {*table(facts, "files"), *described(machine.checkout / "systemd")}:
            _keep_owners(case, path, table(facts, "files").get(path))
            files.remove(machine.at(path))
        for file in _generated(machine):
            files.remove(file)
        for folder in sorted(machine.at(places.DROPINS).glob("keepmum*.d")):
            files.remove_if_empty(folder)
            if folder.exists():
                case.notes.append(f"{folder} holds files of yours; they stay")
        for path in reversed(words(facts, "folders")):
            files.remove_if_empty(machine.at(path))
        if machine.is_booted:
            reload(machine)


def described(source: Path) -> dict[str, bytes]:
    """Where each file of a release's `systemd/` goes."""
    placed = {
        f"{places.UNITS}/{file.name}": file.read_bytes() for file in sorted(source.iterdir()) if file.suffix in _KINDS
    }
    return placed | {places.TMPFILES: (source / "keepmum.tmpfiles").read_bytes()}


def write(case: Case, of: str) -> None:
    """Put a release's units where systemd looks, those of another one away, and let the settings shape them."""
    machine = case.machine
    new = described(release.folder(machine, of) / "systemd")
    facts = case.journal.facts(Units.name)
    before = table(facts, "files")
    folders = new_folders(case, Units.name, new)
    hashes = before | {path: files.digest(content) for path, content in new.items()}
    for path in [*before, *new]:
        _keep_owners(case, path, before.get(path))
    case.journal.begins(Units.name, {"files": hashes, "folders": folders})
    for path in before:
        if path not in new:
            files.remove(machine.at(path))
    for path, content in new.items():
        files.place(machine.at(path), content)
    case.journal.begins(Units.name, {"files": {path: files.digest(content) for path, content in new.items()}})
    create = ("systemd-tmpfiles", "--create", str(machine.at(places.TMPFILES)))
    machine.must(f"{places.RUN} cannot be made", "see what it says above", create)
    shape(case, of)
    if machine.is_booted:
        reload(machine)


def shape(case: Case, of: str) -> None:
    """Write the drop-ins that come of the settings: which broker may be reached, and when it is quiet.

    A broker whose name nobody knows just now is no reason to fail: without its drop-in the uplink does not start.
    """
    done = case.machine.run(*_shaper(case, of))
    if done.code:
        case.notes.append(f"the uplink waits until `sudo keepmum units` succeeds: {done.said.strip()}")


def _shaper(case: Case, of: str, *more: str) -> tuple[str, ...]:
    root = [] if case.machine.is_real else ["--root", str(case.machine.root)]
    return release.keepmum(of, "--config", str(case.machine.at(places.SETTINGS)), "units", *root, *more)


def reload(machine: Machine) -> None:
    """Let systemd read the units again."""
    machine.must("systemd does not read its units again", "see what it says above", ("systemctl", "daemon-reload"))


def _stale(case: Case) -> list[str]:
    """What the release would change in the drop-ins, by its own account; nothing if it cannot tell."""
    if not case.machine.at(places.SETTINGS).exists():
        return []
    done = case.machine.run(*_shaper(case, case.target, "--check"))
    changes = done.said.splitlines()
    if not done.code or not changes or changes[0].startswith("keepmum: error"):
        return []
    return [f"let `keepmum units` fit systemd to your settings: {changes[0]}"]


def _keep_owners(case: Case, path: str, ours: str | None) -> None:
    """A file that somebody changed since it was written is set aside, not lost."""
    there = case.machine.at(path)
    content = files.content(there)
    if content is None or ours is None or files.digest(content) == ours:
        return
    files.place(there.with_name(f"{there.name}.owner"), content)
    aside = f"yours is now {path}.owner; what you changed belongs into `systemctl edit {there.name}`"
    case.notes.append(f"{path} had been changed: {aside}")


def _generated(machine: Machine) -> list[Path]:
    """What `keepmum units` and `systemctl enable` wrote."""
    etc = machine.at(places.DROPINS)
    written = [path for path in (*etc.glob("keepmum*.d/*"), *etc.glob("keepmum*")) if path.is_file()]
    links = [path for path in etc.glob("*.wants/keepmum*") if path.is_symlink()]
    return [*(path for path in written if path.read_bytes().startswith(_MARK)), *links]
