"""The training goes on from any stop as if there had been none, and says in one sentence what it cannot do."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `forge` is not installed")

from keepmum.errors import CorpusError, ForgeError  # noqa: E402
from keepmum.forge.acoustic import checkpoint, training  # noqa: E402
from keepmum.forge.acoustic.feed import Feed, Position, prepared  # noqa: E402
from keepmum.forge.acoustic.training import CHECKPOINT, PROGRESS, Told  # noqa: E402
from keepmum.forge.corpus import shards  # noqa: E402
from keepmum.forge.corpus.shards import Utterance  # noqa: E402
from keepmum.forge.recipe import Network, Recipe, Shelf, Training  # noqa: E402

OUTPUTS = 8
Train = Callable[..., bool]


@pytest.fixture(autouse=True)
def _threads() -> None:
    """One thread, as the command has it."""
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    """A network that takes milliseconds a step."""
    small = Network(width=16, bottleneck=8, blocks=2)
    return (
        Shelf()
        .recipe("tiny")
        .model_copy(update={"network": small, "training": Training(steps=60, rate=0.01, batch=6, seed=3)})
    )


@pytest.fixture(scope="module")
def prepared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shards in which each of three phones has a sound of its own."""
    folder = tmp_path_factory.mktemp("prepared")
    for number in range(2):
        shards.write(folder / f"{number:03d}.npz", [utterance(20 * number + each) for each in range(20)])
    return folder


def utterance(seed: int) -> Utterance:
    """Phones of 100 ms between two silences."""
    chance = np.random.default_rng(seed)
    phones = [0, *chance.integers(1, 4, 4).tolist(), 0]
    frames = np.concatenate([np.full((12, 40), 10.0 * phone) for phone in phones])
    frames = frames + chance.normal(0, 3, frames.shape)
    return Utterance(frames.astype(np.float16), np.array(phones, np.int16), 1, 1, "tones")


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> Train:
    """The training, whose sums are compiled once for all tests."""
    return functools.partial(training.train, cache=tmp_path_factory.mktemp("compiled"))


def stop_after(steps: int) -> Callable[[], bool]:
    """Asks for a stop after so many steps."""
    left = iter([False] * (steps - 1))
    return lambda: next(left, True)


def weights(trained: Path) -> dict[str, torch.Tensor]:
    """The running average, which is what gets exported."""
    return checkpoint.read(trained / CHECKPOINT).average


