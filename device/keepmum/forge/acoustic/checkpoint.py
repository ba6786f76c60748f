"""What the training keeps, so that it goes on after a stop as if there had been none."""

from __future__ import annotations

import pickle
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from keepmum.errors import ForgeError
from keepmum.forge.acoustic.feed import Position
from keepmum.forge.acoustic.network import Network
from keepmum.forge.acoustic.phone_trigram import PhoneTrigram
from keepmum.forge.recipe import Recipe

FORMAT = 1
_AGAIN = "delete it: the training begins anew"
Tensors = dict[str, torch.Tensor]


@dataclass
class Course:
    """How far the training has come."""

    step: int = 0
    position: Position = field(default_factory=Position)
    hours: float = 0.0
    """Of sound that was heard, repetitions included."""
    wall: float = 0.0
    """Seconds by the clock."""
    cpu: float = 0.0
    """Seconds of processor time."""


@dataclass(frozen=True)
class Checkpoint:
    """All of it: the network, its running average, the optimiser's state, and what the phones do."""

    network: Tensors
    average: Tensors
    optimiser: dict[str, Any]
    trigram: PhoneTrigram
    course: Course
    shards: str
    """A digest of the prepared utterances that the position is about."""

    def write(self, path: Path) -> None:
        """Write it, all or nothing. Raises ForgeError."""
        lm = self.trigram
        content = {
            "format": FORMAT,
            "network": self.network,
            "average": self.average,
            "optimiser": self.optimiser,
            "trigram": [torch.from_numpy(part) for part in (lm.following, lm.first, lm.last, lm.single)],
            "course": asdict(self.course),
            "shards": self.shards,
        }
        unfinished = path.with_name(f".{path.name}.unfinished")
        try:
            torch.save(content, unfinished)
            unfinished.replace(path)
        except (OSError, RuntimeError) as error:  # PyTorch's writer tells a full disk by RuntimeError
            raise ForgeError(f"{path} cannot be written: {error}", "make room; the last checkpoint is whole") from error


def read(path: Path) -> Checkpoint:
    """The checkpoint in a file. Raises ForgeError if it is missing, broken or of another kind."""
    try:
        # `weights_only`: a checkpoint is data; nothing in it may run.
        untrusted_content = torch.load(path, weights_only=True)
        if untrusted_content["format"] != FORMAT:
            raise ForgeError(
                f"{path} has format {untrusted_content['format']}, and this keepmum reads {FORMAT}", _AGAIN
            )
        course = dict(untrusted_content["course"])
        course["position"] = Position(**course["position"])
        trigram = PhoneTrigram(*(part.numpy() for part in untrusted_content["trigram"]))
        network, average, optimiser = (untrusted_content[name] for name in ("network", "average", "optimiser"))
        return Checkpoint(network, average, optimiser, trigram, Course(**course), untrusted_content["shards"])
    except FileNotFoundError as error:
        raise ForgeError(f"nothing is trained yet: there is no {path}", "run `keepmum forge train` first") from error
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, ForgeError):
            raise
        raise ForgeError(f"{path} cannot be read as a checkpoint: {error}", _AGAIN) from error


def network(recipe: Recipe, outputs: int) -> Network:
    """A network of the recipe's size."""
    size = recipe.network
    return Network(size.width, size.bottleneck, size.blocks, outputs, recipe.training.dropout)
