"""Looks for bytes in files and in what a wire carried, block by block, and shows first that it would find them."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from keepmum.errors import LabError

BLOCK = 1 << 20
"""Bytes that are looked at in one go; whatever is sought is shorter."""


class Hit(NamedTuple):
    """Something that stands where it may not."""

    place: str
    """A file, or what else was searched."""
    offset: int
    """At the first byte of it, or near it."""
    what: str
    """What was found, in words. Never the thing itself: a report of a leak must not be one."""


class Sought(Protocol):
    """Something that may stand nowhere."""

    @property
    def longest(self) -> int:
        """Bytes that have to be seen together to find it."""
        ...

    def found_in(self, content: bytes) -> Iterator[tuple[str, int]]:
        """What stands in some bytes, in words, and where."""
        ...

    def planted(self) -> Iterator[bytes]:
        """Bytes in which it has to be found: the positive control."""
        ...


class Names:
    """Words and numbers, each in some spellings."""

    def __init__(self, forms: Mapping[str, Collection[bytes]]) -> None:
        """`forms` are what must not be found, by what each is called."""
        self._forms = {name: tuple(each for each in some if each) for name, some in forms.items()}

    @property
    def longest(self) -> int:
        """The longest spelling."""
        return max((len(each) for some in self._forms.values() for each in some), default=1)

    def found_in(self, content: bytes) -> Iterator[tuple[str, int]]:
        """The first place of each name."""
        for name, some in self._forms.items():
            places = [at for each in some if (at := content.find(each)) >= 0]
            if places:
                yield name, min(places)

    def planted(self) -> Iterator[bytes]:
        """Each spelling between other bytes."""
        return (b"\x17before " + each + b" behind\xf1" for some in self._forms.values() for each in some)


def search(places: Iterable[Path], sought: Iterable[Sought]) -> list[Hit]:
    """Every file below the places with what stands in it; one hit for each thing in each file.

    Raises LabError for a file that cannot be read: what was not read was not searched.
    """
    wanted = tuple(sought)
    try:
        return [hit for path in _files(places) for hit in _in_file(path, wanted)]
    except OSError as error:
        raise LabError(f"{error.filename}: {error.strerror}", "what cannot be read cannot be searched") from error


def search_bytes(name: str, content: bytes, sought: Iterable[Sought]) -> list[Hit]:
    """The same in some bytes."""
    return _in_stream(name, io.BytesIO(content), tuple(sought))


def control(sought: Iterable[Sought]) -> tuple[int, int]:
    """How many planted things are found, and how many were planted; a search that misses one proves nothing."""
    found = planted = 0
    for one in sought:
        for content in one.planted():
            planted += 1
            found += bool(search_bytes("planted", bytes(BLOCK - len(content) // 2) + content, [one]))
    return found, planted


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if not place.exists():
            raise LabError(f"there is no {place}", "name files or folders that are there")
        yield from sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]


def _in_file(path: Path, wanted: tuple[Sought, ...]) -> list[Hit]:
    with path.open("rb") as file:
        return _in_stream(str(path), file, wanted)


def _in_stream(name: str, stream: BinaryIO, wanted: tuple[Sought, ...]) -> list[Hit]:
    overlap = max((each.longest for each in wanted), default=1)
    found: dict[str, Hit] = {}
    start, kept = 0, b""
    while block := stream.read(BLOCK):
        content = kept + block
        for each in wanted:
            for what, at in each.found_in(content):
                found.setdefault(what, Hit(name, start + at, what))
        kept = content[-overlap:]
        start += len(content) - len(kept)
    return list(found.values())
