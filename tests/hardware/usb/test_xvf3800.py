"""The XVF3800's driver, against a simulated board that knows the protocol by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from keepmum.errors import UsbError, UsbGone
from keepmum.hardware.usb import xvf3800
from keepmum.hardware.usb.simulated import Fault, SimulatedXvf3800
from keepmum.hardware.usb.xvf3800 import Xvf3800, open_xvf3800

DARK = [(0, 0, 0)] * 12
RAINBOW = [(number, 100 + number, 200 + number) for number in range(12)]

CALLS: dict[str, Callable[[Xvf3800], object]] = {
    "version": lambda board: board.version(),
    "mute": lambda board: board.mute(True),
    "unmute": lambda board: board.mute(False),
    "is_muted": lambda board: board.is_muted(),
    "lamps": lambda board: board.lamps(RAINBOW),
    "brightness": lambda board: board.brightness(9),
}
READS = ("version", "is_muted")


# ---- what it says, byte for byte


@pytest.mark.parametrize(
    ("call", "index", "value", "data"),
    [
        ("version", 48, 0x80, b"\x00\x02\x01\x00"),
        ("mute", 20, 1, b"\x1e\x01"),
        ("unmute", 20, 1, b"\x1e\x00"),
        ("is_muted", 20, 0x80, b"\x00\x00\x00\x00\x01\x00"),
        ("brightness", 20, 13, b"\x09"),
    ],
)
def test_bytes(board: Xvf3800, device: SimulatedXvf3800, call: str, index: int, value: int, data: bytes) -> None:
    """Resource, command and payload are those of the vendor's program; an answer begins with its status."""
    CALLS[call](board)
    (sent,) = device.history
    assert (sent.index, sent.value, sent.data) == (index, value, data)


