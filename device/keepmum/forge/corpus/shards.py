"""Prepared utterances on disk, as the training reads them: features, phones and the silence that is known."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from keepmum.errors import CorpusError

CEPSTRA = 40
"""Numbers in one frame of features."""

_PARTS = ("frames", "frame_counts", "phones", "phone_counts", "leads", "trails", "sources")
_AGAIN = "delete it: `keepmum forge prepare` makes it again"


@dataclass(frozen=True)
class Utterance:
    """One utterance, ready for the training."""

    frames: NDArray[np.float16]
    """[frames, 40]: one frame of MFCC every 10 ms, in the scale of 16-bit samples."""
    phones: NDArray[np.int16]
    """[n]: numbers of base phones; 0 is a silence that may be there or not."""
    lead: int
    """Output frames (30 ms each) at the beginning that are known to hold no speech."""
    trail: int
    """The same at the end."""
    source: str
    """Which corpus it comes from."""


def write(path: Path, utterances: Sequence[Utterance]) -> None:
    """Write one shard, all or nothing; the same utterances make the same bytes. Raises CorpusError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    arrays: dict[str, Any] = {
        "frames": np.concatenate([np.empty((0, CEPSTRA), np.float16), *(each.frames for each in utterances)]),
        "frame_counts": np.array([len(each.frames) for each in utterances], np.int32),
        "phones": np.concatenate([np.empty(0, np.int16), *(each.phones for each in utterances)]),
        "phone_counts": np.array([len(each.phones) for each in utterances], np.int32),
        "leads": np.array([each.lead for each in utterances], np.int32),
        "trails": np.array([each.trail for each in utterances], np.int32),
        "sources": np.array([each.source for each in utterances], np.str_),
    }
    try:
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise CorpusError(
            f"{path} cannot be written: {error.strerror}", "make room, or choose another --work"
        ) from error


def read(path: Path) -> list[Utterance]:
    """Every utterance of a shard. Raises CorpusError for a file that is missing, cut short or no shard."""
    try:
        # numpy leaves a file open that it cannot read, if it is to open it itself.
        with path.open("rb") as file, NpzFile(file, allow_pickle=False) as archive:
            untrusted_parts = {name: archive[name] for name in _PARTS}
    except KeyError as error:
        raise CorpusError(f"{path} is no shard: {error.args[0]}", _AGAIN) from error
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise CorpusError(f"{path} cannot be read as a shard: {error}", _AGAIN) from error
    if problem := _problem(untrusted_parts):
        raise CorpusError(f"{path} is no shard: {problem}", _AGAIN)
    return _utterances(untrusted_parts)


def _problem(untrusted_parts: dict[str, NDArray[Any]]) -> str:
    frames, counts = untrusted_parts["frames"], untrusted_parts["frame_counts"]
    phones, phone_counts = untrusted_parts["phones"], untrusted_parts["phone_counts"]
    if frames.ndim != 2 or frames.shape[1] != CEPSTRA or frames.dtype != np.float16:
        return f"its frames are {frames.shape} of {frames.dtype}"
    if phones.ndim != 1 or phones.dtype != np.int16 or (phones < 0).any():
        return f"its phones are {phones.shape} of {phones.dtype}"
    numbers = [counts, phone_counts, untrusted_parts["leads"], untrusted_parts["trails"]]
    if any(each.dtype != np.int32 or each.shape != counts.shape or (each < 0).any() for each in numbers):
        return "its counts do not fit together"
    if untrusted_parts["sources"].shape != counts.shape or untrusted_parts["sources"].dtype.kind != "U":
        return "its sources do not fit its utterances"
    if counts.sum() != len(frames) or phone_counts.sum() != len(phones):
        return "it holds more or less than it counts"
    return ""


def _utterances(parts: dict[str, NDArray[Any]]) -> list[Utterance]:
    frames = np.split(parts["frames"], np.cumsum(parts["frame_counts"])[:-1])
    phones = np.split(parts["phones"], np.cumsum(parts["phone_counts"])[:-1])
    edges = zip(parts["leads"].tolist(), parts["trails"].tolist(), parts["sources"].tolist(), strict=True)
    return [Utterance(frames[at], phones[at], *edge) for at, edge in enumerate(edges)]
