"""The features that Vosk computes from sound, so that a model learns from what it will be given."""

from __future__ import annotations

import kaldi_native_fbank
import numpy as np
from numpy.typing import NDArray

from keepmum.forge.corpus.shards import CEPSTRA

RATE = 16_000
"""Samples a second."""

FRAME = 160
"""Samples from one frame to the next (10 ms)."""

OUTPUT = 3 * FRAME
"""Samples from one answer of the network to the next (30 ms)."""

CONF = (
    "--sample-frequency=16000\n--use-energy=false\n--num-mel-bins=40\n--num-ceps=40\n"
    "--low-freq=20\n--high-freq=7600\n--dither=0\n"
)
"""The same in Kaldi's words, for a model's `conf/mfcc.conf`."""


def mfcc(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """[frames, 40] of sound in the scale of 16-bit samples; a frame lies wholly inside the sound (25 ms, every 10)."""
    features = kaldi_native_fbank.OnlineMfcc(_options())
    features.accept_waveform(RATE, np.ascontiguousarray(samples, np.float32))
    features.input_finished()
    frames = [features.get_frame(index) for index in range(features.num_frames_ready)]
    return np.array(frames, np.float32).reshape(-1, CEPSTRA)


def _options() -> kaldi_native_fbank.MfccOptions:
    options = kaldi_native_fbank.MfccOptions()
    options.frame_opts.samp_freq = RATE
    options.frame_opts.dither = 0
    options.frame_opts.snip_edges = True
    options.mel_opts.num_bins = 40
    options.mel_opts.low_freq = 20
    options.mel_opts.high_freq = 7600
    options.num_ceps = CEPSTRA
    options.use_energy = False
    return options
