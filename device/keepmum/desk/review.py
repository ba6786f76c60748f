"""What a recipient does with stored clips by hand: look at the list, and open one clip, as often as was agreed."""

from __future__ import annotations

import hashlib
import json
import os
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from keepmum.clip import Clip, unpack
from keepmum.desk.records import Why
from keepmum.desk.store import Store
from keepmum.errors import ConfigError, OutboxError
from keepmum.seal import Keys, Opened, open_seal
from keepmum.seal.form import did_you_mean
from keepmum.seal.recipient import PURPOSES
from keepmum.sound import RATE, SAMPLE_BYTES
from keepmum.terms import Rung

_GONE = {
    Why.DEMAND: "deleted: the household asked",
    Why.RETENTION: "deleted: its time was over",
    Why.UNKNOWN: "a clip that never came was asked to be deleted",
}


def listing(store: Store) -> list[str]:
    """One line per stored clip, refusal, alarm, and clip that went."""
    lines = [(row.at, f"stored   {row.id}  {row.size} bytes, until {_moment(row.until)}") for row in store.clips()]
    lines += [(row.at, f"refused  {row.id}  {row.size} bytes: {row.reason}") for row in store.refusals()]
    lines += [(row.at, f"alarm    {row.id}  other bytes came under this id") for row in store.alarms()]
    lines += [(row.at, f"gone     {row.id or '-' * 32}  {_GONE[row.why]}") for row in store.all_gone()]
    return [f"{_moment(at)}  {line}" for at, line in sorted(lines)]


def export(store: Store, keys: Keys, parcel: str, path: Path, *, purpose: str, wall: float) -> Clip:
    """Open a clip for one of its purposes and write what it holds: a WAV, or text or counts as JSON.

    One more play is counted before anything is written. Raises OutboxError if that would be one too many, if the clip
    is not there, or rather than replace a file; ConfigError for a purpose that it was not given for; SealError if it
    does not open.
    """
    if purpose not in PURPOSES:
        raise ConfigError(f"{purpose!r} is no purpose{did_you_mean(purpose, PURPOSES)}", f"one of {_named(PURPOSES)}")
    opened, plaintext = open_seal(keys, store.sealed(parcel))
    clip = unpack(plaintext)
    if opened.purpose != purpose:
        raise ConfigError(f"{parcel} was not given for {purpose}", "listen to what was given for it, or to nothing")
    with _new_file(path) as file:
        _count(store, keys, opened, wall)
        _write(clip, file)
    return clip


def _count(store: Store, keys: Keys, opened: Opened, wall: float) -> None:
    """The row comes first: whoever is killed after it has listened, as far as anybody can tell."""
    row = store.row(opened.label.parcel)
    if row is None or wall >= row.until:
        raise OutboxError(f"the time of {opened.label.parcel} is over", "nobody may listen to it any more")
    month = time.strftime("%Y-%m", time.gmtime(wall))
    most = min(row.reviews, keys.reviews)
    if not store.play(row.id, _household(opened.consent, month), opened.purpose.value, most, wall):
        times = "once" if most == 1 else f"{most} times"
        raise OutboxError(
            f"{row.id} was sent under a consent that was listened to {times} in {month}: no more was agreed"
            if most
            else f"{row.id} was sent under a consent by which nobody listens",
            "next month it can be listened to again" if most else "what it sent can be counted, not heard",
        )


def _household(consent: str, month: str) -> str:
    """One consent in one month: plays can be counted, and not be put together from month to month."""
    return hashlib.sha256(f"keepmum-plays\n{month}\n{consent}".encode()).hexdigest()[:32]


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file for its owner alone, which does not stay if nothing was written into it."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise OutboxError(f"{path} cannot be written: {error.strerror}", "choose a new file") from error
    with open(file, "wb") as opened:
        try:
            yield opened
        except OSError as error:  # OutboxError is one, too
            path.unlink()
            if isinstance(error, OutboxError):
                raise
            raise OutboxError(f"{path} cannot be written: {error.strerror}", "is the disk full?") from error


def _write(clip: Clip, file: BinaryIO) -> None:
    if clip.rung <= Rung.TEXT:
        told = {"text": clip.text} if clip.rung is Rung.TEXT else {"counts": dict(clip.counts)}
        file.write(json.dumps(told, indent=2, ensure_ascii=False).encode() + b"\n")
        return
    with wave.open(file) as sound:
        sound.setnchannels(1)
        sound.setsampwidth(SAMPLE_BYTES)
        sound.setframerate(RATE)
        sound.writeframes(clip.pcm)


def _named(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))
