"""A run's folder made by hand: two recordings, a command, a false wake and a refused candidate."""

from __future__ import annotations

from pathlib import Path

from keepmum.lab import marks
from keepmum.lab.marks import Line, Mark, MarkKind, Recording, Truth, TruthKind
from keepmum.lab.run import MARKS, RECORDINGS, TRUTH, Facts, write_facts

EVENING, NEWS = "evening.flac", "news.flac"

FACTS = Facts(
    keepmum="0.1.0",
    date="2026-11-22",
    seed=7,
    corpus="small",
    corpus_sha256="0" * 64,
    model="en-household",
    model_sha256="1" * 64,
    command="keepmum lab run small --out run",
)

RECORDINGS_OF_IT = (
    Recording(id=EVENING, seconds=60.0, group="evening", words=9),
    Recording(id=NEWS, seconds=120.0, group="news", words=200),
)

MARKS_OF_IT = (
    Mark(recording=EVENING, begins=0.5, ends=4.2, kind=MarkKind.SPEECH),
    Mark(recording=EVENING, begins=1.52, ends=1.52, kind=MarkKind.CANDIDATE, score=0.93, what="alexa"),
    Mark(recording=EVENING, begins=1.0, ends=1.5, kind=MarkKind.CONFIRMED, score=0.97, what="alexa"),
    Mark(recording=EVENING, begins=1.0, ends=3.2, kind=MarkKind.COMMAND, what="light_on"),
    Mark(recording=EVENING, begins=1.7, ends=2.0, kind=MarkKind.WORD, score=0.99, what="turn"),
    Mark(recording=NEWS, begins=30.4, ends=30.4, kind=MarkKind.CANDIDATE, score=0.41, what="alexa"),
    Mark(recording=NEWS, begins=30.4, ends=30.4, kind=MarkKind.REFUSED, score=0.2, what="alexa"),
    Mark(recording=NEWS, begins=90.6, ends=90.6, kind=MarkKind.CANDIDATE, score=0.88, what="alexa"),
    Mark(recording=NEWS, begins=90.1, ends=90.6, kind=MarkKind.CONFIRMED, score=0.85, what="alexa"),
    Mark(recording=NEWS, begins=90.1, ends=98.0, kind=MarkKind.COMMAND, what=""),
)

TRUTH_OF_IT = (
    Truth(recording=EVENING, begins=1.0, ends=3.2, kind=TruthKind.COMMAND, speaker="anna", what="light_on"),
    Truth(recording=EVENING, begins=1.0, ends=3.2, kind=TruthKind.SPEECH, speaker="anna"),
    Truth(recording=EVENING, begins=1.0, ends=1.5, kind=TruthKind.WORD, speaker="anna", what="alexa"),
    Truth(recording=EVENING, begins=2.8, ends=4.0, kind=TruthKind.SPEECH, speaker="ben"),
    Truth(recording=EVENING, begins=3.0, ends=3.4, kind=TruthKind.WORD, speaker="ben", what="marta", private=True),
    Truth(recording=NEWS, begins=0.0, ends=120.0, kind=TruthKind.MEDIA, speaker="television"),
)


def write_small_run(
    folder: Path,
    *,
    facts: Facts = FACTS,
    recordings: tuple[Recording, ...] = RECORDINGS_OF_IT,
    found: tuple[Mark, ...] = MARKS_OF_IT,
    truth: tuple[Truth, ...] = TRUTH_OF_IT,
) -> Path:
    """Write it, or a variation of it, and give its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_facts(folder, facts)
    lines: dict[str, tuple[Line, ...]] = {RECORDINGS: recordings, MARKS: found, TRUTH: truth}
    for name, some in lines.items():
        marks.write(folder / name, some)
    return folder
