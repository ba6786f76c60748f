"""RTTM: who spoke when, one `SPEAKER` line for each turn, as diarisation corpora publish it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from keepmum.lab.corpus.written import Reader, seconds_in
from keepmum.lab.marks import Truth, TruthKind

_FIELDS = 8
"""Up to the speaker's name; two more may follow."""


def read(path: Path, recording: str, media: tuple[str, ...] = (), name: str | None = None) -> tuple[Truth, ...]:
    """The turns of one recording, in the order of time; speakers in `media` are no people.

    `name` is what the file calls the recording, if it tells of several. Raises LabError with every line that is wrong.
    """
    return Reader(path).truths(lambda line: _turn(line, recording, media, name))


def _turn(line: str, recording: str, media: tuple[str, ...], name: str | None) -> Iterator[Truth]:
    if not line.strip() or line.startswith(";;") or not line.startswith("SPEAKER"):
        return
    fields = line.split()
    if len(fields) < _FIELDS:
        raise ValueError(f"a SPEAKER line has at least {_FIELDS} fields, this one {len(fields)}")
    if name is not None and fields[1] != name:
        return
    begins, lasts, speaker = seconds_in(fields[3]), seconds_in(fields[4]), fields[7]
    kind = TruthKind.MEDIA if speaker.lower() in media else TruthKind.SPEECH
    yield Truth(recording=recording, begins=begins, ends=round(begins + lasts, 6), kind=kind, speaker=speaker)
