"""CTM: which word was said when, one line for each, as recognisers and alignments publish it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from keepmum.lab.corpus.written import Reader, seconds_in
from keepmum.lab.marks import Truth, TruthKind


def read(path: Path, recording: str, name: str | None = None) -> tuple[Truth, ...]:
    """The words of one recording, in the order of time: `file channel begins lasts word [confidence]`.

    `name` is what the file calls the recording, if it tells of several. Raises LabError with every line that is wrong.
    """
    return Reader(path).truths(lambda line: _word(line, recording, name))


def _word(line: str, recording: str, name: str | None) -> Iterator[Truth]:
    if not line.strip() or line.startswith(";;"):
        return
    fields = line.split()
    if len(fields) < 5:
        raise ValueError(f"a line has at least 5 fields, this one {len(fields)}")
    if name is not None and fields[0] != name:
        return
    begins, lasts = seconds_in(fields[2]), seconds_in(fields[3])
    # Two microphones of one file are two speakers: conversations are published with one for each.
    speaker = fields[1]
    ends = round(begins + lasts, 6)
    yield Truth(
        recording=recording, begins=begins, ends=ends, kind=TruthKind.WORD, speaker=speaker, what=fields[4].lower()
    )
