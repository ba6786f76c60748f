"""Bundles of a few hundred bytes for tests, whole ones and ones that somebody meddled with."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts/installer"))  # it is no package: it runs from its folder

import bundle
import manifest
from pins import Pin
from target import Target

CONTENT = {
    "debs/Packages": b"Package: pear\n",
    "debs/pear_1%3a2.0-1_all.deb": b"a package\n" * 60,
    "source/device/keepmum/__init__.py": b'"""A speaker."""\n',
    "source/scripts/install": b"#!/usr/bin/env bash\n",
    "wheels/plum-1.0-py3-none-any.whl": b"a wheel\n" * 90,
}
PINNED = {"plum": Pin("plum", "1.0", {hashlib.sha256(CONTENT["wheels/plum-1.0-py3-none-any.whl"]).hexdigest()})}

Members = list[tuple[tarfile.TarInfo, bytes]]


def folder(at: Path) -> Path:
    """What a bundle is made of."""
    for name, content in CONTENT.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_bytes(content)
    return at


def whole(at: Path) -> Path:
    """A good bundle."""
    file = at / "keepmum.bundle"
    made = folder(at / "made")
    bundle._write(file, made, manifest.of_folder(made, Target("trixie", "aarch64")))
    return file


def meddled(file: Path, change: Callable[[Members], Members]) -> Path:
    """The same bundle with other members; its manifest stays as it is unless it is changed, too."""
    with tarfile.open(file, "r:") as archive:
        members = [(member, _content(archive, member)) for member in archive.getmembers()]
    with tarfile.open(file, "w") as archive:
        for member, content in change(members):
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = archive.extractfile(member)
    return content.read() if content else b""


def named(
    name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, to: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    """One more member."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, to
    return member, content
