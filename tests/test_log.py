"""What the owner reads: which process, what happened, and how serious it is."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from keepmum import log


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_bears_the_name_of_its_process_and_no_time(tmp_path: Path) -> None:
    """journald adds the time itself; on a terminal nobody needs it."""
    with (tmp_path / "log").open("w") as stream:
        log.begin("listener", stream)
        logging.getLogger("keepmum.listener").info("muted by %s", "button")
        logging.getLogger("keepmum.listener").debug("not for the owner")
    assert (tmp_path / "log").read_text() == "listener: muted by button\n"


def test_journald_is_told_how_serious_each_line_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When journald itself reads the stream, every line begins with syslog's number, also within a traceback."""
    with (tmp_path / "log").open("w") as stream:
        file = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{file.st_dev}:{file.st_ino}")
        log.begin("uplink", stream)
        logging.getLogger().warning("the broker is gone")
        logging.getLogger().error("two\nlines")
    assert (tmp_path / "log").read_text() == "<4>uplink: the broker is gone\n<3>uplink: two\n<3>lines\n"


def test_a_shell_that_inherits_the_variable_is_no_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable names the stream; another stream gets plain lines."""
    monkeypatch.setenv("JOURNAL_STREAM", "1:1")
    with (tmp_path / "log").open("w") as stream:
        log.begin("skills", stream)
        logging.getLogger().warning("x")
    assert (tmp_path / "log").read_text() == "skills: x\n"


def test_beginning_again_replaces_what_was_there(tmp_path: Path) -> None:
    """One event is one line, however often logging was set up; a stream without a number is taken too."""
    with (tmp_path / "first").open("w") as first, (tmp_path / "second").open("w") as second:
        log.begin("a", first)
        log.begin("b", second)
        logging.getLogger().info("x")
    assert (tmp_path / "first").read_text() == ""
    assert (tmp_path / "second").read_text() == "b: x\n"


def test_a_stream_in_memory_will_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard error is the default, even where it is no file."""
    monkeypatch.setenv("JOURNAL_STREAM", "1:1")
    log.begin("demo")
    logging.getLogger().info("x")
    assert capsys.readouterr().err == "demo: x\n"
