"""Looks for bytes in files: the only thing that catches a desk which says "deleted" and keeps a copy.

A speaker cannot see into a desk; it can only check who signed an answer, and to what. Whoever may read the desk's disk
can look: this reads every byte of the files named, also of databases, logs and backups, in the clear and as the usual
encodings write it. Whoever copies clips elsewhere, or encrypts the copies, is not found by it.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

PIECE = 24
"""Bytes of each canary: two of them are the same by chance once in 2**192 times."""
_EVERY = 1_000
_BLOCK = 1_048_576


class Hit(NamedTuple):
    """A canary that was found."""

    file: Path
    offset: int
    written: str
    """`raw`, `hexadecimal` or `base64`."""


def canaries(content: bytes) -> tuple[bytes, ...]:
    """Pieces of something, its beginning and its end among them: each of them proves that a copy is there."""
    if len(content) < PIECE:
        raise ValueError(f"{len(content)} bytes are no canary: {PIECE} are the least")
    starts = [*range(0, len(content) - PIECE, _EVERY), len(content) - PIECE]
    return tuple(dict.fromkeys(content[start : start + PIECE] for start in starts))


def scan(places: Iterable[Path], canaries: Iterable[bytes]) -> list[Hit]:
    """Every file below `places` in which one of the canaries stands, with the first place of each way to write it.

    Raises OSError for a file that cannot be read: what was not read was not searched.
    """
    wanted = [(written, form) for canary in canaries for written, form in _written(canary)]
    return [hit for file in _files(places) for hit in _in_file(file, wanted)]


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        yield from sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]


def _in_file(file: Path, wanted: list[tuple[str, bytes]]) -> list[Hit]:
    longest = max((len(form) for _, form in wanted), default=1)
    found: dict[str, Hit] = {}
    with file.open("rb") as reader:
        start, kept = 0, b""
        while block := reader.read(_BLOCK):
            here = kept + block
            for written, form in wanted:
                if written not in found and (place := here.find(form)) >= 0:
                    found[written] = Hit(file, start + place, written)
            kept = here[-(longest - 1) :] if longest > 1 else b""
            start += len(here) - len(kept)
    return list(found.values())


def _written(canary: bytes) -> Iterator[tuple[str, bytes]]:
    yield "raw", canary
    yield "hexadecimal", canary.hex().encode()
    yield "hexadecimal", canary.hex().upper().encode()
    # Base64 writes three bytes at a time: where a piece begins among its three, it reads differently.
    for skipped in range(3):
        whole = canary[skipped : skipped + (PIECE - skipped) // 3 * 3]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield "base64", encode(whole)


def main(arguments: list[str]) -> int:
    """`python -m keepmum.desk.scan CONTENT PLACE...`: 1 if bytes of the file CONTENT are in one of the places."""
    if len(arguments) < 2:
        print("usage: python -m keepmum.desk.scan CONTENT PLACE...", file=sys.stderr)
        return 2
    try:
        hits = scan(map(Path, arguments[1:]), canaries(Path(arguments[0]).read_bytes()))
    except (OSError, ValueError) as error:
        print(f"scan: error: {error}", file=sys.stderr)
        return 2
    for hit in hits:
        print(f"{hit.file}: at byte {hit.offset}, {hit.written}")
    print("1 hit" if len(hits) == 1 else f"{len(hits)} hits")
    return 1 if hits else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