def test_a_training_that_was_stopped_ends_with_the_same_weights(
    train: Train, recipe: Recipe, prepared_folder: Path, tmp_path: Path
) -> None:
    """Stopped twice, in the middle of an epoch, the training ends bit by bit where an undisturbed one ends."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert train(recipe, OUTPUTS, prepared_folder, whole)
    for steps in (7, 26):
        assert not train(recipe, OUTPUTS, prepared_folder, parts, stopping=stop_after(steps))
    assert checkpoint.read(parts / CHECKPOINT).course.step == 33
    assert train(recipe, OUTPUTS, prepared_folder, parts)
    one, other = weights(whole), weights(parts)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert training.course(whole).hours == pytest.approx(training.course(parts).hours)


def test_it_learns(train: Train, recipe: Recipe, prepared_folder: Path, tmp_path: Path) -> None:
    """The loss falls, and the progress says so: step, loss, rate and hours of sound."""
    told: list[Told] = []
    train(recipe, OUTPUTS, prepared_folder, tmp_path, tell=told.append)
    lines = [json.loads(line) for line in (tmp_path / PROGRESS).read_text().splitlines()]
    assert [line["step"] for line in lines] == [each.step for each in told] == [25, 50, 60]
    assert lines[-1]["loss"] < lines[0]["loss"] - 0.02
    assert told[-1].left == 0


def test_another_seed_gives_other_weights(train: Train, recipe: Recipe, prepared_folder: Path, tmp_path: Path) -> None:
    """The seed of the recipe decides; nothing else is drawn."""
    other = recipe.model_copy(update={"training": recipe.training.model_copy(update={"seed": 4})})
    found = []
    for name, each in (("one", recipe), ("same", recipe), ("other", other)):
        train(each, OUTPUTS, prepared_folder, tmp_path / name, stopping=stop_after(3))
        found.append(weights(tmp_path / name)["first.affine.weight"])
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_a_start_that_died_leaves_no_lines_that_come_twice(
    train: Train, recipe: Recipe, prepared_folder: Path, tmp_path: Path
) -> None:
    """Progress that was written after the last checkpoint is dropped: those steps are taken again."""
    train(recipe, OUTPUTS, prepared_folder, tmp_path, stopping=stop_after(10))
    with (tmp_path / PROGRESS).open("a") as file:
        file.write('{"step": 25, "loss": 1}\n{"step": 5')
    train(recipe, OUTPUTS, prepared_folder, tmp_path)
    steps = [json.loads(line)["step"] for line in (tmp_path / PROGRESS).read_text().splitlines()]
    assert steps == [10, 25, 50, 60]


def test_the_batches_after_a_position_are_those_of_an_undisturbed_feed(prepared_folder: Path) -> None:
    """A feed that begins at a position gives what comes next, over the end of an epoch, too."""
    feed = Feed(prepared(prepared_folder), 600, 9, 1)
    stream = feed.batches(Position())
    taken = [next(stream) for _ in range(60)]
    assert taken[-1][1].epoch > 0
    for at in (0, 5, 30):
        again = feed.batches(taken[at][1])
        for utterances, position in taken[at + 1 : at + 20]:
            found, after = next(again)
            assert after == position
            assert [each.phones.tobytes() for each in found] == [each.phones.tobytes() for each in utterances]
            assert all(np.array_equal(a.frames, b.frames) for a, b in zip(found, utterances, strict=True))


def test_every_utterance_is_heard_once_an_epoch(prepared_folder: Path) -> None:
    """No batch is larger than asked for, and none of the utterances is left out or comes twice."""
    heard = []
    for utterances, position in Feed(prepared(prepared_folder), 600, 9, 1).batches(Position()):
        if position.epoch:
            break
        assert sum(len(each.frames) + 18 for each in utterances) <= 600
        heard += [each.frames.tobytes() for each in utterances]
    assert len(heard) == len(set(heard)) == 40


def test_an_utterance_too_short_for_its_phones_is_left_out(tmp_path: Path) -> None:
    """What could not be said in its frames is not learnt from."""
    good = utterance(1)
    short = Utterance(good.frames[:9], good.phones, 0, 0, "tones")
    silent = Utterance(good.frames[:12], np.array([0], np.int16), 2, 2, "noise")
    shards.write(tmp_path / "000.npz", [good, short, silent])
    utterances, _ = next(Feed(prepared(tmp_path), 600, 9, 1).batches(Position()))
    assert sorted(len(each.frames) for each in utterances) == [12, 72]


def test_without_shards_the_error_names_the_step_before(train: Train, recipe: Recipe, tmp_path: Path) -> None:
    """Who trains before anything is prepared reads what to run."""
    with pytest.raises(ForgeError, match="no prepared utterances") as caught:
        train(recipe, OUTPUTS, tmp_path, tmp_path / "trained")
    assert "forge prepare" in caught.value.hint


def test_a_shard_cut_short_is_named(train: Train, recipe: Recipe, prepared_folder: Path, tmp_path: Path) -> None:
    """A broken shard ends the training with the file's name; nothing is trained around it."""
    whole = (prepared_folder / "000.npz").read_bytes()
    (tmp_path / "000.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorpusError, match=r"000\.npz"):
        train(recipe, OUTPUTS, tmp_path, tmp_path / "trained")


def test_other_shards_than_before_are_refused(
    train: Train, recipe: Recipe, prepared_folder: Path, tmp_path: Path
) -> None:
    """A checkpoint belongs to the utterances that it was trained with."""
    train(recipe, OUTPUTS, prepared_folder, tmp_path / "trained", stopping=stop_after(1))
    shards.write(tmp_path / "000.npz", [utterance(1)])
    with pytest.raises(ForgeError, match="other prepared utterances"):
        train(recipe, OUTPUTS, tmp_path, tmp_path / "trained")


def test_a_network_of_another_size_is_refused(
    train: Train, recipe: Recipe, prepared_folder: Path, tmp_path: Path
) -> None:
    """A recipe whose network has changed does not go on from the old one's weights."""
    train(recipe, OUTPUTS, prepared_folder, tmp_path, stopping=stop_after(1))
    wider = recipe.model_copy(update={"network": recipe.network.model_copy(update={"width": 24})})
    with pytest.raises(ForgeError, match="another size"):
        train(wider, OUTPUTS, prepared_folder, tmp_path)


def test_phones_that_the_language_does_not_have_are_refused(
    train: Train, recipe: Recipe, prepared_folder: Path, tmp_path: Path
) -> None:
    """Shards of a language with more phones do not train a smaller network."""
    with pytest.raises(ForgeError, match="have phone 3"):
        train(recipe, OUTPUTS - 2, prepared_folder, tmp_path)


@pytest.mark.parametrize("cut", [0, 1, 100, 5000, -1])
def test_a_broken_checkpoint_is_one_error(
    train: Train, recipe: Recipe, prepared_folder: Path, tmp_path: Path, cut: int
) -> None:
    """A checkpoint cut short anywhere is named, with what to do; nothing in it is run."""
    train(recipe, OUTPUTS, prepared_folder, tmp_path, stopping=stop_after(1))
    path = tmp_path / CHECKPOINT
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ForgeError, match="cannot be read as a checkpoint") as caught:
        train(recipe, OUTPUTS, prepared_folder, tmp_path)
    assert "delete it" in caught.value.hint


def test_a_full_memory_is_one_error_and_leaves_the_checkpoint(
    train: Train, recipe: Recipe, prepared_folder: Path, tmp_path: Path
) -> None:
    """Where memory ends, the last checkpoint stays, and the error says what to lower."""
    train(recipe, OUTPUTS, prepared_folder, tmp_path, stopping=stop_after(2))

    def full() -> bool:
        torch.empty(1 << 46)
        return False

    with pytest.raises(ForgeError, match="not enough memory") as caught:
        train(recipe, OUTPUTS, prepared_folder, tmp_path, stopping=full)
    assert "training.batch" in caught.value.hint
    assert training.course(tmp_path).step == 2


def test_the_learning_rate_rises_and_falls() -> None:
    """It rises in a line to nearly the highest, never above, and ends at a fiftieth of it."""
    rates = [training.rate(step, Training(steps=2000, rate=0.003)) for step in range(2000)]
    assert rates[0] == pytest.approx(0.00003)
    assert 0.0029 < max(rates) <= 0.003
    assert rates[-1] == pytest.approx(0.00006, rel=0.01)


def test_each_round_begins_at_half_the_rate_of_the_one_before() -> None:
    """A training of two rounds is that of one, and then another: what is trained learns on."""
    two, one = (Training(steps=steps, rounds=steps // 1000, rate=0.003) for steps in (2000, 1000))
    first = [training.rate(step, one) for step in range(1000)]
    assert [training.rate(step, two) for step in range(1000)] == first
    assert [training.rate(1000 + step, two) for step in range(1000)] == pytest.approx([rate / 2 for rate in first])
