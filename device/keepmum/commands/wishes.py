"""What the owner said before the command: which file, and which single keys for this run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import typer

from keepmum import config
from keepmum.settings import Settings


@dataclass(frozen=True)
class Wishes:
    """`--config` and `--set`, as they were given."""

    file: Path | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)


def overrides(texts: list[str]) -> dict[str, str]:
    """The keys and values out of `--set key=value`; raises a usage error for anything else."""
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key.strip() or not equals:
            raise typer.BadParameter(f"{text!r} is not key=value; an example: --set wake.trigger=0.4")
        pairs[key.strip()] = value
    return pairs


def wishes(context: typer.Context) -> Wishes:
    """What was said before the command."""
    return context.ensure_object(Wishes)


def settings(context: typer.Context) -> Settings:
    """The settings in force for this command. Raises ConfigError."""
    said = wishes(context)
    return config.load(said.file, said.overrides)
