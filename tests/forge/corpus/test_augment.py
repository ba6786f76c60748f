"""Rooms, noises and bands change a sound; where nobody speaks is known all the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("kaldi_native_fbank", reason="the extra `forge` is not installed")

from keepmum.errors import CorpusError
from keepmum.forge.corpus import noise, rooms
from keepmum.forge.corpus.augment import Augmentation, Shares, outputs
from keepmum.forge.corpus.features import OUTPUT, RATE, mfcc
from keepmum.forge.corpus.noise import Noises
from keepmum.forge.corpus.recording import Samples

BURST = np.random.default_rng(5).standard_normal(RATE).astype(np.float32)
"""A second of speech, as far as loudness goes: it begins and ends at once."""


class Stillness(Noises):
    """A home without any noise, so that only the voice is left to be found."""

    def drawn(self, samples: int, without: object = ()) -> tuple[str, Samples]:
        """Nothing."""
        return "white", np.zeros(samples, np.float32)


def augmentation(seed: int, still: bool = False, shares: Shares | None = None) -> Augmentation:
    """What happens by one seed."""
    chance = np.random.default_rng(seed)
    noises = Stillness(chance) if still else Noises(chance)
    return Augmentation(chance, noises, shares or Shares(clipping=0))


def test_nobody_speaks_in_what_is_called_silence() -> None:
    """In 300 copies with rooms and bands, but no noise: nothing before speech, and at most a fading echo behind it."""
    counted = 0
    for seed in range(300):
        heard = augmentation(seed, still=True).heard(BURST, seed % 2 == 0)
        loudness = np.sqrt(np.mean(heard.samples**2)) + 1e-9
        lead = heard.samples[: OUTPUT * heard.lead + 400 * (heard.lead > 0)]
        total = outputs(len(heard.samples))
        trail = heard.samples[OUTPUT * (total - heard.trail) :] if heard.trail else np.zeros(0)
        assert np.abs(lead).max(initial=0) == 0
        assert np.sqrt(np.sum(trail**2) / max(1, len(trail))) < 0.04 * loudness
        counted += heard.lead + heard.trail
    assert counted > 300 * 10


def test_the_planted_defect_is_seen() -> None:
    """A lead that is three outputs longer reaches into speech: the check above would catch it."""
    reached = 0
    for seed in range(40):
        heard = augmentation(seed, still=True).heard(BURST, True)
        reached += bool(np.abs(heard.samples[: OUTPUT * (heard.lead + 5)]).max() > 0)
    assert reached > 30


def test_most_copies_end_in_a_silence_that_is_known() -> None:
    """So the end of a command in a noisy home can be learnt: with noise, too, unless it is other voices."""
    heard = [augmentation(seed).heard(BURST, True) for seed in range(200)]
    assert sum(each.trail > 5 for each in heard) > 80
    shares = Shares(ends_in_noise=1.0)
    ends = [augmentation(seed, shares=shares).heard(BURST, True) for seed in range(50)]
    assert all(each.trail >= 3 for each in ends)


def test_the_same_seed_makes_the_same_samples() -> None:
    """To the bit."""
    first, again = (augmentation(7).heard(BURST, False) for _ in range(2))
    assert np.array_equal(first.samples, again.samples)
    assert not np.array_equal(first.samples, augmentation(8).heard(BURST, False).samples[: len(first.samples)])


def test_samples_are_whole_and_fit_into_sixteen_bits() -> None:
    """Even where the microphone clips."""
    shares = Shares(clipping=1.0)
    for seed in range(50):
        samples = augmentation(seed, shares=shares).heard(BURST, True).samples
        assert np.array_equal(samples, np.rint(samples))
        assert np.abs(samples).max() <= 32_768
        assert np.isfinite(samples).all()


def test_a_silence_is_silent_all_through() -> None:
    """Every output of it is known to hold no speech; some have not even noise."""
    silences = [augmentation(seed).silence() for seed in range(60)]
    assert all(each.lead == outputs(len(each.samples)) and each.trail == 0 for each in silences)
    assert any(not each.samples.any() for each in silences)
    assert max(np.abs(each.samples).max() for each in silences) > 3000


@pytest.mark.parametrize("samples", [0, 399, 400, 1000, 16_000, 16_480, 31_999])
def test_outputs_are_counted_as_the_network_answers(samples: int) -> None:
    """One for every third frame, beginning with the first."""
    assert outputs(samples) == len(mfcc(np.ones(samples, np.float32))[::3])


def test_every_kind_of_noise_is_as_loud_and_as_long_as_the_others(noises: Path) -> None:
    """An effective value of 1, and all six kinds come up."""
    home = Noises(np.random.default_rng(1), noises)
    home.overhear(BURST)
    drawn = [home.drawn(size) for size in (100, 4567, 16_000, 40_000) * 40]
    assert {kind for kind, _ in drawn} == {"white", "coloured", "hum", "music", "babble", "recorded"}
    assert all(np.sqrt(np.mean(sound**2)) == pytest.approx(1, abs=0.01) for _, sound in drawn)
    assert {len(sound) for _, sound in drawn} == {100, 4567, 16_000, 40_000}
    assert all(kind != "babble" for kind, _ in (home.drawn(100, without=["babble"]) for _ in range(50)))


def test_a_recorded_noise_is_shared_out() -> None:
    """Its first 60 % train, the rest is for the evaluation, and nothing is in both."""
    sound = np.arange(1000, dtype=np.float32)
    assert len(noise.training_part(sound)) == 600
    assert np.array_equal(np.concatenate([noise.training_part(sound), noise.evaluation_part(sound)]), sound)


def test_only_the_training_part_of_a_noise_is_loaded(noises: Path) -> None:
    """The part of the evaluation is never in memory while shards are made."""
    assert [len(each) for each in noise.recorded(noises)] == [6 * RATE]


def test_a_folder_without_noises_is_told(tmp_path: Path) -> None:
    """And one that is not there."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(CorpusError, match="there is no sound"):
            noise.recorded(folder)


def test_a_room_delays_nothing_and_fades() -> None:
    """The direct sound comes first; after its time the echo has fallen by about 60 dB."""
    for seed in range(50):
        room = rooms.drawn(np.random.default_rng(seed))
        heard = room.heard(np.concatenate([BURST, np.zeros(RATE, np.float32)]))
        assert room.echo[0] == 1
        assert len(heard) == 2 * RATE
        late = heard[RATE + round(RATE * room.seconds / 2) :]
        assert np.sqrt(np.mean(late**2)) < 0.05 * np.sqrt(np.mean(heard[:RATE] ** 2))
