"""The wire's proof: what counts as nothing, and a real speaker at a real wire with a leak planted in it."""

from __future__ import annotations

import sys
from pathlib import Path

import household_talk
import needs
import prove_wire
import pytest
from frames import Frame
from island import HOUSE, Island
from mqtt import Packet
from prove_wire import Run

PLANTED = Path(prove_wire.__file__).with_name("planted.py")
MISSING = needs.missing(prove_wire.PROGRAMS, root=True)
real = pytest.mark.skipif(bool(MISSING), reason=f"not run: {MISSING}")


def frame(to: str = HOUSE, kind: str = "TCP") -> Frame:
    return Frame(0.0, b"", 60, kind, to)


def conversation(*pings: float, connect: int = 60) -> list[Packet]:
    return [Packet(100.0, "CONNECT", connect), *(Packet(100.0 + at, "PINGREQ", 2) for at in pings)]


def test_what_keeps_a_connection_is_nothing_else() -> None:
    """CONNECT, SUBSCRIBE and PINGREQ, to the broker alone. Any other packet, host or protocol is more than that."""
    assert prove_wire.connection_only(Run([frame()], conversation(15)))
    assert not prove_wire.connection_only(Run([frame()], [*conversation(15), Packet(1, "PUBLISH", 9, "a", 0)]))
    assert not prove_wire.connection_only(Run([frame()], [*conversation(15), Packet(1, "DISCONNECT", 2)]))
    assert not prove_wire.connection_only(Run([frame(), frame("192.0.2.77", "UDP")], conversation(15)))
    assert not prove_wire.connection_only(Run([frame(), frame("192.0.2.77")], conversation(15)))
    assert not prove_wire.connection_only(Run([frame(), frame("", "IPv6")], conversation(15)))
    assert not prove_wire.connection_only(Run([], []))


def seen(*pings: float, until: float = 50.0, connect: int = 60) -> Run:
    return Run([], conversation(*pings, connect=connect), ended=100.0 + until)


def test_two_conversations_are_alike_in_kinds_sizes_and_pauses() -> None:
    """Told are packets, seconds and by how much pauses differ. Another size, kind or pause is another conversation."""
    assert prove_wire.alike(seen(15, 30, 45), seen(15.5, 30.5, 46)) == (True, 4, 50.0, 0.5)
    assert not prove_wire.alike(seen(15, 30, 45), seen(15))[0]
    assert not prove_wire.alike(seen(15), seen(15, connect=61))[0]
    assert not prove_wire.alike(seen(15), seen(19))[0]
    assert not prove_wire.alike(seen(15), Run([], [*conversation(), Packet(115.0, "PUBLISH", 2)], ended=150.0))[0]


def test_only_the_time_that_both_were_there_is_compared() -> None:
    """One was switched on long before the other, or pinged late each time; and two that said nothing show nothing."""
    assert prove_wire.alike(seen(15, 30, 45, 60, until=70), seen(15, 30, until=40)) == (True, 3, 40.0, 0.0)
    assert prove_wire.alike(seen(15, 30, 45, until=46), seen(15.6, 31.2, until=46))[0]
    assert not prove_wire.alike(Run(ended=150.0), Run(ended=150.0))[0]


def test_the_talk_of_a_household_lasts_as_long_as_was_asked() -> None:
    """The same seed gives the same scene; without presses nobody mutes."""
    short = household_talk.household_sound(60, 1)
    assert short == household_talk.household_sound(60, 1)
    assert len(household_talk.household_sound(3_600, 1)) > 20 * len(short)
    assert "press" not in household_talk.household_sound(3_600, 1, "", presses=False)


def test_a_tool_that_is_missing_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what to type to have it."""
    monkeypatch.setattr(needs, "PLACES", "/nowhere")
    assert needs.missing(["tcpdump", "ip"]) == "iproute2, tcpdump missing here (apt-get install iproute2 tcpdump)"
    assert needs.missing([]) == ""


@real
@pytest.mark.slow
def test_a_speaker_with_everything_off_sends_no_frame() -> None:
    """A minute of a household, with a broker at the other end that nobody talks to."""
    scene = household_talk.household_sound(25, 1, household_talk.NO_BROKER + household_talk.OPEN)
    run = prove_wire.live(scene, lambda _: None)
    assert run.frames == []
    assert run.life.seconds > 25
    assert run.life.failures == 0


@real
@pytest.mark.slow
def test_an_uplink_that_calls_somebody_else_is_found() -> None:
    """The planted leak: one datagram to an address that nobody has crosses the wire, and is seen whole."""

    def leaking(name: str, command: list[str]) -> list[str]:
        return [sys.executable, str(PLANTED), "calls_elsewhere", *command[-2:]] if name == "uplink" else command

    scene = household_talk.BEGIN + household_talk.OPEN + "pause 3\n"
    run = prove_wire.live(scene, lambda _: None, leaking)
    assert [(one.to, one.payload) for one in run.frames if one.kind == "UDP"] == [("192.0.2.77", b"they are at home")]
    assert not prove_wire.connection_only(run)


@real
def test_an_island_leaves_nothing_behind() -> None:
    """Both namespaces are gone, and with them the wire; also when something went wrong inside."""
    names: list[Path] = []

    def break_off() -> None:
        with Island() as island:
            names.extend(Path(f"/run/netns/{island.in_speaker([])[3][:-2]}-{end}") for end in "sh")
            assert all(name.exists() for name in names)
            assert island.sent()[0] == 0
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert not any(name.exists() for name in names)
