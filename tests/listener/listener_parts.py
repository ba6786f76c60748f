"""Parts of a speaker that a test can break or script: a microphone, a voice, and the engines' place."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from keepmum.clip import Word
from keepmum.errors import MicrophoneError, SpeakerError
from keepmum.hardware.microphone_wav import WavMicrophone
from keepmum.hardware.scenes.room import Room
from keepmum.listener.command import Command
from keepmum.listener.ear import Ear, Happening
from keepmum.listener.preroll import PreRoll
from keepmum.sound import BLOCK_SECONDS, RATE, seconds

CANARY = "xylophone"
"""The one word that is heard in these tests; no log may contain it."""


class FlakyMicrophone(WavMicrophone):
    """One whose plug can be pulled: set `fails` to `open`, `read` or `ready`."""

    fails = ""

    def __init__(self, room: Room) -> None:
        super().__init__(room)
        self.tried: list[float] = []
        """Room times at which somebody tried to open it."""

    def open(self) -> None:
        self.tried.append(self._room.now())
        self._check("open")
        super().open()

    def ready_in(self) -> float:
        self._check("ready")
        return super().ready_in()

    def read(self) -> bytes:
        self._check("read")
        return super().read()

    def _check(self, what: str) -> None:
        if self.fails == what:
            raise MicrophoneError("the plug is out", "put it in again")


class Pointer:
    """A compass that says what it was told."""

    direction: float | None = None

    def bearing(self) -> float | None:
        return self.direction


class Whistle:
    """A voice of one tenth of a second per letter; set `hoarse` and it has none."""

    hoarse = False

    def __init__(self) -> None:
        self.spoken: list[str] = []

    def speak(self, text: str) -> bytes:
        if self.hoarse:
            raise SpeakerError("no voice", "apt install espeak-ng")
        self.spoken.append(text)
        return np.full(len(text) * RATE // 10, 500, "<i2").tobytes()


class ScriptedHearing:
    """Stands for the engines: one scripted happening per block that the ear asks about."""

    def __init__(self, preroll: PreRoll) -> None:
        self.script: deque[tuple[Ear, Happening | None]] = deque()
        self.intents: dict[str, Any] = {}
        self.command: Any = None
        """The intent of the next command."""
        self.intent: Any = None
        self.confirmed = True
        """Whether Vosk found the phrase."""
        self.sounds: list[bytearray] = []
        """Every clip's own memory, for a look at it afterwards."""
        self._sound = bytearray()
        self._preroll = preroll

    def parse(self, text: str) -> Any:
        return self.intents.get(text)

    def confirm(self) -> Happening | None:
        return self._next(Ear.CONFIRMING, self._preroll.last(BLOCK_SECONDS))

    def hear(self, ear: Ear, block: bytes) -> Happening | None:
        if ear is Ear.HEARING:
            self._sound += block
        return self._next(ear, block)

    def _next(self, ear: Ear, block: bytes) -> Happening | None:
        if not self.script or self.script[0][0] is not ear:
            return None
        happening = self.script.popleft()[1]
        if happening is Happening.CONFIRMED:
            self._sound, self.intent = bytearray(block), None
            self.sounds.append(self._sound)
        if happening is Happening.COMMAND:
            self.intent = self.command
        return happening

    def take_clip(self) -> Command:
        sound, self._sound = self._sound, bytearray()
        return Command(sound, "alexa", None, (0.0, seconds(sound)), (Word(CANARY, 0.0, 0.5, 1.0),))

    def is_clean(self) -> bool:
        return not (self._sound or self.intent)

    def forget(self) -> float:
        self._sound[:] = bytes(len(self._sound))
        self._sound, self.intent = bytearray(), None
        self._preroll.wipe()
        return 0.0
