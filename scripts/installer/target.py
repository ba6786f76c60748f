"""What a bundle can be made for: a Debian by its codename, and a kind of processor."""

from __future__ import annotations

import difflib
import platform
from dataclasses import dataclass

from trouble import InstallError

PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
ARCHITECTURES = {"aarch64": "arm64", "x86_64": "amd64"}


@dataclass(frozen=True)
class Target:
    """One of the systems that keepmum can be installed on. Raises InstallError for any other."""

    codename: str
    machine: str

    def __post_init__(self) -> None:
        for said, known in ((self.codename, PYTHONS), (self.machine, ARCHITECTURES)):
            if said not in known:
                near = difflib.get_close_matches(said, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"here are: {', '.join(known)}"
                raise InstallError(f"keepmum cannot be installed on {said!r}", hint)

    @property
    def python(self) -> str:
        """The Python that this Debian comes with."""
        return PYTHONS[self.codename]

    @property
    def architecture(self) -> str:
        """Debian's word for the machine."""
        return ARCHITECTURES[self.machine]

    def __str__(self) -> str:
        return f"{self.codename} on {self.machine}"

    @staticmethod
    def here() -> Target:
        """The computer that this runs on. Raises InstallError if it is none that keepmum knows."""
        try:
            codename = platform.freedesktop_os_release().get("VERSION_CODENAME", "unknown")
        except OSError:
            codename = "unknown"
        return Target(codename, platform.machine())
