"""A locked process can still do its work, and one that cannot be locked does not go on."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import keepmum


def locked(code: str, *arguments: str, pass_fds: tuple[int, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run some Python in a process of its own."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, pass_fds=pass_fds)


def test_the_listeners_parts_work_behind_its_lock() -> None:
    """Vosk, PortAudio, a started program and a watchdog's socket from before the lock."""
    if not shutil.which("espeak-ng"):
        pytest.skip("espeak-ng is not installed: apt install espeak-ng")
    model = Path(keepmum.__file__).with_name("models") / "en-household"
    done = locked(
        """
import socket, subprocess, sys
from keepmum import lockdown
ours, systemd = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
lockdown.lock_listener()
import sounddevice, vosk
vosk.SetLogLevel(-1)
recogniser = vosk.KaldiRecognizer(vosk.Model(model_path=sys.argv[1]), 16000, '["mute yourself", "[unk]"]')
recogniser.AcceptWaveform(bytes(32000))
voice = subprocess.run(["espeak-ng", "--stdout", "hello"], stdout=subprocess.PIPE, check=True).stdout
ours.send(b"WATCHDOG=1")
print(sounddevice.get_portaudio_version()[0] > 0, "text" in recogniser.FinalResult(), voice[:4], systemd.recv(99))
""",
        str(model),
    )
    assert done.stdout == "True True b'RIFF' b'WATCHDOG=1'\n", done.stderr


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """The port of a real mosquitto on loopback."""
    program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    (tmp_path / "broker.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    with subprocess.Popen([program, "-c", str(tmp_path / "broker.conf")], stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr
        for line in running.stderr:
            if "running" in line:
                break
        yield port
        running.terminate()


def test_paho_publishes_behind_the_uplinks_lock(broker: int) -> None:
    """With its wake-up pair made as a socket pair, MQTT 5 needs no server, no file and no program."""
    done = locked(
        """
import socket, sys
import paho.mqtt.client as mqtt
from keepmum import lockdown
mqtt._socketpair_compat = socket.socketpair
lockdown.lock_uplink()
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
client.connect("localhost", int(sys.argv[1]))
client.loop_start()
sent = client.publish("keepmum/test", b"x" * 65536, qos=1)
sent.wait_for_publish(30)
print(sent.is_published())
client.loop_stop()
""",
        str(broker),
    )
    assert done.stdout == "True\n", done.stderr


# ---- refusing to go on


@pytest.mark.parametrize("lock", ["lock_listener", "lock_uplink", "lock_skills"])
@pytest.mark.parametrize(
    ("family", "kind"),
    [
        (socket.AF_INET, socket.SOCK_STREAM),
        (socket.AF_INET, socket.SOCK_DGRAM),
        (socket.AF_INET6, socket.SOCK_STREAM),
        (socket.AF_NETLINK, socket.SOCK_RAW),
    ],
    ids=["tcp4", "udp4", "tcp6", "netlink"],
)
def test_a_process_that_was_handed_a_way_out_does_not_start(lock: str, family: int, kind: int) -> None:
    """A socket from before the lock would work on under it, so the lock says which descriptor it is and refuses."""
    with socket.socket(family, kind) as way_out:
        done = locked(
            f"from keepmum import lockdown; lockdown.{lock}(); print('went on')", pass_fds=(way_out.fileno(),)
        )
        handed = way_out.fileno()
    assert f"LockdownError: descriptor {handed} is a socket of another family" in done.stderr
    assert (done.returncode, done.stdout) == (1, "")


def test_a_kernel_that_refuses_stops_the_process() -> None:
    """A lock that was not taken is an error, never a warning."""
    done = locked("""
from keepmum import lockdown
from keepmum.bpf import Rule
lockdown.install(lockdown.this_machine(), [Rule("seccomp")])
lockdown.lock_listener()
print("went on")
""")
    assert "LockdownError: the kernel refused seccomp: Operation not permitted" in done.stderr
    assert (done.returncode, done.stdout) == (1, "")


def test_a_thread_that_cannot_take_the_lock_stops_the_process() -> None:
    """A thread with a filter of its own cannot be brought under ours; that is an error too."""
    done = locked("""
import threading
from keepmum import lockdown
from keepmum.bpf import Rule
def own(): lockdown.install(lockdown.this_machine(), [Rule("reboot")], all_threads=False)
go, done = threading.Event(), threading.Event()
thread = threading.Thread(target=lambda: (own(), done.set(), go.wait()), daemon=True)
thread.start()
done.wait()
try:
    lockdown.lock_listener()
finally:
    go.set()
print("went on")
""")
    assert "did not take the lock" in done.stderr
    assert (done.returncode, done.stdout) == (1, "")
