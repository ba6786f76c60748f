"""The tap passes on every byte, writes down every byte before, and what it writes is a capture like any other."""

from __future__ import annotations

import csv
import errno
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import dpkt
import pytest

from keepmum.errors import LabError
from keepmum.lab.capture.record import CSV, PCAP, Record
from keepmum.lab.capture.tap import Address, Tap, address

LONG = bytes(range(256)) * 4_000
"""A megabyte: many packets, and more than a socket takes at once."""


def echo(line: socket.socket) -> None:
    """Say again what is said, until nothing more comes."""
    heard = bytearray()
    while part := line.recv(65_536):
        heard += part
    line.sendall(heard)


def exchanged(address: Address, content: bytes) -> bytes:
    """What comes back for some content."""
    with socket.create_connection(address, timeout=10) as line:
        line.sendall(content)
        line.shutdown(socket.SHUT_WR)
        back = bytearray()
        while part := line.recv(65_536):
            back += part
    return bytes(back)


def segments(pcap: Path) -> list[tuple[float, Any, Any]]:
    """Time, IP and TCP of each packet, by another reader, every checksum computed again."""
    found = []
    with pcap.open("rb") as file:
        for at, frame in dpkt.pcap.Reader(file):
            packet = dpkt.ethernet.Ethernet(frame).data
            written = packet.sum, packet.data.sum
            packet.sum = packet.data.sum = 0
            again = dpkt.ip.IP(bytes(packet))
            assert (again.sum, again.data.sum) == written
            found.append((at, packet, packet.data))
    return found


def streams(pcap: Path) -> dict[tuple[int, int], bytes]:
    """What each end said, by source and target port, put together by the packets' own numbers."""
    found: dict[tuple[int, int], bytes] = {}
    for _, _, segment in segments(pcap):
        way = (segment.sport, segment.dport)
        if segment.data:
            assert segment.seq == len(found.get(way, b"")) + 1
            found[way] = found.get(way, b"") + segment.data
    return found


def test_every_byte_goes_on_and_is_written_down(tmp_path: Path, served: Any, tapped: Any) -> None:
    """Two connections with a megabyte each way: what came back, and what the pcap holds, is what was said."""
    server = served(echo)
    tap = tapped(server.address)
    for content in (LONG, b"x"):
        assert exchanged(tap.address, content) == content
    tap.close()
    assert tap.failed == []
    port = server.address.port
    assert streams(tmp_path / "tap" / PCAP) == {
        (49_152, port): LONG,
        (port, 49_152): LONG,
        (49_153, port): b"x",
        (port, 49_153): b"x",
    }
    assert (tap.record.outward, tap.record.inward) == (len(LONG) + 1, len(LONG) + 1)


def test_a_connection_begins_and_ends_as_tcp_does(tmp_path: Path, served: Any, tapped: Any) -> None:
    """Three packets open it, every end is answered, and time never goes back."""
    tap = tapped(served(echo).address)
    exchanged(tap.address, b"hello")
    tap.close()
    seen = segments(tmp_path / "tap" / PCAP)
    flags = [segment.flags for _, _, segment in seen]
    assert flags[:3] == [0x02, 0x12, 0x10]
    assert flags.count(0x11) == 2
    times = [at for at, _, _ in seen]
    assert times == sorted(times)
    assert {str(packet.src.hex()) for _, packet, _ in seen} == {"c0000201", "c0000202"}


def test_the_csv_has_each_packet_that_carried_something(tmp_path: Path, served: Any, tapped: Any) -> None:
    """Time since the beginning, bytes with headers, and 1 for out or -1 for in, as VCFingerprinting has it."""
    tap = tapped(served(echo).address)
    exchanged(tap.address, b"z" * 2_000)
    tap.close()
    rows = list(csv.DictReader((tmp_path / "tap" / CSV).read_text().splitlines()))
    assert list(rows[0]) == ["time", "size", "direction"]
    assert [(int(row["size"]), row["direction"]) for row in rows if row["direction"] == "1"] == [
        (1_448 + 54, "1"),
        (552 + 54, "1"),
    ]
    assert sum(int(row["size"]) - 54 for row in rows if row["direction"] == "-1") == 2_000
    assert all(0 <= float(row["time"]) < 10 for row in rows)


