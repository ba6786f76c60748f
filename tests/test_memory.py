"""After a mute, not one byte of what was heard before is anywhere in the memory of the process with the microphone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file, so this one is found by folder

from memory_speaker import MASK, MASKED

AUDIO = Path(__file__).parent / "audio"
INSTANTS = int(os.environ.get("KEEPMUM_INSTANTS", "40"))
"""Each takes a second: whoever has the time says KEEPMUM_INSTANTS=1000."""
UNIT = f"""\
pause 3
play {AUDIO / "wake" / "alexa" / "alexa_13.flac"}
say "what time is it" voice=en-us+f3
pause 2.6
"""

MARK = np.array([masked ^ MASK for masked in MASKED], "<u2").view("<i2")
NEEDLES = {
    "16-bit samples": MARK.astype("<i2").tobytes(),
    "floats": MARK.astype("<f4").tobytes(),
    "floats up to 1": (MARK.astype("<f4") / 32768).tobytes(),
    "doubles": MARK.astype("<f8").tobytes(),
}
"""The mark in every form in which the engines may keep sound."""

PAGE = os.sysconf("SC_PAGE_SIZE")
_REGION = re.compile(rb"([0-9a-f]+)-([0-9a-f]+) rw.. (?!.*\[v)")


def found(process: int) -> dict[str, int]:
    """How often the mark stands in the process's writable memory, by its form."""
    counts: Counter[str] = Counter()
    maps = Path(f"/proc/{process}/maps").read_bytes()
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for begin, end in ((int(b, 16), int(e, 16)) for b, e in _REGION.findall(maps)):
            for first, last in touched(process, begin, end):
                memory.seek(first)
                piece = memory.read(last - first)
                for form, needle in NEEDLES.items():
                    counts[form] += piece.count(needle)
    return {form: count for form, count in counts.items() if count}


def touched(process: int, begin: int, end: int) -> list[tuple[int, int]]:
    """The stretches of a region that have memory behind them, in RAM or swapped out; the rest was never written to."""
    with open(f"/proc/{process}/pagemap", "rb", buffering=0) as table:
        table.seek(begin // PAGE * 8)
        entries = np.frombuffer(table.read((end - begin) // PAGE * 8), "<u8")
    there = np.concatenate(([0], (entries >> np.uint64(62)) != 0, [0]))
    edges = np.flatnonzero(np.diff(there.astype(np.int8)))
    return [(begin + int(first) * PAGE, begin + int(last) * PAGE) for first, last in edges.reshape(-1, 2)]


@contextmanager
def speaker(folder: Path, instants: int, defect: str = "") -> Iterator[Iterator[tuple[str, dict[str, int]]]]:
    """A speaker that is muted so many times; each time the ear's state before and what is left of the sound."""
    scene = folder / "scene.txt"
    noise = f"noise {AUDIO / 'noise' / 'running-tap.opus'} gain=-45\n"
    scene.write_text("await peer role=skills\nhold 1\n" + noise + UNIT * (instants * 6 // 5 + 20))
    program = Path(__file__).parent / "memory_speaker.py"
    command = [sys.executable, str(program), str(folder), str(scene), str(instants), defect]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdin
        assert child.stdout

        def mutes() -> Iterator[tuple[str, dict[str, int]]]:
            assert child.stdin
            assert child.stdout
            for line in child.stdout:
                ear, blocks = line.decode().split()
                assert int(blocks) > 0
                yield ear, found(child.pid)
                child.stdin.write(b"\n")
                child.stdin.flush()

        try:
            yield mutes()
        finally:
            child.kill()


def test_the_search_sees_its_own_memory() -> None:
    """Positive control: the mark is in this process, in every form."""
    assert found(os.getpid()).keys() == NEEDLES.keys()


@pytest.mark.slow
def test_no_byte_of_sound_is_left_after_a_mute(tmp_path: Path) -> None:
    """While it waits, confirms, hears, thinks and speaks: the memory of the whole process, engines included."""
    with speaker(tmp_path, INSTANTS) as mutes:
        seen = list(mutes)
    assert len(seen) == INSTANTS
    assert [each for each in seen if each[1]] == []
    assert min(Counter(ear for ear, _ in seen).values()) >= 3


@pytest.mark.parametrize(
    "defect", ["freed memory keeps its content", "the pre-roll is not wiped", "somebody keeps the last block"]
)
def test_what_is_left_is_found(tmp_path: Path, defect: str) -> None:
    """Planted: without the overwriting, without the wipe, or with one block kept, the search finds the mark."""
    with speaker(tmp_path, 8, defect) as mutes:
        assert any(left for _, left in mutes)
