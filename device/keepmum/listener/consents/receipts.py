"""The folder of receipts: one file per consent that was ever asked for, and a consent counts only with its own."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keepmum import kept
from keepmum.disk import REAL, Disk
from keepmum.errors import ReceiptError, StateError
from keepmum.listener.consents import receipt as paper
from keepmum.listener.consents.notice import Notices
from keepmum.listener.consents.receipt import GIVING, LARGEST, Receipt
from keepmum.listener.consents.record import State
from keepmum.terms import Consent

log = logging.getLogger(__name__)

MOST_ENDED = 50
"""Receipts of what was refused, has ended or never came to anything; of more, the oldest are removed."""

_NAME = re.compile(r"[0-9a-f]{32}")
_ASK_AGAIN = "ask for it again; `keepmum consents` shows all receipts"


@dataclass(frozen=True)
class Found:
    """One file in the folder."""

    path: Path
    receipt: Receipt | None
    problem: str = ""
    """Why it is no receipt."""

    @property
    def at(self) -> float:
        """Unix time of the newest event; what cannot be read is older than everything."""
        return self.receipt.newest.at if self.receipt is not None else 0.0


class Receipts:
    """The one writer of a folder of receipts."""

    def __init__(self, folder: Path, key: Ed25519PrivateKey, notices: Notices, disk: Disk = REAL) -> None:
        """Make the folder if there is none. Raises StateError if there can be no such folder."""
        self._folder = folder
        self._key = key
        self._device_key = key.public_key().public_bytes_raw().hex()
        self._notices = notices
        self._disk = disk
        try:
            disk.make_folder(folder)
            disk.sync_folder(folder.parent)
        except OSError as error:
            raise StateError(f"{folder} cannot be used: {error.strerror}", "see who owns it") from error

    def sign(self, consent: Consent, event: str, at: float) -> None:
        """Write what became of a consent at Unix time `at`; what gives it, at the time that the consent itself names.

        When this returns, a power cut leaves the new receipt; before, the old one. Raises ReceiptError if the terms
        have no notice, if the receipt is damaged or another device's, or if that event cannot follow; StateError if the
        disk does not take it.
        """
        if event not in get_args(State):
            raise ReceiptError(f"{event!r} can become of no consent", "receipt.py lists what can")
        state = cast(State, event)
        gives = state in GIVING
        moment, until = (consent.given, consent.until) if gives else (at, None)
        path = self._path(consent.id)
        old = self._old(path, consent)
        if old is None:
            new = paper.begun(consent, self._notices.of(consent.terms), state, moment, until, self._key)
        else:
            new = old.followed_by(state, moment, until, self._key)
        kept.write(path, new.to_bytes(), self._disk)
        self._prune(consent.id)

    def valid(self, consents: Iterable[Consent], wall: float) -> frozenset[str]:
        """The numbers of those whose receipts stand behind them; for each other one, a line in the log says why.

        `wall` is the latest Unix time ever seen.
        """
        good = set()
        for consent in consents:
            problem = objection(self._folder, self._device_key, consent, wall)
            if problem:
                log.error("%s %s; that consent is over: %s", self._folder / f"{consent.id}.json", problem, _ASK_AGAIN)
            else:
                good.add(consent.id)
        return frozenset(good)

    def close_others(self, consents: Iterable[Consent], at: float) -> None:
        """End in writing what still reads as given or asked and nobody knows of any more: a state file was lost.

        Nothing rests on it, so what fails is only told in the log.
        """
        known = {consent.id for consent in consents}
        for each in self._every():
            receipt = each.receipt
            if (
                receipt is None
                or receipt.record_id in known
                or receipt.newest.event_state not in (*GIVING, "requested")
            ):
                continue
            try:
                self._check_ours(each.path, receipt)
                ended = receipt.followed_by("invalidated", max(at, receipt.newest.at), None, self._key)
                kept.write(each.path, ended.to_bytes(), self._disk)
            except (ReceiptError, StateError) as error:
                log.warning("%s", error)
        self._prune("")

    def since(self) -> float | None:
        """The Unix time before which nobody can have agreed to anything; None if nobody ever has.

        It is 0 where older receipts may have been pruned, or one cannot be read. Raises StateError.
        """
        every = found(self._folder)
        if len(every) >= MOST_ENDED or any(each.receipt is None for each in every):
            return 0.0
        stories = [each.receipt.events for each in every if each.receipt is not None]
        # The first event is never dropped, and nobody agrees before being asked.
        return min((story[0].at for story in stories if any(e.event_state in GIVING for e in story)), default=None)

    def _path(self, number: str) -> Path:
        if not _NAME.fullmatch(number):
            raise ReceiptError(f"{number!r} is no consent's number", "it has 32 hexadecimal digits")
        return self._folder / f"{number}.json"

    def _old(self, path: Path, consent: Consent) -> Receipt | None:
        """What stands there, if it is ours and tells of these very terms."""
        untrusted = kept.read(path, LARGEST)
        if untrusted is None:
            return None
        old = read(path, untrusted)
        self._check_ours(path, old)
        if not old.covers(consent.terms):
            raise ReceiptError(f"{path} tells of other terms", _ASK_AGAIN)
        return old

    def _every(self) -> list[Found]:
        """All files; a folder that cannot be read is only told, since nothing that is asked of it here must happen."""
        try:
            return found(self._folder)
        except StateError as error:
            log.warning("%s", error)
            return []

    def _check_ours(self, path: Path, receipt: Receipt) -> None:
        problem = forged(receipt, self._device_key)
        if problem:
            raise ReceiptError(f"{path} {problem}", _ASK_AGAIN)

    def _prune(self, current: str) -> None:
        """Remove the oldest of what is over; a disk that refuses is only told."""
        over = [each for each in self._every() if each.path.stem != current and _is_over(each)]
        over.sort(key=lambda each: (each.at, each.path.name))
        try:
            for each in over[: -MOST_ENDED or None]:
                self._disk.unlink(each.path)
            if len(over) > MOST_ENDED:
                self._disk.sync_folder(self._folder)
        except OSError as error:
            log.warning("old receipts in %s cannot be removed: %s", self._folder, error.strerror)


def objection(folder: Path, device_key: str, consent: Consent, wall: float) -> str:
    """Why a consent's receipt does not stand behind it at Unix time `wall`; nothing if it does."""
    path = folder / f"{consent.id}.json"
    try:
        untrusted = kept.read(path, LARGEST)
        receipt = None if untrusted is None else paper.parse(untrusted)
    except (ReceiptError, StateError) as error:
        return error.what.removeprefix(f"{path} ")
    if receipt is None:
        return "is not there"
    newest = receipt.newest
    checks = (
        (receipt.record_id != consent.id, "is another consent's receipt"),
        (bool(problem := forged(receipt, device_key)), problem),
        (newest.event_state not in GIVING, f"says {newest.event_state!r}"),
        (not receipt.covers(consent.terms), "tells of other terms"),
        ((newest.at, newest.until) != (consent.given, consent.until), "tells of another time"),
        (newest.at > wall, "is from the future: see whether the clock is right"),
    )
    return next((problem for applies, problem in checks if applies), "")


