"""What was allowed to leave and has not arrived yet: one file per parcel, in a folder that only the listener opens.

A parcel is in the outbox when `put` returns, even after a power cut if the folder is on a disk. The file is
written under `tmp/`, synced and renamed into `new/`, so nobody ever sees half a parcel.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from keepmum.disk import REAL, Disk, place
from keepmum.errors import OutboxError

LARGEST = 20_000_000
"""Bytes that all waiting parcels may take together: about a hundred long clips, in the memory of a small Pi."""

_ID = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"(?P<order>[0-9]{12})-(?P<id>[0-9a-f]{32})")
_KINDS = ("clip", "action", "status")
_TEXTS = ("id", "kind", "topic", "purpose", "consent", "recipient", "rung", "microphone")
_NUMBERS = ("seconds", "at", "after")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Item:
    """A parcel on its way, with everything that is needed to decide about it again after a restart."""

    id: str
    """32 hexadecimal digits."""
    kind: str
    """`clip` (the body is sealed), `action`, `status` or `deletion`, which is never put in here."""
    topic: str
    purpose: str
    consent: str
    expires: float | None
    """Unix time after which it must not be delivered, or None."""
    body: bytes
    recipient: str = ""
    seconds: float = 0.0
    """How long the sound behind it lasts."""
    rung: str = "voice"
    """How much of a command it is, as `keepmum.terms.Rung` calls it in small letters."""
    microphone: str = ""
    approved: bool = False
    """Whether somebody said yes to this very parcel."""
    at: float = 0.0
    """Unix time at which it was wanted."""
    after: float = 0.0
    """Unix time before which it is not handed over."""


class Outbox:
    """The one user of an outbox folder."""

    def __init__(self, folder: Path, largest: int = LARGEST, disk: Disk = REAL) -> None:
        """Open or make an outbox and remove what a crash left half written; raises OutboxError."""
        self._disk = disk
        self._largest = largest
        self._tmp, self._new = folder / "tmp", folder / "new"
        self._sizes: dict[Path, int] = {}
        try:
            self._open(folder)
        except OSError as error:
            raise OutboxError(
                f"the outbox {folder} cannot be used: {error.strerror}", "its parent folder must be the speaker's"
            ) from error

    def put(self, item: Item) -> None:
        """Take a parcel, for good when this returns.

        Raises OutboxError if there is no room, the id is wrong or waits already; then nothing was kept.
        """
        if not _ID.fullmatch(item.id) or self._path(item.id) or not _typed(item):
            raise OutboxError(f"parcel {item.id!r} cannot be put", "it must be a clip or an action with an unused id")
        content = _packed(item)
        if sum(self._sizes.values()) + len(content) > self._largest:
            raise OutboxError(f"the outbox is full: {self._largest} bytes", "see why nothing is delivered")
        path = self._new / f"{self._next:012d}-{item.id}"
        try:
            place(self._disk, content, path, by=self._tmp / item.id)
        except OSError as error:
            with suppress(OSError):  # renamed, but not for certain: nobody may find it later
                self._disk.unlink(path)
            raise OutboxError(f"parcel {item.id} cannot be written: {error.strerror}", "free some space") from error
        self._sizes[path] = len(content)
        self._next += 1

    def waiting(self) -> list[str]:
        """The ids of all parcels, in the order of their `put`."""
        return [_order_and_id(path)[1] for path in self._sizes]

    def get(self, parcel: str) -> Item | None:
        """A parcel, or None if it does not wait here.

        Raises OutboxError, naming it, for one that cannot be read. A damaged one is erased first: it can never
        be delivered, and the ledger should say so.
        """
        path = self._path(parcel)
        if path is None:
            return None
        try:
            return _unpacked(path.read_bytes(), parcel)
        except OSError as error:
            raise OutboxError(f"parcel {parcel} cannot be read: {error.strerror}", "check the disk") from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            self.erase(parcel)
            raise OutboxError(f"parcel {parcel} was damaged and is erased", "check the disk") from error

    def erase(self, parcel: str) -> None:
        """Remove a parcel, if it waits here; raises OutboxError if it cannot be removed."""
        path = self._path(parcel)
        if path is not None:
            self._remove([path])

    def erase_all(self) -> int:
        """Remove every parcel and say how many; raises OutboxError if one could not be, after trying the others."""
        count = len(self._sizes)
        self._remove(list(self._sizes))
        return count

    def _open(self, folder: Path) -> None:
        for each in (folder, self._tmp, self._new):
            self._disk.make_folder(each)
        for leftover in self._tmp.iterdir():
            self._disk.unlink(leftover)
        for path in sorted(self._new.iterdir()):
            if _NAME.fullmatch(path.name):
                self._sizes[path] = path.stat().st_size
            else:
                _log.warning("%s is not a parcel and stays where it is", path)
        last = max((_order_and_id(path)[0] for path in self._sizes), default=0)
        self._next = last + 1
        # What a killed predecessor renamed may be in the kernel's memory only; from here on it counts as waiting.
        for each in (folder.parent, folder, self._new):
            self._disk.sync_folder(each)

    def _path(self, parcel: str) -> Path | None:
        return next((path for path in self._sizes if _order_and_id(path)[1] == parcel), None)

    def _remove(self, paths: list[Path]) -> None:
        failed = []
        for path in paths:
            try:
                self._disk.unlink(path)
                del self._sizes[path]
            except OSError as error:
                failed.append(error)
        try:
            self._disk.sync_folder(self._new)
        except OSError as error:
            failed.append(error)
        if failed:
            raise OutboxError(f"not everything is erased: {failed[0].strerror}", "check the disk")


def _order_and_id(path: Path) -> tuple[int, str]:
    order, _, parcel = path.name.partition("-")
    return int(order), parcel


def _packed(item: Item) -> bytes:
    """The digest's line, the description's line, then the body."""
    told = {name: value for name, value in asdict(item).items() if name != "body"}
    rest = json.dumps(told, sort_keys=True, separators=(",", ":")).encode() + b"\n" + item.body
    return hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest


def _unpacked(untrusted_content: bytes, parcel: str) -> Item:
    _, told, body = untrusted_content.split(b"\n", 2)
    item = Item(body=body, **json.loads(told))
    if item.id != parcel or _packed(item) != untrusted_content or not _typed(item):  # the digest is compared too
        raise ValueError("it was not written by this outbox")
    return item


def _typed(item: Item) -> bool:
    texts = all(isinstance(getattr(item, name), str) for name in _TEXTS)
    numbers = all(isinstance(getattr(item, name), int | float) for name in _NUMBERS)
    expires = item.expires is None or isinstance(item.expires, int | float)
    return texts and numbers and expires and isinstance(item.approved, bool) and item.kind in _KINDS
