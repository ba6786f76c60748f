"""Makes the machine's memory image once: Debian's own arm64 kernel and packages, and the drivers' Python libraries.

Nothing of it is run here: packages are unpacked, not installed, so any computer can do it for a Pi's processor.
"""

from __future__ import annotations

import compileall
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

from modules import in_order
from newc import Newc
from trouble import MachineError

SUITE, MIRROR = "bookworm", "http://deb.debian.org"
PYTHON = (3, 11)
"""Debian's in that suite; libraries are fetched for it."""
PACKAGES = "linux-image-arm64 python3 python3-spidev libc-bin libportaudio2 alsa-utils busybox-static gpiod kmod"
LIBRARIES = ("gpiozero", "lgpio", "sounddevice", "numpy", "pydantic", "pyyaml", "pyusb", "soundfile", "soxr", "pytest")
"""Those of pyproject.toml that the drivers and their tests import."""
MODULES = {
    "virtio_mmio": "",
    "virtio_console": "",
    "spi_gpio": "",
    "snd_usb_audio": "",
    "vhci_hcd": "",
    "snd_aloop": "index=0 pcm_substreams=1",
}
"""The kernel's drivers with their options. One way into the sound card, as real ones have, not eight."""
_GLIBC = ("2_34", "2_31", "2_28", "2_27", "2_17")
_UNUSED = (
    "dev/* var boot/System* boot/config* usr/lib/linux-image* usr/lib/klibc usr/lib/udev usr/lib/systemd usr/share/doc"
    " usr/share/man usr/share/locale usr/share/perl5 usr/share/gdb usr/share/sounds usr/share/initramfs-tools"
    " usr/lib/python3.*/test usr/lib/python3.*/idlelib usr/lib/python3.*/lib2to3 usr/lib/python3.*/ensurepip"
)


@dataclass(frozen=True)
class Machine:
    """A kernel and what it finds in its memory when it starts."""

    kernel: Path
    memory: Path
    about: str


def debian(project: Path, cache: Path, *, fresh: bool = False) -> Machine:
    """The machine, from `cache` if it was made by this recipe before. Raises MachineError."""
    folder = cache / f"machine-{_recipe(project)}"
    if fresh or not (folder / "about").exists():
        for tool in ("mmdebstrap", "qemu-system-aarch64", "dtc"):
            _need(tool)
        print("kernel: fetching Debian's arm64 kernel and the drivers' libraries (about 120 MB, a minute)", flush=True)
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as made:
            _make(project, Path(made))
            for old in cache.glob("machine-*"):
                shutil.rmtree(old)
            (Path(made) / "machine").rename(folder)
    return Machine(folder / "vmlinuz", folder / "memory.cpio", (folder / "about").read_text())


def _recipe(project: Path) -> str:
    here = Path(__file__).parent
    parts = [(here / name).read_bytes() for name in ("root.py", "newc.py", "modules.py")]
    return hashlib.sha256(b"".join(parts) + " ".join(_libraries(project)).encode()).hexdigest()[:12]


def _libraries(project: Path) -> list[str]:
    known = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    asked = known["dependencies"] + [one for extra in known["optional-dependencies"].values() for one in extra]
    return [one for one in asked if re.match(r"[\w-]+", one.split("[")[0])[0].lower() in LIBRARIES]  # type: ignore[index]


def _need(tool: str) -> None:
    if shutil.which(tool) is None:
        package = {"qemu-system-aarch64": "qemu-system-arm", "dtc": "device-tree-compiler"}.get(tool, tool)
        raise MachineError(f"{tool} is not here", f"sudo apt-get install --no-install-recommends {package}")


def _make(project: Path, made: Path) -> None:
    system, machine = made / "system", made / "machine"
    machine.mkdir()
    _unpack(made / "system.tar", system)
    _add_libraries(_libraries(project), system / "opt/libraries", project / "scripts/progress")
    if sys.version_info[:2] == PYTHON:
        compileall.compile_dir(system, quiet=2, workers=0, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    kernel = next((system / "boot").glob("vmlinuz-*"))
    shutil.move(kernel, machine / "vmlinuz")
    with (machine / "memory.cpio").open("wb") as out:
        _write(system, Newc(out))
    (machine / "about").write_text(f"Linux {kernel.name.removeprefix('vmlinuz-')} (Debian {SUITE})")


def _unpack(tar: Path, system: Path) -> None:
    sources = [f"deb {MIRROR}/debian {SUITE} main", f"deb {MIRROR}/debian-security {SUITE}-security main"]
    merged = 'for one in bin sbin lib; do mkdir -p "$1/usr/$one" && ln -s usr/$one "$1/$one"; done'
    include = f"--include={PACKAGES.replace(' ', ',')}"
    command = ["mmdebstrap", "--quiet", "--variant=extract", "--architectures=arm64", "--format=tar", include]
    done = subprocess.run(
        [*command, f"--setup-hook={merged}", SUITE, tar, *sources], capture_output=True, text=True, check=False
    )
    if done.returncode:
        hint = "without root it needs the package uidmap; behind a proxy, http_proxy"
        raise MachineError(f"mmdebstrap failed:\n{done.stderr.strip()}", hint)
    system.mkdir()
    unused = [f"--exclude=./{each}" for each in _UNUSED.split()]
    subprocess.run(["tar", "-xf", tar, "-C", system, "--no-same-owner", "--anchored", *unused], check=True)
    tar.unlink()


def _add_libraries(names: list[str], folder: Path, progress: Path) -> None:
    where = [f"--platform=manylinux_{glibc}_aarch64" for glibc in _GLIBC] + ["--platform=manylinux2014_aarch64"]
    python = f"--python-version={PYTHON[0]}.{PYTHON[1]}"
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--only-binary=:all:", *where]
    done = subprocess.run([progress, *pip, python, "--target", folder, *names], check=False)
    if done.returncode:
        raise MachineError("pip did not find the libraries for a Pi's processor", "what it said stands above")


def _write(system: Path, memory: Newc) -> None:
    drivers = next((system / "usr/lib/modules").iterdir()) / "kernel"
    memory.tree(system, leave_out=("modules", "boot", "dev"))
    for folder in ("dev", "proc", "sys", "run", "root", "drivers"):
        memory.folder(folder)
    memory.device("dev/console", 5, 1)
    order = []
    for module in in_order(drivers, MODULES):
        memory.file(f"drivers/{module.name}", module.read_bytes())
        order.append(f"/drivers/{module.name} {MODULES.get(module.stem.replace('-', '_'), '')}\n")
    memory.file("drivers/order", "".join(order).encode())
    memory.end()
