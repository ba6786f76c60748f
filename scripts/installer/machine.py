"""The machine that is being set up: its files below one root, its programs, and what kind of computer it is."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from progress import Progress
from trouble import InstallError

CHECKOUT = Path(__file__).resolve().parents[2]
_LAST_WORDS = 15
_PATIENCE = 10.0
_COUNTED = re.compile(r"(dl|pm)(status|conffile):")
"""What apt says for a bar, not for people."""


@dataclass(frozen=True)
class Done:
    """What a program said, both of its streams together, and how it ended."""

    code: int
    said: str


def reached(host: str, port: int) -> str | None:
    """None if somebody takes a connection there, otherwise why not."""
    try:
        socket.create_connection((host, port), timeout=_PATIENCE).close()
    except OSError as error:
        return error.strerror or str(error)
    return None


@dataclass
class Machine:
    """One computer. With a `root` other than `/` nothing outside that folder is touched, and its programs are used."""

    root: Path = Path("/")
    checkout: Path = CHECKOUT
    progress: Progress = field(default_factory=Progress)
    sleep: Callable[[float], None] = time.sleep
    reached: Callable[[str, int], str | None] = reached
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    python: str = f"{sys.version_info.major}.{sys.version_info.minor}"
    user: int = field(default_factory=os.geteuid)

    def at(self, path: str) -> Path:
        """Where a path of the speaker is on the computer that runs this."""
        return self.root / path.lstrip("/")

    def text(self, path: str) -> str | None:
        """A file as text; None if it is not there or not readable."""
        try:
            return self.at(path).read_text("utf-8", "replace")
        except OSError:
            return None

    @property
    def is_real(self) -> bool:
        """Whether this is the computer itself rather than a folder."""
        return self.root == Path("/")

    @property
    def is_booted(self) -> bool:
        """Whether systemd runs here; it does not while an image is being made."""
        return self.at("/run/systemd/system").is_dir()

    @property
    def model(self) -> str:
        """`Raspberry Pi 5 Model B Rev 1.0`; empty on a computer without a device tree."""
        return (self.text("/proc/device-tree/model") or "").strip("\0\n ")

    @property
    def is_pi(self) -> bool:
        """Whether it starts from a Raspberry Pi's boot partition."""
        return "Raspberry Pi" in self.model or self.at("/boot/firmware/config.txt").is_file()

    def release(self) -> dict[str, str]:
        """`/etc/os-release` as a table."""
        pairs = re.findall(r'^([A-Z_]+)="?([^"\n]*)"?$', self.text("/etc/os-release") or "", re.M)
        return dict(pairs)

    def pause(self, seconds: float) -> None:
        """Wait; in a folder nothing becomes ready by waiting."""
        if self.is_real:
            self.sleep(seconds)

    def program(self, name: str) -> str:
        """The path of a program: one of the system, or an absolute path on the speaker."""
        if name.startswith("/"):
            return str(self.at(name))
        for folder in ("/usr/bin", "/usr/sbin", "/bin", "/sbin"):
            if (found := self.at(f"{folder}/{name}")).exists():
                return str(found)
        raise InstallError(f"the program {name} is not on this machine", "it belongs to every Debian: is this one?")

    def run(self, *words: str, each: Callable[[str], None] | None = None, scratch: Path | None = None) -> Done:
        """Run a program to its end; `each` gets every line as it comes, `scratch` is its folder for a moment's files.

        A signal that ends the installer lets the program come to its end first: half of apt is worse than none.
        """
        environment = {**self.environment, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        if scratch is not None:
            environment["TMPDIR"] = str(scratch)
        if "keepmum.cli" in words:
            # Libraries of sound leave files there, and make the folders for them; in this one nothing can be made.
            environment |= {"HOME": "/dev/null", "PULSE_RUNTIME_PATH": "/dev/null"}
        said: list[str] = []
        with subprocess.Popen(
            [self.program(words[0]), *words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
        ) as child:
            assert child.stdout is not None
            for line in child.stdout:
                said.append(line.rstrip("\n"))
                if each is not None:
                    each(said[-1])
        return Done(child.returncode, "\n".join(said))

    def must(
        self,
        what: str,
        hint: str,
        words: Sequence[str],
        each: Callable[[str], None] | None = None,
        scratch: Path | None = None,
    ) -> str:
        """Run a program that has to succeed; raises InstallError with the last lines that it said."""
        done = self.run(*words, each=each, scratch=scratch)
        if done.code:
            told = [line for line in done.said.splitlines() if not _COUNTED.match(line)]
            last = "\n  ".join(told[-_LAST_WORDS:])
            raise InstallError(f"{what}: {words[0].rpartition('/')[2]} ended with {done.code}\n  {last}", hint)
        return done.said
