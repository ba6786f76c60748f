"""Makes a run: plays a corpus to the speaker's ears once, and writes down what happened, for policies to be replayed.

A piece that is finished is a file. Whoever stops a run, or whose disk fills, gives the same command again and loses
nothing else; the finished folder is the same, byte for byte.
"""

from __future__ import annotations

import errno
import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from keepmum.errors import LabError
from keepmum.lab import marks, provenance, run
from keepmum.lab.corpus.corpus import Corpus
from keepmum.lab.corpus.reading import open_corpus
from keepmum.lab.marks import Line, Mark, MarkKind
from keepmum.lab.pipeline import notebook
from keepmum.lab.pipeline.crew import Workers
from keepmum.lab.pipeline.listen import listen
from keepmum.lab.pipeline.pieces import Piece, pieces
from keepmum.lab.pipeline.tuning import Tuning, sum_of_model
from keepmum.lab.run import Facts

_OWN = "a folder of its own: name another one with --out, or delete this one"
_LASTING = {MarkKind.SPEECH, MarkKind.MUTE, MarkKind.FAULT, MarkKind.RING}


@dataclass(frozen=True)
class Made:
    """What became of it."""

    facts: Facts
    corpus: Corpus
    pieces: int
    resumed: int
    """Pieces that were there already."""


def make_run(place: Path, out: Path, tuning: Tuning, workers: Workers, date: str = "") -> Made:
    """Listen to the corpus in a folder and write the run into another one, or go on with it.

    Raises LabError for everything that is wrong with the corpus, for a folder that holds another run or something
    else, for a full disk, and for workers that die; what is finished by then stays.
    """
    corpus = open_corpus(place, tuning.phrase, workers)
    tuning = replace(tuning, model_sha256=sum_of_model(tuning.model))
    facts = facts_of(corpus, tuning, date)
    whole = pieces(corpus.sounds, corpus.recordings, tuning, corpus.channel)
    with written(out):
        _claim(out, facts)
        _write(out / run.RECORDINGS, corpus.recordings)
        _write(out / run.TRUTH, corpus.truth())
        missing = [place for place in range(len(whole)) if not _file(out, place).exists()]
    _listen(out, whole, missing, workers)
    with written(out):
        _write(out / run.MARKS, joined(out, len(whole)))
    return Made(facts, corpus, len(whole), len(whole) - len(missing))


def facts_of(corpus: Corpus, tuning: Tuning, date: str) -> Facts:
    """What the run writes down about itself."""
    return Facts(
        keepmum=provenance.version(),
        commit=provenance.commit(),
        date=date,
        seed=tuning.seed,
        corpus=corpus.name,
        corpus_sha256=corpus.sha256,
        sound=corpus.voices,
        phrase=tuning.phrase,
        trigger=tuning.trigger,
        second=tuning.second,
        confirm=tuning.confirm,
        model=tuning.model.name,
        model_sha256=tuning.model_sha256,
        engines=provenance.engines(),
        command=_command(corpus, tuning, date),
    )


def _command(corpus: Corpus, tuning: Tuning, date: str) -> str:
    """What has to be typed to get the same bytes: no more, so that it tells nothing about a machine."""
    usual, words = Tuning(), ["keepmum", "lab", "run", corpus.name, "--out", "RUN"]
    for option, value, default in (
        ("--phrase", tuning.phrase, usual.phrase),
        ("--trigger", tuning.trigger, usual.trigger),
        ("--second", tuning.second, usual.second),
        ("--model", tuning.model.name, usual.model.name),
        ("--seed", tuning.seed, usual.seed),
        ("--date", date, ""),
    ):
        words += [option, str(value)] if value != default else []
    return shlex.join([*words, *([] if tuning.confirm else ["--no-confirm"])])


def _claim(out: Path, facts: Facts) -> None:
    """Take an empty folder, or one with the beginning of the same run. Raises LabError."""
    if (out / run.FACTS).exists():
        before, wanted = run.read_facts(out).model_dump(), facts.model_dump()
        if others := [key for key in wanted if before[key] != wanted[key]]:
            raise LabError(f"{out} holds another run: {', '.join(others)} differ", f"each run needs {_OWN}")
        return
    if out.exists() and any(out.iterdir()):
        raise LabError(f"{out} is not empty, and holds no run", f"a run needs {_OWN}")
    (out / run.PIECES).mkdir(parents=True, exist_ok=True)
    run.write_facts(out, facts)


def _listen(out: Path, whole: Sequence[Piece], missing: Sequence[int], workers: Workers) -> None:
    for at, found in workers.each("listening", listen, [whole[place] for place in missing]):
        with written(out):
            _write(_file(out, missing[at]), found)


def joined(out: Path, count: int) -> Iterator[Mark]:
    """The marks of all pieces, recording by recording and by time; what a cut parted is one again."""
    found = (mark for place in range(count) for mark in marks.read(_file(out, place), Mark))
    for _, some in groupby(found, key=lambda mark: mark.recording):
        yield from sorted(_mended(some), key=notebook.order)


def _mended(some: Iterable[Mark]) -> Iterator[Mark]:
    """What ends where the next of its kind begins was parted by a cut."""
    open_ends: dict[tuple[MarkKind, str], Mark] = {}
    for mark in some:
        if mark.kind not in _LASTING:
            yield mark
            continue
        before = open_ends.get((mark.kind, mark.what))
        parted = before is not None and before.ends == mark.begins
        if before is not None and not parted:
            yield before
        begins = before.begins if before is not None and parted else mark.begins
        open_ends[mark.kind, mark.what] = mark.model_copy(update={"begins": begins})
    yield from open_ends.values()


def _file(out: Path, place: int) -> Path:
    return out / run.PIECES / f"{place:05}.jsonl"


def _write(path: Path, lines: Iterable[Line]) -> None:
    """All or nothing. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("w", encoding="utf-8") as file:
        file.writelines(line.model_dump_json(exclude_defaults=True) + "\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


@contextmanager
def written(out: Path) -> Iterator[None]:
    """What the disk refuses is told in one line. Raises LabError."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        what = "the disk is full" if full else f"cannot be written: {error.strerror}"
        hint = "make room, and give the same command again: it goes on where it stopped" if full else _OWN
        raise LabError(f"{out}: {what}", hint) from error
