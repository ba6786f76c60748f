"""RTTM, CTM, TextGrid and the lab's own lines give the same truths; what is wrong in them is told line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepmum.errors import LabError
from keepmum.lab import marks
from keepmum.lab.corpus import ctm, rttm, textgrid
from keepmum.lab.corpus.folder import read_any
from keepmum.lab.marks import Truth, TruthKind

NAME = "dinner.wav"
MEDIA = ("television",)

LONG_GRID = """\
File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 10
tiers? <exists>
size = 4
item []:
    item [1]:
        class = "IntervalTier"
        name = "anna"
        xmin = 0
        xmax = 10
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 1.5
            text = ""
        intervals [2]:
            xmin = 1.5
            xmax = 2.75
            text = "she said ""no"" twice"
    item [2]:
        class = "IntervalTier"
        name = "anna - words"
        xmin = 0
        xmax = 10
        intervals: size = 1
        intervals [1]:
            xmin = 1.5
            xmax = 1.9
            text = "She"
    item [3]:
        class = "IntervalTier"
        name = "command"
        xmin = 0
        xmax = 10
        intervals: size = 1
        intervals [1]:
            xmin = 3
            xmax = 4
            text = "clock.time"
    item [4]:
        class = "TextTier"
        name = "clicks"
        xmin = 0
        xmax = 10
        points: size = 1
        points [1]:
            number = 5
            mark = "click"
"""

SHORT_GRID = """\
File type = "ooTextFile"
Object class = "TextGrid"

0
10
<exists>
1
"IntervalTier"
"television"
0
10
1
0.5
9
"the news at 6"
"""


def truth(kind: TruthKind, begins: float, ends: float, speaker: str = "", what: str = "") -> Truth:
    """One truth of the recording."""
    return Truth(recording=NAME, begins=begins, ends=ends, kind=kind, speaker=speaker, what=what)


def written(folder: Path, name: str, text: str) -> Path:
    """A file with this text."""
    file = folder / name
    file.write_text(text)
    return file


def test_rttm_gives_turns_and_knows_what_is_no_person(tmp_path: Path) -> None:
    """Comments and other kinds of lines are passed over; the order is that of time."""
    file = written(
        tmp_path,
        "dinner.rttm",
        ";; made by hand\nSPKR-INFO dinner 1 <NA> <NA> <NA> unknown anna <NA>\n"
        "SPEAKER dinner 1 4.00 1.25 <NA> <NA> ben <NA> <NA>\n"
        "SPEAKER dinner 1 0.50 2.00 <NA> <NA> television <NA> <NA>\n",
    )
    assert rttm.read(file, NAME, MEDIA) == (
        truth(TruthKind.MEDIA, 0.5, 2.5, "television"),
        truth(TruthKind.SPEECH, 4.0, 5.25, "ben"),
    )
    assert rttm.read(file, NAME, MEDIA, name="lunch") == ()


def test_ctm_gives_words(tmp_path: Path) -> None:
    """In small letters, each with its channel as the speaker."""
    file = written(tmp_path, "dinner.ctm", "dinner A 1.50 0.25 Hello 0.98\ndinner B 1.60 0.40 yes\n")
    assert ctm.read(file, NAME) == (
        truth(TruthKind.WORD, 1.5, 1.75, "A", "hello"),
        truth(TruthKind.WORD, 1.6, 2.0, "B", "yes"),
    )


def test_textgrid_gives_turns_words_and_commands(tmp_path: Path) -> None:
    """Empty intervals and points are passed over; quotation marks stand twice in a text."""
    assert textgrid.read(written(tmp_path, "a.TextGrid", LONG_GRID), NAME) == (
        truth(TruthKind.SPEECH, 1.5, 2.75, "anna"),
        truth(TruthKind.WORD, 1.5, 1.9, "anna", "she"),
        truth(TruthKind.COMMAND, 3.0, 4.0, "", "clock.time"),
    )


def test_the_short_textgrid_is_read_too_and_in_utf_16(tmp_path: Path) -> None:
    """Praat writes both."""
    wanted = (truth(TruthKind.MEDIA, 0.5, 9.0, "television"),)
    assert textgrid.read(written(tmp_path, "a.TextGrid", SHORT_GRID), NAME, MEDIA) == wanted
    (tmp_path / "b.TextGrid").write_bytes(SHORT_GRID.encode("utf-16"))
    assert textgrid.read(tmp_path / "b.TextGrid", NAME, MEDIA) == wanted


def test_the_labs_own_lines_are_read_back(tmp_path: Path) -> None:
    """They alone can say that a word is private."""
    lines = (
        truth(TruthKind.SPEECH, 1.0, 2.0, "anna"),
        truth(TruthKind.WORD, 1.0, 1.5, "anna", "marta").model_copy(update={"private": True}),
    )
    marks.write(tmp_path / "dinner.truth.jsonl", lines)
    assert read_any(tmp_path / "dinner.truth.jsonl", NAME, ()) == lines


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "a.rttm",
            "SPEAKER dinner 1 x 2.0 <NA> <NA> ben <NA>\nSPEAKER dinner 1\n",
            (":1: 'x' is no", ":2: a SPEAK"),
        ),
        (
            "a.rttm",
            "SPEAKER d 1 -3 2.0 <NA> <NA> ben\nSPEAKER d 1 nan 2 <NA> <NA> ben\n",
            (":1: -3 s", ":2: nan"),
        ),
        ("a.ctm", "dinner A 1.0\ndinner A 1 inf word\n", (":1: a line has at least 5 fields", ":2: inf s cannot be")),
        ("a.TextGrid", "hello\n", ("it is cut short",)),
        ("a.TextGrid", SHORT_GRID.replace("0.5\n9\n", "9\n0.5\n"), ("before it begins",)),
        ("a.TextGrid", SHORT_GRID[:-20], ("it is cut short",)),
        ("a.TextGrid", SHORT_GRID.replace('"television"', "7"), ("7 stands where a text in quotes should",)),
        ("a.truth.jsonl", '{"recording":"other.wav","begins":0,"ends":1,"kind":"speech"}\n', ("tells of other.wav",)),
        ("a.truth.jsonl", '{"recording":"dinner.wav","begins":0}\nno\n', (":1: ends", ":2: ")),
    ],
)
def test_everything_that_is_wrong_in_a_file_is_told(
    tmp_path: Path, name: str, text: str, told: tuple[str, ...]
) -> None:
    """By line; no wrong line is passed over."""
    file = written(tmp_path, name, text)
    with pytest.raises(LabError) as error:
        read_any(file, NAME, ())
    for part in told:
        assert part in str(error.value)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    """A sound file with the wrong ending, say."""
    (tmp_path / "a.rttm").write_bytes(b"RIFF\xff\xfe\x80\x81")
    with pytest.raises(LabError, match="is no text in UTF-8"):
        rttm.read(tmp_path / "a.rttm", NAME)
