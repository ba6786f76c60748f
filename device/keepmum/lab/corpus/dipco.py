"""DiPCo: dinner parties, far-field arrays and close microphones, one JSON list of sentences for each party."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from keepmum.errors import LabError
from keepmum.lab.corpus import written
from keepmum.lab.corpus.about import About
from keepmum.lab.corpus.corpus import Listed, Sound
from keepmum.lab.marks import Truth, TruthKind

_NAME = re.compile(r"(S[0-9]+)_(U[0-9]+|P[0-9]+)(?:\.CH[0-9]+)?")
_CLOCK = re.compile(r"([0-9]+):([0-9]{2}):([0-9]{2}(?:\.[0-9]+)?)")
_CLOSE = "close-talk"


@dataclass(frozen=True)
class Party:
    """The truth of one microphone: each has a clock of its own."""

    recording: str
    file: Path
    clock: str
    """What the lists call it: an array, or the close microphones."""

    def __call__(self) -> tuple[Truth, ...]:
        """Every turn. Raises LabError with every entry that is wrong."""
        found, wrong = [], []
        for number, entry in enumerate(_entries(self.file), 1):
            try:
                found.append(self._turn(entry))
            except ValidationError as error:
                wrong.append(f"{self.file}: entry {number}: {error.errors(include_url=False)[0]['msg']}")
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                wrong.append(f"{self.file}: entry {number}: {type(error).__name__} {error}")
        written.refuse(wrong)
        return written.in_order(found)

    def _turn(self, untrusted_entry: dict[str, Any]) -> Truth:
        begins, ends = (_seconds(untrusted_entry[key][self.clock]) for key in ("start_time", "end_time"))
        speaker = str(untrusted_entry["speaker_id"])
        return Truth(recording=self.recording, begins=begins, ends=ends, kind=TruthKind.SPEECH, speaker=speaker)


def list_sounds(folder: Path, about: About) -> Listed:
    """Every microphone of every party that is transcribed; a party is a group. `leave_out` picks microphones."""
    transcripts = {file.stem: file for file in sorted((folder / "transcriptions").rglob("*.json"))}
    sounds, problems = [], []
    audio = about.audio or folder / "audio"
    for path in sorted(audio.rglob("*.wav")):
        named = _NAME.fullmatch(path.stem)
        if named is None or named[1] not in transcripts:
            problems.append(f"{path}: no list in transcriptions/ tells of it")
            continue
        file = transcripts[named[1]]
        listed = path.relative_to(audio).as_posix()
        clock = named[2] if named[2].startswith("U") else _CLOSE
        sounds.append(Sound(listed, path, Party(listed, file, clock), named[1], words=_words(file)))
    return Listed(tuple(sounds), tuple(problems))


def _entries(file: Path) -> list[Any]:
    try:
        untrusted = json.loads(written.text(file))
    except ValueError as error:
        raise LabError(f"{file}: is no JSON: {error}", "download it again") from error
    if not isinstance(untrusted, list):
        raise LabError(f"{file}: is no list of sentences", "is this a transcription of DiPCo?")
    return untrusted


def _words(file: Path) -> int:
    """Spoken words; what stands in brackets is a noise."""
    texts = (str(entry.get("words", "")) for entry in _entries(file) if isinstance(entry, dict))
    return sum(not word.startswith("[") for text in texts for word in text.split())


def _seconds(untrusted: str) -> float:
    found = _CLOCK.fullmatch(untrusted)
    if found is None:
        raise ValueError(f"{untrusted!r} is no time like 0:12:34.56")
    return round(int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]), 6)
