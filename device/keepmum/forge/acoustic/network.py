"""The network that hears phones: a time-delay network with factored layers, as Vosk's own models have.

It reads 100 frames a second and answers every third. All layers are matrices over frames put side by side in time
order, which is how Kaldi stores them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from keepmum.forge.corpus.shards import CEPSTRA

STRIDE = 3
"""Frames from one answer to the next."""

KEPT = 0.66
"""How much of its input each block hands on beside what it finds; Kaldi's recipes use the same."""

FIRST = 5
"""Frames that the first layer sees at once."""

EDGE = 3
"""Frames that the first two layers look ahead, and back."""


class Network(nn.Module):
    """Scores of outputs from features; the mean and spread of the features are part of it."""

    mean: torch.Tensor
    spread: torch.Tensor

    def __init__(self, width: int, bottleneck: int, blocks: int, outputs: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(CEPSTRA))
        self.register_buffer("spread", torch.ones(CEPSTRA))
        self.first = Layer(FIRST * CEPSTRA, width)
        self.second = Layer(STRIDE * width, width)
        self.blocks = nn.ModuleList(Block(width, bottleneck, dropout) for _ in range(blocks))
        self.last = nn.Linear(width, outputs)
        nn.init.normal_(self.last.weight, std=0.02)
        nn.init.zeros_(self.last.bias)

    @property
    def context(self) -> int:
        """Frames that an answer needs on each side of its own (10 ms each)."""
        return EDGE + STRIDE * len(self.blocks)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """[utterances, answers, outputs] for [utterances, 3 * answers + 2 * context, 40]."""
        x = self.first(side_by_side((frames - self.mean) / self.spread, FIRST))
        answers = x.shape[1] // STRIDE
        x = self.second(x[:, : answers * STRIDE].reshape(len(x), answers, -1))
        for block in self.blocks:
            x = block(x)
        scores: torch.Tensor = self.last(x)
        return scores


class Layer(nn.Module):
    """A matrix, batch normalisation, and no negative numbers."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.affine = nn.Linear(inputs, width)
        self.norm = nn.BatchNorm1d(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[utterances, frames, inputs] to [utterances, frames, width]."""
        normed: torch.Tensor = self.norm(self.affine(x).flatten(0, 1))
        return normed.relu_().view(*x.shape[:2], -1)


class Block(nn.Module):
    """A layer over two answers on each side, through a bottleneck, beside a way past it."""

    def __init__(self, width: int, bottleneck: int, dropout: float) -> None:
        super().__init__()
        self.linear = nn.Linear(2 * width, bottleneck, bias=False)
        self.layer = Layer(2 * bottleneck, width)
        self.dropout = dropout

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[utterances, answers, width] to two answers fewer."""
        found: torch.Tensor = self.layer(side_by_side(self.linear(side_by_side(x, 2)), 2))
        if self.training and self.dropout > 0:
            # One factor near 1 for each channel of an utterance: softer than leaving channels out.
            found = found * (1 + self.dropout * (2 * torch.rand(len(x), 1, found.shape[2]) - 1))
        return torch.add(found, x[:, 1:-1], alpha=KEPT)


def side_by_side(x: torch.Tensor, frames: int) -> torch.Tensor:
    """[utterances, n, d] to [utterances, n - frames + 1, frames * d]: each frame with those after it."""
    count = x.shape[1] - frames + 1
    return torch.cat([x[:, at : at + count] for at in range(frames)], 2)


def answers(frames: int) -> int:
    """How many answers the network gives for so many frames."""
    return -(-frames // STRIDE)


def padded(utterances: Sequence[NDArray[np.floating]], context: int) -> NDArray[np.float32]:
    """[utterances, frames, 40] of one length; the frames at the edges stand on, as Vosk lets them."""
    longest = answers(max(map(len, utterances))) * STRIDE
    batch = np.empty((len(utterances), longest + 2 * context, CEPSTRA), np.float32)
    for row, frames in zip(batch, utterances, strict=True):
        row[:context] = frames[0]
        row[context : context + len(frames)] = frames
        row[context + len(frames) :] = frames[-1]
    return batch
