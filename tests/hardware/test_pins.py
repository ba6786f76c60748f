"""The chips and lines of GPIO, from the kernel's answers as they are on the wire, and the library that opens them."""

from __future__ import annotations

import errno
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from gpiozero.exc import GPIOPinInUse, PinInvalidPin
from hypothesis import given
from hypothesis import strategies as st

from keepmum.errors import ButtonError, HardwareError, MicPowerError
from keepmum.hardware import pins
from keepmum.hardware.pins import GET_CHIPINFO, GET_LINEINFO, Chip, chips, header, holder, told_as

Answer = bytes | OSError
USED, IN_USE_AS_OUTPUT = 1, 1 | 8

DENIED = OSError(errno.EACCES, os.strerror(errno.EACCES))


class Kernel:
    """Answers ioctls with recorded bytes, by the name of the file that is asked, and keeps what it was asked."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, int, bytes]] = []

    def ioctl(self, opened: int, request: int, question: bytes) -> bytes:
        name = Path(os.readlink(f"/proc/self/fd/{opened}")).name
        self.asked.append((name, request, question))
        answer = self.answers[name]
        if isinstance(answer, OSError):
            raise answer
        return answer


def chip_info(label: bytes, lines: int = 54) -> bytes:
    """`struct gpiochip_info`."""
    return struct.pack("=32s32sI", b"gpiochip0", label, lines)


def line_info(consumer: bytes, flags: int, offset: int = 17) -> bytes:
    """`struct gpio_v2_line_info`, with one attribute that nobody looks at."""
    return struct.pack("=32s32sIIQ", b"GPIO17", consumer, offset, 1, flags) + bytes(10 * 16 + 4 * 4)


@pytest.fixture
def machine(tmp_path: Path) -> Callable[[dict[str, Answer]], tuple[Chip, ...]]:
    """The chips of a machine whose /dev has these files."""

    def look(answers: dict[str, Answer]) -> tuple[Chip, ...]:
        for name in answers:
            (tmp_path / name).touch()
        return chips(tmp_path, Kernel(answers).ioctl)

    return look


def test_questions() -> None:
    """The numbers of the two questions are those that the kernel's header computes from the sizes of the answers."""

    def number(way: int, size: int, which: int) -> int:
        return way << 30 | size << 16 | 0xB4 << 8 | which

    assert number(2, len(chip_info(b"")), 1) == GET_CHIPINFO
    assert number(3, len(line_info(b"", 0)), 5) == GET_LINEINFO


def test_chips(machine: Callable[[dict[str, Answer]], tuple[Chip, ...]], tmp_path: Path) -> None:
    """Every chip is listed by its number, with label and lines; links and other files are not chips."""
    (tmp_path / "gpiochip4").symlink_to(tmp_path / "gpiochip2")
    (tmp_path / "gpiochips").touch()
    found = machine({"gpiochip11": chip_info(b"pinctrl-rp1"), "gpiochip2": chip_info(b"gpio-brcmstb@107d508500", 32)})
    assert [(chip.number, chip.label, chip.lines, chip.trouble) for chip in found] == [
        (2, "gpio-brcmstb@107d508500", 32, ""),
        (11, "pinctrl-rp1", 54, ""),
    ]
    assert found[1].path == tmp_path / "gpiochip11"


def test_chips_in_trouble(machine: Callable[[dict[str, Answer]], tuple[Chip, ...]]) -> None:
    """A chip that cannot be asked is listed with the reason."""
    found = machine({"gpiochip0": DENIED, "gpiochip1": b"short", "gpiochip2": chip_info(b"pinctrl-bcm2835")})
    assert [(chip.label, chip.trouble) for chip in found] == [
        ("", "Permission denied"),
        ("", "the kernel's answer is cut short"),
        ("pinctrl-bcm2835", ""),
    ]


def test_a_file_that_is_no_chip(tmp_path: Path) -> None:
    """The real kernel's refusal is a chip in trouble, not a crash."""
    (tmp_path / "gpiochip0").touch()
    assert chips(tmp_path)[0].trouble == os.strerror(errno.ENOTTY)
    assert holder(17, Chip(tmp_path / "gpiochip0")) == ""


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_answer(tmp_path_factory: pytest.TempPathFactory, chip: bytes, line: bytes) -> None:
    """Whatever bytes come back, the words made of them can be printed and have no line breaks."""
    folder = tmp_path_factory.mktemp("dev")
    (folder / "gpiochip0").touch()
    padded = (chip + bytes(68))[:68], (line + bytes(256))[:256]
    for answer in (chip, padded[0]):
        (found,) = chips(folder, Kernel({"gpiochip0": answer}).ioctl)
        assert (found.label + found.trouble).isprintable()
    for answer in (line, padded[1]):
        assert holder(17, found, Kernel({"gpiochip0": answer}).ioctl).isprintable()


