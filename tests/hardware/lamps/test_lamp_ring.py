"""A ring of lamps: when it writes, what it does about errors, and that it goes dark."""

from __future__ import annotations

from typing import Any

import pytest

from keepmum.errors import RingError
from keepmum.hardware import Colour, Look, Motion
from keepmum.hardware.lamps.frames import BLINK_SECONDS, FRAME_SECONDS, frame
from keepmum.hardware.lamps.ring import REFRESH_SECONDS, LampRing
from keepmum.settings_hardware import RingSettings

SETTINGS = RingSettings(driver="apa102", lamps=12)
DARK = ((0, 0, 0),) * 12
MUTED = Look(Colour.RED, Motion.STILL, "muted")
DEAF = Look(Colour.AMBER, Motion.BLINK, "no microphone")
HEARING = Look(Colour.CYAN, Motion.SPIN, "hearing you")


def picture(look: Look, seconds: float = 0.0) -> tuple[tuple[int, int, int], ...]:
    """The look on this ring."""
    return frame(look, 12, seconds, SETTINGS.brightness)


def test_dark_at_first(strip: Any) -> None:
    """Whatever the lamps still showed of a process that died is gone before the first look."""
    ring = LampRing(strip, SETTINGS)
    assert strip.pictures == [DARK]
    assert ring.turn(5.0) is None
    assert strip.pictures == [DARK]


def test_show_is_at_once(strip: Any) -> None:
    """A look is on the lamps when `show` returns, without a turn, in its first and bright moment."""
    ring = LampRing(strip, SETTINGS)
    ring.turn(0.7)
    ring.show(DEAF)
    assert strip.pictures[-1] == picture(DEAF, 0.0)


def test_still_is_written_once(strip: Any) -> None:
    """A look that stands still is not written again at every turn, and asks for none."""
    ring = LampRing(strip, SETTINGS)
    ring.show(MUTED)
    assert [ring.turn(at / 10) for at in range(15)] == [None] * 15
    ring.show(MUTED)
    assert strip.pictures == [DARK, picture(MUTED)]


def test_still_is_refreshed(strip: Any) -> None:
    """Lamps that lost their power show the look again within a refresh, and not more often."""
    ring = LampRing(strip, SETTINGS)
    ring.show(MUTED)
    for tenths in range(100):
        ring.turn(100 + tenths / 10)
    assert strip.pictures == [DARK, *[picture(MUTED)] * (1 + int(9.9 / REFRESH_SECONDS))]


def test_motion(strip: Any) -> None:
    """A round is drawn once for each block of sound, counted from the first turn after it was shown."""
    ring = LampRing(strip, SETTINGS)
    ring.show(HEARING)
    now = 3_000.0
    for _ in range(5):
        wait = ring.turn(now)
        assert wait == FRAME_SECONDS
        now += wait
    assert strip.pictures[1:] == [picture(HEARING, at * FRAME_SECONDS) for at in range(5)]


def test_blink_is_written_at_its_changes(strip: Any) -> None:
    """A blink is written when it changes, however often the loop comes round."""
    ring = LampRing(strip, SETTINGS)
    ring.show(DEAF)
    waits = [ring.turn(10 + at / 10) for at in range(10)]
    assert waits[0] == pytest.approx(BLINK_SECONDS)
    assert strip.pictures == [DARK, picture(DEAF), DARK]


def test_bearing_does_not_restart(strip: Any) -> None:
    """A voice that walks moves the pointer, and the motion goes on where it stood."""
    ring = LampRing(strip, SETTINGS)
    ring.show(HEARING)
    ring.turn(0.0)
    ring.turn(0.4)
    ring.show(Look(Colour.CYAN, Motion.SPIN, "hearing you", bearing=90.0))
    assert strip.pictures[-1] == picture(Look(Colour.CYAN, Motion.SPIN, "", bearing=90.0), 0.4)
    ring.show(MUTED)
    ring.show(HEARING)
    assert strip.pictures[-1] == picture(HEARING, 0.0)


def test_mounting(strip: Any) -> None:
    """The ring knows where its first lamp stands and which way its lamps are counted."""
    mounted = RingSettings(driver="apa102", lamps=12, brightness=1, first_lamp=30.0, clockwise=False)
    LampRing(strip, mounted).show(Look(Colour.CYAN, Motion.STILL, "", bearing=90.0))
    assert [lamp for lamp in range(12) if max(strip.pictures[-1][lamp]) > 100] == [10]


def test_an_error_is_tried_again(strip: Any) -> None:
    """A strip that stops taking data is an error each time, and the first turn after that draws the look."""
    ring = LampRing(strip, SETTINGS)
    ring.show(HEARING)
    strip.broken = True
    with pytest.raises(RingError, match="no more data"):
        ring.show(MUTED)
    with pytest.raises(RingError, match="no more data"):
        ring.turn(1.0)
    strip.broken = False
    ring.turn(1.1)
    assert strip.pictures[-1] == picture(MUTED)


def test_back_to_the_look_before(strip: Any) -> None:
    """When a new look failed, nobody knows what the lamps show: the look from before is written anew."""
    ring = LampRing(strip, SETTINGS)
    ring.show(MUTED)
    strip.broken = True
    with pytest.raises(RingError):
        ring.show(HEARING)
    strip.broken = False
    ring.show(MUTED)
    assert strip.pictures == [DARK, picture(MUTED), picture(MUTED)]


def test_an_error_in_a_still_look(strip: Any) -> None:
    """A refresh that fails is tried at the very next turn, not a refresh later."""
    ring = LampRing(strip, SETTINGS)
    ring.show(MUTED)
    ring.turn(0.0)
    strip.broken = True
    with pytest.raises(RingError):
        ring.turn(REFRESH_SECONDS)
    strip.broken = False
    ring.turn(REFRESH_SECONDS + 0.01)
    assert strip.pictures == [DARK, picture(MUTED), picture(MUTED)]


def test_dead_at_the_start(strip: Any) -> None:
    """A strip that takes nothing is an error when the ring is made, before anything is heard."""
    strip.broken = True
    with pytest.raises(RingError, match="no more data"):
        LampRing(strip, SETTINGS)


def test_closed(strip: Any) -> None:
    """A closed ring has closed its strip, shows nothing more and has nothing to draw."""
    ring = LampRing(strip, SETTINGS)
    ring.show(HEARING)
    ring.close()
    ring.close()
    assert strip.closed >= 1
    with pytest.raises(RingError, match="the ring is closed"):
        ring.show(MUTED)
    assert ring.turn(9.0) is None
    assert strip.pictures == [DARK, picture(HEARING)]
