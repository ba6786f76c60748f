"""What Vosk hears with an exported network is what PyTorch computes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="the extra `forge` is not installed")

sys.path.insert(0, str(Path(__file__).parent))

from vosk_score import best_path, heard, vosk_score  # noqa: E402

from keepmum.forge.acoustic import exporting, kaldi  # noqa: E402
from keepmum.forge.acoustic.folding import Affine, Folded, folded  # noqa: E402
from keepmum.forge.acoustic.network import Network, answers, padded  # noqa: E402
from keepmum.forge.corpus.features import CONF, mfcc  # noqa: E402
from keepmum.forge.graph.folder import Unknown, write_graph  # noqa: E402
from keepmum.forge.lexicon import Lexicon  # noqa: E402
from keepmum.forge.phones import Phones  # noqa: E402

PHONES = Phones(("K", "M", "P", "UW", "T"))
WORD = ("K", "M", "P", "UW", "T")


@pytest.fixture(scope="module")
def network() -> Network:
    """A small network whose every number differs from its neighbours, the normalisations' too."""
    torch.manual_seed(4)
    made = Network(24, 12, 3, PHONES.outputs, 0.1)
    made.mean.normal_(0, 5)
    made.spread.uniform_(5, 20)
    torch.nn.init.normal_(made.last.weight, std=0.3)
    for each in made.modules():
        if isinstance(each, torch.nn.BatchNorm1d):
            torch.nn.init.normal_(each.weight, 1, 0.2)
            torch.nn.init.normal_(each.bias, 0, 0.3)
            each.running_mean.normal_(0, 0.5)
            each.running_var.uniform_(0.5, 2)
    return made.eval()


def recording(seed: int) -> NDArray[np.int16]:
    """Noise whose loudness moves, of a length that is no whole number of answers."""
    chance = np.random.default_rng(seed)
    loudness = np.repeat(chance.uniform(50, 3000, 20), 1200)
    samples = (chance.standard_normal(24000) * loudness).clip(-32000, 32000)
    return samples[: 24000 - 170 * seed].astype(np.int16)


def scores(network: Network, samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """What PyTorch computes."""
    frames = mfcc(samples.astype(np.float32))
    with torch.no_grad():
        batch = network(torch.from_numpy(padded([frames], network.context)))
    found: NDArray[np.float32] = batch[0].numpy()[: answers(len(frames))]
    return found


def written(folder: Path, network: Folded, compressed: bool) -> Path:
    """A model folder with one word."""
    (folder / "am").mkdir(parents=True)
    (folder / "conf").mkdir()
    (folder / "am/final.mdl").write_bytes(exporting.final_mdl(PHONES, network, compressed))
    (folder / "conf/mfcc.conf").write_text(CONF)
    (folder / "conf/model.conf").write_text(exporting.SETTINGS.replace("--beam=10.0", "--beam=30.0"))
    costs = Unknown(1.0, dict.fromkeys(PHONES.names, 1.0))
    write_graph(folder, PHONES, Lexicon({"computer": (WORD,)}), ["computer"], costs)
    return folder


def test_folded_matrices_hear_what_the_network_hears(network: Network) -> None:
    """Without its normalisations the network gives the same scores, the edges and every length included."""
    for seed in range(4):
        samples = recording(seed)
        plain = heard(folded(network), mfcc(samples.astype(np.float32)))
        np.testing.assert_allclose(plain, scores(network, samples), atol=1e-4)


def test_vosk_finds_the_path_with_the_score_of_pytorch(network: Network, tmp_path: Path) -> None:
    """On several recordings, Vosk's score of its path is PyTorch's of the best path within 0.01 nat."""
    folder = written(tmp_path / "model", folded(network), compressed=False)
    for seed in range(6):
        samples = recording(seed)
        text, score = vosk_score(folder, samples)
        assert text == "computer"
        expected = best_path(scores(network, samples), list(PHONES.numbers(WORD)))
        assert score == pytest.approx(expected, abs=0.01)


def test_compression_moves_a_path_by_what_two_bytes_a_number_cost(network: Network, tmp_path: Path) -> None:
    """With compressed matrices, Vosk's score is that of the rounded matrices within 0.01 nat, and no other's."""
    plain = folded(network)

    def small(affine: Affine) -> Affine:
        return Affine(kaldi.rounded(affine.weights), affine.bias)

    blocks = tuple((kaldi.rounded(linear), small(layer)) for linear, layer in plain.blocks)
    rounded = Folded(small(plain.first), small(plain.second), blocks, small(plain.last))
    folder = written(tmp_path / "model", plain, compressed=True)
    for seed in range(6):
        samples = recording(seed)
        frames = mfcc(samples.astype(np.float32))
        phones = list(PHONES.numbers(WORD))
        exact, coarse = (best_path(heard(each, frames), phones) for each in (plain, rounded))
        assert vosk_score(folder, samples)[1] == pytest.approx(coarse, abs=0.01)
        assert abs(exact - coarse) < 0.05


def test_a_compressed_matrix_is_within_half_a_step() -> None:
    """Two bytes a number: each number is off by at most half of a 65,535th of the spread."""
    matrix = np.random.default_rng(1).normal(0, 2, (30, 50)).astype(np.float32)
    step = (matrix.max() - matrix.min()) / 65535
    assert np.abs(kaldi.rounded(matrix) - matrix).max() <= step * 0.51
    assert len(kaldi.matrix(matrix)) == len(b"CM2 ") + 16 + 2 * matrix.size
    np.testing.assert_array_equal(kaldi.rounded(np.ones((2, 2), np.float32)), 1)
