"""One file with everything that an installation needs from the internet: written on one computer, opened on another.

A plain tar: the manifest first, then Debian packages with an index for apt, wheels, and keepmum's own files. It is
untrusted until every file has the name, the length and the hash that the manifest says, and the wheels are those that
this keepmum pins. The manifest itself is believed: whoever can write a bundle writes what root will install, so it has
to come from somebody you trust, as a checkout has.
"""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import debs
import manifest
import pins
import sources
import wheels
from manifest import Entry, Manifest
from pins import Pin
from progress import Progress
from target import Target
from trouble import InstallError

ROOM = 400_000_000
"""Bytes that making one takes at the most: everything twice, and apt's lists."""

_LARGEST_MANIFEST = 4_000_000
_WHEN = 1_577_836_800
"""2020-01-01, the date of every file in it, so that the same content gives the same bytes."""

_RUNS = "source/scripts/install"
_AGAIN = "copy it again, and compare its SHA-256 with the one that was printed when it was made"
_UNPACKED = Path("/var/tmp")  # noqa: S108 - a folder of our own is made in it; /tmp is in memory on Debian 13


@dataclass(frozen=True)
class Bundle:
    """An opened bundle: its folders, and what it was made for. `close` takes the folders away."""

    folder: Path
    codename: str
    machine: str
    python: str

    @property
    def debs(self) -> Path:
        """A folder with Debian packages, and the file `Packages` that tells apt about them."""
        return self.folder / "debs"

    @property
    def wheels(self) -> Path:
        """A folder with the wheels that the constraint file names."""
        return self.folder / "wheels"

    @property
    def source(self) -> Path:
        """A checkout of the keepmum that made the bundle, with what an installation reads."""
        return self.folder / "source"

    def apt(self) -> tuple[str, ...]:
        """Options that let apt see the bundle's packages and no others; `apt-get update` with them needs no network."""
        return debs.options(self.folder)

    def close(self) -> None:
        """Delete what was unpacked; closing twice is allowed."""
        shutil.rmtree(self.folder, ignore_errors=True)


def make(to: Path, target: Target | None = None, progress: Progress | None = None) -> str:
    """Write a bundle for `target`, or for this computer if that is left out; return its SHA-256.

    Raises InstallError; a bundle that was there before is then unchanged.
    """
    target = target or Target.here()
    progress = progress or Progress()
    part = to.with_name(f"{to.name}.part")
    try:
        _room(to.absolute().parent, ROOM)
        with tempfile.TemporaryDirectory(prefix=".keepmum-bundle-", dir=to.absolute().parent) as name:
            _collect(Path(name), target, progress)
            with progress.step("bundle", str(to)):
                _write(part, Path(name), manifest.of_folder(Path(name), target))
        part.replace(to)
    except OSError as error:
        raise InstallError(f"{to} cannot be written: {error.strerror}", "make room, or name another place") from error
    finally:
        part.unlink(missing_ok=True)
    sha256 = manifest.digest(to)
    progress.line(f"{to}: {to.stat().st_size / 1e6:.0f} MB for {target}, SHA-256 {sha256}")
    return sha256


def opened(file: Path, into: Path = _UNPACKED, pinned: dict[str, Pin] | None = None) -> Bundle:
    """Unpack a bundle into a new folder in `into`, and check all of it, its wheels against what keepmum pins.

    Raises InstallError; nothing is left then.
    """
    with _reading(file) as archive:
        said = _manifest(archive, file)
        _room(into, said.size)
        folder = Path(tempfile.mkdtemp(prefix="keepmum-bundle-", dir=into))
        try:
            folder.chmod(0o755)  # apt reads as a user of its own
            _unpack(archive, file, folder, said)
            wheels.check(folder / "wheels", pins.read(said.target.python) if pinned is None else pinned)
        except BaseException:  # whatever ended it, half a bundle must not stay
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return Bundle(folder, said.target.codename, said.target.machine, said.target.python)


def target_of(file: Path) -> Target:
    """What a bundle says that it was made for; only its manifest is read. Raises InstallError."""
    with _reading(file) as archive:
        return _manifest(archive, file).target


def _collect(folder: Path, target: Target, progress: Progress) -> None:
    with progress.step("packages", f"of Debian, for {target}"):
        debs.fetch(target, folder / "debs", progress)
    with progress.step("wheels", pins.file(target.python).name):
        wheels.fetch(target, folder / "wheels", progress)
    with progress.step("keepmum", "its own files"):
        sources.copy(folder / "source")


@contextmanager
def _reading(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:") as archive:
            yield archive
    except tarfile.TarError as error:
        raise InstallError(f"{file} is no bundle, or not a whole one: {error}", _AGAIN) from error
    except OSError as error:
        what = f"{file} cannot be read or unpacked: {error.strerror or error}"
        raise InstallError(what, "is it there, and is there room?") from error


def _manifest(archive: tarfile.TarFile, file: Path) -> Manifest:
    first = archive.next()
    if first is None or first.name != manifest.NAME or not first.isreg() or first.size > _LARGEST_MANIFEST:
        raise InstallError(f"{file} is no bundle of keepmum: it does not begin with {manifest.NAME}", _AGAIN)
    return manifest.parsed(_content(archive, first).read(), str(file))


def _unpack(archive: tarfile.TarFile, file: Path, folder: Path, said: Manifest) -> None:
    missing = dict(said.files)
    while (member := archive.next()) is not None:
        manifest.check_name(member.name, str(file))
        entry = missing.pop(member.name, None)
        if entry is None or not member.isreg() or member.size != entry.size:
            raise InstallError(f"{file} has a {member.name!r} that its manifest does not know", _AGAIN)
        _unpack_one(archive, member, folder / member.name, entry)
    if missing:
        raise InstallError(f"{file} is not whole: {len(missing)} files are missing, such as {min(missing)}", _AGAIN)


def _unpack_one(archive: tarfile.TarFile, member: tarfile.TarInfo, to: Path, entry: Entry) -> None:
    """Written by ourselves: what tarfile's own filters let through differs between the Pythons of two Debians."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with to.open("xb") as copy:
        shutil.copyfileobj(_content(archive, member), copy)
    if to.stat().st_size != entry.size or manifest.digest(to) != entry.sha256:
        raise InstallError(f"{member.name} is not what was put into the bundle", _AGAIN)
    if member.name == _RUNS:
        to.chmod(0o755)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member)
    assert content is not None  # it is a regular file
    return content


def _write(to: Path, folder: Path, said: Manifest) -> None:
    text = said.text()
    with tarfile.open(to, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(_member(manifest.NAME, len(text)), io.BytesIO(text))
        for name, entry in said.files.items():
            with (folder / name).open("rb") as content:
                archive.addfile(_member(name, entry.size), content)


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, _WHEN, 0o755 if name == _RUNS else 0o644
    return member


def _room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        what = f"{folder} has {free // 1_000_000} MB free, and {needed // 1_000_000 + 1} MB are needed"
        raise InstallError(what, "make room, or name another place")
