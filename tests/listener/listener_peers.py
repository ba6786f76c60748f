"""The other ends of two lines, as a test drives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from listener_house import ACTION

from keepmum.clip import Clip
from keepmum.consent import Flow
from keepmum.messages import (
    Answer,
    Ask,
    Parcel,
    SkillsHello,
)
from keepmum.privacy import Owner
from keepmum.wire import unseal


class Uplink:
    """The other end of the line, as a test drives it."""

    def __init__(self, home: Any) -> None:
        self.home = home
        self.line = home.connect("uplink")

    def say(self, *messages: Any) -> None:
        for message in messages:
            self.line.send(message)
        self.home.serve()

    def take(self) -> tuple[Parcel, bytes]:
        """The parcel that was handed over, and its bytes."""
        message, fd = self.line.receive()
        assert isinstance(message, Parcel)
        return message, unseal(fd, message.size, message.sha256)


class Skills:
    """The other end of the line, as a test drives it."""

    def __init__(self, home: Any) -> None:
        self.home = home
        self.line = home.connect("skills")
        self.line.send(SkillsHello(intents=["clock.time"]))
        home.serve()

    def asked(self) -> Ask:
        """The next question."""
        received = self.line.receive()
        assert received is not None
        assert isinstance(received[0], Ask)
        return received[0]

    def answer(self, id: int, speech: str = "", **more: Any) -> None:
        self.line.send(Answer(id=id, speech=speech, **more))
        self.home.serve()


def offer_clip(home: Any, clip: Callable[[], tuple[Clip, bytearray]], flow: Flow) -> str:
    """A clip leaves; its parcel."""
    one, pcm = clip()
    home.release.hold_clip(one, pcm)
    assert home.keeper.offer(one.id, flow) == ""
    return one.id


def offer_action(home: Any, parcel: str = "a" * 32, expires: float | None = None) -> str:
    """A home action leaves; its parcel."""
    home.release.hold_action(parcel, "home/light/set", "ON")
    assert home.keeper.offer(parcel, ACTION, expires) == ""
    return parcel


def ask(
    home: Any, said: list[str | None], intent: str = "clock.time", owner: Owner = Owner.VOICE, **slots: Any
) -> None:
    """Ask one thing."""
    home.skills.ask(intent, slots, owner, said.append)
