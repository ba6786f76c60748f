"""What agreeing rests on: who this device is, and the receipts of what was agreed to."""

from __future__ import annotations

from keepmum.doctor.case import Case
from keepmum.doctor.finding import Finding, note, ok, plain, problem
from keepmum.errors import StateError
from keepmum.listener.consents import receipts
from keepmum.listener.consents.identity import Identity
from keepmum.listener.consents.receipt import GIVING


def identity(case: Case) -> Finding:
    """Whether the device's one secret can be read: without it nothing can be agreed to."""
    path = case.settings.folders.identity
    there = case.machine.at(path)
    if not case.machine.is_there(path):
        return ok("there is none yet; the listener makes one when it starts")
    try:
        Identity.read(there)
    except StateError as error:
        if isinstance(error.__cause__, PermissionError):
            return note(f"this user cannot read {path}", "ask again as the user that runs the listener")
        return problem(plain(error.what.replace(str(there), str(path))), error.hint)
    return ok("it can be read, by nobody else")


def papers(case: Case) -> Finding:
    """Whether every receipt can be read; one that cannot ends its consent at the next start."""
    folder = case.settings.folders.receipts
    try:
        every = receipts.found(case.machine.at(folder))
    except StateError:
        return note(f"this user cannot read {folder}", "ask again as the user that runs the listener")
    damaged = [each.path.name for each in every if each.receipt is None]
    if damaged:
        count = f"{len(damaged)} receipt{'s' * (len(damaged) != 1)}"
        return problem(f"{count} cannot be read: {', '.join(damaged[:3])}", "those consents are over: agree again")
    live = sum(each.receipt is not None and each.receipt.newest.event_state in GIVING for each in every)
    return ok(f"{live} of {len(every)} tell of a consent that was given" if every else "nobody was ever asked to agree")
