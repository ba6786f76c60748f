"""A release of keepmum in an arm64 root, made the way that the installer makes one."""

from __future__ import annotations

import hashlib
import shutil
import time
from pathlib import Path

import arm64_root
import pins
import wheel
import wheels
from progress import Progress
from target import Target

TIMES: list[str] = []
_HERE = "/opt/keepmum-tried"
_PYTHON = f"{_HERE}/venv/bin/python3"
_PIP = ("install", "--no-index", f"--find-links={_HERE}/wheels", "--no-deps", "--only-binary=:all:")
_QUIET = (
    "--no-cache-dir",
    "--ignore-installed",
    "--root-user-action=ignore",
    "--disable-pip-version-check",
    "--no-compile",
)


class Speaker:
    """One Debian with keepmum in a virtual environment."""

    def __init__(self, codename: str, root: Path) -> None:
        self.codename, self.root = codename, root
        self.target = Target(codename, "aarch64")
        self.folder = root / _HERE.lstrip("/")

    def install(self) -> None:
        """Wheels by the constraint file and keepmum's own; asserts that pip takes them."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        shutil.copytree(self._fetched(), self.folder / "wheels")
        shutil.copyfile(pins.file(self.target.python), self.folder / "constraints.txt")
        own = wheel.make(pins.SOURCE, self.folder / "wheels").name
        self.must("venv", "/usr/bin/python3", "-m", "venv", "--without-pip", "--system-site-packages", f"{_HERE}/venv")
        pip = (*self.pip_words(), *_PIP)
        self.must(
            "pip install of every wheel", *pip, *_QUIET, "--require-hashes", f"--requirement={_HERE}/constraints.txt"
        )
        self.must("keepmum's own wheel", *pip, *_QUIET, f"{_HERE}/wheels/{own}")

    def _fetched(self) -> Path:
        """The wheels, kept by the content of the constraint file."""
        key = hashlib.sha256(pins.file(self.target.python).read_bytes()).hexdigest()[:8]
        kept = arm64_root.ROOTS / f"wheels-{self.target.python}-{key}"
        if not kept.exists():
            new = kept.with_name(f"{kept.name}.new")
            shutil.rmtree(new, ignore_errors=True)
            wheels.fetch(self.target, new, Progress())
            new.rename(kept)
        return kept

    def pip_words(self) -> tuple[str, ...]:
        """Debian's own pip, run from its wheel by the release's Python."""
        debians = sorted((self.root / "usr/share/python-wheels").glob("pip-*.whl"))[-1]
        return (_PYTHON, "-I", f"/usr/share/python-wheels/{debians.name}/pip")

    def keepmum(self, *words: str) -> tuple[str, ...]:
        """The command."""
        return (_PYTHON, "-I", "-B", "-m", "keepmum.cli", *words)

    def at(self, name: str) -> str:
        """Where a file of the test is, seen from inside."""
        return f"{_HERE}/{name}"

    def python(self, what: str, code: str, *words: str) -> str:
        """What a few lines of Python print in it."""
        return self.must(what, _PYTHON, "-I", "-B", "-c", code, *words)

    def must(self, what: str, *words: str) -> str:
        """Run a command in the root, note how long it took, and assert that it succeeds."""
        began = time.monotonic()
        done = arm64_root.run(self.root, *words, timeout=arm64_root.PATIENCE)
        TIMES.append(f"{self.codename}: {what}: {time.monotonic() - began:.1f} s")
        assert done.returncode == 0, (
            f"{what} ended with {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        )
        return done.stdout

    def remove(self) -> None:
        """Leave the root as it was."""
        shutil.rmtree(self.folder, ignore_errors=True)