def test_tcpdump_reads_it_and_finds_nothing_wrong(tmp_path: Path, served: Any, tapped: Any) -> None:
    """Every packet has right checksums for tcpdump as well, where it is installed."""
    tcpdump = shutil.which("tcpdump", path="/usr/bin:/usr/sbin:/sbin")
    if tcpdump is None:
        pytest.skip("tcpdump is not installed; the other tests check the same with dpkt")
    tap = tapped(served(echo).address)
    exchanged(tap.address, b"hello")
    tap.close()
    words = [tcpdump, "-nvv", "-r", str(tmp_path / "tap" / PCAP)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "incorrect" not in said
    assert "bad" not in said
    assert said.count("(correct)") == len(segments(tmp_path / "tap" / PCAP))


def test_what_cannot_be_written_down_is_not_passed_on(served: Any, tapped: Any) -> None:
    """A full disk ends the tap with an error, and the broker hears nothing."""
    heard: list[bytes] = []
    tap = tapped(served(lambda line: heard.append(line.recv(100))).address)
    with tap.call() as line:

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        tap.record.said = full
        line.sendall(b"a secret")
        tap.wait()
    assert [str(error).splitlines()[0] for error in tap.failed] == [
        "the capture cannot be written: No space left on device"
    ]
    tap.close()
    assert b"".join(heard) == b""


def test_a_broker_that_is_not_there_is_told(caplog: pytest.LogCaptureFixture, tmp_path: Path, tapped: Any) -> None:
    """The device is hung up on, the tap goes on, and the capture has a connection that came to nothing."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = Address("127.0.0.1", gone.getsockname()[1])
    tap = tapped(nobody)
    for _ in range(2):
        with tap.call() as line:
            assert line.recv(10) == b""
    tap.close()
    assert tap.failed == []
    assert caplog.messages == [f"a connection broke off: {nobody} cannot be reached"] * 2
    assert sum(bool(segment.flags & 4) for _, _, segment in segments(tmp_path / "tap" / PCAP)) == 2


def test_stopping_hangs_up_on_everybody(served: Any, tapped: Any) -> None:
    """A device that is connected when the tap stops reads the end."""
    tap = tapped(served(lambda line: line.sendall(line.recv(1) * 2) or line.recv(1)).address)
    with tap.call() as line:
        line.sendall(b"x")
        assert line.recv(2) == b"xx"
        tap.close()
        assert line.recv(10) == b""
    assert tap.failed == []


def test_a_port_that_is_taken_is_told() -> None:
    """The error names it, and says how to get one that is free."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LabError, match=f"127.0.0.1:{port}: address already in use") as caught:
            Tap(Address("127.0.0.1", port), Address("127.0.0.1", 1), lambda: 0.0)
    assert "127.0.0.1:0" in caught.value.hint


def test_a_capture_is_never_written_over(tmp_path: Path) -> None:
    """A folder that has one is refused."""
    Record(tmp_path).close()
    with pytest.raises(LabError, match="holds a capture already"):
        Record(tmp_path)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("1884", Address("127.0.0.1", 1884)),
        (":1884", Address("127.0.0.1", 1884)),
        ("broker.lan:1883", Address("broker.lan", 1883)),
        ("[::1]:1883", Address("::1", 1883)),
    ],
)
def test_an_address_without_a_host_is_this_machine(said: str, meant: Address) -> None:
    """Nobody else can reach the tap unless somebody says so."""
    assert address(said) == meant


@pytest.mark.parametrize("said", ["", "broker", "broker:", "broker:x", "broker:99999", "broker:-1"])
def test_what_is_no_address_is_refused(said: str) -> None:
    """With an example of one."""
    with pytest.raises(LabError, match="is no address"):
        address(said)
