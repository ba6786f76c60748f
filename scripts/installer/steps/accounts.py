"""One Unix user for each process of keepmum, and the login user's way to `keepmum status` without sudo."""

from __future__ import annotations

import re

import files
import places
from journal import words
from machine import Machine

from steps.step import Case, new_folders

PANEL = "keepmum-panel"
_LOGIN = range(1000, 60000)
_ALREADY_GONE = {6, 8}
"""userdel and groupdel: there is no such user; the group is somebody's primary one, which goes with them."""


class Accounts:
    """The step."""

    name = "accounts"
    why = "one user for each process"

    def wanted(self, case: Case) -> list[str]:
        machine = case.machine
        users, groups = _described(machine)
        changes = [f"add user {user}" for user in users if user not in _names(machine, "passwd")]
        changes += [f"add group {group}" for group in groups if group not in _names(machine, "group")]
        if files.content(machine.at(places.SYSUSERS)) != _source(machine):
            changes.append(f"write {places.SYSUSERS}")
        if (login := _login(machine)) and login not in _members(machine, PANEL):
            changes.append(f"add {login} to group {PANEL}, for `keepmum status` without sudo")
        return changes

    def do(self, case: Case) -> None:
        machine = case.machine
        users, groups = _described(machine)
        facts = case.journal.facts(self.name)
        new_users = {*words(facts, "users"), *(set(users) - _names(machine, "passwd"))}
        new_groups = {*words(facts, "groups"), *(set(groups) - _names(machine, "group"))}
        folders = new_folders(case, self.name, [places.SYSUSERS])
        made = {"users": sorted(new_users), "groups": sorted(new_groups), "folders": folders}
        case.journal.begins(self.name, made)
        files.place(machine.at(places.SYSUSERS), _source(machine))
        machine.must(
            "the users cannot be made", "see what it says above", ("systemd-sysusers", str(machine.at(places.SYSUSERS)))
        )
        if (login := _login(machine)) and login not in _members(machine, PANEL):
            machine.must(
                f"{login} cannot join {PANEL}", "see what it says above", ("usermod", "-a", "-G", PANEL, login)
            )
            case.notes.append(f"{login} may ask `keepmum status` without sudo after the next login")

    def undo(self, case: Case) -> None:
        machine = case.machine
        facts = case.journal.facts(self.name)
        for user in words(facts, "users"):
            if user in _names(machine, "passwd"):
                _delete(machine, "userdel", user)
        for group in words(facts, "groups"):
            if group in _names(machine, "group"):
                _delete(machine, "groupdel", group)
        files.remove(machine.at(places.SYSUSERS))
        for folder in reversed(words(facts, "folders")):
            files.remove_if_empty(machine.at(folder))


def _delete(machine: Machine, program: str, name: str) -> None:
    done = machine.run(program, name)
    if done.code and done.code not in _ALREADY_GONE:
        machine.must(f"{name} cannot be taken away", "end what runs as it, then run this again", (program, name))


def _source(machine: Machine) -> bytes:
    return (machine.checkout / "systemd/keepmum.sysusers").read_bytes()


def _described(machine: Machine) -> tuple[list[str], list[str]]:
    """The users and groups that the file for systemd-sysusers asks for; each user has a group of its name."""
    lines = [line.split() for line in _source(machine).decode().splitlines()]
    users = [line[1] for line in lines if len(line) > 1 and line[0] in {"u", "u!"}]
    return users, [*users, *(line[1] for line in lines if len(line) > 1 and line[0] == "g")]


def _names(machine: Machine, file: str) -> set[str]:
    return set(re.findall(r"^([^:\n]+):", machine.text(f"/etc/{file}") or "", re.M))


def _members(machine: Machine, group: str) -> list[str]:
    found = re.search(rf"^{re.escape(group)}:[^:]*:[^:]*:(.*)$", machine.text("/etc/group") or "", re.M)
    return found[1].split(",") if found else []


def _login(machine: Machine) -> str | None:
    """Who called sudo; without sudo the first user that can log in, as on a card that was made by an imager."""
    people = [
        found[1]
        for found in re.finditer(r"^([^:\n]+):[^:]*:(\d+):", machine.text("/etc/passwd") or "", re.M)
        if int(found[2]) in _LOGIN
    ]
    said = machine.environment.get("SUDO_USER")
    return said if said in people else next(iter(people), None)
