"""The parts of a bench that are other people's programs, with small ones in their place; what fails is the bench."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from jig import capture
from jig.beat import RealBeat
from jig.capture import CaptureWire, published, stray
from jig.programs import AplayMouth, CommandBook, CommandMains, CommandPlug, Order, run
from jig.roles import RigError

from keepmum.hardware.scenes.scene import Noise, Play
from keepmum.sound import RATE

ROW = '{"n":0,"at":1.0,"what":"mute","facts":{"owner":"button"},"prev":"","hash":""}'


class Life:
    """A time that passes when somebody sleeps."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Programs:
    """Stands for every program: remembers what was run, and answers as it was told."""

    def __init__(self) -> None:
        self.ran: list[list[str]] = []
        self.fails: list[int] = []
        """What the next ones end with; 0 afterwards."""
        self.prints = ""

    def __call__(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.ran.append(list(command))
        status = self.fails.pop(0) if self.fails else 0
        return subprocess.CompletedProcess(command, status, self.prints, "it broke\n" if status else "")


@pytest.fixture
def programs() -> Programs:
    return Programs()


@pytest.fixture
def life() -> Life:
    return Life()


@pytest.fixture
def mains(programs: Programs, life: Life) -> CommandMains:
    """A switched socket, and a speaker behind ssh."""
    off, on, kill, up = (Order(word, programs) for word in ("plug off", "plug on", "ssh speaker 'kill it'", "ssh up"))
    return CommandMains(off=off, on=on, kill=kill, up=up, up_seconds=10, beat=RealBeat(life.monotonic, life.sleep))


# ---- commands


def test_mains(mains: CommandMains, programs: Programs, life: Life) -> None:
    """Power and kill are commands, cut into words as a shell cuts them; both ways up wait until the speaker runs."""
    mains.off()
    programs.fails = [0, 1, 1]
    mains.on()
    mains.kill()
    ran = [" ".join(command) for command in programs.ran]
    assert ran == ["plug off", "plug on", "ssh up", "ssh up", "ssh up", "ssh speaker kill it", "ssh up"]
    assert life.seconds == pytest.approx(2.0)


def test_a_speaker_that_does_not_come_up(mains: CommandMains, programs: Programs, life: Life) -> None:
    """After its time it is given up."""
    programs.fails = [0, *[1] * 100]
    with pytest.raises(RigError, match="did not come up in 10 s"):
        mains.on()
    assert life.seconds < 12


def test_a_socket_that_fails(mains: CommandMains, programs: Programs) -> None:
    """A command that fails is told with its last words."""
    programs.fails = [3]
    with pytest.raises(RigError, match="'plug off' ended with 3: it broke"):
        mains.off()
    programs.fails = [1]
    with pytest.raises(RigError, match="the speaker does not run"):
        mains.check()


def test_plug(programs: Programs) -> None:
    """The microphone's port goes off and on."""
    plug = CommandPlug(out=Order("uhubctl -a off", programs), back=Order("uhubctl -a on", programs))
    plug.check()
    plug.out()
    plug.back()
    assert [command[-1] for command in programs.ran] == ["off", "on"]


def test_book(programs: Programs) -> None:
    """Only rows since the last look at the whole are told."""
    book = CommandBook(Order("ssh speaker cat ledger", programs))
    programs.prints = f"{ROW}\n"
    book.check()
    assert book.rows() == []
    programs.prints = f"{ROW}\n{ROW}\n"
    (row,) = book.rows()
    assert (row.what, row.facts) == ("mute", {"owner": "button"})


@pytest.mark.parametrize("printed", ["hello", "[]", '{"what": "mute"}', '{"what": "mute", "facts": 3}'])
def test_what_is_no_ledger(programs: Programs, printed: str) -> None:
    """Whatever else is printed is a broken bench."""
    book = CommandBook(Order("cat x", programs))
    book.check()
    programs.prints = printed
    with pytest.raises(RigError, match="prints no ledger"):
        book.rows()


def test_programs_that_are_not_there() -> None:
    """A name that no program has is told as such, by the real runner."""
    assert run([sys.executable, "-c", "print(3)"]).stdout == "3\n"
    with pytest.raises(RigError, match="no-such-program cannot be run"):
        run(["no-such-program"])


# ---- sound


def sound(count: int = RATE) -> Play:
    return Play(line=1, source="play x.wav", pcm=b"\1\0" * count, file=Path("x.wav"))


@pytest.fixture
def played(tmp_path: Path) -> Callable[[str], tuple[AplayMouth, list[list[str]]]]:
    """A mouth whose aplay is a program of one line."""

    def make(program: str) -> tuple[AplayMouth, list[list[str]]]:
        ran: list[list[str]] = []

        def start(command: list[str]) -> subprocess.Popen[bytes]:
            ran.append(command)
            return subprocess.Popen([sys.executable, "-c", program, command[-1], str(tmp_path / "heard")])

        return AplayMouth("plug:dmix", start), ran

    return make


def test_mouth(played: Callable[[str], tuple[AplayMouth, list[list[str]]]], tmp_path: Path) -> None:
    """A sound goes to the named device, in our format, and playing it does not wait for its end."""
    mouth, ran = played("import shutil, sys; shutil.copy(*sys.argv[1:])")
    mouth.play(sound())
    mouth._playing[0].wait(20)
    assert (tmp_path / "heard").read_bytes() == sound().pcm
    assert " ".join(ran[0]).startswith("aplay -q -D plug:dmix -t raw -f S16_LE -r 16000 -c 1 ")
    mouth.close()


def test_noise_goes_on_until_the_next(played: Callable[[str], tuple[AplayMouth, list[list[str]]]]) -> None:
    """A noise is long, and ends when it is told to, as it does when the bench is closed."""
    mouth, ran = played("import time; time.sleep(60)")
    mouth.noise(Noise(line=1, source="noise x.wav", pcm=sound().pcm))
    first = mouth._noise
    mouth.noise(Noise(line=2, source="noise x.wav", pcm=sound().pcm))
    second = mouth._noise
    assert first is not None
    assert first.poll() is not None
    mouth.noise(Noise(line=3, source="noise off", pcm=b""))
    assert second is not None
    assert second.poll() is not None
    assert len(ran) == 2
    mouth.close()


def test_a_sound_card_that_is_gone(played: Callable[[str], tuple[AplayMouth, list[list[str]]]]) -> None:
    """A sound that could not be played is told before the next one."""
    mouth, _ = played("raise SystemExit(1)")
    mouth.play(sound())
    mouth._playing[0].wait(20)
    with pytest.raises(RigError, match="aplay ended with 1"):
        mouth.play(sound())
    mouth.close()


# ---- the wire


def test_what_is_published_is_counted() -> None:
    """The speaker's own bytes count; what the house says does not."""
    assert published("keepmum/home/light 15") == 15
    assert published("a topic with spaces 7") == 7
    assert published("keepmum/tighten 4") == 0
    assert published("house/weather 11") == 0


@pytest.mark.parametrize(
    ("line", "size"),
    [
        ("12:00:00.000001 IP 192.0.2.20.41000 > 198.51.100.9.443: tcp 517", 517),
        ("12:00:00.000001 IP 192.0.2.20.41000 > 198.51.100.9.443: tcp 0", 1),
        ("12:00:00.000001 IP 192.0.2.20.5353 > 224.0.0.251.5353: UDP, length 48", 48),
        ("12:00:00.000001 IP 192.0.2.20 > 198.51.100.9: ICMP echo request, id 1, seq 1, length 64", 64),
        ("12:00:00.000001 something that nobody has seen before", 1),
    ],
)
def test_a_packet_to_anybody_else_is_counted(line: str, size: int) -> None:
    """A packet without bytes, or one that nobody understands, is still a packet."""
    assert stray(line) == size


class Tools:
    """mosquitto_sub, tcpdump and mosquitto_pub, each a program that prints what it was told to."""

    def __init__(self, **prints: str) -> None:
        self.prints = prints
        self.started: list[list[str]] = []

    def __call__(self, command: Sequence[str]) -> subprocess.Popen[str]:
        self.started.append(list(command))
        program = self.prints.get(command[0], "import time; time.sleep(60)")
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([sys.executable, "-c", program], text=True, **pipes)


PRINTS = "import sys, time\nprint({!r}, flush=True)\ntime.sleep(60)"


def wire(tools: Tools, life: Life) -> CaptureWire:
    return CaptureWire(
        speaker="192.0.2.20",
        bench="192.0.2.1",
        interface="eth0",
        login=["-u", "witness"],
        beat=RealBeat(life.monotonic, life.sleep),
        start=tools,
    )


def until(holds: Callable[[], bool]) -> None:
    """Wait for another process's line, which comes when it comes."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline


def test_both_ways_out_are_counted(life: Life) -> None:
    """What the broker gets and what goes to anybody else add up; what was before the scenario does not count."""
    tools = Tools(
        mosquitto_sub=PRINTS.format("keepmum/clips/1 700"), tcpdump=PRINTS.format("IP a > b: tcp 30"), mosquitto_pub=""
    )
    both = wire(tools, life)
    until(lambda: both._total() == 730)
    assert both.sent() == 730
    both.check()
    assert both.sent() == 0
    both.publish("keepmum/tighten", "mute")
    both.close()
    said, dumped, asked = tools.started
    assert said[:7] == ["mosquitto_sub", "-V", "5", "-h", "192.0.2.1", "-u", "witness"]
    assert dumped[-1] == "src host 192.0.2.20 and not dst host 192.0.2.1 and not port 67 and not arp"
    assert asked[-4:] == ["-t", "keepmum/tighten", "-m", "mute"]


def test_a_capture_that_has_ended(life: Life) -> None:
    """A tcpdump that may not listen counts nothing, which must never look like nothing to count."""
    tools = Tools(tcpdump="import sys; sys.exit('You do not have permission to capture on that device')")
    both = wire(tools, life)
    until(lambda: both._counts[1]._process.poll() is not None)
    with pytest.raises(RigError, match="tcpdump has ended: You do not have permission"):
        both.sent()
    both.close()


def test_a_broker_that_refuses(life: Life) -> None:
    """What cannot be published is a broken bench."""
    both = wire(Tools(mosquitto_pub="import sys; sys.exit('Connection error: Not authorized')"), life)
    with pytest.raises(RigError, match="Not authorized"):
        both.publish("keepmum/tighten", "mute")
    both.close()


def test_a_tool_that_is_missing() -> None:
    """The error says what to install."""
    with pytest.raises(RigError, match="no-such-tool cannot be run"):
        capture.start(["no-such-tool"])
