"""Folders of transcribed recordings: who says what in which file, and whose voices are kept for the evaluation.

A folder holds `manifest.jsonl`, one recording a line: {"file", "speaker", "seconds", "text", "source"}.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keepmum import layers
from keepmum.errors import CorpusError

NAME = "manifest.jsonl"

_KEYS: dict[str, Any] = {
    "file": str,
    "speaker": str,
    "seconds": (int, float),
    "text": str,
    "source": str,
}
_TOLD = 20
"""Problems that are told one by one; beyond them only their number."""
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*'?|\d+|'[^\W\d_]+")
_EXPLAINED = 'each line is {"file": "a.opus", "speaker": "7", "seconds": 2.5, "text": "good morning", "source": "home"}'


@dataclass(frozen=True)
class Recording:
    """One transcribed recording of a person."""

    path: Path
    speaker: str
    seconds: float
    text: str
    source: str

    @property
    def voice(self) -> tuple[str, str]:
        """The person: speakers of two sources are two people, even by the same name."""
        return self.source, self.speaker


def read(folder: Path) -> list[Recording]:
    """Every recording of a folder. Raises CorpusError with everything that is wrong with its manifest."""
    try:
        untrusted_lines = (folder / NAME).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{folder / NAME} cannot be read: {error}", "a folder of speech needs one") from error
    found, wrong, seen = [], [], set()
    for number, untrusted_line in enumerate(untrusted_lines, 1):
        if not untrusted_line.strip():
            continue
        recording, problem = _recording(folder, untrusted_line)
        if recording is not None and recording.path in seen:
            problem = f"file: {recording.path.name} stands twice"
        if recording is None or problem:
            wrong.append(f"{NAME}:{number}: {problem}")
            continue
        seen.add(recording.path)
        found.append(recording)
    if wrong or not found:
        raise CorpusError(f"{folder}: {_told(wrong) or f'{NAME} names no recording'}", _EXPLAINED)
    return found


def held_out(recordings: Iterable[Recording], share: float) -> frozenset[tuple[str, str]]:
    """The voices (source, speaker) that never train: of each source this share, and at least one if there is a share.

    Which ones follows from a hash of their names, so that it is the same on every machine.
    """
    voices: dict[str, set[tuple[str, str]]] = {}
    for recording in recordings:
        voices.setdefault(recording.source, set()).add(recording.voice)
    kept: set[tuple[str, str]] = set()
    for of_source in voices.values():
        kept |= set(sorted(of_source, key=_dice)[: math.ceil(share * len(of_source))])
    return frozenset(kept)


def words(text: str) -> list[str]:
    """The words of a transcript in small letters, without punctuation; digits stay, and no dictionary knows them."""
    return _WORD.findall(text.lower().replace("’", "'"))


def _dice(voice: tuple[str, str]) -> bytes:
    return hashlib.sha256("/".join(voice).encode()).digest()


def _recording(folder: Path, untrusted_line: str) -> tuple[Recording | None, str]:
    """The recording of a line, or what is wrong with it."""
    try:
        untrusted = json.loads(untrusted_line)
    except ValueError as error:
        return None, f"not JSON: {error}"
    if not isinstance(untrusted, dict):
        return None, "not one recording in braces"
    wrong = [_strange(key) for key in untrusted if key not in _KEYS]
    wrong += [f"{key}: {_shape(untrusted, key)}" for key in _KEYS if _shape(untrusted, key)]
    if not wrong:
        path = folder / untrusted["file"]
        if not path.resolve().is_relative_to(folder.resolve()):
            wrong.append(f"file: {untrusted['file']} lies outside of the folder")
        elif not path.is_file():
            wrong.append(f"file: {untrusted['file']} is missing")
    if wrong:
        return None, "; ".join(wrong)
    named = {key: untrusted[key] for key in ("speaker", "text", "source")}
    return Recording(path, seconds=float(untrusted["seconds"]), **named), ""


def _strange(untrusted_key: str) -> str:
    return f"{untrusted_key}: there is no such key ({layers.meant(untrusted_key, list(_KEYS))})"


def _shape(untrusted: dict[Any, Any], key: str) -> str:
    """What is wrong with the value of a key."""
    if key not in untrusted:
        return "is missing"
    value = untrusted[key]
    if isinstance(value, bool) or not isinstance(value, _KEYS[key]):
        return f"{value!r:.40} cannot be"
    if isinstance(value, str):
        return "" if value.strip() else "is empty"
    return "" if 0 < float(value) < math.inf else f"{value} cannot be"


def _told(problems: Sequence[str]) -> str:
    more = f"\n  and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
    return (
        "\n  ".join([f"{len(problems)} problems", *problems[:_TOLD]]) + more if len(problems) > 1 else "".join(problems)
    )
