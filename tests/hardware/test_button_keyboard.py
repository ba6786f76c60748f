"""The keyboard as a button, on a real pseudo-terminal."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

from keepmum.errors import ButtonError
from keepmum.hardware.button_keyboard import KeyboardButton

PATIENCE = 10.0


@pytest.fixture
def keys() -> Iterator[tuple[int, Path]]:
    """Where to type, and the terminal that it arrives at."""
    keyboard, terminal = os.openpty()
    yield keyboard, Path(os.ttyname(terminal))
    os.close(keyboard)
    os.close(terminal)


def flags(terminal: Path) -> int:
    """The terminal's local modes."""
    opened = os.open(terminal, os.O_RDONLY | os.O_NOCTTY)
    try:
        return int(termios.tcgetattr(opened)[3])
    finally:
        os.close(opened)


def test_space_and_h(keys: tuple[int, Path]) -> None:
    """The space bar is a press and `h` is a hold, each down and up again; other keys are nothing."""
    keyboard, terminal = keys
    button = KeyboardButton(terminal, press_seconds=0, hold_seconds=0)
    told: Queue[tuple[bool, bool]] = Queue()
    button.watch(lambda down: told.put((down, button.is_down())))
    os.write(keyboard, b"x h\x1b\n")
    assert [told.get(timeout=PATIENCE) for _ in range(4)] == [(True, True), (False, False)] * 2
    button.close()
    assert told.empty()


def test_an_error_does_not_kill_the_thread(keys: tuple[int, Path], caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails while a key is passed on, the release and the next key still arrive, and the log says it."""
    keyboard, terminal = keys
    button = KeyboardButton(terminal, press_seconds=0)
    told: Queue[bool] = Queue()

    def fail(down: bool) -> None:
        told.put(down)
        raise KeyError("listener")

    button.watch(fail)
    os.write(keyboard, b"  ")
    assert [told.get(timeout=PATIENCE) for _ in range(4)] == [True, False] * 2
    button.close()
    assert caplog.text.count("could not be passed on") == 4


def test_a_keyboard_that_nobody_reads_is_no_button(keys: tuple[int, Path]) -> None:
    """Its level is only remembered, so a reader that has ended must not go on saying that nothing is pressed."""
    button = KeyboardButton(keys[1])
    reader = button._thread
    assert reader
    assert not button.is_down()
    stop, button._stop = button._stop, os.open(os.devnull, os.O_RDONLY)
    os.close(stop)
    reader.join(PATIENCE)
    with pytest.raises(ButtonError, match="nobody reads"):
        button.is_down()
    button.close()


def test_a_hold_ends_with_the_button(keys: tuple[int, Path]) -> None:
    """Closing during a hold lets go of the button at once."""
    keyboard, terminal = keys
    button = KeyboardButton(terminal, hold_seconds=1_000)
    told: Queue[bool] = Queue()
    button.watch(told.put)
    os.write(keyboard, b"h")
    assert told.get(timeout=PATIENCE) is True
    assert button.is_down()
    button.close()
    assert (told.get(timeout=PATIENCE), button.is_down()) == (False, False)


def test_restores_the_terminal(keys: tuple[int, Path]) -> None:
    """While it is open keys come one by one and unseen; afterwards the terminal is as it was."""
    _, terminal = keys
    before = flags(terminal)
    button = KeyboardButton(terminal)
    assert not flags(terminal) & (termios.ICANON | termios.ECHO)
    assert flags(terminal) & termios.ISIG
    button.close()
    button.close()
    assert flags(terminal) == before


def test_terminal_that_hangs_up() -> None:
    """A terminal that is closed under it leaves a button that cannot be read, not one that is simply up."""
    keyboard, terminal = os.openpty()
    button = KeyboardButton(Path(os.ttyname(terminal)))
    assert not button.is_down()
    os.close(terminal)
    os.close(keyboard)
    thread = button._thread
    assert thread is not None
    thread.join(10)
    with pytest.raises(ButtonError, match="has hung up"):
        button.is_down()
    button.close()


def test_no_terminal(tmp_path: Path) -> None:
    """Without a terminal there is no keyboard, and the error says what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(ButtonError, match="is no terminal") as caught:
        KeyboardButton(tmp_path / "file")
    assert "another button" in caught.value.hint
    with pytest.raises(ButtonError, match="there is no keyboard"):
        KeyboardButton(tmp_path / "none")
