"""Take a model out of its archive without letting the archive choose where its files go or how large they get."""

from __future__ import annotations

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from keepmum.errors import ModelError

LARGEST = 8_000_000_000
"""Bytes that an archive may unpack to."""

MOST_FILES = 1_000


def unpack(archive: Path, name: str, into: Path) -> Path:
    """The folder `into/name`, complete or not there at all.

    Raises ModelError; an archive that is no good is then gone, one that met a full disk is kept for another try.
    """
    new = into / f".{name}.new"
    shutil.rmtree(new, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as whole:
            members = [member for member in whole.infolist() if not member.is_dir()]
            _check(members, name)
            whole.extractall(new, members)
        _check_model(new / name)
        (new / name).rename(into / name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        archive.unlink()
        raise ModelError(f"{archive.name} is not a zip that can be read: {error}", "nothing of it was kept") from error
    except ModelError:
        archive.unlink()
        raise
    except OSError as error:
        raise ModelError(f"{new} cannot be written: {error.strerror}", "make room, or name --into") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return into / name


def _check(members: list[zipfile.ZipInfo], name: str) -> None:
    if len(members) > MOST_FILES or sum(member.file_size for member in members) > LARGEST:
        raise ModelError(f"the archive holds more than {MOST_FILES} files or {LARGEST} bytes", "no Vosk model does")
    seen: set[PurePosixPath] = set()
    for member in members:
        path = PurePosixPath(member.filename)
        kind = stat.S_IFMT(member.external_attr >> 16)
        strays = path.is_absolute() or ".." in path.parts or "\\" in member.filename or path.parts[:1] != (name,)
        if strays or path in seen or kind not in {0, stat.S_IFREG}:
            raise ModelError(f"the archive would put {member.filename!r} where it does not belong", "do not use it")
        seen.add(path)


def _check_model(folder: Path) -> None:
    if not any((folder / where / "final.mdl").is_file() for where in ("am", ".")):
        raise ModelError(f"the archive holds no Vosk model named {folder.name}", "is the name right?")
