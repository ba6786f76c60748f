"""Does the same thing to many pieces of work by as many processes as were asked for, and outlives the death of one.

Which process does a piece changes nothing about its result, so that results can be put together in any order.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Protocol, TypeVar

from keepmum.errors import LabError
from keepmum.forge.corpus.crew import end_with

Piece = TypeVar("Piece")
Result = TypeVar("Result")

Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much there is."""

TRIES = 3
"""Deaths at one and the same piece after which the work is given up."""

AHEAD = 4
"""Pieces that wait for each process: a long corpus is not copied into the queue at once."""


def quietly(_what: str, _done: int, _whole: int) -> None:
    """For whoever tells nobody."""


class Workers(Protocol):
    """Somebody who does pieces of work."""

    @property
    def progress(self) -> Progress:
        """Who is told how far they are."""
        ...

    def each(self, what: str, do: Callable[[Piece], Result], pieces: Sequence[Piece]) -> Iterator[tuple[int, Result]]:
        """What `do` makes of every piece, with the piece's place, in the order in which they are done.

        What `do` raises ends everything. Raises LabError if a process dies again and again.
        """
        ...


@dataclass(frozen=True)
class Crew:
    """Processes of this machine; with one, this very process."""

    jobs: int = 1
    progress: Progress = quietly

    def each(self, what: str, do: Callable[[Piece], Result], pieces: Sequence[Piece]) -> Iterator[tuple[int, Result]]:
        """As `Workers` says."""
        self.progress(what, 0, len(pieces))
        for done, (place, result) in enumerate(self._each(what, do, pieces), 1):
            self.progress(what, done, len(pieces))
            yield place, result

    def _each(self, what: str, do: Callable[[Piece], Result], pieces: Sequence[Piece]) -> Iterator[tuple[int, Result]]:
        if self.jobs == 1 or len(pieces) < 2:
            yield from ((place, do(piece)) for place, piece in enumerate(pieces))
            return
        left = dict(enumerate(pieces))
        suspects: dict[int, Piece] = {}
        while left:
            try:
                for place, result in self._until_a_death(do, dict(left), self.jobs):
                    del left[place]
                    yield place, result
            except BrokenProcessPool:
                # Who died, and at which piece, nobody tells; it was one of those that were begun first.
                suspects |= {place: left.pop(place) for place in list(left)[: self.jobs]}
        yield from self._alone(what, do, suspects)

    def _alone(
        self, what: str, do: Callable[[Piece], Result], suspects: dict[int, Piece]
    ) -> Iterator[tuple[int, Result]]:
        """Pieces at which a process may have died, each by a process that does nothing else.

        Raises LabError for one that ends every process, once the others are done; for a second one at once.
        """
        left = dict.fromkeys(suspects, TRIES)
        while left:
            place = max(left, key=lambda each: left[each])
            left[place] -= 1
            try:
                yield next(self._until_a_death(do, {place: suspects[place]}, 1))
                del left[place]
            except BrokenProcessPool as error:
                hopeless = [each for each, tries in left.items() if tries <= 0]
                if len(hopeless) > 1 or len(hopeless) == len(left):
                    raise _given_up(what, hopeless[0]) from error

    @staticmethod
    def _until_a_death(
        do: Callable[[Piece], Result], left: dict[int, Piece], jobs: int
    ) -> Iterator[tuple[int, Result]]:
        """Raises BrokenProcessPool when a process is ended from outside; its piece is then not done."""
        # A fresh interpreter for each: a fork would copy the threads' locks of libraries that are at work here.
        context = multiprocessing.get_context("spawn")
        count = min(jobs, len(left))
        with ProcessPoolExecutor(count, mp_context=context, initializer=end_with, initargs=(os.getpid(),)) as pool:
            try:
                yield from _in_turn(pool, do, left, count * AHEAD)
            except BaseException:
                pool.shutdown(cancel_futures=True)  # else everything that is queued would still be done
                raise


def _in_turn(
    pool: ProcessPoolExecutor, do: Callable[[Piece], Result], left: dict[int, Piece], ahead: int
) -> Iterator[tuple[int, Result]]:
    """Keep so many pieces in the queue and no more."""
    waiting = iter(left.items())
    running: dict[Future[Result], int] = {}
    while True:
        for place, piece in waiting:
            running[pool.submit(do, piece)] = place
            if len(running) >= ahead:
                break
        if not running:
            return
        future = next(as_completed(running))
        yield running.pop(future), future.result()


def _given_up(what: str, place: int) -> LabError:
    return LabError(
        f"a process was ended {TRIES} times in a row at piece {place} while {what}: perhaps memory ran out",
        "ask for fewer with --jobs, and give the same command again: what is done stays done",
    )
