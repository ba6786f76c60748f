"""The house of the experiments: a line that can break, a clock that runs ahead, a broker that must be there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from random import Random

import pytest

from keepmum.errors import LabError
from keepmum.lab.experiments import house
from keepmum.lab.experiments.hurried import HurriedClock
from keepmum.lab.experiments.wire_tap import BadLine, Said, acks, published, to_port

PUBLISH = b"\x32\x0a" + b"\x00\x01t" + b"\x00\x07" + b"\x00" + b"hell"
"""QoS 1, topic `t`, packet 7, no properties, four bytes."""
PUBACK = b"\x40\x03\x00\x07\x00"


@pytest.fixture
def line() -> Iterator[tuple[BadLine, socket.socket]]:
    """A line, and the door behind it."""
    with socket.create_server(("127.0.0.1", 0)) as beyond:
        one = BadLine(int(beyond.getsockname()[1]), Random(1))
        one.start()
        yield one, beyond
        one.close()


def test_what_passes_is_taken_apart(line: tuple[BadLine, socket.socket]) -> None:
    """A publication with its payload, and the broker's word that it has come."""
    tap, beyond = line
    with to_port(tap.port) as near:
        far, _ = beyond.accept()
        with far:
            near.sendall(PUBLISH)
            assert (
                far.recv(100, socket.MSG_WAITALL) if len(PUBLISH) == 100 else far.recv(len(PUBLISH), socket.MSG_WAITALL)
            )
            far.sendall(PUBACK)
            assert near.recv(len(PUBACK), socket.MSG_WAITALL) == PUBACK
    [sent] = published(tap)
    assert (sent.topic, sent.payload) == ("t", b"hell")
    assert acks(tap.visits[0]) == 1
    assert tap.fruitless() == []


def test_a_connection_over_which_nothing_was_acknowledged_is_fruitless(line: tuple[BadLine, socket.socket]) -> None:
    """One that nobody took, and one that was taken and heard nothing."""
    tap, beyond = line
    with to_port(tap.port) as near:
        far, _ = beyond.accept()
        far.close()
        assert near.recv(1) == b""
    beyond.close()
    with to_port(tap.port) as near:
        assert near.recv(1) == b""
    assert len(tap.tries) == len(tap.fruitless()) == 2


def test_a_line_that_breaks_does_so_after_some_bytes(line: tuple[BadLine, socket.socket]) -> None:
    """Whatever went by until then has left, and is remembered."""
    tap, beyond = line
    tap.breaks = (10, 10)
    with to_port(tap.port) as near:
        far, _ = beyond.accept()
        with far:
            near.sendall(b"x" * 11)
            assert far.recv(100) == b""
    assert [said.content for said in tap.visits[0]] == [b"x" * 11]


@pytest.mark.parametrize("cut", range(1, len(PUBLISH)))
def test_what_a_break_cut_off_is_no_error(cut: int) -> None:
    """A packet of which only a part went by is left out until it is whole; the one before it stands."""
    tap = BadLine.__new__(BadLine)
    tap.visits = [[Said(1.0, True, PUBLISH), Said(2.0, True, PUBLISH[:cut])]]
    assert [one.at for one in published(tap)] == [1.0]


def test_a_large_packet_that_was_cut_off_counts_with_what_went_by() -> None:
    """Its topic is known, and so are the bytes that left."""
    tap = BadLine.__new__(BadLine)
    tap.visits = [[Said(1.0, True, b"\x32\x88\x08" + b"\x00\x01t" + b"\x00\x07" + b"\x00" + bytes(500))]]
    [sent] = published(tap)
    assert (sent.topic, len(sent.payload)) == ("t", 500)


def test_a_hurried_clock_can_be_wound_on_and_set() -> None:
    """Skipped time has passed on both readings; a clock that is set moves the wall alone."""
    clock = HurriedClock(speed=0.0, wall=1_000.0)
    clock.skip(50.0)
    assert (clock.now(), clock.wall()) == (50.0, 1_050.0)
    clock.jump(-500.0)
    assert (clock.now(), clock.wall()) == (50.0, 550.0)


def test_a_computer_without_a_broker_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear error, before anything is started."""
    monkeypatch.setattr(house.shutil, "which", lambda *_words, **_more: None)
    with pytest.raises(LabError) as caught:
        house.House(1)
    assert "mosquitto is not installed" in caught.value.what
    assert caught.value.hint == "apt install mosquitto"


def test_a_process_that_ends_is_told_with_its_last_word() -> None:
    """A broker that does not start is no riddle, and the folder of the house is gone afterwards."""
    one = house.House(1, lines=("no_such_option true",))
    with pytest.raises(LabError) as caught, one:
        pass
    assert "mosquitto ended with" in caught.value.what
    assert "no_such_option" in caught.value.hint
    assert not one.folder.exists()
