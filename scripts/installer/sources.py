"""The part of a checkout that an installation reads, so that a bundle alone is enough to install from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pins
import wheel

_FILES = ("LICENSE", "README.md", "pyproject.toml", "scripts/install")
_FOLDERS = ("config", "scripts/installer", "systemd")
_KINDS = {".py", ".txt", ".yaml", ".json", ".md", ".conf"}


def version() -> str:
    """keepmum's version."""
    project: dict[str, Any] = wheel.project(pins.SOURCE)
    return str(project["version"])


def files() -> Iterator[tuple[str, Path]]:
    """Each file with its name in the checkout. The package's links are followed, as its wheel follows them."""
    for name in _FILES:
        yield name, pins.SOURCE / name
    for packaged, file in wheel.contents(pins.SOURCE):
        yield f"device/{packaged}", file
    for folder in _FOLDERS:
        for file in sorted((pins.SOURCE / folder).rglob("*")):
            inside = file.relative_to(pins.SOURCE)
            hidden = any(part.startswith((".", "__pycache__")) for part in inside.parts)
            if file.is_file() and not hidden and (folder == "systemd" or file.suffix in _KINDS):
                yield str(inside), file


def copy(to: Path) -> None:
    """Copy them."""
    for name, file in files():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, to / name)
