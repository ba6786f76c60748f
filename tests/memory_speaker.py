"""A whole listener in a process of its own, whose microphone marks every block; another process looks for the mark.

The mark is never in this process but in blocks that were delivered: it is kept masked, and unmasked in the block.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from keepmum import config
from keepmum.hardware.microphone_wav import WavMicrophone
from keepmum.hardware.scenes.room import Room
from keepmum.listener import assembly
from keepmum.listener.assembly import Listener
from keepmum.listener.ear import Ear
from keepmum.listener.preroll import PreRoll
from keepmum.settings import Settings

MASK = 0x5A5A
MASKED = tuple(
    (sample & 0xFFFF) ^ MASK for sample in (37, -91, 64, 11, -73, 98, -29, 55, -88, 17, 80, -46, 23, -67, 94, -12)
)
"""Sixteen samples, as quiet as a room; unmasked they are the mark."""

STAYS = ((Ear.WAITING, 3.0), (Ear.CONFIRMING, 0.0), (Ear.HEARING, 1.6), (Ear.THINKING, 0.0), (Ear.SPEAKING, 1.4))
"""Where the ear is to be, and for how many seconds at most, when the button goes down."""


def mark(block: bytes) -> bytes:
    """The same block with a mark in its middle, put there byte by byte: nothing else here ever holds a whole one."""
    marked = bytearray(block)
    for place, masked in enumerate(MASKED):
        marked[1_200 + 2 * place] = (masked ^ MASK) & 0xFF
        marked[1_201 + 2 * place] = (masked ^ MASK) >> 8
    return bytes(marked)


def settings(folder: Path, scene: Path) -> Settings:
    """A speaker that plays the scene."""
    said = {
        "hardware": {
            "scene": str(scene),
            "fast": True,
            "microphone": {"driver": "wav"},
            "button": {"driver": "scripted"},
            "ring": {"driver": "recorder"},
            "speaker": {"driver": "wav", "file": str(folder / "replies.wav")},
        },
        "wake": {"storm": 0},
        "folders": {name: str(folder / name) for name in ("run", "state", "outbox")},
    }
    file = folder / "keepmum.yaml"
    file.write_text(yaml.safe_dump(said))
    return config.load(file)


def plant(defect: str) -> None:
    """One of the mistakes that the search must find."""
    if defect == "freed memory keeps its content":
        assembly.overwrite_what_is_freed = lambda: False  # type: ignore[attr-defined]
    if defect == "the pre-roll is not wiped":
        PreRoll.wipe = lambda self: None  # type: ignore[method-assign]
    if defect == "somebody keeps the last block":
        kept: list[bytes] = []
        push = PreRoll.push

        def pushed(self: PreRoll, block: bytes) -> None:
            kept[:] = [block]
            push(self, block)

        PreRoll.push = pushed  # type: ignore[method-assign]


class Hand:
    """Presses when the ear has been somewhere for a while; in the middle of a turn if it stays no longer."""

    def __init__(self, listener: Listener) -> None:
        room = listener._hardware.room
        assert isinstance(room, Room)
        self.room, self.listener = room, listener
        self.wanted: tuple[Ear, float] | None = None
        self.due: float | None = None
        listener._news.watch(self.sees)

    def sees(self, kind: str, facts: Mapping[str, object]) -> None:
        """The ear is somewhere else now."""
        if kind == "ear" and self.wanted is not None and facts["state"] == self.wanted[0]:
            self.due = self.room.now() + self.wanted[1]
            self.press_if_due()

    def press_if_due(self) -> None:
        if self.due is not None and self.room.now() >= self.due:
            self.wanted = self.due = None
            self.room._turn(True)

    def mute(self, ear: Ear, stay: float) -> None:
        """Turn until it was pressed, and one turn more."""
        self.wanted, self.due = (ear, stay), None
        while self.wanted is not None:
            assert not self.room.over, "the scene was too short"
            self.listener.turn()
            self.press_if_due()
        self.listener.turn()

    def open(self) -> None:
        """Let go, and hold until it listens again."""
        self.room._turn(False)
        self.listener.turn()
        self.room._turn(True)
        while not self.listener._capture.is_open:
            self.listener.turn()
        self.room._turn(False)
        self.listener.turn()


def main(folder: Path, scene: Path, instants: int, defect: str) -> None:
    """Press, say so, wait for a line, open again; so many times."""
    plant(defect)
    heard = WavMicrophone.read
    WavMicrophone.read = lambda self: mark(heard(self))  # type: ignore[method-assign]
    listener = Listener(settings(folder, scene))
    hand, some = Hand(listener), random.Random(11)
    skills = [sys.executable, "-m", "keepmum.skills", "--config", str(folder / "keepmum.yaml")]
    with subprocess.Popen(skills, stderr=subprocess.DEVNULL) as process:
        try:
            listener.start()
            while not listener._capture.is_open:
                listener.turn()
            for _ in range(instants):
                ear, longest = some.choice(STAYS)
                hand.mute(ear, some.uniform(0, longest))
                print(f"{ear} {listener._capture.blocks}", flush=True)
                sys.stdin.readline()
                hand.open()
        finally:
            listener.close()
            process.terminate()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else "")
