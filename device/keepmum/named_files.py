"""Files that people name without a path: those that ship with keepmum, and the owner's own, which win over them."""

from __future__ import annotations

import re
from pathlib import Path

from keepmum import layers, shipped
from keepmum.errors import ConfigError

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class NamedFiles:
    """The YAML files of one folder of `config/`, and of a second one of the owner's."""

    def __init__(self, folder: str, noun: str, owners: Path | None) -> None:
        """`folder` stands in `config/`; `noun` is what one file is called; `owners` need not be there."""
        self._noun = noun
        self._folders = [each for each in (owners, shipped.folder() / folder) if each is not None]

    def names(self) -> list[str]:
        """Every name, in the order of the alphabet."""
        found = {file.stem for folder in self._folders for file in folder.glob("*.yaml")}
        return sorted(name for name in found if _NAME.fullmatch(name))

    def file(self, name: str) -> Path:
        """The file of that name. Raises ConfigError if there is none."""
        files = [folder / f"{name}.yaml" for folder in self._folders] if _NAME.fullmatch(name) else []
        for file in files:
            if file.is_file():
                return file
        begun = [known for known in self.names() if name and known.startswith(name)]
        hint = f"did you mean {' or '.join(begun)}?" if begun else layers.meant(name, self.names())
        raise ConfigError(f"there is no {self._noun} {name!r}", hint)
