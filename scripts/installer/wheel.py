"""Makes keepmum's own wheel out of a checkout with Python alone, because setuptools would have to be fetched.

A wheel of pure Python is a zip with the package and four small files about it (the binary distribution format of the
Python Packaging User Guide). The same checkout gives the same bytes, so its hash names a release.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_WHEN = (2020, 1, 1, 0, 0, 0)
"""The date of every file in it, because a zip must have one."""


def project(checkout: Path) -> dict[str, Any]:
    """The table `project` of pyproject.toml."""
    found: dict[str, Any] = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    return found


def contents(checkout: Path) -> Iterator[tuple[str, Path]]:
    """Each file of the package with its name in the wheel, in a fixed order; links count as what they lead to."""
    package = checkout / "device/keepmum"
    for folder, below, names in os.walk(package, followlinks=True):
        below[:] = sorted(name for name in below if name != "__pycache__" and not name.startswith("."))
        for name in sorted(names):
            if not name.endswith(".pyc"):
                file = Path(folder, name)
                yield f"keepmum/{file.relative_to(package)}", file


def make(checkout: Path, into: Path) -> Path:
    """Write the wheel into a folder; return its file."""
    said = project(checkout)
    about = f"{said['name']}-{said['version']}.dist-info"
    wheel = into / f"{said['name']}-{said['version']}-py3-none-any.whl"
    record: list[str] = []
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_STORED) as archive:  # it is unpacked at once
        for name, file in contents(checkout):
            record.append(_put(archive, name, file.read_bytes()))
        for name, text in _about(said).items():
            record.append(_put(archive, f"{about}/{name}", text.encode()))
        _put(archive, f"{about}/RECORD", "\n".join([*record, f"{about}/RECORD,,", ""]).encode())
    return wheel


def _about(said: dict[str, Any]) -> dict[str, str]:
    scripts = "".join(f"{name} = {where}\n" for name, where in said["scripts"].items())
    needs = "".join(f"Requires-Dist: {need}\n" for need in said["dependencies"])
    return {
        "METADATA": f"Metadata-Version: 2.1\nName: {said['name']}\nVersion: {said['version']}\n"
        f"Summary: {said['description']}\nRequires-Python: {said['requires-python']}\n{needs}",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: keepmum-installer\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": f"[console_scripts]\n{scripts}",
    }


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> str:
    """Add a file; return its line in RECORD."""
    entry = zipfile.ZipInfo(name, _WHEN)
    entry.external_attr = 0o100644 << 16
    archive.writestr(entry, content)
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}"
