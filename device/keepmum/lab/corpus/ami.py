"""AMI: meetings in several microphones, their words in one XML file for each speaker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from keepmum.errors import LabError
from keepmum.lab.corpus import written
from keepmum.lab.corpus.about import About
from keepmum.lab.corpus.corpus import Listed, Sound
from keepmum.lab.marks import Truth, TruthKind

_MEETING = re.compile(r"([A-Z]{2}[0-9]{4}[a-z]?)\..+")
_BREATH = 0.5
"""Seconds between two words that do not end a turn."""

_LARGEST = 50_000_000
"""Bytes; the longest speaker of the corpus needs two million."""


@dataclass(frozen=True)
class Meeting:
    """The truth of one meeting: every microphone of it shares a clock."""

    recording: str
    files: tuple[Path, ...]

    def __call__(self) -> tuple[Truth, ...]:
        """Words, and the turns that they make. Raises LabError for a file that is no list of words."""
        words = [word for file in self.files for word in _words(self.recording, file)]
        return written.in_order([*words, *_turns(words)])


def list_sounds(folder: Path, about: About) -> Listed:
    """Every microphone whose meeting has words; a meeting is a group. `leave_out` picks microphones."""
    said: dict[str, list[Path]] = {}
    for file in sorted(folder.rglob("*.words.xml")):
        said.setdefault(file.name.partition(".")[0], []).append(file)
    sounds, problems = [], []
    audio = about.audio or folder
    for path in sorted(audio.rglob("*.wav")):
        named = _MEETING.fullmatch(path.stem)
        if named is None or named[1] not in said:
            problems.append(f"{path}: there are no words of this meeting (MEETING.SPEAKER.words.xml)")
            continue
        listed = path.relative_to(audio).as_posix()
        sounds.append(Sound(listed, path, Meeting(listed, tuple(said[named[1]])), named[1]))
    return Listed(tuple(sounds), tuple(problems))


def _words(recording: str, file: Path) -> Iterator[Truth]:
    speaker = file.name.split(".")[1]
    for number, word in enumerate(_elements(file), 1):
        begins, ends, text = word.get("starttime"), word.get("endtime"), (word.text or "").strip()
        # Punctuation has no length, and some words nobody could align have no times.
        if word.get("punc") == "true" or not begins or not ends or not text:
            continue
        try:
            span = written.seconds_in(begins), written.seconds_in(ends)
            yield Truth(
                recording=recording,
                begins=span[0],
                ends=span[1],
                kind=TruthKind.WORD,
                speaker=speaker,
                what=text.lower(),
            )
        except ValueError as error:
            raise LabError(f"{file}: word {number}: {error}", "correct it, or leave the meeting out") from error


def _elements(file: Path) -> Iterator[ElementTree.Element]:
    untrusted = written.text(file) if file.stat().st_size <= _LARGEST else ""
    if not untrusted or "<!DOCTYPE" in untrusted or "<!ENTITY" in untrusted:
        # Entities that stand for each other can fill any memory; the corpus has none.
        raise LabError(f"{file}: is no list of words of AMI", "take it from the corpus's own annotations")
    try:
        # Python does not take the file's own word for its encoding from text; so the line that says it goes.
        return ElementTree.fromstring(re.sub(r"^<\?xml[^>]*\?>", "", untrusted)).iter("w")  # noqa: S314
    except ElementTree.ParseError as error:
        raise LabError(f"{file}: is no XML: {error}", "download it again") from error


def _turns(words: list[Truth]) -> Iterator[Truth]:
    """One for each stretch in which a speaker does not pause for half a second."""
    for speaker in sorted({word.speaker for word in words}):
        mine = sorted((word for word in words if word.speaker == speaker), key=lambda word: word.begins)
        begins, ends = mine[0].begins, mine[0].ends
        for word in mine[1:]:
            if word.begins - ends > _BREATH:
                yield _turn(word, begins, ends)
                begins = word.begins
            ends = max(ends, word.ends)
        yield _turn(mine[0], begins, ends)


def _turn(word: Truth, begins: float, ends: float) -> Truth:
    return Truth(recording=word.recording, begins=begins, ends=ends, kind=TruthKind.SPEECH, speaker=word.speaker)
