"""Does the same thing to many pieces of work, by as many processes as were asked for; the order of results is fixed."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from keepmum.errors import CorpusError

Piece = TypeVar("Piece")
Result = TypeVar("Result")

_PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of linux/prctl.h."""

Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much there is."""


def each(
    what: str, do: Callable[[Piece], Result], pieces: Sequence[Piece], jobs: int, progress: Progress
) -> list[Result]:
    """What `do` makes of every piece. What it raises ends everything; with several jobs `do` must be picklable.

    Raises CorpusError if a process is ended from outside, as the kernel does where memory runs out.
    """
    results: list[Result] = []
    progress(what, 0, len(pieces))
    if jobs == 1 or len(pieces) < 2:
        for piece in pieces:
            results.append(do(piece))
            progress(what, len(results), len(pieces))
        return results
    # A fresh interpreter for each: a fork would copy the threads' locks of libraries that are at work here.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=end_with, initargs=(os.getpid(),)) as crew:
        try:
            for result in crew.map(do, pieces):
                results.append(result)
                progress(what, len(results), len(pieces))
        except BrokenProcessPool as error:
            raise CorpusError(
                f"a process was ended while {what}: perhaps memory ran out", "ask for fewer with --jobs, and go on"
            ) from error
        except BaseException:
            crew.shutdown(cancel_futures=True)  # else everything that is queued would still be done
            raise
    return results


def end_with(parent: int) -> None:
    """Have the kernel end this process with the one that asked for it, or it would go through the whole queue alone."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
