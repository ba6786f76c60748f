"""The simulated jig: every role, played on one simulated speaker."""

from __future__ import annotations

import json
import shlex
from contextlib import suppress

from jig.roles import BookRow, Jig, RigError, Sighting
from jig.simulated import AGAIN, SimulatedSpeaker

from keepmum.hardware.scenes.scene import Fault, Noise, Sound, Step

CLOSED_WITHIN = 0.02
"""Seconds: there are no mechanics here, so a mute has no excuse."""


def simulated_jig(speaker: SimulatedSpeaker) -> Jig:
    """All roles, on a speaker that has been started."""
    return Jig(
        name="simulated",
        beat=_Beat(speaker),
        hand=_Hand(speaker),
        eye=_Eye(speaker),
        meter=_Meter(speaker),
        mouth=_Mouth(speaker),
        wire=_Wire(speaker),
        mains=_Mains(speaker),
        plug=_Plug(speaker),
        book=_Book(speaker),
        faults=_Faults(speaker),
        closed_within=CLOSED_WITHIN,
        settings=None,
    )


class _Role:
    """What all of them share."""

    def __init__(self, speaker: SimulatedSpeaker) -> None:
        self._speaker = speaker

    def check(self) -> None:
        """Nothing of it can break that the speaker would not tell at once."""

    def close(self) -> None:
        """The speaker is closed by whoever started it."""


class _Beat(_Role):
    def now(self) -> float:
        return self._speaker.now()

    def pause(self, seconds: float) -> None:
        self._speaker.pause(seconds)


class _Hand(_Role):
    def push(self, seconds: float) -> None:
        self.pulse(seconds, 1, 0.05)

    def pulse(self, seconds: float, times: int, gap: float) -> None:
        self._speaker.begin(f"pulse {seconds:.4f} times={times} gap={gap:.4f}")
        self._speaker.pause(times * seconds + (times - 1) * gap)

    def switch(self, *, down: bool) -> None:
        self._speaker.change("switch", "switch mute" if down else "switch listen")


class _Eye(_Role):
    def shows(self, colour: str, motion: str | None, since: float, until: float) -> Sighting | None:
        return self._speaker.light.first(lambda look: look[0] == colour and motion in (None, look[1]), since, until)


class _Meter(_Role):
    def on(self, since: float, until: float) -> Sighting | None:
        return self._speaker.captures.first(lambda on: on is True, since, until)

    def off(self, since: float, until: float) -> Sighting | None:
        return self._speaker.captures.first(lambda on: on is False, since, until)


class _Mouth(_Role):
    def play(self, sound: Sound) -> None:
        self._speaker.begin(_said(sound))

    def noise(self, noise: Noise) -> None:
        self._speaker.change("noise", _said(noise))


class _Wire(_Role):
    def sent(self) -> int:
        return self._speaker.bytes_on_broker()

    def publish(self, topic: str, payload: str) -> None:
        self._speaker.say_on_broker(topic, payload)


class _Mains(_Role):
    def off(self) -> None:
        self._speaker.cut()

    def on(self) -> None:
        self._speaker.pause(AGAIN)
        self._speaker.start()

    def kill(self) -> None:
        self._speaker.kill()
        self._speaker.pause(AGAIN)
        self._speaker.start()


class _Plug(_Role):
    def out(self) -> None:
        self._speaker.change("plug", "unplug")

    def back(self) -> None:
        self._speaker.change("plug", "plug")


class _Book(_Role):
    """Reads the file itself, as a bench does."""

    def rows(self) -> list[BookRow]:
        rows = []
        with suppress(FileNotFoundError):
            for line in self._speaker.ledger.read_text().splitlines():
                row = json.loads(line)
                rows.append(BookRow(row["what"], row["facts"]))
        return rows


class _Faults(_Role):
    def do(self, fault: Fault) -> None:
        words = [fault.part, fault.how, *([fault.words] if fault.words else [])]
        self._speaker.change(fault.part, shlex.join(words))

    def tear(self) -> None:
        latch = self._speaker.latch
        if not latch.is_file():
            raise RigError("there is no file that holds the mute", "`tear` comes after something was muted")
        latch.write_bytes(latch.read_bytes()[: latch.stat().st_size // 2])


def _said(step: Step) -> str:
    """A step as it is written, without the time before an indented one."""
    words = step.source.split(" ", 1)
    return words[1].strip() if words[0][:1].isdigit() else step.source
