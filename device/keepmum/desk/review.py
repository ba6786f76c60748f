"""What a recipient does with stored clips by hand: look at the list, and write one out as a WAV."""

from __future__ import annotations

import os
import time
import wave
from pathlib import Path

from keepmum import seal
from keepmum.card import Keys
from keepmum.clip import Clip, unpack
from keepmum.desk.store import Store
from keepmum.errors import OutboxError
from keepmum.sound import RATE, SAMPLE_BYTES


def listing(store: Store) -> list[str]:
    """One line per stored clip, refusal and alarm."""
    lines = [f"{_moment(row.at)}  stored   {row.id}  {row.size} bytes" for row in store.clips()]
    lines += [f"{_moment(row.at)}  refused  {row.id}  {row.size} bytes: {row.reason}" for row in store.refusals()]
    lines += [f"{_moment(row.at)}  alarm    {row.id}  other bytes came under this id" for row in store.alarms()]
    return sorted(lines)


def opened(store: Store, keys: Keys, parcel: str) -> Clip:
    """A stored clip, in memory; raises OutboxError if it is not there and SealError if it does not open."""
    return unpack(seal.open_seal(keys, store.sealed(parcel))[1])


def export(store: Store, keys: Keys, parcel: str, path: Path) -> Clip:
    """Write a stored clip as a WAV that only its owner can read; raises OutboxError rather than replace a file."""
    clip = opened(store, keys, parcel)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file, wave.open(file) as sound:
            sound.setnchannels(1)
            sound.setsampwidth(SAMPLE_BYTES)
            sound.setframerate(RATE)
            sound.writeframes(clip.pcm)
    except OSError as error:
        raise OutboxError(f"{path} cannot be written: {error.strerror}", "choose a new file") from error
    return clip


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
