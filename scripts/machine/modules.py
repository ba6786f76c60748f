"""Picks the few kernel modules that the machine needs, each behind those that it needs itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

_NEEDS = re.compile(rb"\0depends=([^\0]*)\0")


def in_order(folder: Path, wanted: Iterable[str]) -> list[Path]:
    """The files of these modules in an order in which `insmod` takes them; raises KeyError for one that is not there.

    The kernel writes each module's needs into the file itself (`modinfo -F depends`).
    """
    files = {file.stem.replace("-", "_"): file for file in folder.rglob("*.ko")}
    order: list[Path] = []

    def take(name: str) -> None:
        file = files[name]
        if file not in order:
            for needed in _needs(file):
                take(needed)
            order.append(file)

    for name in wanted:
        take(name.replace("-", "_"))
    return order


def _needs(module: Path) -> Iterator[str]:
    found = _NEEDS.search(module.read_bytes())
    for name in found[1].decode().split(",") if found else []:
        if name:
            yield name.replace("-", "_")
