"""`keepmum lab tap` ends at Ctrl-C with a whole capture, and says why it cannot begin."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from keepmum.errors import LabError
from keepmum.lab.capture.outgoing import trace
from keepmum.lab.capture.record import PCAP
from keepmum.lab.capture.tap import Address


def test_ctrl_c_ends_it_and_the_capture_is_whole(tmp_path: Path, served: Any) -> None:
    """What went by until then is in it; it says how much that was."""
    server = served(lambda line: line.sendall(line.recv(100)))
    words = [sys.executable, "-m", "keepmum.cli", "lab", "tap", "--listen", "0", "--to", str(server.address)]
    tap = subprocess.Popen([*words, "--out", str(tmp_path / "tapped")], stderr=subprocess.PIPE, text=True)
    assert tap.stderr is not None
    port = re.search(r"listening at 127\.0\.0\.1:(\d+)", tap.stderr.readline())
    assert port is not None
    with socket.create_connection(Address("127.0.0.1", int(port[1])), timeout=10) as line:
        line.sendall(b"hello")
        assert line.recv(100) == b"hello"
    os.kill(tap.pid, signal.SIGINT)
    said = tap.communicate(timeout=20)[1]
    assert tap.returncode == 0, said
    assert "1 connections, 5 bytes out and 5 in" in said
    assert sum(each.size for each in trace(tmp_path / "tapped" / PCAP).sent) > 5


@pytest.mark.parametrize(
    ("listen", "to", "told"),
    [("taken", "127.0.0.1:1", "address already in use"), ("0", "nothing at all", "is no address")],
)
def test_what_keeps_it_from_beginning_is_told(tmp_path: Path, listen: str, to: str, told: str) -> None:
    """In one error, with what to do next; and no capture is left behind that could stop the next try."""
    from typer.testing import CliRunner

    from keepmum.cli import app

    with socket.create_server(("127.0.0.1", 0)) as taken:
        here = str(taken.getsockname()[1]) if listen == "taken" else listen
        words = ["lab", "tap", "--listen", here, "--to", to, "--out", str(tmp_path / "tapped")]
        done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, LabError)
    assert told in done.exception.what
    assert done.exception.hint
    assert not (tmp_path / "tapped" / PCAP).exists()
