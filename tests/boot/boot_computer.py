"""A computer that boots a Debian root with systemd, has no hardware and no network, and is looked into from outside.

It is a container: systemd-nspawn over layers of folders, of which only the uppermost one is written to. All mounts are
in a mount namespace of its own, so whatever kills it takes them with it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

BOOTED, ENDED = 90.0, 40.0
"""Seconds that a boot and a shutdown may take; one takes three on a laptop."""
_ALLOWED = "@known"
"""System calls. A container refuses many by itself; here only keepmum's units are to refuse any."""
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Computer:
    """One machine; `run` runs a command in it. Layers come uppermost first; `written` gets what it changes."""

    def __init__(self, layers: Sequence[Path], written: Path) -> None:
        self.layers, self.written = tuple(layers), written
        self._work, self._root = written.with_name(f"{written.name}.work"), written.with_name(f"{written.name}.root")
        self._cgroup = _cgroups() / f"keepmum-boot-{os.getpid()}-{written.name}"
        self._container: subprocess.Popen[bytes] | None = None
        self.console = written.with_name(f"{written.name}.console")
        for folder in (written, self._work, self._root):
            folder.mkdir(parents=True, exist_ok=True)

    def boot(self) -> None:
        """Returns once systemd has started everything. Raises AssertionError with the console's end otherwise."""
        container = (
            f'echo $$ >"{self._cgroup}/cgroup.procs"; exec setpriv --pdeathsig KILL systemd-nspawn --quiet'
            f' --directory="{self._root}" --boot --register=no --keep-unit --private-network --capability=all'
            f" --machine=speaker --resolv-conf=off --timezone=off --link-journal=no"
            f' --system-call-filter="{_ALLOWED}"'
        )
        self._cgroup.mkdir(exist_ok=True)
        with self.console.open("ab") as console:
            self._container = subprocess.Popen(
                self._mounted(container), stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}, start_new_session=True,
            )  # fmt: skip
        until(
            lambda: self._state() in {"running", "degraded"}, BOOTED, lambda: f"it did not boot: {self._last_words()}"
        )

    def prepare(self, script: str, environ: Mapping[str, str] | None = None) -> None:
        """Run a shell script in the root while it is off, with this computer's network."""
        mounts = f'for d in proc sys dev; do mount --rbind /$d "{self._root}/$d"; done'
        inside = f'{mounts}; exec chroot "{self._root}" sh -ec "$0"'
        words = [*self._mounted(inside), script]
        subprocess.run(words, stdin=subprocess.DEVNULL, env={"PATH": _PATH, **(environ or {})}, check=True)

    def run(
        self, *words: str, check: bool = True, timeout: float = 60.0, said: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in it as root, with `said` on its input. Raises AssertionError with its words if it fails."""
        command = ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
        command += ["--", "/usr/bin/env", "-i", f"PATH={_PATH}", "HOME=/root", "LANG=C.UTF-8", "TERM=dumb", *words]
        done = subprocess.run(command, input=said or "", capture_output=True, text=True, timeout=timeout, check=False)
        assert not check or done.returncode == 0, f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def path(self, inside: str) -> Path:
        """A file of the running machine, seen from outside."""
        return Path(f"/proc/{self.leader}/root") / inside.lstrip("/")

    @property
    def leader(self) -> int:
        """The process that is number 1 inside."""
        assert self._container is not None, "it is off"
        children = Path(f"/proc/{self._container.pid}/task/{self._container.pid}/children")
        pids = children.read_text().split() if children.exists() else []
        assert pids, f"it ended: {self._last_words()}"
        return int(pids[0])

    def shut_down(self) -> None:
        """As an owner does it; what systemd could not end in time is killed."""
        self.run("systemctl", "--no-block", "poweroff", check=False)
        self._end(ENDED)

    def cut(self) -> None:
        """Pull the plug."""
        self._end(0.0)

    def _end(self, patience: float) -> None:
        if self._container is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._container.wait(patience or 0.001)
        if self._container.poll() is None:
            with contextlib.suppress(AssertionError):
                os.kill(self.leader, signal.SIGKILL)
            self._container.kill()
        self._container.wait()
        self._container = None
        until(self._swept, ENDED, lambda: f"processes are left over in {self._cgroup}")

    def throw_away(self) -> None:
        """Forget all that it wrote."""
        self.cut()
        for folder in (self.written, self._work, self._root):
            shutil.rmtree(folder, ignore_errors=True)

    def _mounted(self, then: str) -> list[str]:
        layers = ":".join(map(str, self.layers))
        options = f"lowerdir={layers},upperdir={self.written},workdir={self._work}"
        return [
            "unshare",
            "--mount",
            "--",
            "sh",
            "-ec",
            f'mount -t overlay overlay -o "{options}" "{self._root}"; {then}',
        ]

    def _state(self) -> str:
        try:
            return self.run("systemctl", "is-system-running", check=False, timeout=10).stdout.strip()
        except AssertionError:
            if self._container is not None and self._container.poll() is not None:
                raise
            return "not yet"

    def _last_words(self) -> str:
        return self.console.read_text(errors="replace")[-2000:]

    def _swept(self) -> bool:
        """Whether its control groups are gone; they outlive their last process by a moment."""
        for folder, _, _ in os.walk(self._cgroup, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        return not self._cgroup.exists()


def until(ready: Callable[[], object], seconds: float, why: Callable[[], str]) -> None:
    """Look again and again, by the real clock, since real processes are waited for. Raises AssertionError."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"{why()} (after {seconds:g} s)"
        time.sleep(0.05)


def _cgroups() -> Path:
    """Where this computer's second version of control groups is mounted."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        if " - cgroup2 " in line:
            return Path(line.split()[4])
    raise AssertionError("no cgroup2 is mounted here")
