"""Plays one piece of a corpus to the speaker's ears, with a quiet room before and behind every recording."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice

import numpy as np

from keepmum.lab.corpus import audio
from keepmum.lab.marks import Mark
from keepmum.lab.pipeline.ears import Ears, opened
from keepmum.lab.pipeline.notebook import Notebook
from keepmum.lab.pipeline.pieces import Piece, Stretch
from keepmum.lab.pipeline.tuning import Tuning
from keepmum.sound import BLOCK, BLOCK_BYTES, BLOCK_SECONDS

BEFORE = 13
"""Blocks of the quiet room before a recording (1.04 s): the engines are awake when it begins."""

BEHIND = 7
"""Blocks behind it at least (0.56 s), so that a word at the very end is found; more while a command is being heard."""

LEAD = 200
"""Blocks of a long recording (16 s) that are heard before a stretch, and at most behind it: longer than any command, so
that a cut changes nothing about what was heard across it."""

_ROOM = 2.0 / 32_768
"""Of full scale: the noise of a microphone in a room where nothing sounds."""


def listen(piece: Piece) -> tuple[Mark, ...]:
    """What the speaker did, stretch by stretch. Raises LabError for a recording that breaks on the way.

    It travels to other processes; the same piece gives the same marks in each.
    """
    ears = opened(piece.tuning)
    return tuple(mark for stretch in piece.stretches for mark in _heard(ears, stretch, piece.tuning, piece.channel))


def _heard(ears: Ears, stretch: Stretch, tuning: Tuning, channel: str) -> tuple[Mark, ...]:
    notebook = Notebook(stretch)
    lead = _lead(stretch)
    ears.begin(notebook, stretch.begins - lead * BLOCK_SECONDS)
    notebook.happened(stretch.happenings)
    least = _blocks_until_the_end(stretch, lead)
    for number, block in enumerate(_sound(stretch, tuning, channel), 1):
        ears.hear(block, stretch.happenings)
        if number >= least and ears.waits:
            break
    return ears.end()


def _lead(stretch: Stretch) -> int:
    """Blocks that are heard before a stretch: of the recording, or all of it so far and the room before it."""
    so_far = round(stretch.begins / BLOCK_SECONDS)
    return LEAD if so_far >= LEAD else so_far + BEFORE


def _blocks_until_the_end(stretch: Stretch, lead: int) -> int:
    own = -(-round((stretch.ends - stretch.begins) / BLOCK_SECONDS * 1000) // 1000)
    return lead + own + (BEHIND if stretch.is_last else 0)


def _sound(stretch: Stretch, tuning: Tuning, channel: str) -> Iterator[bytes]:
    """The stretch in blocks, with what comes before and behind it: the recording itself, or the room."""
    lead = _lead(stretch) * BLOCK_SECONDS
    first = max(0.0, stretch.begins - lead)
    last = stretch.ends if stretch.is_last else stretch.ends + LEAD * BLOCK_SECONDS
    name = f"{tuning.seed}/{stretch.recording}"
    if stretch.begins < lead:
        yield from islice(room(f"{name}/before"), BEFORE)
    sound, behind = audio.stretch(stretch.path, first, last, channel), room(f"{name}/behind")
    whole = len(sound) // BLOCK_BYTES * BLOCK_BYTES
    yield from (sound[at : at + BLOCK_BYTES] for at in range(0, whole, BLOCK_BYTES))
    rest = sound[whole:]
    if rest:
        yield rest + next(behind)[len(rest) :]
    yield from islice(behind, LEAD)


def room(name: str) -> Iterator[bytes]:
    """A quiet room, block by block and without end: noise that is the same whenever the name is."""
    # This generator's sequence is frozen, whatever becomes of numpy's newer ones.
    dice = np.random.RandomState(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))
    while True:
        yield audio.heard((dice.standard_normal(BLOCK) * _ROOM).astype(np.float32))
