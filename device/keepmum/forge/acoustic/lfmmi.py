"""The loss: how likely the phones that were said are among all that could have been said (LF-MMI), per frame.

It needs no alignment, so the network learns from sound and text alone. The sums run in C without Python's lock, one
utterance at a time, in as many threads as are asked for.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from keepmum.forge.acoustic.compiling import compiled
from keepmum.forge.acoustic.phone_trigram import PhoneTrigram

WIDEST = 40.0
"""Nats below a frame's best output at which a score no longer falls. With a share of 1e-12 at which a state is left
out, the smallest product is 1e-30, which a float still holds."""

_OUT_OF_MEMORY = 1


@dataclass(frozen=True)
class Said:
    """What was said in one utterance of a batch."""

    frames: int
    """The network's answers for it (30 ms each)."""
    phones: NDArray[np.int32]
    """[n]: base phones, 0 for a silence that may be there."""
    lead: int = 0
    """Answers at the beginning that are known to hold no speech."""
    trail: int = 0
    """The same at the end."""


@dataclass(frozen=True)
class Sums:
    """The two halves for one utterance, and the derivative of their difference."""

    said: float
    """The logarithm of the sum over the ways of what was said; minus infinity if it does not fit."""
    anything: float
    """The logarithm of the sum over all phone sequences."""
    gradient: NDArray[np.float32]
    """[frames, outputs]: of `anything - said` by the scores."""

    @property
    def fits(self) -> bool:
        """Whether the utterance can be learnt from."""
        return bool(np.isfinite(self.said) and np.isfinite(self.anything))


class Lattices:
    """The sums over paths, for one language's phones."""

    def __init__(self, trigram: PhoneTrigram, cache: Path, threads: int = 1) -> None:
        """`cache` keeps the compiled sums. Raises ForgeError without a C compiler."""
        self._library = compiled(cache, trigram.phones)
        self._trigram = trigram
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def sums(self, scores: NDArray[np.float32], said: Sequence[Said]) -> list[Sums]:
        """For a batch of scores [utterances, frames, outputs] what was said in each, in the batch's order."""
        best = scores.max(2, keepdims=True)
        emissions = np.exp(np.maximum(scores - best, -WIDEST), dtype=np.float32)
        pairs = [(emissions[at, : each.frames], best[at, : each.frames], each) for at, each in enumerate(said)]
        return list((self._pool.map if self._pool else map)(self._one, pairs))

    def _one(self, pair: tuple[NDArray[np.float32], NDArray[np.float32], Said]) -> Sums:
        emissions, best, said = pair
        gradient = np.zeros_like(emissions)
        anything = self._anything(emissions, gradient)
        of_said = self._said(emissions, said, gradient) if np.isfinite(anything) else -np.inf
        scale = float(best.sum(dtype=np.float64))
        return Sums(of_said + scale, anything + scale, gradient)

    def _anything(self, emissions: NDArray[np.float32], gradient: NDArray[np.float32]) -> float:
        logarithm = ctypes.c_double()
        lm = self._trigram
        tables = (lm.following.ctypes.data, lm.first.ctypes.data, lm.last.ctypes.data)
        outcome = self._library.denominator(
            emissions.ctypes.data, len(emissions), *tables, gradient.ctypes.data, ctypes.byref(logarithm)
        )
        return _logarithm(outcome, logarithm)

    def _said(self, emissions: NDArray[np.float32], said: Said, gradient: NDArray[np.float32]) -> float:
        logarithm = ctypes.c_double()
        phones = np.ascontiguousarray(said.phones, np.int32)
        # Only a silence can be forced into the frames that are known to be silent.
        lead, trail = (said.lead if phones[0] == 0 else 0), (said.trail if phones[-1] == 0 else 0)
        address = phones.ctypes.data
        outcome = self._library.numerator(
            *(emissions.ctypes.data, len(emissions), address, len(phones), lead, trail),
            *(gradient.ctypes.data, ctypes.byref(logarithm)),
        )
        return _logarithm(outcome, logarithm)


def _logarithm(outcome: int, logarithm: ctypes.c_double) -> float:
    if outcome == _OUT_OF_MEMORY:
        raise MemoryError
    return logarithm.value if outcome == 0 else -np.inf


class _Loss(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, scores: torch.Tensor, said: Sequence[Said], lattices: Lattices) -> torch.Tensor:
        sums = lattices.sums(scores.detach().float().contiguous().numpy(), said)
        good = [at for at, each in enumerate(sums) if each.fits]
        frames = max(1, sum(said[at].frames for at in good))
        gradient = torch.zeros(scores.shape)
        for at in good:
            gradient[at, : said[at].frames] = torch.from_numpy(sums[at].gradient)
        context.gradient = gradient / frames
        return torch.tensor(sum(sums[at].anything - sums[at].said for at in good) / frames)

    @staticmethod
    def backward(context: Any, *outer: Any) -> Any:
        return context.gradient * outer[0], None, None


def loss(scores: torch.Tensor, said: Sequence[Said], lattices: Lattices) -> torch.Tensor:
    """The loss per frame, in nats, of scores [utterances, frames, outputs]; utterances that do not fit add nothing.

    Raises MemoryError.
    """
    result: torch.Tensor = _Loss.apply(scores, said, lattices)
    return result
