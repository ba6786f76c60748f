"""The score of the best path for one word: Vosk's own, and the same computed from a network's scores."""

from __future__ import annotations

import ctypes
import json
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keepmum.forge.acoustic.folding import Affine, Folded
from keepmum.forge.acoustic.network import KEPT, STRIDE
from keepmum.listener.speech.vosk_library import VoskModel

GRAPH_SCALE = 0.9
"""Vosk weighs the graph's costs by this before it lists alternatives."""


def heard(network: Folded, frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """[answers, outputs] by plain matrix products, the frames at the edges standing on."""
    context = 3 + STRIDE * len(network.blocks)
    answers = -(-len(frames) // STRIDE)
    behind = answers * STRIDE - len(frames) + context
    x = np.concatenate([np.repeat(frames[:1], context, 0), frames, np.repeat(frames[-1:], behind, 0)])
    x = np.maximum(_affine(network.first, _beside(x, 5)), 0)
    x = np.maximum(_affine(network.second, _beside(x, 3)[::3]), 0)
    for linear, layer in network.blocks:
        found = np.maximum(_affine(layer, _beside(_beside(x, 2) @ linear.T, 2)), 0)
        x = found + KEPT * x[1:-1]
    return _affine(network.last, x)


def _beside(x: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    count = len(x) - frames + 1
    return np.concatenate([x[at : at + count] for at in range(frames)], 1)


def _affine(affine: Affine, x: NDArray[np.float32]) -> NDArray[np.float32]:
    return x @ affine.weights.T + affine.bias


def best_path(scores: NDArray[np.floating], phones: list[int]) -> float:
    """The best path's score through an optional silence, the phones of one word, and an optional silence."""
    half = GRAPH_SCALE * math.log(2)
    places = [0, *phones, 0]
    last = len(places) - 1
    best = np.full(len(places), -np.inf)
    best[0] = -half + scores[0, 0]
    best[1] = -half + scores[0, 2 * places[1]]
    for row in scores[1:]:
        moved = best + row[[2 * phone + 1 for phone in places]]
        for place in range(1, len(places)):
            entered = best[place - 1] + row[2 * places[place]] - (half if place == last else 0)
            moved[place] = max(moved[place], entered)
        best = moved
    # Halves: a silence or none at both ends, the word rather than the way back, the end after it.
    return float(max(best[-1], best[-2] - half)) - 2 * half


def vosk_score(folder: Path, samples: NDArray[np.int16]) -> tuple[str, float]:
    """What Vosk hears without a grammar of the moment, and the path's score, graph costs included."""
    model = VoskModel(folder)
    library = model.library
    library.vosk_recognizer_new.restype = ctypes.c_void_p
    library.vosk_recognizer_new.argtypes = (ctypes.c_void_p, ctypes.c_float)
    library.vosk_recognizer_set_max_alternatives.argtypes = (ctypes.c_void_p, ctypes.c_int)
    recogniser = library.vosk_recognizer_new(model.handle, 16000.0)
    try:
        library.vosk_recognizer_set_max_alternatives(recogniser, 1)
        for start in range(0, len(samples), 1280):
            piece = samples[start : start + 1280].tobytes()
            library.vosk_recognizer_accept_waveform(recogniser, piece, len(piece))
        told = json.loads(library.vosk_recognizer_final_result(recogniser).decode())["alternatives"][0]
    finally:
        library.vosk_recognizer_free(recogniser)
    return told["text"], float(told["confidence"])
