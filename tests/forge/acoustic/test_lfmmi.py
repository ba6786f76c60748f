"""The sums of LF-MMI against every path written out, and their derivative against finite differences."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="the extra `forge` is not installed")

from keepmum.errors import ForgeError  # noqa: E402
from keepmum.forge.acoustic import compiling, lfmmi, phone_trigram, reference  # noqa: E402
from keepmum.forge.acoustic.lfmmi import Lattices, Said  # noqa: E402

PHONES = 3
TRANSCRIPTS = [[0, 1, 2, 0], [0, 2, 0, 1, 0], [0, 1, 1, 0]] * 5


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the sums are compiled once."""
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture(scope="module")
def trigram() -> phone_trigram.PhoneTrigram:
    """Two phones and silence."""
    return phone_trigram.estimated(TRANSCRIPTS, PHONES, 1)


def scores(frames: int, seed: int, utterances: int = 1) -> NDArray[np.float32]:
    """Scores that are not normalised, as the network's are not."""
    return np.random.default_rng(seed).normal(0, 2, (utterances, frames, 2 * PHONES)).astype(np.float32)


def said(frames: int, phones: list[int], lead: int = 0, trail: int = 0) -> Said:
    """What was said, shorter to write."""
    return Said(frames, np.array(phones, np.int32), lead, trail)


WHAT = [
    pytest.param([0, 1, 0, 2, 0], 0, 0, id="silences anywhere"),
    pytest.param([0, 1, 2, 0], 2, 1, id="silent ends"),
    pytest.param([1, 1], 0, 0, id="one phone twice"),
    pytest.param([2], 0, 0, id="one phone"),
    pytest.param([0], 0, 0, id="nothing but silence"),
    pytest.param([0, 1, 0], 0, 3, id="a long silence behind"),
]


@pytest.mark.parametrize(("phones", "lead", "trail"), WHAT)
def test_both_sums_are_those_over_every_path(
    phones: list[int], lead: int, trail: int, cache: Path, trigram: phone_trigram.PhoneTrigram
) -> None:
    """What the C code returns is what comes of writing every path out and adding them up."""
    each = scores(5, 7)
    what = said(5, phones, lead, trail)
    (sums,) = Lattices(trigram, cache).sums(each, [what])
    assert sums.said == pytest.approx(reference.said(each[0].astype(float), what, PHONES), abs=1e-4)
    assert sums.anything == pytest.approx(reference.anything(each[0].astype(float), trigram), abs=1e-4)


@pytest.mark.parametrize(("phones", "lead", "trail"), WHAT)
def test_the_gradient_is_the_slope(
    phones: list[int], lead: int, trail: int, cache: Path, trigram: phone_trigram.PhoneTrigram
) -> None:
    """A small step in any score changes the loss by the gradient times the step."""
    each = scores(5, 3).astype(float)
    what = said(5, phones, lead, trail)

    def difference(at: tuple[int, int], step: float) -> float:
        moved = each[0].copy()
        moved[at] += step
        return reference.anything(moved, trigram) - reference.said(moved, what, PHONES)

    slopes = (
        np.array([[difference((t, d), 1e-4) - difference((t, d), -1e-4) for d in range(6)] for t in range(5)]) / 2e-4
    )
    (sums,) = Lattices(trigram, cache).sums(each.astype(np.float32), [what])
    np.testing.assert_allclose(sums.gradient, slopes, atol=2e-4)


def test_a_long_utterance_has_as_much_said_as_could_be_said_in_every_frame(
    cache: Path, trigram: phone_trigram.PhoneTrigram
) -> None:
    """In each frame both halves share out exactly 1, however long the utterance is and however sure the network."""
    each = scores(700, 5) * 6
    (sums,) = Lattices(trigram, cache).sums(each, [said(700, [0, 1, 2, 0, 2, 1, 0] * 9, 10, 20)])
    assert sums.fits
    np.testing.assert_allclose(sums.gradient.sum(1), 0, atol=1e-4)
    assert np.abs(sums.gradient).max() <= 1 + 1e-5


def test_what_does_not_fit_teaches_nothing(cache: Path, trigram: phone_trigram.PhoneTrigram) -> None:
    """An utterance with more phones than frames, or with scores that are no numbers, leaves the others as they are."""
    each = torch.tensor(scores(5, 2, 3))
    each[2, 1, 1] = float("nan")
    each.requires_grad_()
    batch = [said(5, [0, 1, 0]), said(3, [1, 2, 1, 2]), said(5, [1])]
    both = lfmmi.loss(each, batch, Lattices(trigram, cache))
    alone = lfmmi.loss(each[:1], batch[:1], Lattices(trigram, cache))
    both.backward()  # type: ignore[no-untyped-call]
    assert each.grad is not None
    assert both.item() == pytest.approx(alone.item())
    assert float(each.grad[0].abs().sum()) > 0
    assert float(each.grad[1:].abs().sum()) == 0


def test_two_threads_give_what_one_gives(cache: Path, trigram: phone_trigram.PhoneTrigram) -> None:
    """The sums of a batch come in its order, bit by bit the same from any number of threads."""
    each = scores(40, 9, 8)
    batch = [said(40 - at, [0, 1, 2, 0, 1, 0]) for at in range(8)]
    one, two = (Lattices(trigram, cache, threads).sums(each, batch) for threads in (1, 2))
    for single, shared in zip(one, two, strict=True):
        assert single.said == shared.said
        np.testing.assert_array_equal(single.gradient, shared.gradient)


def test_the_probabilities_after_any_context_make_one(trigram: phone_trigram.PhoneTrigram) -> None:
    """After any two phones, seen or not, something follows or the utterance ends."""
    after = trigram.following.sum(2) + trigram.last.T
    np.testing.assert_allclose(after, 1, atol=1e-5)
    assert (trigram.following > 0).all()


def test_without_a_compiler_the_error_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trigram: phone_trigram.PhoneTrigram
) -> None:
    """Whoever has no C compiler reads what to install."""
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(ForgeError, match="no C compiler") as caught:
        Lattices(trigram, tmp_path)
    assert "apt install gcc" in caught.value.hint


def test_a_failing_compiler_leaves_nothing_that_looks_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trigram: phone_trigram.PhoneTrigram
) -> None:
    """A compiler that fails is quoted, and the next attempt begins anew."""
    monkeypatch.setattr(compiling, "FLAGS", ("-O3", "--no-such-flag"))
    with pytest.raises(ForgeError, match="no-such-flag"):
        Lattices(trigram, tmp_path)
    assert not list(tmp_path.glob("*.so"))


def test_a_broken_library_is_an_error_with_its_name(tmp_path: Path, trigram: phone_trigram.PhoneTrigram) -> None:
    """A library that was cut short on disk is named, with what to do."""
    Lattices(trigram, tmp_path)
    (library,) = tmp_path.glob("*.so")
    copied = tmp_path / "other" / library.name
    copied.parent.mkdir()
    copied.write_bytes(library.read_bytes()[:100])
    with pytest.raises(ForgeError, match="cannot be loaded") as caught:
        Lattices(trigram, copied.parent)
    assert "delete" in caught.value.hint
