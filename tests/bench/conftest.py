"""The bench as pytest sees it: which one is meant, a test for each scenario with its features as marks, and times."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `jig` is no part of what is installed

from jig import bench_file, needs, workshop
from jig.benches import Bench, NoBench, RealBench, SimulatedBench
from jig.roles import RigError
from written_parts import Parts

from keepmum.errors import KeepmumError
from keepmum.hardware.scenes.scene import Scene

HERE = Path(__file__).parent
SCENARIOS = HERE.parent / "scenarios"
ON_A_BENCH = ("test_scenarios.py",)
"""What runs with --bench; the other files here are about the jig itself."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options; they are there when this folder is named on the command line."""
    group = parser.getgroup("bench")
    group.addoption("--bench", type=Path, help="a bench.yaml; without it the jig is simulated")
    group.addoption("--bench-out", type=Path, help="a folder for timings.csv")


def pytest_configure(config: pytest.Config) -> None:
    """Every feature is a mark, so that `-m meter` chooses."""
    for feature, words in needs.FEATURES.items():
        config.addinivalue_line("markers", f"{feature}: needs a bench that {words}")
    file = option(config, "bench")
    if file is not None:
        try:
            bench_file.read(file)
        except KeepmumError as error:
            # One message for whoever wrote the file, instead of one error for each test.
            raise pytest.UsageError(str(error)) from None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With a real bench, only what is to be found out on it."""
    ours = collection_path.parent == HERE and collection_path.name.startswith("test_")
    return True if ours and option(config, "bench") and collection_path.name not in ON_A_BENCH else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each scenario."""
    if "scenario" in metafunc.fixturenames:
        scenes = [needs.check(Scene.load(path)) for path in sorted(SCENARIOS.glob("*.txt"))]
        metafunc.parametrize("scenario", [marked(scene) for scene in scenes])


def marked(scene: Scene) -> Any:
    """A scenario with its name and its features."""
    marks = [getattr(pytest.mark, feature) for feature in needs.features(scene)]
    return pytest.param(scene, id=scene.path.stem, marks=marks)


def option(config: pytest.Config, name: str) -> Path | None:
    """An option's value; None where this folder was not named, and pytest does not know the option."""
    value: Path | None = config.getoption(f"--{name}", default=None)
    return value


@pytest.fixture(scope="session")
def bench(pytestconfig: pytest.Config) -> Iterator[Bench]:
    """The bench of this run, looked at once before anything is found out on it."""
    found = _bench(option(pytestconfig, "bench"))
    found.check()
    yield found
    found.close()
    out = option(pytestconfig, "bench-out")
    if out is not None:
        found.write(out)


def _bench(file: Path | None) -> Bench:
    if file is None:
        return SimulatedBench()
    described = bench_file.read(file)
    try:
        return RealBench(workshop.build(described))
    except RigError as error:
        return NoBench(described.name, error)


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
def scene(tmp_path: Path) -> Callable[[str], Scene]:
    """Reads a scenario from its text."""

    def load(text: str) -> Scene:
        (tmp_path / "scene.txt").write_text(text)
        return Scene.load(tmp_path / "scene.txt")

    return load
