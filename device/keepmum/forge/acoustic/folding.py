"""Turns a trained network into the few matrices that are left of it when it only listens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from keepmum.forge.acoustic.network import FIRST, Block, Layer, Network

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Affine:
    """A matrix and what is added; its columns are frames side by side, in the order of time."""

    weights: Matrix
    """[outputs, inputs]."""
    bias: Matrix
    """[outputs]."""


@dataclass(frozen=True)
class Folded:
    """The normalisations, of the features too, are part of the matrices."""

    first: Affine
    second: Affine
    blocks: tuple[tuple[Matrix, Affine], ...]
    """Each block's bottleneck, and the layer behind it."""
    last: Affine


def folded(network: Network) -> Folded:
    """The network as it is when it does not learn. Computed in double precision, kept in single."""
    blocks = [each for each in network.blocks if isinstance(each, Block)]
    first, bias = _layer(network.first)
    mean, spread = (each.double().repeat(FIRST) for each in (network.mean, network.spread))
    bias = bias - first @ (mean / spread)
    return Folded(
        _affine(first / spread, bias),
        _affine(*_layer(network.second)),
        tuple((_single(each.linear.weight), _affine(*_layer(each.layer))) for each in blocks),
        _affine(*_linear(network.last)),
    )


def _layer(layer: Layer) -> tuple[torch.Tensor, torch.Tensor]:
    weights, bias = _linear(layer.affine)
    norm = layer.norm
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None
    assert variance is not None
    scale = norm.weight.detach().double() / torch.sqrt(variance.double() + norm.eps)
    return weights * scale[:, None], (bias - mean.double()) * scale + norm.bias.detach().double()


def _linear(linear: nn.Linear) -> tuple[torch.Tensor, torch.Tensor]:
    return linear.weight.detach().double(), linear.bias.detach().double()


def _affine(weights: torch.Tensor, bias: torch.Tensor) -> Affine:
    return Affine(_single(weights), _single(bias))


def _single(tensor: torch.Tensor) -> Matrix:
    single: Matrix = tensor.detach().float().numpy()
    return single
