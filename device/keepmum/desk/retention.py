"""Nothing stays longer than was promised: clips go when their time is over, and then the keys that open them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from keepmum.desk.store import Store
from keepmum.disk import alone_in
from keepmum.errors import SealError
from keepmum.seal import Keys
from keepmum.seal.recipient import EpochKey

log = logging.getLogger(__name__)

EVERY = 3_600.0
"""Seconds between two sweeps."""


class Retention:
    """Sweeps one store and one key file. Without a file, as in a test, the keys go from memory alone."""

    def __init__(self, store: Store, file: Path | None = None) -> None:
        self._store = store
        self._file = file
        self._due: float | None = None
        self._seen: tuple[float, float] | None = None

    def due(self, now: float) -> bool:
        """Whether a sweep is wanted: at the start, and every hour."""
        return self._due is None or now >= self._due

    def sweep(self, keys: Keys, now: float, wall: float) -> Keys:
        """Destroy whose time is over, and give back the keys that remain, fresh ones in the file included.

        Raises OutboxError or SealError if something that has to go could not be made to.
        """
        self._due = now + EVERY
        moment = self._moment(now, wall)
        ended = self._store.end(moment)
        if ended:
            log.info("the time of %d clips is over: they are gone", ended)
        if not self._store.scrub():
            log.warning("somebody reads the store: what went stays in its log until the next sweep")
        return self._destroy(keys, moment)

    def _moment(self, now: float, wall: float) -> float:
        """Unix time that never goes back, whatever is done to the clock: not here, and not from start to start."""
        if self._seen is not None:
            before, at = self._seen
            wall = max(wall, at + now - before)
        moment = self._store.latest(wall)
        self._seen = (now, moment)
        return moment

    def _destroy(self, keys: Keys, moment: float) -> Keys:
        """Row first: what was begun and not done is found, and done, by the next sweep."""
        if self._file is None:
            remaining = keys.destroy_ended(moment)
            self._begin(keys, remaining, moment)
        else:
            with alone(self._file):
                loaded = _same(keys, Keys.load(self._file), self._file)
                remaining = loaded.destroy_ended(moment)
                self._begin(loaded, remaining, moment)
                if remaining is not loaded:
                    remaining.replace(self._file)
        self._finish(remaining, moment)
        return remaining

    def _begin(self, before: Keys, remaining: Keys, moment: float) -> None:
        for key in _ended(before, remaining):
            self._store.destroying(key.purpose.value, key.epoch, moment)

    def _finish(self, remaining: Keys, moment: float) -> None:
        have = {(key.purpose.value, key.epoch) for key in remaining.epochs}
        for week in self._store.weeks():
            if week.done is None and (week.purpose, week.epoch) not in have:
                self._store.destroyed(week.purpose, week.epoch, moment)
                log.info("destroyed the key of week %d for %s", week.epoch, week.purpose)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Nobody else of ours changes the key file meanwhile: fresh keys must not be lost between reading and writing."""
    with ExitStack() as held:
        try:
            held.enter_context(alone_in(file.resolve().parent))
        except OSError as error:
            raise SealError(f"the folder of {file} cannot be read: {error.strerror}", "see who owns it") from error
        yield


def _ended(before: Keys, remaining: Keys) -> list[EpochKey]:
    return [key for key in before.epochs if key not in remaining.epochs]


def _same(keys: Keys, loaded: Keys, file: Path) -> Keys:
    if loaded.signing_key != keys.signing_key:
        raise SealError(f"{file} has the keys of somebody else now", "start the collector again with the right file")
    return loaded
