"""What a bundle gives an installation that has no internet: folders with packages and wheels, once it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Bundled(Protocol):
    """An opened bundle (`bundle.opened`)."""

    @property
    def debs(self) -> Path:
        """A folder with Debian packages."""
        ...

    @property
    def wheels(self) -> Path:
        """A folder with wheels."""
        ...

    @property
    def python(self) -> str:
        """`3.11` or `3.13`."""
        ...

    @property
    def codename(self) -> str:
        """`bookworm` or `trixie`."""
        ...

    @property
    def machine(self) -> str:
        """`aarch64` or `x86_64`."""
        ...

    def apt(self) -> tuple[str, ...]:
        """Options that let apt see the bundle's packages and no others."""
        ...

    def close(self) -> None:
        """Delete what was unpacked."""
        ...