def test_strange_label(machine: Callable[[dict[str, Answer]], tuple[Chip, ...]]) -> None:
    """A label that fills its field, or has what cannot be printed in it, is shown as far as it can be."""
    found = machine({"gpiochip0": chip_info(b"x" * 32), "gpiochip1": chip_info(b"a\nb\xff\x1b[2J\0rest")})
    assert [chip.label for chip in found] == ["x" * 32, "a?b??[2J"]


@pytest.mark.parametrize("number", [0, 4, 11, 15])
@pytest.mark.parametrize("label", ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835"])
def test_header_by_label(number: int, label: str) -> None:
    """The header's chip is found by its label, whatever its number."""
    others = [Chip(Path(f"/dev/gpiochip{n}"), "gpio-brcmstb@107d517c00", 17) for n in range(16) if n != number]
    wanted = Chip(Path(f"/dev/gpiochip{number}"), label, 54)
    assert header([*others, wanted]) is wanted


NONE_OF_THEM = [
    ([], "this machine has no GPIO pins", "keyboard"),
    ([Chip(Path("/dev/gpiochip0"), trouble="Permission denied")], "gpiochip0 may not be opened", "gpio"),
    ([Chip(Path("/dev/gpiochip0"), "INT33FF:00", 98)], "gpiochip0 is 'INT33FF:00'", "pinctrl-rp1"),
    (
        [Chip(Path("/dev/gpiochip0"), "pinctrl-rp1"), Chip(Path("/dev/gpiochip2"), "pinctrl-rp1")],
        "gpiochip0 and /dev/gpiochip2 are both called pinctrl-rp1",
        "overlay",
    ),
]


@pytest.mark.parametrize(("found", "what", "hint"), NONE_OF_THEM)
def test_no_header(found: list[Chip], what: str, hint: str) -> None:
    """Without one single header chip the error says what there is instead, and what to do."""
    with pytest.raises(HardwareError, match=what) as caught:
        header(found)
    assert hint in caught.value.hint


HOLDERS = [
    (line_info(b"spi0 CS0", IN_USE_AS_OUTPUT), "spi0 CS0"),
    (line_info(b"", USED), "the kernel"),
    (line_info(b"stale", 8), ""),
    (line_info(b"", 0), ""),
    (b"short", ""),
    (OSError(errno.EINVAL, "no such line"), ""),
]


@pytest.mark.parametrize(("answer", "who"), HOLDERS)
def test_holder(tmp_path: Path, answer: Answer, who: str) -> None:
    """The kernel's word for whoever has a line; nothing if it is free, or nobody can tell."""
    (tmp_path / "gpiochip0").touch()
    kernel = Kernel({"gpiochip0": answer})
    assert holder(17, Chip(tmp_path / "gpiochip0"), kernel.ioctl) == who
    assert kernel.asked == [("gpiochip0", GET_LINEINFO, _question(17))]


def _question(offset: int) -> bytes:
    return bytes(64) + struct.pack("=I", offset) + bytes(256 - 68)


@pytest.mark.skipif(bool(list(Path("/dev").glob("gpiochip*"))), reason="this machine has GPIO chips")
def test_nobody_has_what_is_not_there() -> None:
    """On a machine without a header no line has a holder, and no library is needed to say so."""
    assert holder(17) == ""


@pytest.mark.skipif(not chips(), reason="this machine has no /dev/gpiochip*")
def test_real_chips() -> None:
    """The real kernel names its chips, or says why not, and every chip that answers has lines."""
    assert all(chip.trouble or (chip.label and chip.lines) for chip in chips())
    assert all(isinstance(holder(0, chip), str) for chip in chips())


class LibraryError(Exception):
    """Like lgpio's own: neither an OSError nor gpiozero's."""


@pytest.fixture
def lgpio(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded lgpio, as far as its error goes."""
    module = type(sys)("lgpio")
    module.error = LibraryError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lgpio", module)


TOLD = [
    (GPIOPinInUse("pin GPIO17 is already in use by <...>"), "GPIO17 is in use by another part of keepmum"),
    (LibraryError("'GPIO busy'"), "GPIO17 is in use by 'another program'"),
    (LibraryError("'bad GPIO number'"), "GPIO17 cannot be read: 'bad GPIO number'"),
    (PinInvalidPin("99 is not a valid pin name"), "GPIO17 cannot be read: 99 is not"),
    (OSError(errno.EIO, "Input/output error"), "GPIO17 cannot be read: .*Input/output error"),
    (HardwareError("lgpio is missing", "install it"), "^lgpio is missing"),
]


@pytest.mark.usefixtures("lgpio")
@pytest.mark.parametrize("role", [ButtonError, MicPowerError])
@pytest.mark.parametrize(("cause", "what"), TOLD)
def test_told_as(role: type[HardwareError], cause: Exception, what: str) -> None:
    """Whatever a pin raises is the error of the part that has it, with a hint."""
    with pytest.raises(role, match=what) as caught, told_as(role, 17, "cannot be read", "look at the cable"):
        raise cause
    assert caught.value.hint
    assert caught.value.__cause__ is cause


@pytest.mark.usefixtures("lgpio")
def test_told_who_has_it() -> None:
    """A line that the kernel lent to somebody else is refused with that name."""
    with (
        pytest.raises(ButtonError, match="GPIO8 is in use by 'spi0 CS0'") as caught,
        told_as(ButtonError, 8, "cannot be a button", "", who_has=lambda pin: {8: "spi0 CS0"}[pin]),
    ):
        raise LibraryError("'GPIO busy'")
    assert "overlay" in caught.value.hint


def test_programming_errors_are_not_hardware() -> None:
    """An error that no pin raises stays what it is."""
    with pytest.raises(KeyError), told_as(ButtonError, 17, "cannot be read", ""):
        raise KeyError("listener")


PROBE = """
import json, os, sys
before = os.getcwd()
from keepmum.errors import HardwareError
from keepmum.hardware.pins import failures, load_lgpio
try:
    found = load_lgpio().__name__
except HardwareError as error:
    found = error.what
print(json.dumps([found, os.getcwd() == before, sorted(os.listdir()), os.environ.get("LG_WD"), len(failures())]))
"""


def load(folder: Path, **environment: str) -> list[object]:
    """What loading lgpio does to a process that stands in this folder."""
    command = [sys.executable, "-c", PROBE]
    ran = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    return list(json.loads(ran.stdout))


def test_lgpio_leaves_nothing_behind(tmp_path: Path) -> None:
    """Loading lgpio leaves no FIFO here nor in $LG_WD, does not move the process, and its error is known."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    found, stayed, left, kept, failures = load(here, LG_WD=str(there))
    assert (found, failures) in [("LGPIOFactory", 3), ("lgpio is missing", 2)]
    assert (stayed, left, kept) == (True, [], str(there))
    assert list(there.iterdir()) == []


def test_empty_lgpio(tmp_path: Path) -> None:
    """The empty package that pip takes where there is no wheel is told from the library."""
    (tmp_path / "lgpio.py").touch()
    assert load(tmp_path, PYTHONPATH=str(tmp_path))[0] == "the installed lgpio is an empty one"


def test_missing_lgpio(tmp_path: Path) -> None:
    """Without lgpio the error says so, and no other library is tried."""
    (tmp_path / "lgpio.py").write_text("raise ModuleNotFoundError('lgpio')")
    assert load(tmp_path, PYTHONPATH=str(tmp_path))[0] == "lgpio is missing"


def test_no_folder_for_the_fifo(tmp_path: Path) -> None:
    """An import that the file system refuses is an error of the hardware."""
    (tmp_path / "lgpio.py").write_text("raise PermissionError(13, 'Permission denied')")
    assert str(load(tmp_path, PYTHONPATH=str(tmp_path))[0]).startswith("lgpio cannot be loaded")


def test_one_factory() -> None:
    """The factory is shared by every driver of the process, but a failure to have one is not remembered."""
    pins.lgpio_factory.cache_clear()
    if not any(chip.label in pins.HEADERS for chip in chips()):
        with pytest.raises(HardwareError):
            pins.lgpio_factory()
        assert pins.lgpio_factory.cache_info().currsize == 0
    else:
        assert pins.lgpio_factory() is pins.lgpio_factory()
