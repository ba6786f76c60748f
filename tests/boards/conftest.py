"""What the tests of boards share: no owner's file of this machine, and profiles of one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from keepmum import config
from keepmum.errors import ConfigError

PROFILE = """\
id: {name}
name: A board of mine
maker: myself
tier: B
pis: [pi4]
{rest}
sources: [measured at my own desk]
"""


@pytest.fixture(autouse=True)
def _no_owner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KEEPMUM_CONFIG", raising=False)
    monkeypatch.setattr(config, "OWNERS_FILE", tmp_path / "etc" / "keepmum.yaml")


@pytest.fixture
def owners(tmp_path: Path) -> Callable[[str], Path]:
    """Writes an owner's file."""

    def write(text: str) -> Path:
        file = tmp_path / "mine.yaml"
        file.write_text(text)
        return file

    return write


@pytest.fixture
def my_board(tmp_path: Path) -> Callable[..., Path]:
    """Writes a profile beside the owner's file; `rest` is what it says besides its name."""

    def write(rest: str = "", name: str = "my-board") -> Path:
        file = tmp_path / "boards" / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(PROFILE.format(name=name, rest=rest))
        return file

    return write


@pytest.fixture
def complaint(tmp_path: Path) -> Callable[[Path], str]:
    """What loading an owner's file ends in, without this machine's folders."""

    def load(file: Path) -> str:
        with pytest.raises(ConfigError) as caught:
            config.load(file)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return load
