"""The exact wheels that a speaker is made of: read from the constraint files, and chosen anew by scripts/constraints.

A file lists everything that is installed, with the hash of each wheel for both kinds of processor. So it is installed
with `--no-deps --require-hashes`, and nothing that is not in it can come along.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SOURCE = HERE.parents[1]

GLIBC = {"3.11": 36, "3.13": 41}
"""Python to the minor version of glibc 2 that its Debian has: 12 and 13."""

MACHINES = ("aarch64", "x86_64")

ALONE = {"vosk": ("requests", "srt", "tqdm", "websockets")}
"""What is installed without these, though it asks for them: of vosk keepmum loads the shared library alone, and none of
its Python; `srt` has no wheel."""

_HEADER = """\
# Every wheel of a speaker with Python {python}, chosen by scripts/constraints. Install it with
#     pip install --no-deps --only-binary=:all: --require-hashes -r constraints-{python}.txt
# What is not in here: vosk's own requests, tqdm, websockets and srt, because keepmum loads libvosk.so alone;
# spidev, which has no wheel and comes from apt (python3-spidev); and for Python 3.13 lgpio, which is an empty stub on
# PyPI and comes from Raspberry Pi's archive (python3-lgpio). Debian 12 and 13 have no lgpio of their own.
"""


@dataclass
class Pin:
    """One version of one package, and the SHA-256 of each wheel that may be installed for it."""

    name: str
    version: str
    hashes: set[str] = field(default_factory=set)


def file(python: str) -> Path:
    """The constraint file for a Python such as `3.11`."""
    return HERE / f"constraints-{python}.txt"


def canonical(name: str) -> str:
    """A package's name as it is compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(python: str) -> dict[str, Pin]:
    """The pins by canonical name."""
    text = file(python).read_text().replace("\\\n", " ")
    pins = {}
    for line in filter(None, (line.split("#")[0].strip() for line in text.splitlines())):
        requirement, *hashes = line.split()
        name, _, version = requirement.partition("==")
        pins[canonical(name)] = Pin(canonical(name), version, {word.removeprefix("--hash=sha256:") for word in hashes})
    return pins


def write(python: str, pins: dict[str, Pin]) -> None:
    """The file, sorted, so that a renewal shows what changed."""
    lines = [_HEADER.format(python=python)]
    for _, pin in sorted(pins.items()):
        hashes = [f"    --hash=sha256:{digest}" for digest in sorted(pin.hashes)]
        lines.append(" \\\n".join([f"{pin.name}=={pin.version}", *hashes]) + "\n")
    file(python).write_text("".join(lines))


def wanted(python: str) -> list[str]:
    """What keepmum and its panel ask for in pyproject.toml, and what a board asks for if there is a wheel of it."""
    project = tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]
    board = ["lgpio>=0.2.2"] if python == "3.11" else []
    return [*project["dependencies"], *project["optional-dependencies"]["panel"], *board]


def tags(python: str, machine: str) -> list[str]:
    """The options that make pip choose for another Python and another machine."""
    digits = python.replace(".", "")
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC[python], 16, -1)] + [
        f"manylinux2014_{machine}"
    ]
    options = ["--implementation=cp", f"--python-version={python}", f"--abi=cp{digits}", "--abi=abi3", "--abi=none"]
    return [*options, *(f"--platform={platform}" for platform in platforms)]


def _chosen(python: str, machine: str, requirements: list[str], *options: str) -> list[Pin]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        words = ["install", "--dry-run", "--ignore-installed", f"--report={report}", f"--target={folder}", *options]
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *words, "--only-binary=:all:"]
        done = subprocess.run(
            [*pip, *tags(python, machine), *requirements], capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"constraints: error: Python {python}, {machine}: pip finds no set of wheels\n{done.stderr}")
        return [_pin(item) for item in json.loads(report.read_text())["install"]]


def _pin(item: dict[str, Any]) -> Pin:
    digest = item["download_info"]["archive_info"]["hashes"]["sha256"]
    return Pin(canonical(item["metadata"]["name"]), item["metadata"]["version"], {digest})


def chosen(python: str) -> dict[str, Pin]:
    """Today's newest set that has wheels for both machines; ends the program if they differ or there is none."""
    alone = [line for line in wanted(python) if re.split(r"[^\w.-]", line)[0] in ALONE]
    others = [line for line in wanted(python) if line not in alone]
    pins: dict[str, Pin] = {}
    for machine in MACHINES:
        for found in [*_chosen(python, machine, others), *_chosen(python, machine, alone, "--no-deps")]:
            pin = pins.setdefault(found.name, Pin(found.name, found.version))
            if pin.version != found.version:
                sys.exit(
                    f"constraints: error: {pin.name} is {pin.version} for one machine, {found.version} for the other"
                )
            pin.hashes |= found.hashes
    return pins


if __name__ == "__main__":
    for number, version in enumerate(GLIBC, 1):
        print(f"constraints: {number}/{len(GLIBC)} asking for Python {version} …", flush=True)
        write(version, chosen(version))
        print(f"constraints: {file(version).relative_to(SOURCE)}: {len(read(version))} packages")
