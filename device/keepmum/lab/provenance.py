"""Which keepmum this is, and with which libraries it hears: what a run writes down about itself."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

_ENGINES = ("numpy", "pymicro-wakeword", "pyopen-wakeword", "soundfile", "soxr", "vosk")


def version() -> str:
    """Of keepmum."""
    return importlib.metadata.version("keepmum")


def engines() -> dict[str, str]:
    """Of every library through which sound goes."""
    return {name: importlib.metadata.version(name) for name in _ENGINES}


def commit() -> str:
    """The git commit of the source, if it runs from a checkout; read from git's own files, no program is asked."""
    checkout = Path(__file__).resolve().parents[3]
    git = checkout / ".git"
    if not git.is_dir() or not (checkout / "device" / "keepmum").is_dir():
        return ""
    try:
        head = (git / "HEAD").read_text().strip()
        return _ref(git, head.removeprefix("ref: ")) if head.startswith("ref: ") else head
    except OSError:
        return ""


def _ref(git: Path, name: str) -> str:
    loose = git / name
    if loose.is_file():
        return loose.read_text().strip()
    packed = (git / "packed-refs").read_text().splitlines()
    return next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")
