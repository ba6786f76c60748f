"""Time in a room: only waiting lets it pass, and it never passes anything by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from keepmum.hardware.button_scripted import ScriptedButton
from keepmum.hardware.microphone_wav import WavMicrophone
from keepmum.hardware.scenes.room import ANSWER, PATIENCE, Room
from keepmum.hardware.scenes.scene import Scene
from keepmum.sound import BLOCK_SECONDS

Load = Callable[[str], Scene]
Life = Any
pytestmark = pytest.mark.usefixtures("counting")

EVENING = """
clock 2026-03-01 18:59:00
noise counting.wav gain=-20
pause 0.3
play counting.wav
  0.1234567 press
  1.0 hold 0.5
pause 0.05
press
press
play counting.wav gain=-3
"""


def wait(room: Room, life: Life, seconds: float, pending: bool = False) -> None:
    """Let this much room time pass, through whatever moments lie in it."""
    end = room.now() + seconds
    while room.now() < end - 1e-9:
        room.wait(life, end - room.now(), pending=pending)


def test_only_waiting_lets_time_pass(scene: Load, life: Life) -> None:
    """A fast room's time stands still however much real time goes by, until somebody waits."""
    room = Room(scene("pause 10"), True, life.monotonic)
    wait(room, life, 0.5)
    life.seconds += 100
    assert (room.now(), room.over) == (0.5, False)


def test_fast_takes_no_real_time(scene: Load, life: Life) -> None:
    """A fast room goes through an hour without waiting for it."""
    room = Room(scene("pause 3600"), True, life.monotonic)
    while not room.over:
        room.wait(life, 600, pending=False)
    assert (room.now(), life.seconds) == (3600, 1000)


def test_stops_at_every_moment(scene: Load, life: Life) -> None:
    """A wait ends early at an event in the middle of it, at exactly the event's time, and the event happens inside."""
    room = Room(scene("pause 0.25\npress\npause 1"), True, life.monotonic)
    button = ScriptedButton(room)
    times = []
    while not room.over:
        room.wait(life, 1.0, pending=False)
        times.append((room.now(), room.button_is_down))
    assert times == [(0.25, True), (0.35, False), (1.35, False)]
    assert button.history == [(0.25, True), (0.35, False)]


def test_two_edges_at_once_are_two_waits(scene: Load, life: Life) -> None:
    """Where one press ends as the next begins, the listener can look in between."""
    room = Room(scene("press\npress"), True, life.monotonic)
    seen = []
    while not room.over:
        room.wait(life, 1.0, pending=False)
        seen.append((room.now(), room.button_is_down))
    assert seen == [(0.0, True), (0.1, False), (0.1, True), (0.2, False)]


def test_steps_are_told(scene: Load, life: Life) -> None:
    """Whoever watches hears of every step as it begins, also of those during a sound."""
    room = Room(
        scene('title "a"\nplay counting.wav\n 0.5 title "b"\npause 1\nexpect sent bytes=0'), True, life.monotonic
    )
    told: list[tuple[float, str]] = []
    room.on_step(lambda step: told.append((room.now(), step.source)))
    while not room.over:
        room.wait(life, 0.3, pending=False)
    assert told == [
        (0.0, 'title "a"'),
        (0.0, "play counting.wav"),
        (0.5, '0.5 title "b"'),
        (2.0, "pause 1"),
        (3.0, "expect sent bytes=0"),
    ]


def test_ready_file_first(scene: Load, life: Life) -> None:
    """A file with something to read ends a wait before any time passes."""
    life.ready_at = [0.0]
    room = Room(scene("pause 1"), True, life.monotonic)
    assert len(room.wait(life, 0.5, pending=False)) == 1
    assert room.now() == 0


def test_pending_stands_still(scene: Load, life: Life) -> None:
    """While another process has the word, a fast room waits for it in real time."""
    life.ready_at = [life.seconds + 2]
    room = Room(scene("pause 9"), True, life.monotonic)
    assert len(room.wait(life, 0.5, pending=True)) == 1
    assert (room.now(), life.seconds) == (0, 1002)


def test_a_hanging_peer_does_not_stop_time(scene: Load, life: Life) -> None:
    """A process that never answers holds a fast room for a few seconds only; then its own timeout can strike."""
    room = Room(scene("pause 9"), True, life.monotonic)
    wait(room, life, 5.0, pending=True)
    assert life.seconds == 1000 + ANSWER


def test_patience_is_new_after_an_answer(scene: Load, life: Life) -> None:
    """Once a process has answered, the next question gets the whole patience again."""
    room = Room(scene("pause 9"), True, life.monotonic)
    wait(room, life, 0.5, pending=True)
    life.ready_at = [life.seconds]
    room.wait(life, 0.5, pending=True)
    wait(room, life, 0.5, pending=True)
    assert (room.now(), life.seconds) == (1.0, 1000 + 2 * ANSWER)


