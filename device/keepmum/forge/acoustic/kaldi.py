"""Kaldi's binary forms, as far as Vosk reads them in `final.mdl`: numbers, matrices, components, the transition model.

Everything is little-endian. A number says its size before it, a name ends with a space, and what belongs together
stands between names in angle brackets.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from keepmum.forge.phones import Phones

HEADER = b"\0B"
"""What every binary file begins with."""

STEPS = 65535
"""A compressed matrix ("CM2") has so many steps from its smallest number to its largest."""


def name(text: str) -> bytes:
    """A name, or one in angle brackets."""
    return text.encode() + b" "


def integer(value: int) -> bytes:
    """A whole number of 32 bits."""
    return struct.pack("<bi", 4, value)


def real(value: float) -> bytes:
    """A float of 32 bits."""
    return struct.pack("<bf", 4, value)


def integers(values: Sequence[int]) -> bytes:
    """A list of whole numbers; its elements say no size."""
    return struct.pack("<bi", 4, len(values)) + np.asarray(values, "<i4").tobytes()


def vector(values: Sequence[float] | NDArray[np.floating]) -> bytes:
    """A vector of floats."""
    return name("FV") + integer(len(values)) + np.asarray(values, "<f4").tobytes()


def matrix(values: NDArray[np.floating], compressed: bool = True) -> bytes:
    """A matrix: of floats, or of two bytes a number ("CM2"), which Vosk takes as well."""
    if not compressed:
        rows, columns = values.shape
        return name("FM") + integer(rows) + integer(columns) + np.ascontiguousarray(values, "<f4").tobytes()
    smallest, spread, steps = _in_steps(values)
    return name("CM2") + struct.pack("<ffii", smallest, spread, *values.shape) + steps.tobytes()


def rounded(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """What a reader makes of a compressed matrix."""
    smallest, spread, steps = _in_steps(values)
    return (np.float32(smallest) + steps * np.float32(spread / STEPS)).astype(np.float32)


def _in_steps(values: NDArray[np.floating]) -> tuple[float, float, NDArray[np.uint16]]:
    smallest = float(np.float32(values.min()))
    spread = max(float(np.float32(values.max() - smallest)), 1e-5)
    steps = np.rint((values - smallest) / spread * STEPS).clip(0, STEPS).astype("<u2")
    return smallest, spread, np.ascontiguousarray(steps)


def transition_model(phones: Phones) -> bytes:
    """The transition model of phones with one state, whose first frame has another output than the others."""
    positioned = list(range(1, len(phones.positioned) + 1))
    parts = [name("<TransitionModel>"), name("<Topology>")]
    parts += [integers(positioned), integers([-1] + [0] * len(positioned))]
    # -1: the loop has its own output. One entry for all phones, of two states: the phone, and behind it the end.
    parts += [integer(-1), integer(1), integer(2)]
    parts += [integer(0), integer(1), integer(2), integer(0), real(0.5), integer(1), real(0.5)]
    parts += [integer(-1), integer(-1), integer(0), name("</Topology>")]
    parts += [name("<Tuples>"), integer(len(phones.tuples))]
    parts += [integer(number) for each in phones.tuples for number in (each.phone, 0, each.forward, each.loop)]
    logarithms = [0.0] + [math.log(0.5)] * phones.transitions
    parts += [name("</Tuples>"), name("<LogProbs>"), vector(logarithms), name("</LogProbs>")]
    return b"".join([*parts, name("</TransitionModel>")])


def affine(weights: NDArray[np.floating], bias: NDArray[np.floating], compressed: bool) -> bytes:
    """A matrix and what is added. The fixed kind: Vosk would merge two of the other kind into one large matrix."""
    kind = "FixedAffineComponent"
    parts = [name("<LinearParams>"), matrix(weights, compressed), name("<BiasParams>"), vector(bias)]
    return _component(kind, parts)


def rectified(width: int) -> bytes:
    """No negative numbers. The statistics of a training with Kaldi are there, and empty."""
    parts = [name("<Dim>"), integer(width), name("<ValueAvg>"), vector([]), name("<DerivAvg>"), vector([])]
    parts += [name("<Count>"), real(0), name("<OderivRms>"), vector([]), name("<OderivCount>"), real(0)]
    parts += [name("<NumDimsSelfRepaired>"), real(0), name("<NumDimsProcessed>"), real(0)]
    parts += [name("<SelfRepairScale>"), real(0)]
    return _component("RectifiedLinearComponent", parts)


def as_it_is(width: int) -> bytes:
    """Hands its input on, which is a weighted sum."""
    return _component("NoOpComponent", [name("<Dim>"), integer(width), name("<BackpropScale>"), real(1)])


def _component(kind: str, parts: Iterable[bytes]) -> bytes:
    return name(f"<{kind}>") + b"".join(parts) + name(f"</{kind}>")


def network(nodes: Sequence[str], components: Sequence[tuple[str, bytes]]) -> bytes:
    """An nnet3 network: its nodes as text, then its components by name, with the little that stands behind them."""
    parts = [name("<Nnet3>"), b"\n" + "\n".join(nodes).encode() + b"\n\n"]
    parts += [name("<NumComponents>"), integer(len(components))]
    parts += [name("<ComponentName>") + name(each) + content for each, content in components]
    parts += [name("</Nnet3>"), name("<LeftContext>"), integer(0), name("<RightContext>"), integer(0)]
    return b"".join([*parts, name("<Priors>"), vector([])])
