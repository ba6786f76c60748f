"""Fetch an archive in one or several goes, and keep it only if it is the one that was pinned."""

from __future__ import annotations

import hashlib
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from shelf import Model

from keepmum.errors import ModelError

OFFICIAL = "https://alphacephei.com/vosk/models"
LARGEST = 4_000_000_000
"""Bytes; more than any model that a Raspberry Pi could hold."""

_PATIENCE = 30.0
_CHUNK = 1 << 16
_OFFLINE = "nothing is lost: the model that comes with keepmum works without any download"


Show = Callable[[int, int | None], None]
"""Tell somebody how many bytes are there, and how many there will be."""


def download(model: Model, mirror: str, part: Path) -> None:
    """Complete `part`, a file that an earlier run may have begun, and check it. Raises ModelError."""
    if model.size is None or _size(part) < model.size:
        with _progress(model.name) as show:
            announced = _fetch(model, f"{mirror.rstrip('/')}/{model.name}.zip", part, show)
        if _size(part) < (model.size or announced):
            raise ModelError(
                f"the download ended after {_size(part)} of {model.size or announced} bytes",
                "run this again: it goes on from there",
            )
    _check(model, part)


def _fetch(model: Model, url: str, part: Path, show: Show) -> int:
    """Append what is missing; return how many bytes the server says there are, 0 if it does not say."""
    with _opened(url, _size(part)) as response:
        if response is None:
            return 0
        here = _size(part) if response.status == http.HTTPStatus.PARTIAL_CONTENT else 0
        length = int(response.headers.get("Content-Length") or 0)
        announced = here + length if length else 0
        _room(part, (model.size or announced) - here)
        with _writable(part), part.open("r+b" if here else "wb") as file:
            file.seek(here)
            while here <= (model.size or LARGEST) and (chunk := _read(response)):
                here += file.write(chunk)
                show(here, model.size or announced or None)
    return announced


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


@contextmanager
def _opened(url: str, have: int) -> Iterator[http.client.HTTPResponse | None]:
    """The answer, or None if the server says that nothing is left to send."""
    headers = {"User-Agent": "keepmum fetch-model", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        response = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=_PATIENCE)  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            yield None
            return
        raise ModelError(f"{url}: the server says {error.code} {error.reason}", "is the name right?") from None
    except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise ModelError(f"{url} cannot be reached: {reason}", _OFFLINE) from None
    with response:
        yield response


def _read(response: http.client.HTTPResponse) -> bytes:
    """The next piece; a connection that breaks counts as an end, because the next run goes on from here."""
    try:
        return response.read(_CHUNK)
    except (OSError, http.client.HTTPException):
        return b""


def _check(model: Model, part: Path) -> None:
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != model.sha256:
        size = part.stat().st_size
        part.unlink()
        raise ModelError(
            f"what came is not {model.name}: {size} bytes with SHA-256 {found} instead of {model.sha256}",
            "nothing of it was kept; try again later, and tell the project if it happens again",
        )


def _room(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if needed > free:
        raise ModelError(f"{part.parent} has {free} bytes free, {needed} are missing", "make room, or name --into")


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror}", "make room, or name --into") from error


@contextmanager
def _progress(name: str) -> Iterator[Show]:
    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=None)
        yield lambda here, total: bar.update(task, completed=here, total=total)
