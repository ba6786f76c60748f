"""Many processes do what one would have done, in the same order, and stop when one of them does."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("kaldi_native_fbank", reason="the extra `forge` is not installed")

from keepmum.errors import CorpusError
from keepmum.forge.corpus.crew import each

Progress = Callable[[str, int, int], None]


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_pieces(jobs: int) -> None:
    """And progress is told from none to all."""
    told: list[tuple[str, int, int]] = []
    assert each("counting", abs, [-3, 1, -2], jobs, lambda *step: told.append(step)) == [3, 1, 2]
    assert told == [("counting", done, 3) for done in range(4)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_in_a_piece_ends_everything(jobs: int, unwatched: Progress) -> None:
    """As it was raised."""
    with pytest.raises(ValueError, match="'x'"):
        each("reading", int, ["1", "x", "2"], jobs, unwatched)


def test_a_process_that_is_ended_from_outside_is_told(unwatched: Progress) -> None:
    """As by a kernel without memory: in plain words, with what to do."""
    with pytest.raises(CorpusError, match="perhaps memory ran out") as told:
        each("ending", os._exit, [1, 1, 1], 2, unwatched)
    assert "--jobs" in told.value.hint


def test_a_crew_ends_with_whoever_asked_it(tmp_path: Path) -> None:
    """Killed without a word, as by a kernel without memory: nobody goes on with the queue."""
    pipes = [tmp_path / name for name in "ab"]
    for pipe in pipes:
        os.mkfifo(pipe)
    parent = subprocess.Popen([sys.executable, "-c", _ASKS, *map(str, pipes)])
    readers = [_opened(pipe) for pipe in pipes]
    parent.kill()
    parent.wait()
    for reader in readers:
        gone = select.poll()
        gone.register(reader, select.POLLERR)
        assert gone.poll(60_000), "a process of the crew is still there"
        os.close(reader)


_ASKS = """
import sys
from pathlib import Path
from keepmum.forge.corpus.crew import each
if __name__ == "__main__":
    each("reading", Path.read_bytes, [Path(name) for name in sys.argv[1:]], 2, lambda *step: None)
"""


def _opened(pipe: Path) -> int:
    """The writing end, as soon as somebody reads."""
    for _ in range(60_000):
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            select.poll().poll(10)
    raise AssertionError("nobody reads")