@pytest.mark.parametrize("fast", [True, False])
def test_await_holds_time(scene: Load, life: Life, fast: bool) -> None:
    """Time stands still at an await until the listener reports it, and then goes on as if nothing had been."""
    room = Room(scene("pause 1\nawait delivered\npause 1"), fast, life.monotonic)
    wait(room, life, 1.0)
    for _ in range(12):
        room.wait(life, 1.0, pending=False)
    assert (room.now(), room.over) == (1.0, False)
    room.saw("answered", {})
    room.wait(life, 0.1, pending=False)
    assert room.now() == 1.0
    room.saw("delivered", {"parcel": "1"})
    wait(room, life, 0.4)
    assert room.now() == 1.4
    wait(room, life, 0.6)
    assert (room.now(), room.over, room.failures) == (2.0, True, [])


def test_held_time_is_not_made_up_for(scene: Load, life: Life) -> None:
    """After an await a paced room goes on at life's pace; it does not hurry to make up for the time it stood still."""
    room = Room(scene("await delivered\npause 2"), False, life.monotonic)
    while life.seconds < 1_003:
        room.wait(life, 1.0, pending=False)
    room.saw("delivered", {})
    stood = life.seconds - 1_000
    wait(room, life, 2.0)
    assert (room.now(), life.seconds) == (2.0, pytest.approx(1_000 + stood + 2.0))


def test_await_that_is_never_met(scene: Load, life: Life) -> None:
    """After ten real seconds an await is given up, noted with file and line, and the scene goes on."""
    room = Room(scene("await delivered 2 kind=clip\npause 1"), True, life.monotonic)
    room.saw("delivered", {"kind": "clip"})
    room.saw("delivered", {"kind": "action"})
    while not room.over:
        room.wait(life, 1.0, pending=False)
    assert len(room.failures) == 1
    assert "scene.txt:1: 'await delivered 2 kind=clip' was not met in 10 seconds" in room.failures[0]
    assert room.now() == 1.0
    assert PATIENCE <= life.seconds - 1000 < PATIENCE + 1


def test_a_report_meets_one_await(scene: Load, life: Life) -> None:
    """What was reported before an await counts for it, and for no second one."""
    room = Room(scene("pause 1\nawait delivered\nawait delivered"), True, life.monotonic)
    room.saw("delivered", {})
    while not room.over:
        room.wait(life, 1.0, pending=False)
    assert [failure.split(": ")[0] for failure in room.failures] == ["scene.txt:3"]


def test_over(scene: Load, life: Life) -> None:
    """After the last step the room is over, silent, also where there was noise, and its time still passes."""
    room = Room(scene("noise counting.wav\npause 1"), True, life.monotonic)
    while not room.over:
        room.wait(life, 1.0, pending=False)
    wait(room, life, 1.0)
    assert room.now() == 2.0
    assert np.count_nonzero(np.frombuffer(room.heard(0, 32_000), "<i2")) == 16_000


def test_wall(scene: Load, life: Life) -> None:
    """The wall clock starts where the scene says, and otherwise where the real one stands."""
    told = Room(scene("clock 1970-01-01 00:01:00\npause 5"), True, life.monotonic, lambda: 7.0)
    untold = Room(scene("pause 5"), True, life.monotonic, lambda: 7.0)
    for room in (told, untold):
        wait(room, life, 2.0)
    assert (told.wall() - told.now(), untold.wall() - untold.now()) == (60.0, 7.0)


def lived(room: Room, life: Life, busy: float = 0.0) -> tuple[list[tuple[float, bytes]], list[tuple[float, bool]]]:
    """Listen through a scene: every block and every edge with its room time. Each block costs `busy` real seconds."""
    microphone, button = WavMicrophone(room), ScriptedButton(room)
    blocks = []
    microphone.open()
    while not room.over:
        if microphone.ready_in() > 0:
            room.wait(life, microphone.ready_in(), pending=False)
        else:
            blocks.append((room.now(), microphone.read()))
            life.seconds += busy
    return blocks, button.history


def test_fast_and_paced_are_one_world(scene: Load, life: Life) -> None:
    """A fast and a paced room give the same blocks and the same edges at the same room times."""
    evening = scene(EVENING)
    fast = lived(Room(evening, True, life.monotonic), life)
    began = life.seconds
    paced = lived(Room(evening, False, life.monotonic), life)
    assert paced == fast
    assert life.seconds - began == pytest.approx(evening.seconds, abs=0.001)
    assert [edge for _, edge in fast[1]] == [True, False] * 4


def test_a_busy_listener_misses_nothing(scene: Load, life: Life) -> None:
    """A listener that is slower than life for a while catches up, and still hears everything at its time."""
    evening = scene(EVENING)
    assert lived(Room(evening, False, life.monotonic), life, busy=0.07) == lived(
        Room(evening, True, life.monotonic), life
    )


def test_twice_the_same(scene: Load, life: Life) -> None:
    """The same scene gives the same bytes every time."""
    evening = scene(EVENING)
    assert lived(Room(evening, True, life.monotonic), life) == lived(Room(evening, True, life.monotonic), life)


def test_blocks_keep_their_pace(scene: Load, life: Life) -> None:
    """Blocks end exactly 80 ms apart through a whole hour, whatever happens in between."""
    hour = scene("play counting.wav\n 0.0333333 press\npause 0.0000007\n" * 1800)
    blocks, edges = lived(Room(hour, True, life.monotonic), life)
    assert len(edges) == 3600
    assert [at for at, _ in blocks] == [round((i + 1) * BLOCK_SECONDS, 9) for i in range(len(blocks))]