def test_bytes_of_the_ring(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """The lamps get power, no second correction, the ring effect, and then twelve words of 0xRRGGBB."""
    board.lamps([(0xFF, 0x88, 0x00), *DARK[1:]])
    assert [(sent.index, sent.value, sent.data[:4]) for sent in device.history] == [
        (20, 1, b"\x21\x01"),
        (20, 14, b"\x00"),
        (20, 12, b"\x05"),
        (20, 19, b"\x00\x88\xff\x00"),
    ]


def test_version(board: Xvf3800) -> None:
    """The firmware's three numbers."""
    assert board.version() == (2, 1, 0)


# ---- mute


def test_mute(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """Muting sets the mute pin and no other, and the read-back follows it both ways."""
    others = {pin: level for pin, level in device.pins.items() if pin != 30}
    assert not board.is_muted()
    board.mute(True)
    assert device.muted
    assert board.is_muted()
    board.mute(False)
    assert not device.muted
    assert not board.is_muted()
    assert {pin: level for pin, level in device.pins.items() if pin != 30} == others


@pytest.mark.parametrize("pin", [11, 31, 33, 39])
def test_no_other_pin_is_mute(board: Xvf3800, device: SimulatedXvf3800, pin: int) -> None:
    """Another pin that is high says nothing about mute, and one that is low does not take it away."""
    device.pins = dict.fromkeys(device.pins, 0) | {pin: 1}
    assert not board.is_muted()
    device.pins = dict.fromkeys(device.pins, 1) | {pin: 0}
    assert board.is_muted()


def test_the_boards_own_button(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """A press on the board is seen at the next reading, in both directions; nothing puts it back secretly."""
    device.press_mute_button()
    assert board.is_muted()
    board.mute(True)
    device.press_mute_button()
    assert not board.is_muted()
    board.lamps(RAINBOW)
    assert not device.muted


def test_deaf(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """A board that takes the mute and does not mute is found out by the read-back."""
    device.fault = Fault.DEAF
    board.mute(True)
    assert not board.is_muted()


def test_garbage_is_not_muted(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """A level that is neither 0 nor 1 is an error and never a proof."""
    device.fault = Fault.GARBAGE
    with pytest.raises(UsbError, match="mute pin is at 255"):
        board.is_muted()


# ---- planted


def test_a_mute_on_the_wrong_pin_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that mutes another pin is contradicted by the board."""
    monkeypatch.setattr(xvf3800, "_MUTE_PIN", 31)
    device = SimulatedXvf3800()
    board = Xvf3800(device)
    with pytest.raises(AssertionError):
        test_mute(board, device)
    assert not device.muted


@pytest.mark.parametrize("place", [0, 2, 3, 4])
def test_a_read_back_of_the_wrong_byte_is_caught(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    """A driver that looks at another pin's level is contradicted by the board."""
    monkeypatch.setattr(xvf3800, "_MUTE_PLACE", place)
    device = SimulatedXvf3800()
    board = Xvf3800(device)
    with pytest.raises(AssertionError):
        test_mute(board, device)


# ---- lamps


def test_lamps(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """Each lamp shows its colour, and the board's own effect is over."""
    assert device.lamps is None
    board.lamps(RAINBOW)
    assert device.lamps == RAINBOW


def test_lamps_that_change_take_one_transfer(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """The ring is taken over once; after that a new picture is one transfer."""
    board.lamps(RAINBOW)
    device.history.clear()
    board.lamps(DARK)
    assert [sent.name for sent in device.history] == ["LED_RING_COLOR"]


def test_lamps_drawn_again(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """The same picture again repairs what another program did to the ring: effect, power, correction."""
    board.lamps(RAINBOW)
    device.effect, device.gamma, device.pins[33] = 2, 1, 0
    board.lamps(RAINBOW)
    assert device.lamps == RAINBOW
    assert device.gamma == 0


def test_wrong_number_of_lamps(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """Eleven colours are refused with the setting that is wrong, and nothing is sent."""
    with pytest.raises(UsbError, match="12 lamps, not 11") as refused:
        board.lamps(DARK[1:])
    assert "hardware.ring.lamps: 12" in refused.value.hint
    assert device.history == []


@pytest.mark.parametrize("level", [-1, 256])
def test_wrong_brightness(board: Xvf3800, device: SimulatedXvf3800, level: int) -> None:
    """A brightness that is no byte is refused."""
    with pytest.raises(UsbError, match=str(level)):
        board.brightness(level)
    assert device.history == []


# ---- a busy board


@pytest.mark.parametrize("call", READS)
def test_busy(board: Xvf3800, device: SimulatedXvf3800, pauses: list[float], call: str) -> None:
    """A board that says "ask again" is asked again, with ten milliseconds in between."""
    device.busy = 4
    CALLS[call](board)
    assert pauses == [0.01] * 4
    assert len(device.history) == 5


@pytest.mark.parametrize("call", READS)
def test_busy_for_ever(board: Xvf3800, device: SimulatedXvf3800, pauses: list[float], call: str) -> None:
    """It is not asked for ever, and the last try is not waited after."""
    device.busy = 1_000_000
    with pytest.raises(UsbError, match="too busy for"):
        CALLS[call](board)
    assert len(device.history) == 5
    assert pauses == [0.01] * 4


# ---- everything that a board can have


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("fault", "told"), [(Fault.STALL, "refused the request"), (Fault.TIMEOUT, "within 250 ms")])
def test_faults(board: Xvf3800, device: SimulatedXvf3800, call: str, fault: Fault, told: str) -> None:
    """A stall and a silence are errors with a hint, and the next call works again."""
    device.fault = fault
    with pytest.raises(UsbError, match=told) as refused:
        CALLS[call](board)
    assert "2886:001a" in refused.value.what
    assert refused.value.hint
    device.fault = None
    CALLS[call](board)


@pytest.mark.parametrize("call", READS)
def test_faulty_answers(board: Xvf3800, device: SimulatedXvf3800, call: str) -> None:
    """A short answer and an unknown status are errors that say what came."""
    device.fault = Fault.SHORT
    with pytest.raises(UsbError, match=r"answered \d bytes instead of \d"):
        CALLS[call](board)
    device.fault = Fault.STATUS
    with pytest.raises(UsbError, match=r"answered (VERSION|GPO_READ_VALUES) with status 3"):
        CALLS[call](board)


@pytest.mark.parametrize("call", CALLS)
def test_gone_and_back(board: Xvf3800, device: SimulatedXvf3800, call: str) -> None:
    """Without the board every call says so; with the board back the next one finds it."""
    board.version()
    device.unplug()
    for _ in range(2):
        with pytest.raises(UsbGone):
            CALLS[call](board)
    device.plug()
    CALLS[call](board)
    assert device.history


# ---- what a board forgets


def test_mute_is_asserted_again(board: Xvf3800, device: SimulatedXvf3800, caplog: pytest.LogCaptureFixture) -> None:
    """A board that started again is muted again before anything else, whatever is asked first, and the log says so."""
    board.mute(True)
    device.reset()
    assert not device.muted
    with pytest.raises(UsbGone):
        board.lamps(RAINBOW)
    assert not device.muted
    device.history.clear()
    board.lamps(RAINBOW)
    assert (device.history[0].name, device.history[0].data) == ("GPO_WRITE_VALUE", b"\x1e\x01")
    assert device.muted
    assert board.is_muted()
    assert caplog.messages == ["the XVF3800 was away and forgets its mute; it is set again"]


def test_unmuted_stays_unmuted(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """A board that was not muted is not muted when it comes back, and nothing is unmuted on anybody's behalf."""
    board.mute(True)
    board.mute(False)
    device.reset()
    device.press_mute_button()
    with pytest.raises(UsbGone):
        board.is_muted()
    assert board.is_muted()
    assert [sent.name for sent in device.history if sent.name == "GPO_WRITE_VALUE"] == ["GPO_WRITE_VALUE"] * 2


def test_a_mute_that_met_nobody(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """A mute that failed because the board was away is made good when it is back, by the next call of any kind."""
    board.version()
    device.unplug()
    with pytest.raises(UsbGone):
        board.mute(True)
    device.plug()
    board.version()
    assert device.muted


def test_an_unmute_that_met_nobody(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """An unmute that failed is not made good: the board comes back muted."""
    board.mute(True)
    device.unplug()
    with pytest.raises(UsbGone):
        board.mute(False)
    device.plug()
    assert board.is_muted()


def test_a_reminder_that_fails_is_repeated(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """As long as the mute cannot be asserted again, nothing else is sent."""
    board.mute(True)
    device.reset()
    with pytest.raises(UsbGone):
        board.is_muted()
    device.fault, device.fault_only = Fault.STALL, "GPO_WRITE_VALUE"
    device.history.clear()
    for _ in range(3):
        with pytest.raises(UsbError, match="stall"):
            board.is_muted()
    assert [sent.name for sent in device.history] == ["GPO_WRITE_VALUE"] * 3
    device.fault = None
    assert board.is_muted()


def test_the_ring_is_taken_again(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """A board that started again plays its own effect until the next picture, which shows."""
    board.lamps(RAINBOW)
    device.reset()
    with pytest.raises(UsbGone):
        board.lamps(DARK)
    assert device.lamps is None
    board.lamps(RAINBOW)
    assert device.lamps == RAINBOW


# ---- direction


def test_bearing(board: Xvf3800, device: SimulatedXvf3800) -> None:
    """Where somebody speaks, in degrees; nowhere while nobody does."""
    device.direction = (271, True)
    assert board.bearing() == 271.0
    device.direction = (271, False)
    assert board.bearing() is None


@pytest.mark.parametrize("fault", [Fault.STALL, Fault.TIMEOUT, Fault.SHORT, Fault.GARBAGE, Fault.STATUS])
def test_bearing_never_raises(
    board: Xvf3800, device: SimulatedXvf3800, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """A board that cannot tell means nowhere; the log says so once, and again after it had recovered."""
    device.direction = (10, True)
    device.fault = fault
    assert [board.bearing() for _ in range(3)] == [None] * 3
    assert len(caplog.messages) == 1
    device.fault = None
    assert board.bearing() == 10.0
    device.fault = fault
    assert board.bearing() is None
    assert len(caplog.messages) == 2


def test_bearing_does_not_wait_long(board: Xvf3800, device: SimulatedXvf3800, pauses: list[float]) -> None:
    """A busy board is asked twice at most: where somebody stands is not worth more."""
    device.busy = 100
    assert board.bearing() is None
    assert pauses == [0.01]


# ---- opening


def test_open(device: SimulatedXvf3800) -> None:
    """A board with a firmware that is new enough is ready, and was only asked for its version."""
    board = open_xvf3800(device)
    assert [sent.name for sent in device.history] == ["VERSION"]
    assert board.version() >= (2, 0, 10)


@pytest.mark.parametrize("firmware", [(2, 0, 9), (1, 0, 9), (2, 0, 0)])
def test_old_firmware(firmware: tuple[int, int, int]) -> None:
    """Firmware before 2.0.10 is refused, with what it has and what it needs."""
    with pytest.raises(UsbError, match="has firmware " + ".".join(map(str, firmware))) as refused:
        open_xvf3800(SimulatedXvf3800(firmware))
    assert "2.0.10" in refused.value.hint


def test_oldest_firmware() -> None:
    """2.0.10 itself is new enough."""
    assert open_xvf3800(SimulatedXvf3800((2, 0, 10))).version() == (2, 0, 10)


def test_close(board: Xvf3800, device: SimulatedXvf3800, caplog: pytest.LogCaptureFixture) -> None:
    """Closing twice is allowed, and whoever calls again opens again, without a word about mute."""
    caplog.set_level(logging.INFO)
    board.mute(True)
    board.close()
    board.close()
    assert board.is_muted()
    assert caplog.messages == []
