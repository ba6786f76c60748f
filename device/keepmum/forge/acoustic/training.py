"""Trains the network: step by step from the shards, the same weights for the same seed, and on from any stop."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch

from keepmum.errors import ForgeError
from keepmum.forge.acoustic import checkpoint, lfmmi
from keepmum.forge.acoustic.checkpoint import Checkpoint, Course
from keepmum.forge.acoustic.feed import FRAMES, Feed, prepared
from keepmum.forge.acoustic.lfmmi import Lattices, Said
from keepmum.forge.acoustic.network import Network, answers, padded
from keepmum.forge.acoustic.phone_trigram import ENOUGH, PhoneTrigram, estimated
from keepmum.forge.acoustic.variation import varied
from keepmum.forge.corpus import shards
from keepmum.forge.corpus.shards import Utterance
from keepmum.forge.recipe import Recipe, Training

CHECKPOINT = "checkpoint.pt"
PROGRESS = "progress.jsonl"

WARM_UP = 100
"""Steps in which the learning rate rises; a tenth of a short training."""
LOWEST = 0.02
"""Of the highest learning rate, what is left at the end."""
CLIP = 2.0
"""The longest gradient that is followed whole."""
SMALL_SCORES = 5e-4
"""The price of a squared score; without it the scores drift, since only their differences matter."""
DECAY = 1e-2
"""AdamW's weight decay, of matrices alone."""
AVERAGE = 0.998
"""What the running average keeps in a step: it spans some 500, and is what gets exported."""
TELL = 25
"""Steps between two lines of progress."""
KEEP = 180.0
"""Seconds between two checkpoints."""
LOOKED_AT = 3000
"""Utterances from which the mean and spread of the features are taken."""


@dataclass(frozen=True)
class Told:
    """How the training goes."""

    step: int
    steps: int
    loss: float
    """Nats per answer, over the last steps."""
    left: float
    """Seconds that it will take still, by the pace since this start."""


