"""A person as the relay: presses, looks, pulls plugs, and answers with y or n. Every part of a bench can be one.

A person takes no time to the millisecond, so what a person saw has no time, and the reports then say so.
"""

from __future__ import annotations

from typing import TextIO

from jig.roles import Beat, RigError, Sighting

UNABLE = frozenset({"pulses"})
"""What no finger can do."""


class Person:
    """Whoever sits at the bench, at the other end of two streams."""

    def __init__(self, answers: TextIO, questions: TextIO) -> None:
        self._answers = answers
        self._questions = questions

    def do(self, what: str) -> None:
        """Ask for something to be done, and wait for Enter. Raises RigError if nobody is there."""
        self._ask(f"{what}, then press Enter: ")

    def says(self, question: str) -> bool:
        """A question that y or n answers; anything else is asked again."""
        answer = self._ask(f"{question} [y/n] ")
        while answer.strip().lower() not in ("y", "n"):
            answer = self._ask("y or n, please: ")
        return answer.strip().lower() == "y"

    def _ask(self, words: str) -> str:
        self._questions.write(f"\n>>> {words}")
        self._questions.flush()
        try:
            line = self._answers.readline()
        except OSError as error:
            raise _nobody() from error
        if not line:
            raise _nobody()
        return line


class _Human:
    """What all the person's roles share."""

    def __init__(self, person: Person, beat: Beat) -> None:
        self._person = person
        self._beat = beat

    def check(self) -> None:
        """Whoever does not answer is found out at the first question."""

    def close(self) -> None:
        """People go by themselves."""


class HumanHand(_Human):
    """A finger."""

    def push(self, seconds: float) -> None:
        if seconds < 0.5:
            self._person.do("Press the button shortly")
        else:
            self._person.do(f"Hold the button down for {seconds:g} s, let go")

    def pulse(self, seconds: float, times: int, gap: float) -> None:
        what = f"no finger presses {times} times for {seconds:g} s, {gap:g} s apart"
        raise RigError(what, "write `hand: {driver: gpiozero, pin: …}`")

    def switch(self, *, down: bool) -> None:
        self._person.do(
            "Put the switch to mute, or press the button and keep it pressed"
            if down
            else "Put the switch to listen, or let the button go"
        )


class HumanEye(_Human):
    """A pair of them."""

    def shows(self, colour: str, motion: str | None, since: float, until: float) -> Sighting | None:
        how = f"{colour}" if motion is None else f"{colour} and {'still' if motion == 'still' else f'in {motion}'}"
        self._beat.pause(max(0.0, until - self._beat.now()))
        return Sighting(None) if self._person.says(f"Is the light {how}, or was it since the last step?") else None


class HumanMeter(_Human):
    """Somebody who looks at the microphones' supply: a lamp on it, or a multimeter."""

    def on(self, since: float, until: float) -> Sighting | None:
        self._beat.pause(max(0.0, until - self._beat.now()))
        return Sighting(None) if self._person.says("Do the microphones have power, or had they since then?") else None

    def off(self, since: float, until: float) -> Sighting | None:
        self._beat.pause(max(0.0, until - self._beat.now()))
        return Sighting(None) if self._person.says("Are the microphones without power now?") else None


class HumanMains(_Human):
    """Somebody who pulls plugs and types."""

    def off(self) -> None:
        self._person.do("Pull the speaker's power plug")

    def on(self) -> None:
        self._person.do("Put the speaker's power plug back, and wait until its light is on")

    def kill(self) -> None:
        self._person.do("On the speaker: sudo systemctl kill -s KILL keepmum-listener; wait until its light is on")


class HumanPlug(_Human):
    """Somebody who pulls the microphone's plug."""

    def out(self) -> None:
        self._person.do("Pull the microphone's plug")

    def back(self) -> None:
        self._person.do("Put the microphone's plug back")


def _nobody() -> RigError:
    return RigError("nobody answers", "a person can only be asked with `pytest -s`, at a terminal")