def found(folder: Path) -> list[Found]:
    """Every receipt in a folder, by name, damaged ones too; an empty list if there is no such folder.

    Raises StateError if the folder cannot be read.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".json" and _NAME.fullmatch(path.stem))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StateError(f"{folder} cannot be read: {error.strerror}", "see who owns it; try it with sudo") from error
    return [_found(path) for path in paths]


def read(path: Path, untrusted: bytes) -> Receipt:
    """The receipt in a file of that name. Raises ReceiptError that names the file."""
    try:
        receipt = paper.parse(untrusted)
    except ReceiptError as error:
        raise ReceiptError(f"{path} {error.what}", _ASK_AGAIN) from None
    if receipt.record_id != path.stem and _NAME.fullmatch(path.stem):
        raise ReceiptError(f"{path} is another consent's receipt", _ASK_AGAIN)
    return receipt


def _found(path: Path) -> Found:
    try:
        untrusted = kept.read(path, LARGEST)
        return Found(path, read(path, untrusted or b""))
    except (ReceiptError, StateError) as error:
        return Found(path, None, error.what)


def forged(receipt: Receipt, device_key: str) -> str:
    """Why a receipt is not what that device signed; nothing if it is."""
    if receipt.device_key != device_key:
        return f"was signed by another device ({receipt.device_key[:8]}…), not by this one ({device_key[:8]}…)"
    return "" if receipt.holds() else "was changed since this device signed it"


def _is_over(each: Found) -> bool:
    return each.receipt is None or each.receipt.newest.event_state not in GIVING
