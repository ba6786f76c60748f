"""Debian for arm64, made once and kept outside the repository, and how to run something in it."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
INSIDE = HERE / "arm64_inside.py"
ROOTS = Path(os.environ.get("KEEPMUM_ROOTS") or Path.home() / ".cache/keepmum/roots")
MIRROR = os.environ.get("KEEPMUM_MIRROR", "http://deb.debian.org/debian")
PACKAGES = ("ca-certificates", "python3", "python3-venv", "python3-spidev", "libportaudio2", "libatomic1")
PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
PATIENCE = 3000.0
"""Seconds that a second stage may take: five minutes alone, far more where the processor is shared."""


def obstacle() -> str | None:
    """Why no arm64 root can be made or used here, if so."""
    if os.geteuid() != 0:
        return "only root can make an arm64 root"
    if platform.machine() == "aarch64":
        needed: tuple[str, ...] = ("debootstrap",)
    else:
        needed = ("debootstrap", "qemu-aarch64-static")
    missing = [name for name in needed if not shutil.which(name)]
    if missing:
        return f"{' and '.join(missing)} not installed: apt-get install debootstrap qemu-user-static"
    return None


def run(root: Path, *command: str, timeout: float = 600.0) -> subprocess.CompletedProcess[str]:
    """Run a command inside, whatever its status; after `timeout` seconds it and its children are killed."""
    words = [sys.executable, str(INSIDE), str(root), *command]
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        said, complained = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, complained = process.communicate()
        complained += f"\nstill running after {timeout:.0f} s"
    return subprocess.CompletedProcess(command, process.returncode, said, complained)


def made(codename: str) -> Path:
    """The root of a Debian, from the cache or new."""
    root = ROOTS / f"{codename}-arm64"
    if not root.exists():
        began = time.monotonic()
        new = root.with_name(f"{root.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.parent.mkdir(parents=True, exist_ok=True)
        _first_stage(codename, new)
        _second_stage(new)
        new.rename(root)
        print(f"arm64: {root.name} made in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return root


def _first_stage(codename: str, root: Path) -> None:
    words = ["debootstrap", "--foreign", "--arch=arm64", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
    subprocess.run([*words, codename, str(root), MIRROR], check=True, stdout=subprocess.DEVNULL)


def _shorten_index(root: Path) -> None:
    """Leave in apt's list what will be installed: the second stage reads all of it in Perl again and again, and under
    qemu 60 MB of it take minutes each time."""
    wanted = {word for name in ("base", "required") for word in (root / "debootstrap" / name).read_text().split()}
    for index in (root / "var/lib/apt/lists").glob("*_Packages"):
        paragraphs = index.read_text("utf-8").split("\n\n")
        kept = [text for text in paragraphs if text.partition("\n")[0].removeprefix("Package: ") in wanted]
        new = index.with_suffix(".new")
        new.write_text("\n\n".join([*kept, ""]), "utf-8")
        new.replace(index)


def _second_stage(root: Path) -> None:
    # The root can be made again, so nothing in it needs to survive a power cut.
    (root / "etc/dpkg/dpkg.cfg.d").mkdir(parents=True, exist_ok=True)
    (root / "etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n")
    _shorten_index(root)
    done = run(root, "/debootstrap/debootstrap", "--second-stage", timeout=PATIENCE)
    if done.returncode:
        log = root / "debootstrap/debootstrap.log"
        raise RuntimeError(f"{done.stdout[-500:]}{done.stderr[-500:]}{log.read_text()[-1500:] if log.exists() else ''}")
