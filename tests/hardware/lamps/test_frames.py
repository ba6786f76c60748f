"""What each lamp of a ring shows, checked for every look, size and moment."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from keepmum.hardware import Colour, Look, Motion
from keepmum.hardware.lamps.frames import ALARM_SECONDS, BLINK_SECONDS, CAN_POINT, frame, next_frame

BRIGHTNESS = 0.31
DIRECTIONS = st.floats(-720, 720, allow_nan=False)
looks = st.builds(Look, st.sampled_from(Colour), st.sampled_from(Motion), st.just("words"), st.none() | DIRECTIONS)
sizes = st.integers(1, 64)
moments = st.floats(0, 1e6)
brightnesses = st.floats(1e-4, 1)
first_lamps = st.floats(0, 360, exclude_max=True)


def look(colour: Colour, motion: Motion, bearing: float | None = None) -> Look:
    """A look without words."""
    return Look(colour, motion, "", bearing)


def still_red(lamps: int, brightness: float) -> tuple[tuple[int, int, int], ...]:
    """The picture of a muted speaker."""
    return frame(look(Colour.RED, Motion.STILL), lamps, 0.0, brightness)


def light(lamp: tuple[int, int, int]) -> int:
    """How bright a lamp is."""
    return max(lamp)


@given(looks, sizes, moments, brightnesses, first_lamps, st.booleans())
def test_the_cap(shown: Look, lamps: int, at: float, brightness: float, first_lamp: float, clockwise: bool) -> None:
    """No channel of any lamp exceeds brightness times the colour, except that a channel is never rounded to nothing."""
    picture = frame(shown, lamps, at, brightness, first_lamp=first_lamp, clockwise=clockwise)
    assert len(picture) == lamps
    for lamp in picture:
        for channel, full in zip(lamp, shown.colour.value, strict=True):
            assert 0 <= channel <= max(brightness * full, 1 if full else 0)


@given(looks, sizes, moments, brightnesses)
def test_a_lit_lamp_keeps_its_colour(shown: Look, lamps: int, at: float, brightness: float) -> None:
    """A lamp has either all channels of its colour or none: only a red look ever lights red alone, however dim."""
    for lamp in frame(shown, lamps, at, brightness):
        assert [channel > 0 for channel in lamp] in ([full > 0 for full in shown.colour.value], [False] * 3)
    reddish = {colour for colour in Colour if [full > 0 for full in colour.value] == [True, False, False]}
    assert reddish == {Colour.RED}


@given(looks, sizes, moments, brightnesses)
def test_still_red_is_unmistakable(shown: Look, lamps: int, at: float, brightness: float) -> None:
    """No other look shows the picture of a muted speaker; one that is red shows another one within half a second."""
    assume((shown.colour, shown.motion) != (Colour.RED, Motion.STILL))
    assume(brightness >= 0.02)
    red = still_red(lamps, brightness)
    if shown.colour is not Colour.RED:
        assert frame(shown, lamps, at, brightness) != red
        return
    pictures = [frame(shown, lamps, at + step * 0.05, brightness) for step in range(21)]
    assert any(min(map(light, picture)) <= max(map(light, red)) / 2 for picture in pictures)


@given(sizes, moments, brightnesses, DIRECTIONS)
def test_still_red_is_always_the_same(lamps: int, at: float, brightness: float, bearing: float) -> None:
    """A muted speaker shows one picture, whatever the time and wherever a voice came from."""
    picture = frame(look(Colour.RED, Motion.STILL, bearing), lamps, at, brightness)
    assert picture == still_red(lamps, brightness)
    assert len(set(picture)) == 1


@pytest.mark.parametrize("brightness", [0.05, BRIGHTNESS, 1.0])
def test_colours_stay_apart(brightness: float) -> None:
    """At a twentieth of the light, any two colours still differ by a sixth of the range in one channel."""
    shown = {c: frame(look(c, Motion.STILL), 1, 0.0, brightness)[0] for c in Colour}
    for one in Colour:
        for other in Colour:
            apart = max(abs(a - b) for a, b in zip(shown[one], shown[other], strict=True))
            assert one is other or apart >= brightness * 255 / 6, (one, other)


@given(st.sampled_from(Motion), sizes, moments, brightnesses)
def test_off(motion: Motion, lamps: int, at: float, brightness: float) -> None:
    """Off is dark in every motion, and needs no second picture."""
    assert frame(look(Colour.OFF, motion), lamps, at, brightness) == ((0, 0, 0),) * lamps
    assert next_frame(look(Colour.OFF, motion), at) is None


@given(looks, sizes, brightnesses)
def test_every_motion_begins_bright(shown: Look, lamps: int, brightness: float) -> None:
    """A new look is seen at once: some lamp is lit when it begins."""
    assume(shown.colour is not Colour.OFF)
    assert max(map(light, frame(shown, lamps, 0.0, brightness))) > 0


@pytest.mark.parametrize("lamps", [1, 2, 3, 12])
@pytest.mark.parametrize("motion", [Motion.PULSE, Motion.SPIN, Motion.BLINK, Motion.ALARM])
def test_what_moves_is_seen_to_move(motion: Motion, lamps: int) -> None:
    """Every lamp of every moving look, on a ring or alone, goes below a tenth and above half of its light."""
    pictures = [frame(look(Colour.CYAN, motion), lamps, step / 50, 1.0) for step in range(150)]
    for lamp in range(lamps):
        course = [light(picture[lamp]) for picture in pictures]
        assert min(course) < 22
        assert max(course) > 110


def test_blink() -> None:
    """All lamps for half a second, none for half a second, and the next picture is due at the change."""
    shown = look(Colour.AMBER, Motion.BLINK)
    lit = [frame(shown, 3, at, 1.0)[0] != (0, 0, 0) for at in (0.0, 0.49, 0.5, 0.99, 1.0, 1.49, 1.5)]
    assert lit == [True, True, False, False, True, True, False]
    assert next_frame(shown, 0.0) == BLINK_SECONDS
    assert next_frame(shown, 0.4) == pytest.approx(0.1)


def test_alarm() -> None:
    """Every second lamp in turn, three times a second, and never the whole ring: nothing else looks like it."""
    shown = look(Colour.AMBER, Motion.ALARM, bearing=90.0)
    first, second = frame(shown, 12, 0.0, 1.0), frame(shown, 12, ALARM_SECONDS, 1.0)
    assert [lamp != (0, 0, 0) for lamp in first] == [True, False] * 6
    assert [lamp != (0, 0, 0) for lamp in second] == [False, True] * 6
    changes = sum(frame(shown, 12, t / 600, 1.0) != frame(shown, 12, (t + 1) / 600, 1.0) for t in range(600))
    assert changes == 6


@pytest.mark.parametrize("clockwise", [True, False])
@pytest.mark.parametrize("lamps", [3, 6, 12, 24])
def test_spin_goes_clockwise(lamps: int, clockwise: bool) -> None:
    """The head of the round goes clockwise as seen from above, whichever way the lamps are counted."""
    shown = look(Colour.CYAN, Motion.SPIN)
    heads = []
    for step in range(16):
        picture = frame(shown, lamps, step * 0.1, 1.0, first_lamp=30.0, clockwise=clockwise)
        brightest = max(range(lamps), key=lambda lamp: (light(picture[lamp]), -lamp))
        heads.append((30 + (1 if clockwise else -1) * 360 / lamps * brightest) % 360)
    turns = [(after - before) % 360 for before, after in itertools.pairwise(heads)]
    assert all(turn < 180 for turn in turns)
    assert sum(turns) == pytest.approx(360 * 1.5 / 1.6, abs=360 / lamps + 1)


POINTING = [Motion.STILL, Motion.PULSE, Motion.SPIN, Motion.BLINK]


@given(
    st.sampled_from(POINTING), st.integers(CAN_POINT, 64), st.floats(0, 0.45), DIRECTIONS, first_lamps, st.booleans()
)
def test_pointing(motion: Motion, lamps: int, at: float, bearing: float, first_lamp: float, clockwise: bool) -> None:
    """The lamp nearest to a voice is the brightest, and only it and its neighbour reach half; the colour stays."""
    shown = look(Colour.CYAN, motion, bearing)
    picture = frame(shown, lamps, at, 1.0, first_lamp=first_lamp, clockwise=clockwise)
    step = 360 / lamps

    def apart(lamp: int) -> float:
        place = first_lamp + (step if clockwise else -step) * lamp
        return abs((bearing - place + 180) % 360 - 180)

    near = min(range(lamps), key=apart)
    assert light(picture[near]) == max(map(light, picture))
    strong = [lamp for lamp in range(lamps) if light(picture[lamp]) > 0.25 * 220]
    assert len(strong) in (1, 2) or motion is Motion.PULSE
    assert all(apart(lamp) < step + 1e-6 for lamp in strong)


@given(st.integers(CAN_POINT, 64), DIRECTIONS)
def test_pointing_is_smooth(lamps: int, bearing: float) -> None:
    """A voice that moves by a hundredth of a lamp moves the light by a hundredth: the total stays, no lamp jumps."""
    one = frame(look(Colour.WHITE, Motion.STILL, bearing), lamps, 0.0, 1.0)
    other = frame(look(Colour.WHITE, Motion.STILL, bearing + 3.6 / lamps), lamps, 0.0, 1.0)
    assert max(abs(light(a) - light(b)) for a, b in zip(one, other, strict=True)) <= 4
    assert abs(sum(map(light, one)) - sum(map(light, other))) <= 3


@pytest.mark.parametrize("motion", Motion)
@pytest.mark.parametrize(("lamps", "bearing"), [(1, 90.0), (3, 90.0), (12, math.nan), (12, math.inf)])
def test_no_pointing(motion: Motion, lamps: int, bearing: float) -> None:
    """A row of one to three lamps, and a compass that answers nonsense, show the look without a direction."""
    shown, plain = look(Colour.CYAN, motion, bearing), look(Colour.CYAN, motion)
    assert frame(shown, lamps, 0.3, BRIGHTNESS) == frame(plain, lamps, 0.3, BRIGHTNESS)


def test_pointing_by_hand() -> None:
    """Twelve lamps, the first at the mark: a voice from the right lights lamp 3, one at 105 degrees 3 and 4 alike."""
    right = frame(look(Colour.CYAN, Motion.STILL, 90.0), 12, 0.0, 1.0)
    assert [lamp for lamp in range(12) if light(right[lamp]) > 100] == [3]
    between = frame(look(Colour.CYAN, Motion.STILL, 105.0), 12, 0.0, 1.0)
    assert between[3] == between[4]
    assert light(between[3]) > light(between[2]) == light(between[5])
    counted_back = frame(look(Colour.CYAN, Motion.STILL, 90.0), 12, 0.0, 1.0, first_lamp=30.0, clockwise=False)
    assert [lamp for lamp in range(12) if light(counted_back[lamp]) > 100] == [10]


@given(looks, moments)
def test_the_next_picture_is_never_now(shown: Look, at: float) -> None:
    """A look that moves says when it wants to be drawn again: after a moment, and within half a second."""
    due = next_frame(shown, at)
    if due is None:
        assert frame(shown, 12, at, 1.0) == frame(shown, 12, at + 7.3, 1.0)
    else:
        assert 0.01 <= due <= BLINK_SECONDS
