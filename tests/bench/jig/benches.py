"""A bench over a whole run: gives a jig to each scenario, and says when there is nothing left to find out on it."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from jig import needs
from jig.roles import Jig, RigError
from jig.simulated import SimulatedSpeaker
from jig.simulated_roles import simulated_jig
from jig.verdicts import Timing

from keepmum.demo import machine
from keepmum.errors import KeepmumError
from keepmum.hardware.scenes.scene import Scene

_PEERS = {"mouth": "skills", "wire": "uplink"}
"""Which other process a scenario needs for which feature: a command has an answer, a parcel has a carrier."""


class Bench(ABC):
    """What both kinds of bench share. `broken` is why the rest of the run is skipped."""

    name = ""

    def __init__(self) -> None:
        self.broken = ""
        self._rows: list[list[object]] = []

    def check(self) -> None:
        """Look at the bench itself once, before anything is found out on it; what is wrong stands in `broken`."""
        try:
            self._check()
        except RigError as error:
            self.broken = str(error)

    @contextmanager
    def playing(self, scene: Scene, folder: Path) -> Iterator[Jig]:
        """A jig for one scenario. A RigError breaks the bench, and goes on to whoever met it first."""
        try:
            with self._jig(scene, folder) as jig:
                yield jig
        except RigError as error:
            self.broken = str(error)
            raise

    @abstractmethod
    def lacking(self, scene: Scene) -> str:
        """Why it cannot play a scenario; nothing if it can."""

    def took(self, scene: Scene, timing: Timing) -> None:
        """Remember how long something took."""
        row = [self.name, scene.path.stem, timing.line, timing.name]
        self._rows.append([*row, round(timing.seconds * 1000, 1), round(timing.allowed * 1000, 1)])

    def write(self, folder: Path) -> Path:
        """All times that were taken, as a table."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "timings.csv"
        with file.open("w", newline="") as opened:
            table = csv.writer(opened)
            table.writerow(["bench", "scenario", "line", "what", "ms", "written_ms"])
            table.writerows(self._rows)
        return file

    def close(self) -> None:
        """Let go of it."""
        return

    @abstractmethod
    def _check(self) -> None: ...

    @abstractmethod
    def _jig(self, scene: Scene, folder: Path) -> AbstractContextManager[Jig]: ...


class SimulatedBench(Bench):
    """A new speaker for each scenario, set up as the scenario asks."""

    name = "simulated"

    def __init__(self, defect: str = "") -> None:
        super().__init__()
        self._defect = defect

    def lacking(self, scene: Scene) -> str:
        return ""

    def _check(self) -> None:
        for program in ("mosquitto", "mosquitto_pub", "mosquitto_sub", "mosquitto_passwd", "espeak-ng"):
            try:
                machine.program(program)
            except KeepmumError as error:
                raise RigError(error.what, error.hint) from error

    @contextmanager
    def _jig(self, scene: Scene, folder: Path) -> Iterator[Jig]:
        peers = [process for feature, process in _PEERS.items() if feature in needs.features(scene)]
        speaker = SimulatedSpeaker(folder, scene, peers=peers, defect=self._defect)
        try:
            speaker.start()
            yield simulated_jig(speaker)
        finally:
            speaker.close()


class RealBench(Bench):
    """One speaker and one jig for all scenarios."""

    def __init__(self, jig: Jig) -> None:
        super().__init__()
        self._whole = jig
        self.name = jig.name

    def lacking(self, scene: Scene) -> str:
        return needs.lacking(scene, self._whole)

    def close(self) -> None:
        self._whole.close()

    def _check(self) -> None:
        self._whole.check()

    @contextmanager
    def _jig(self, scene: Scene, folder: Path) -> Iterator[Jig]:
        # What the book and the wire have seen before does not count.
        for part in (self._whole.book, self._whole.wire):
            if part is not None:
                part.check()
        yield self._whole


class NoBench(Bench):
    """A bench that could not even be built."""

    def __init__(self, name: str, why: RigError) -> None:
        super().__init__()
        self.name = name
        self._why = why

    def lacking(self, scene: Scene) -> str:
        return str(self._why)

    def _check(self) -> None:
        raise self._why

    def _jig(self, scene: Scene, folder: Path) -> AbstractContextManager[Jig]:
        raise self._why
