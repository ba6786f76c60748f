"""What is heard stays off every disk: no core dump, no swap where that is allowed, and a bound on what may be taken."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

AS_USER = ("setpriv", "--bounding-set=-ipc_lock")
"""Root without the one right that lets him lock all he likes."""

SAYS = """
import ctypes, json, logging, re, sys
from pathlib import Path
logging.basicConfig(level=logging.INFO, format="%(message)s")
said = {}
def status(name):
    return int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
def flags(memory):
    here = ctypes.addressof((ctypes.c_char * len(memory)).from_buffer(memory))
    for region in re.split(r"(?m)^(?=[0-9a-f]+-)", Path("/proc/self/smaps").read_text())[1:]:
        begin, end = (int(each, 16) for each in re.match(r"(\\w+)-(\\w+)", region).groups())
        if begin <= here < end:
            return re.search(r"VmFlags:(.*)", region)[1].split()
from keepmum import memory_budget, memory_lock
"""


def child(code: str, *before: str) -> subprocess.CompletedProcess[str]:
    """Run some Python in a process of its own, which may say what it found in `said`."""
    command = [*before, sys.executable, "-c", f"{SAYS}{code}\nprint(json.dumps(said))"]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def found(code: str, *before: str) -> dict[str, object]:
    """What that process said; it must have ended well."""
    done = child(code, *before)
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout)
    return said


# ---- dumps


def test_no_process_can_leave_a_core_file_and_none_can_be_looked_into() -> None:
    """The limit is hard, and inherited; the process itself is not dumpable for anybody of its user."""
    said = found("""
import resource, subprocess, sys
memory_lock.no_dumps()
said["core"] = resource.getrlimit(resource.RLIMIT_CORE)
said["dumpable"] = ctypes.CDLL(None).prctl(3)
said["child"] = subprocess.run(["grep", "core", "/proc/self/limits"], capture_output=True, text=True).stdout.split()[4]
""")
    assert said == {"core": [0, 0], "dumpable": 0, "child": "0"}


@pytest.mark.parametrize("process", ["listener", "uplink", "skills"])
def test_every_process_forbids_dumps_before_it_reads_anything(tmp_path: Path, process: str) -> None:
    """The very first step of each `main`: nothing of the settings has been looked at when it happens."""
    done = child(f"""
from keepmum.{process}.__main__ import main
class Settings:
    def __getattr__(self, name):
        import resource
        print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3), flush=True)
        sys.exit(0)
main(Settings())
""")
    assert done.stdout == "(0, 0) 0\n", done.stderr


# ---- swap


@pytest.mark.skipif(os.getuid() != 0, reason="only root may lock as much as he likes, and only root can try without")
def test_all_memory_is_locked_where_that_is_allowed() -> None:
    """What is there and what comes, engines included; a page that nobody has used takes no memory for it."""
    said = found("""
said["allowed"] = memory_lock.keep_out_of_swap()
sound, before = bytearray(2**22), status("VmRSS")
unused = __import__("mmap").mmap(-1, 2**28, flags=0x22)
said["locked"], said["all"], said["flags"] = status("VmLck"), status("VmSize"), flags(sound)
said["grew"] = status("VmRSS") - before
""")
    assert said["allowed"] is True
    assert int(str(said["locked"])) > int(str(said["all"])) - 1024  # what the kernel maps in by itself is left out
    assert "lo" in said["flags"]  # type: ignore[operator]
    assert int(str(said["grew"])) < 2**16


@pytest.mark.skipif(not shutil.which("setpriv") or os.getuid() != 0, reason="needs root and setpriv (util-linux)")
def test_an_unlimited_user_locks_all_as_well() -> None:
    """`LimitMEMLOCK=infinity` in a unit is enough; no capability is needed."""
    raised = subprocess.run(["prlimit", "--memlock=unlimited", "true"], check=False, capture_output=True, text=True)
    if raised.returncode:
        pytest.skip(f"nobody may raise the limit here: {raised.stderr.strip()}")
    said = found("said['allowed'] = memory_lock.keep_out_of_swap()", "prlimit", "--memlock=unlimited", *AS_USER)
    assert said["allowed"] is True


@pytest.mark.skipif(not shutil.which("setpriv") or os.getuid() != 0, reason="needs root and setpriv (util-linux)")
def test_with_a_limit_the_held_sound_is_locked_as_far_as_it_goes() -> None:
    """A finite limit locks no future memory, which would be refused in mid-word; the pre-roll and held clips are."""
    said = found(
        """