def train(
    recipe: Recipe,
    outputs: int,
    shard_folder: Path,
    trained: Path,
    *,
    threads: int = 1,
    tell: Callable[[Told], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
    cache: Path | None = None,
) -> bool:
    """Train up to the recipe's steps, from the last checkpoint on if there is one; say whether all are done.

    `stopping` is asked after each step; a checkpoint is written before it returns. `cache` keeps the compiled sums,
    beside the checkpoint if it is None. Raises ForgeError or CorpusError
    for what is missing, broken or of another recipe, and ForgeError where memory ends: the last checkpoint stays.
    """
    torch.set_num_threads(threads)
    files = prepared(shard_folder)
    try:
        trained.mkdir(parents=True, exist_ok=True)
        with _memory_errors(recipe):
            lattices = partial(Lattices, cache=cache or trained, threads=threads)
            run = _Run(recipe, outputs, files, trained, lattices=lattices, clock=clock)
            return run.through(tell, stopping)
    except OSError as error:
        if isinstance(error, ForgeError):
            raise
        raise ForgeError(f"{trained} cannot be written: {error}", "make room, or choose another --work") from error


def course(trained: Path) -> Course:
    """How far the last checkpoint is. Raises ForgeError if there is none."""
    return checkpoint.read(trained / CHECKPOINT).course


class _Run:
    """One start of the training."""

    def __init__(
        self,
        recipe: Recipe,
        outputs: int,
        files: tuple[Path, ...],
        trained: Path,
        *,
        lattices: Callable[[PhoneTrigram], Lattices],
        clock: Callable[[], float],
    ) -> None:
        self._recipe, self._trained, self._clock = recipe, trained, clock
        self._shards = _digest(files)
        torch.manual_seed(recipe.training.seed)
        self._network = checkpoint.network(recipe, outputs)
        self._average = copy.deepcopy(self._network)
        self._optimiser = _optimiser(self._network, recipe.training.rate)
        path = trained / CHECKPOINT
        if path.exists():
            self._trigram, self._course = self._resumed(path)
        else:
            self._trigram, self._course = _looked_at(files, self._network, outputs // 2, recipe.training.seed), Course()
            self._average.load_state_dict(self._network.state_dict())
        self._lattices = lattices(self._trigram)
        frames = round(recipe.training.batch * FRAMES)
        self._feed = Feed(files, frames, self._network.context, recipe.training.seed)
        _keep_lines(trained / PROGRESS, self._course.step)

    def through(self, tell: Callable[[Told], None], stopping: Callable[[], bool]) -> bool:
        """All steps that are left; says whether all are done."""
        steps = self._recipe.training.steps
        begun, first = self._clock(), self._course.step
        kept, cpu = begun, time.process_time()
        losses: list[float] = []
        batches = self._feed.batches(self._course.position)
        while self._course.step < steps:
            batch, position = next(batches)
            losses.append(self._step(batch))
            self._course.position = position
            self._course.step += 1
            now, worked = self._clock(), time.process_time()
            self._course.hours += sum(len(each.frames) for each in batch) / (3600 * FRAMES)
            stop = stopping()
            if stop or self._course.step % TELL == 0 or self._course.step == steps:
                loss = float(np.mean(losses[-2 * TELL :]))
                pace = (now - begun) / (self._course.step - first)
                tell(Told(self._course.step, steps, loss, pace * (steps - self._course.step)))
                self._note(loss)
            if stop or now - kept > KEEP or self._course.step == steps:
                self._course.wall += now - kept
                self._course.cpu += worked - cpu
                kept, cpu = now, worked
                self._keep()
            if stop:
                break
        return self._course.step >= steps

    def _step(self, batch: list[Utterance]) -> float:
        training, step = self._recipe.training, self._course.step
        # What is drawn follows from the step alone, so that nothing of it must be kept for a later start.
        torch.manual_seed(training.seed * 1_000_003 + step)
        frames = padded([each.frames for each in batch], self._network.context)
        varied(frames, np.random.default_rng((training.seed, step, 1)))
        for group in self._optimiser.param_groups:
            group["lr"] = rate(step, training)
        self._network.train()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=_halves_are_fast()):
            scores = self._network(torch.from_numpy(frames))
        scores = scores.float()
        loss = lfmmi.loss(scores, [_said(each) for each in batch], self._lattices)
        if not math.isfinite(loss.item()):
            raise ForgeError(f"the training lost its way in step {step}", "lower training.rate in the recipe")
        self._optimiser.zero_grad(set_to_none=True)
        (loss + SMALL_SCORES * scores.square().mean()).backward()
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), CLIP)
        self._optimiser.step()
        _move(self._average, self._network, min(AVERAGE, (step + 1) / (step + 21)))
        return float(loss.item())

    def _resumed(self, path: Path) -> tuple[PhoneTrigram, Course]:
        kept = checkpoint.read(path)
        if kept.shards != self._shards:
            raise ForgeError(
                f"{path} was trained with other prepared utterances", f"delete {path.parent} to train with those of now"
            )
        try:
            self._network.load_state_dict(kept.network)
            self._average.load_state_dict(kept.average)
            self._optimiser.load_state_dict(kept.optimiser)
        except (RuntimeError, ValueError, KeyError) as error:
            hint = f"delete {path.parent} to train anew, or bring `network:` back to what it was"
            raise ForgeError(f"{path} is of a network of another size", hint) from error
        return kept.trigram, kept.course

    def _keep(self) -> None:
        parts = (self._network.state_dict(), self._average.state_dict(), self._optimiser.state_dict())
        Checkpoint(*parts, self._trigram, self._course, self._shards).write(self._trained / CHECKPOINT)

    def _note(self, loss: float) -> None:
        course, training = self._course, self._recipe.training
        line = {
            "step": course.step,
            "loss": round(loss, 4),
            "rate": round(rate(course.step, training), 6),
            "hours": round(course.hours, 3),
        }
        with (self._trained / PROGRESS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def rate(step: int, training: Training) -> float:
    """The learning rate of a step: up in a line, then down along a cosine, in each round (Loshchilov and Hutter, 2017:
    warm restarts)."""
    length = math.ceil(training.steps / training.rounds)
    done, step = divmod(step, length)
    rising = min(1.0, (step + 1) / max(1, min(WARM_UP, length // 10)))
    falling = 0.5 * (1 + math.cos(math.pi * step / length))
    return training.rate * 0.5**done * rising * (falling * (1 - LOWEST) + LOWEST)


def _said(utterance: Utterance) -> Said:
    count = answers(len(utterance.frames))
    return Said(count, utterance.phones.astype(np.int32), utterance.lead, utterance.trail)


def _optimiser(network: Network, highest: float) -> torch.optim.AdamW:
    matrices = [each for each in network.parameters() if each.ndim > 1]
    rest = [each for each in network.parameters() if each.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": DECAY}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=highest, betas=(0.9, 0.98))


def _looked_at(files: tuple[Path, ...], network: Network, phones: int, seed: int) -> PhoneTrigram:
    """Take the features' mean and spread into the network, and count the phones."""
    order = np.random.default_rng(seed).permutation(len(files))
    transcripts: list[list[int]] = []
    sums, squares, count = np.zeros(40), np.zeros(40), 0
    for utterance in _each(files[place] for place in order):
        if len(transcripts) < LOOKED_AT:
            frames = utterance.frames.astype(np.float64)
            sums, squares, count = sums + frames.sum(0), squares + (frames**2).sum(0), count + len(frames)
        transcripts.append(utterance.phones.tolist())
        if len(transcripts) >= ENOUGH:
            break
    if (highest := max((max(each, default=0) for each in transcripts), default=0)) >= phones:
        raise ForgeError(
            f"the prepared utterances have phone {highest}", "prepare them again: the language has changed"
        )
    mean = sums / max(count, 1)
    network.mean.copy_(torch.from_numpy(mean))
    network.spread.copy_(torch.from_numpy(np.sqrt(np.maximum(squares / max(count, 1) - mean**2, 1e-3))))
    return estimated(transcripts, phones, seed)


def _each(files: Iterator[Path]) -> Iterator[Utterance]:
    for file in files:
        yield from shards.read(file)


def _move(average: Network, towards: Network, kept: float) -> None:
    """One step of the running average, of the normalisation's statistics too."""
    with torch.no_grad():
        for mine, new in zip(average.state_dict().values(), towards.state_dict().values(), strict=True):
            if mine.dtype.is_floating_point:
                mine.lerp_(new, 1 - kept)
            else:
                mine.copy_(new)


def _halves_are_fast() -> bool:
    """Whether the processor has instructions for bfloat16; without them it is ten times slower than float32."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def _digest(files: tuple[Path, ...]) -> str:
    listed = "\n".join(f"{file.name} {file.stat().st_size}" for file in files)
    return sha256(listed.encode()).hexdigest()


def _keep_lines(path: Path, step: int) -> None:
    """Drop the lines that a start wrote after its last checkpoint: those steps are taken again."""
    if not path.exists():
        return
    lines = path.read_text("utf-8", "replace").splitlines(keepends=True)
    kept = []
    for line in lines:
        try:
            if json.loads(line)["step"] <= step:
                kept.append(line)
        except (ValueError, KeyError, TypeError):
            continue
    path.write_text("".join(kept), "utf-8")


@contextmanager
def _memory_errors(recipe: Recipe) -> Iterator[None]:
    hint = f"lower training.batch (now {recipe.training.batch:g}) in the recipe; what was trained is kept"
    try:
        yield
    except MemoryError as error:
        raise ForgeError("there is not enough memory to train", hint) from error
    except RuntimeError as error:
        if "alloc" not in str(error):  # PyTorch's own words for it: "can't allocate memory"
            raise
        raise ForgeError("there is not enough memory to train", hint) from error
