"""What the demo's tests share: a way to tell the story a report, and the real `keepmum demo` as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from keepmum.demo.story import Story
from keepmum.messages import Seen

BEGAN = 1_772_391_540.0
LONGEST = 90


@dataclass
class Demo:
    """One run of the demo that keeps its records in `folder`."""

    process: subprocess.Popen[str]
    folder: Path
    printed: str = ""

    def until(self, beginning: str) -> str:
        """The first line that begins so; fails if the demo ends before that."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if line.startswith(beginning):
                return line
        raise AssertionError(f"nothing began with {beginning!r} in:\n{self.printed}")

    def end(self) -> int:
        """Its exit status, once it is over."""
        rest, _ = self.process.communicate(timeout=LONGEST)
        self.printed += rest
        return self.process.returncode

    def pids(self, word: str = "") -> dict[int, str]:
        """The processes that this run started and that live: all whose words name its folder or its broker's port."""
        conf = (self.folder / "mosquitto.conf").read_text()
        port = next(line.split()[1] for line in conf.splitlines() if line.startswith("listener "))
        living = {pid: words for pid, words in _processes() if pid != self.process.pid}
        ours = {pid: words for pid, words in living.items() if str(self.folder) in words or f"-p {port} " in words}
        return {pid: words for pid, words in ours.items() if word in words}

    def folders(self) -> list[Path]:
        """Where it had its sockets and its outbox."""
        written = yaml.safe_load((self.folder / "keepmum.yaml").read_text())["folders"]
        return [Path(written["run"]), Path(written["outbox"])]


def _processes() -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                yield int(folder.name), (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Demo]]:
    """Start `keepmum demo` with these words; whatever happens, it is ended after the tests."""
    started: list[Demo] = []

    def start(*words: str) -> Demo:
        folder = tmp_path_factory.mktemp("demo")
        command = [str(Path(sys.executable).parent / "keepmum"), "demo", "--keep", str(folder / "kept"), *words]
        environment = {**os.environ, "TMPDIR": str(folder), "COLUMNS": "80", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        started.append(Demo(process, folder / "kept"))
        return started[-1]

    yield start
    for demo in started:
        if demo.process.poll() is None:
            demo.process.terminate()
        demo.process.communicate(timeout=LONGEST)


@pytest.fixture
def story() -> Story:
    """A story that nobody has told anything."""
    return Story()


@pytest.fixture
def tell(story: Story) -> Callable[..., None]:
    """Tell the story one report, `at` seconds after the beginning."""

    def report(at: float, kind: str, /, **facts: Any) -> None:
        story.take(Seen(at=BEGAN + at, kind=kind, facts=facts))

    report(0.0, "broker", online=True, why="")
    return report