from keepmum.listener import preroll
said["allowed"] = memory_lock.keep_out_of_swap()
ring = preroll.PreRoll()
said["locked"], said["flags"] = status("VmLck"), flags(ring._ring)
clip = bytearray(2**20)
said["clip"], said["empty"] = memory_lock.hold(clip), memory_lock.hold(bytearray())
more = bytearray(2**20)
""",
        *AS_USER,
        "prlimit",
        "--memlock=262144",
    )
    assert (said["allowed"], said["clip"], said["empty"]) == (False, False, True)
    assert 80 <= int(str(said["locked"])) <= 256
    assert {"lo", "dd"} <= set(said["flags"])  # type: ignore[call-overload]


# ---- budget


def test_what_goes_beyond_the_budget_is_refused() -> None:
    """The limit counts from what is taken already: half of it is there, twice is not, and a little more to end with."""
    said = found("""
import resource
before = memory_budget.taken()
said["limit"] = memory_budget.limit(64 * 2**20) - before
said["hard"] = resource.getrlimit(resource.RLIMIT_DATA)[1] - before
said["half"] = len(bytearray(32 * 2**20))
try:
    bytearray(128 * 2**20)
except MemoryError:
    said["all"] = "refused"
memory_budget.leave()
said["to end"] = len(bytearray(160 * 2**20))
""")
    assert (said["half"], said["all"], said["to end"]) == (32 * 2**20, "refused", 160 * 2**20)
    assert abs(int(str(said["limit"])) - 64 * 2**20) < 2**20
    assert abs(int(str(said["hard"])) - 320 * 2**20) < 2**20


def test_a_lower_limit_stays() -> None:
    """What a unit or a user has set already is never raised."""
    lower = 2**28
    said = found("said['limit'] = memory_budget.limit(2**40)", "prlimit", f"--data={lower}")
    assert said["limit"] == lower
    assert resource.getrlimit(resource.RLIMIT_DATA)[1] != lower


LEAKS = """
import keepmum.memory_budget
if "planted" in sys.argv:
    keepmum.memory_budget.leave = lambda: None
from keepmum.listener.__main__ import main
from keepmum.listener.assembly import Listener
from keepmum.settings import FolderSettings, Settings
from keepmum.settings_hardware import (
    ButtonSettings, HardwareSettings, MicrophoneSettings, RingSettings, SpeakerSettings,
)
folder = Path(sys.argv[1])
(folder / "scene.txt").write_text("hold 1\\npause 1000\\n")
hardware = HardwareSettings(
    microphone=MicrophoneSettings(driver="wav"), ring=RingSettings(driver="recorder"),
    button=ButtonSettings(driver="scripted"), speaker=SpeakerSettings(driver="wav", file=folder / "replies.wav"),
    scene=folder / "scene.txt", fast=True,
)
folders = FolderSettings(run=folder / "run", state=folder / "state", outbox=folder / "outbox")
leak, turn, close = [], Listener.turn, Listener.close
def leaking(self):
    turn(self)
    if self._capture.is_open:
        leak.append(bytearray(2**25))
def closed(self):
    print("open before", self._capture.is_open, flush=True)
    close(self)
    print("open after", self._hardware.microphone._first is not None, len(leak) > 5, flush=True)
Listener.turn, Listener.close = leaking, closed
main(Settings(hardware=hardware, folders=folders))
"""


def leaking(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """A real listener that leaks while it listens."""
    command = [sys.executable, "-c", SAYS + LEAKS, str(folder), *more]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)


def test_a_listener_that_leaks_closes_its_microphone_and_ends(tmp_path: Path) -> None:
    """At the limit the real process ends with an error, and closes everything in its order first."""
    done = leaking(tmp_path)
    assert done.stdout.splitlines() == ["open before True", "open after False True"], done.stderr
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("MemoryError")


def test_without_memory_to_end_with_a_listener_breaks_off(tmp_path: Path) -> None:
    """The planted defect: an engine that cannot start its threads ends the process before all is closed."""
    done = leaking(tmp_path, "planted")
    assert done.stdout.splitlines() == ["open before True"]
    assert done.returncode < 0
