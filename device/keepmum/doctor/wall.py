"""The group `wall`, its files: the units, what somebody changed about them, and whether systemd knows the settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from keepmum.doctor.case import Case
from keepmum.doctor.finding import Finding, note, ok, plain, problem
from keepmum.errors import BrokerError, ConfigError, WallError
from keepmum.wall import dropin, plan, promises
from keepmum.wall.folder import Folder

PLACE = "/usr/local/lib/systemd/system"
_SHIPPED = "/opt/keepmum/current/systemd"
"""Each release brings its own units along; the installer copies them to their place."""
_KINDS = (".service", ".socket", ".target", ".timer")
_ABOVE = (
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    plan.PLACE,
    "/run/systemd/system",
)
"""Where a unit takes the place of ours (systemd.unit(5))."""
_BELOW = ("/usr/lib/systemd/system", "/lib/systemd/system")
"""Where others may still lay drop-ins over it."""
_AGAIN = "install keepmum again: `sudo scripts/install`"
_MOST = 6
"""Lines that are named; the others are counted."""


def no_units(case: Case) -> Finding | None:
    """What a check of the units says where there are none, as in a clone on a laptop."""
    return None if _installed(case) else ok("no units here")


def units(case: Case) -> Finding:
    """Whether the units are those of the release that runs."""
    installed, shipped = _installed(case), _shipped(case)
    if not installed:
        return note("no units here: the lock inside each process is the whole wall", "on a Pi, `sudo scripts/install`")
    if not shipped:
        return note(f"{_SHIPPED} has no units to hold them against", _AGAIN)
    if missing := sorted(shipped.keys() - installed.keys()):
        return problem(f"not installed: {', '.join(missing)}", _AGAIN)
    changed = sorted(name for name in shipped if installed[name] != shipped[name])
    if not changed:
        return ok("they are those of this release")
    told = (each for name in changed for each in _differs(f"{PLACE}/{name}", shipped[name], installed[name]))
    return problem(_named(told) or f"not as shipped: {', '.join(changed)}", _AGAIN)


def overrides(case: Case) -> Finding:
    """Whether anything that somebody laid over the units makes a hole in the wall."""
    if none := no_units(case):
        return none
    shipped = _shipped(case) or _installed(case)
    copies = [(unit, path, text) for unit in shipped for path, text in _copies(case, unit)]
    dropins = {path: text for unit in shipped for path, text in _dropins(case, unit)}
    told = [each for unit, path, text in copies if text for each in _differs(path, shipped[unit], text)]
    told += [f"{path}:{line.number} {line}" for path, text in dropins.items() for line in promises.holes(text)]
    if told:
        # Reverting the uplink takes keepmum's own drop-in away as well.
        hint = "remove that file, or `sudo systemctl revert UNIT` and then `sudo keepmum units`; then restart"
        return problem(_named(iter(told)), hint)
    masked = [unit for unit, _, text in copies if not text]
    if masked:
        return note(f"masked, so it does not run: {', '.join(masked)}", "sudo systemctl unmask UNIT")
    yours = [*(path for _, path, _ in copies), *dropins]
    return ok(f"yours, and it loosens nothing: {', '.join(yours)}" if yours else "nothing is laid over the units")


def told_to_systemd(case: Case) -> Finding:
    """Whether the uplink's way to the broker and the quiet hours are as the settings have them."""
    if none := no_units(case):
        return none
    if case.owner.trouble is not None:
        return note("your settings cannot be read, so nobody can tell", "see the line about the configuration")
    try:
        found = Folder(case.machine.root).found()
        around = _around(case, found[plan.UPLINK] or "")
        changes = plan.changes(plan.wanted(case.settings, around), found)
    except (WallError, BrokerError, ConfigError) as error:
        return problem(plain(error.what), error.hint)
    if changes:
        what = f"systemd does not know your settings as they are: {', '.join(change.name for change in changes)}"
        return problem(what, "`keepmum units --check` shows the difference, `sudo keepmum units` makes it good")
    return ok(_as_told(case, around))


