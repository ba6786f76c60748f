"""Sends the same pieces of work to a Dask cluster that is there already, for corpora that are too much for one machine.

Every worker needs the same version of keepmum, and sees corpus and speech model at the same paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from keepmum.errors import KeepmumError, LabError
from keepmum.lab import provenance
from keepmum.lab.pipeline.crew import AHEAD, TRIES, Progress, quietly

Piece = TypeVar("Piece")
Result = TypeVar("Result")

PATIENCE = 10.0
"""Seconds in which the scheduler must answer, and a worker be there."""


@dataclass(frozen=True)
class Cluster:
    """The workers behind one scheduler."""

    address: str
    progress: Progress = quietly
    patience: float = PATIENCE

    def each(self, what: str, do: Callable[[Piece], Result], pieces: Sequence[Piece]) -> Iterator[tuple[int, Result]]:
        """As `Workers` says. Raises LabError also if nobody is there, or a worker runs another version of keepmum."""
        self.progress(what, 0, len(pieces))
        if not pieces:
            return
        with _client(self.address, self.patience) as client:
            _refuse_others(client, self.patience)
            for done, result in enumerate(_in_turn(client, what, do, pieces), 1):
                self.progress(what, done, len(pieces))
                yield result


def _client(address: str, patience: float) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise LabError("dask is not installed", "pip install 'keepmum[lab]'") from error
    try:
        return Client(address, timeout=patience, set_as_default=False)
    except (OSError, ValueError) as error:
        raise LabError(
            f"no Dask scheduler answers at {address}", "start one with `dask scheduler`, and name the address it tells"
        ) from error


def _refuse_others(client: Any, patience: float) -> None:
    """Raises LabError if there are no workers, or one of them would hear with other code."""
    try:
        client.wait_for_workers(1, timeout=patience)
        versions = client.run(provenance.version)
    except ImportError as error:
        raise LabError(f"a worker has no keepmum: {error}", "pip install keepmum on every worker") from error
    except TimeoutError as error:
        raise LabError("the cluster has no worker", "start some with `dask worker ADDRESS --nthreads 1`") from error
    others = sorted({version for version in versions.values() if version != provenance.version()})
    if others:
        raise LabError(
            f"a worker runs keepmum {', '.join(others)}, this is {provenance.version()}", "install the same version"
        )


def _in_turn(
    client: Any, what: str, do: Callable[[Piece], Result], pieces: Sequence[Piece]
) -> Iterator[tuple[int, Result]]:
    from distributed import as_completed

    # Pieces are never `pure`: Dask would name them by their content and could answer from an earlier run.
    waiting = iter(enumerate(pieces))
    running: dict[Any, int] = {}
    ahead = max(1, len(client.scheduler_info(n_workers=-1)["workers"])) * AHEAD
    completed = as_completed(loop=client.loop)

    def send() -> None:
        for place, piece in waiting:
            future = client.submit(do, piece, pure=False, retries=0)
            running[future] = place
            completed.add(future)
            if len(running) >= ahead:
                return

    send()
    while running:
        future = next(completed)
        place = running.pop(future)
        yield place, _result(future, what, len(running) + 1)
        send()


def _result(future: Any, what: str, left: int) -> Any:
    from distributed import CancelledError, KilledWorker

    try:
        return future.result()
    except KeepmumError:
        raise
    except KilledWorker as error:
        raise LabError(
            f"workers died {TRIES} times or more while {what}, all at the same piece; {left} were on their way",
            "look into the workers' own logs, and give the same command again: what is done stays done",
        ) from error
    except (CancelledError, OSError) as error:
        raise LabError(
            f"the Dask cluster was lost while {what}", "start it again, and give the same command again"
        ) from error
