"""Receivers that lie on purpose, for tests and for researchers: whoever claims to catch a liar needs one to catch.

Each is the honest reception with one lie. None of them runs unless somebody names it.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from keepmum import config
from keepmum import log as logs
from keepmum.clock import RealClock
from keepmum.desk import collector
from keepmum.desk.reception import Reception
from keepmum.desk.records import Gone, Why
from keepmum.desk.store import Store
from keepmum.errors import KeepmumError
from keepmum.seal import Keys, sign_deleted, sign_stored
from keepmum.uplink.chunks import Chunk


class Hoarder(Reception):
    """Says "deleted", and keeps the clip. Its answers are signed as they should be: only `scan` finds it."""

    def _destroy(self, deletion: str, wall: float) -> Gone | None:
        return Gone(deletion, None, wall, Why.DEMAND, 0)


class Copier(Reception):
    """Deletes as it should, and has copied every clip to a folder beside the store before. Only `scan` finds it."""

    def _stored(self, chunk: Chunk, wall: float) -> str:
        folder = self.store.path.with_name(f"{self.store.path.name}.backup")
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / chunk.parcel).write_bytes(self.store.sealed(chunk.parcel))
        return super()._stored(chunk, wall)


class Denier(Reception):
    """Says that it never had what it holds. Its own signed word that it stored the clip says otherwise."""

    def _destroy(self, deletion: str, wall: float) -> Gone | None:
        return Gone(deletion, None, wall, Why.UNKNOWN, 0)


class Swapper(Reception):
    """Answers with its signed word about another clip."""

    def _stored(self, chunk: Chunk, wall: float) -> str:
        return sign_stored(self.keys, _other(chunk.parcel), chunk.sha256, wall)

    def _deleted(self, gone: Gone) -> str:
        return sign_deleted(self.keys, _other(gone.deletion), gone.held, gone.plays, gone.at)


class Replayer(Reception):
    """Answers the first time as it should, and to everything later with that first answer."""

    def __init__(self, keys: Keys, store: Store) -> None:
        super().__init__(keys, store)
        self._said: dict[str, str] = {}

    def _stored(self, chunk: Chunk, wall: float) -> str:
        return self._said.setdefault("stored", super()._stored(chunk, wall))

    def _deleted(self, gone: Gone) -> str:
        return self._said.setdefault("deleted", super()._deleted(gone))


class Forger(Reception):
    """Signs with another key than the one on its card."""

    def __init__(self, keys: Keys, store: Store) -> None:
        super().__init__(keys, store)
        self._false = _stranger(keys)

    def _stored(self, chunk: Chunk, wall: float) -> str:
        return sign_stored(self._false, chunk.parcel, chunk.sha256, wall)

    def _deleted(self, gone: Gone) -> str:
        return sign_deleted(self._false, gone.deletion, gone.held, gone.plays, gone.at)


class Silent(Reception):
    """Takes demands to delete, and never answers one."""

    def demand(self, deletion: str, untrusted_secret: bytes, wall: float) -> str | None:  # noqa: ARG002
        return None


LIARS: Mapping[str, type[Reception]] = {
    "hoarder": Hoarder,
    "copier": Copier,
    "denier": Denier,
    "swapper": Swapper,
    "replayer": Replayer,
    "forger": Forger,
    "silent": Silent,
}


def _other(name: str) -> str:
    """Another name of the same length."""
    return f"{int(name[0], 16) ^ 1:x}{name[1:]}"


def _stranger(keys: Keys) -> Keys:
    about = (keys.name, keys.contact, keys.storage, keys.jurisdiction, keys.people, keys.retention_days, keys.reviews)
    return Keys.generate(*about, keys.purposes, 0.0, 1)


def main(arguments: list[str]) -> int:
    """`python -m keepmum.desk.liars KIND CONFIG KEYS STORE`: a collector that lies, until Ctrl-C."""
    if len(arguments) != 4 or arguments[0] not in LIARS:
        print(f"usage: python -m keepmum.desk.liars {'|'.join(LIARS)} CONFIG KEYS STORE", file=sys.stderr)
        return 2
    kind, settings = arguments[0], config.load(Path(arguments[1]))
    keys, store = Keys.load(Path(arguments[2])), Store(Path(arguments[3]))
    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda came, _frame: stopped.append(came))
    print(f"this collector LIES on purpose ({kind}): {LIARS[kind].__doc__}", file=sys.stderr)
    try:
        topic = settings.recipient.topic
        collector.run(settings.broker, topic, keys, store, RealClock(), lambda: bool(stopped), reception=LIARS[kind])
    finally:
        store.close()
    return 0


if __name__ == "__main__":
    logs.begin("liar")
    try:
        sys.exit(main(sys.argv[1:]))
    except KeepmumError as error:
        print(error.told_by("liar"), file=sys.stderr)
        sys.exit(1)
