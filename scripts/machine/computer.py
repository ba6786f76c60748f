"""One qemu process: a board with a Pi's processor, a GPIO chip with real interrupts and no disk, from start to end."""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from hand import Hand
from newc import Newc
from qtest import Qmp
from root import Machine
from trouble import MachineError
from wiring import describe

_MEMORY = 1280
"""MB; the image lies there twice while the kernel unpacks it."""
_CHIP = "pl061"
_AWAY = ("__pycache__", "models", ".pytest_cache")
_BOARD = ("virt,gic-version=3", "-cpu", "cortex-a72", "-smp", "2", "-m", str(_MEMORY))
"""The processor of a Pi 4."""


class Computer:
    """Boots, works, and is gone when `run` returns."""

    def __init__(self, project: Path, machine: Machine, results: Path, pytest: tuple[str, ...] = ()) -> None:
        """`pytest` are more words for it. Makes the folder `results`."""
        self._project = project
        self._machine = machine
        self._results = results
        self._pytest = pytest
        results.mkdir(parents=True, exist_ok=True)
        (results / "junit.xml").unlink(missing_ok=True)

    def run(self, deadline: float) -> int | None:
        """pytest's exit code in the machine, or nothing if it ended without; `deadline` by `time.monotonic`.

        Raises MachineError if qemu does not start or the deadline comes.
        """
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            qemu = subprocess.Popen(
                self._command(place), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            try:
                hand = self._hand(qemu, place)
                self._hear(qemu, deadline)
            finally:
                qemu.kill()
                qemu.wait()
            return hand.code

    def _command(self, place: Path) -> list[str | Path]:
        memory = place / "memory.cpio"
        shutil.copyfile(self._machine.memory, memory)
        with memory.open("ab") as out:
            self._pack(Newc(out))
        describe(_BOARD, place / "board.dtb")
        command = f"""qemu-system-aarch64 -machine {" ".join(_BOARD)} -dtb {place}/board.dtb -accel tcg,thread=multi
            -nodefaults -display none -no-reboot -chardev stdio,id=console,signal=off
            -serial chardev:console -device virtio-serial-device -device virtserialport,chardev=hand,name=keepmum.hand
            -qtest-log none""".split()
        for way in ("-qmp", "-qtest"):
            command += [way, f"unix:{place / way[1:]},server=on,wait=off"]
        command += ["-chardev", f"socket,id=hand,path={place / 'hand'},server=on,wait=off"]
        words = "console=ttyAMA0 quiet panic=-1"
        return [*command, "-kernel", self._machine.kernel, "-initrd", memory, "-append", words]

    def _pack(self, memory: Newc) -> None:
        """keepmum and its tests as they are now, behind what was made once."""
        for folder in ("", "/device", "/scripts", "/tests"):
            memory.folder(f"opt/keepmum{folder}")
        for folder in ("device/keepmum", "scripts/machine", "tests/kernel", "tests/hardware"):
            memory.folder(f"opt/keepmum/{folder}")
            memory.tree(self._project / folder, f"opt/keepmum/{folder}/", leave_out=_AWAY)
        memory.file("opt/keepmum/pyproject.toml", (self._project / "pyproject.toml").read_bytes())
        memory.file("opt/keepmum/pytest.json", json.dumps(self._pytest).encode())
        memory.file("init", (Path(__file__).parent / "init").read_bytes(), 0o755)
        memory.end()

    def _hand(self, qemu: subprocess.Popen[bytes], place: Path) -> Hand:
        qmp = Qmp(_appearing(place / "qmp", qemu))
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.connect(str(_appearing(place / "hand", qemu)))
        hand = Hand(channel, (_appearing(place / "qtest", qemu), qmp.place_of(_CHIP)), self._results)
        threading.Thread(target=hand.serve, daemon=True).start()
        return hand

    def _hear(self, qemu: subprocess.Popen[bytes], deadline: float) -> None:
        """Show and keep what the machine says, until it has switched itself off."""
        assert qemu.stdout is not None
        with (self._results / "console.log").open("wb") as log:
            while select.select([qemu.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
                said = os.read(qemu.stdout.fileno(), 65536)
                if not said:
                    return
                log.write(said)
                sys.stdout.buffer.write(said)
                sys.stdout.buffer.flush()
        raise MachineError("the machine took too long and was switched off", "give it more --minutes")


def _appearing(path: Path, qemu: subprocess.Popen[bytes], patience: float = 20.0) -> Path:
    """The path of a socket, once qemu has made it."""
    until = time.monotonic() + patience
    while not path.exists():
        if qemu.poll() is not None or time.monotonic() > until:
            said = qemu.stdout.read().decode(errors="replace") if qemu.stdout and qemu.poll() is not None else ""
            raise MachineError(f"qemu did not start: {said.strip()}", "is it older than version 7?")
        time.sleep(0.02)
    return path