def _as_told(case: Case, around: plan.Around) -> str:
    host, quiet = case.settings.broker.host, _hours(case)
    if host is None:
        return f"no broker, so the uplink does not start{quiet}"
    unasked = dropin.literal(host) is None and not case.asked.broker
    still = f"; --broker asks whether {plain(host)} is still there" if unasked else ""
    return f"the uplink may reach {', '.join(around.addresses)}{quiet}{still}"


def _hours(case: Case) -> str:
    """The quiet hours, as a part of a sentence."""
    quiet = case.settings.quiet
    if not quiet.hours:
        return ""
    return (
        f", also in the quiet hours {', '.join(quiet.hours)}"
        if quiet.uplink
        else f", not in the quiet hours {', '.join(quiet.hours)}"
    )


def _around(case: Case, untrusted_dropin: str) -> plan.Around:
    """A name is looked up only if somebody asked for it: until then the addresses count that were found last."""
    host = case.settings.broker.host
    if host is None:
        return plan.Around(())
    literal, known = dropin.literal(host), dropin.allowed(untrusted_dropin)
    addresses = (literal,) if literal else case.machine.resolve(host) if case.asked.broker else known
    asked = dropin.resolvers(case.machine.text("/etc/resolv.conf") or "")
    return plan.Around(addresses, asked, _has_password(case, untrusted_dropin))


def _has_password(case: Case, untrusted_dropin: str) -> bool:
    """Only root can see into the folder with the passwords; for anybody else what was found last counts."""
    path = case.settings.broker.password_file
    if path is None:
        return False
    return case.machine.is_there(path) or (
        not case.machine.usable(path.parent) and "\nLoadCredential=" in untrusted_dropin
    )


# ---- what lies where


def _installed(case: Case) -> dict[str, str]:
    return _units_in(case, PLACE)


def _shipped(case: Case) -> dict[str, str]:
    return _units_in(case, _SHIPPED)


def _units_in(case: Case, folder: str) -> dict[str, str]:
    names = [name for name in case.machine.names(folder) if name.startswith("keepmum") and name.endswith(_KINDS)]
    return {name: case.machine.text(f"{folder}/{name}") or "" for name in names}


def _copies(case: Case, unit: str) -> Iterator[tuple[str, str]]:
    for folder in _ABOVE:
        if (untrusted_text := case.machine.text(path := f"{folder}/{unit}")) is not None:
            yield path, untrusted_text


def _dropins(case: Case, unit: str) -> Iterator[tuple[str, str]]:
    """Of the unit itself, of all whose names begin like its own, and of all of its kind; ours are left out."""
    stem, kind = Path(unit).stem, Path(unit).suffix
    parts = stem.split("-")
    begun = ["-".join(parts[:count]) + "-" + kind for count in range(1, len(parts))]
    for folder in (*_ABOVE, PLACE, *_BELOW):
        for each in (unit, *begun, kind[1:]):
            for name in case.machine.names(f"{folder}/{each}.d"):
                path = f"{folder}/{each}.d/{name}"
                untrusted_text = case.machine.text(path) or ""
                if name.endswith(".conf") and not _is_ours(path, untrusted_text):
                    yield path, untrusted_text


def _is_ours(path: str, untrusted_text: str) -> bool:
    return path in {f"{plan.PLACE}/{name}" for name in plan.EVERY} and plan.is_ours(untrusted_text)


def _differs(path: str, shipped: str, untrusted_text: str) -> Iterator[str]:
    added, lost = promises.differences(shipped, untrusted_text)
    yield from (f"{path}:{line.number} {line}" for line in added)
    yield from (f"{path} lacks {line}" for line in lost)


def _named(told: Iterator[str]) -> str:
    every = [plain(each, 160) for each in told]
    more = f"; and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return "; ".join(every[:_MOST]) + more
