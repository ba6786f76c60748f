"""The card says what a model was made of and what it reached, also where it falls short."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("matplotlib", reason="the forge's workshop is not installed: pip install 'keepmum[forge]'")

from keepmum.errors import ForgeError
from keepmum.forge import work as places
from keepmum.forge.evaluation import card, judging
from keepmum.forge.evaluation.card import Making
from keepmum.forge.evaluation.confidence import Bin
from keepmum.forge.evaluation.figure import Figure, Goal
from keepmum.forge.evaluation.judging import Judgement
from keepmum.forge.recipe import Shelf

RECIPE = Shelf().recipe("tiny")
MAKING = Making(1_600, 3.3, 46.0, "a machine, 2 cores")
JUDGEMENT = Judgement(
    [
        Figure("wake phrase heard", "computer", "quiet", 60, 66, Goal("at least", 0.97)),
        Figure("other keyword taken for a phrase", "all", "quiet", 1, 300, Goal("at most", 0.02)),
    ],
    [Bin(0.5, 1, 4), Bin(1.0, 90, 100)],
    [(0.5, 0.3), (1.0, 0.9)],
)


def account(*names: str, **more: Any) -> dict[str, Any]:
    one = {
        "title": "a title",
        "licence": "CC BY 4.0",
        "attribution": "somebody",
        "recordings": 5,
        "hours": 0.5,
        "speakers": 2,
    }
    return {"sources": dict.fromkeys(names, one), "skipped": {}, "missing": [], "noises": None, **more}


def written(*names: str, **more: Any) -> str:
    return card.card(RECIPE, account(*names, **more), MAKING, JUDGEMENT, 3_600_000)


def test_every_figure_stands_with_its_interval_and_whether_the_hope_was_met() -> None:
    """A goal that was missed is marked as missed."""
    page = written("librispeech")
    assert "| wake phrase heard | computer | quiet | 60 of 66, 90.9 % (81.6 to 95.8) | ✗ at least 97 % |" in page
    assert "| 1 of 300, 0.3 % (0.1 to 1.9) | ✓ at most 2 % |" in page
    assert "3.6 MB, 1,600 steps, 3 hours of sound heard" in page
    assert "| a title | 2 | 5 | 0.5 | CC BY 4.0 | somebody |" in page
    assert "off by 10.6 points on average" in page


def test_a_model_of_synthetic_voices_alone_says_so_first() -> None:
    """And one that heard people does not."""
    assert "No human voice trained this model" in written("espeak-ng", "festival").split("##")[0]
    assert "No human voice" not in written("espeak-ng", "librispeech")


def test_the_command_asks_for_what_was_given() -> None:
    """Recordings and noises are named where there were some; what is missing or left out is told."""
    assert "keepmum forge make tiny --work FOLDER\n" in written("espeak-ng")
    page = written("librispeech", noises="home", missing=["flite (install it)"], skipped={"is silent": 1_200})
    assert "keepmum forge make tiny --work FOLDER --speech FOLDER --noises FOLDER\n" in page
    assert "Left out: 1,200 recordings: is silent; not there: flite (install it)." in page


def test_the_plot_is_the_same_for_the_same_figures(tmp_path: Path) -> None:
    """Byte for byte, with both axes named; other figures give another one."""
    for name in ("a", "b"):
        card.plot(JUDGEMENT, tmp_path / name)
    drawn = (tmp_path / "a").read_text()
    assert drawn == (tmp_path / "b").read_text()
    assert "confidence" in drawn
    card.plot(Judgement(bins=JUDGEMENT.bins, points=[(0.1, 0.2), (1.0, 0.5)]), tmp_path / "c")
    assert drawn != (tmp_path / "c").read_text()


def test_a_step_that_was_not_taken_is_named(tmp_path: Path) -> None:
    """With the command that takes it; nonsense in its place is the same."""
    work = places.opened(tmp_path, RECIPE)
    with pytest.raises(ForgeError) as told:
        judging.read(work)
    assert told.value.hint == "run keepmum forge evaluate tiny first"
    work.evaluation.write_text('{"figures": [{}]}')
    with pytest.raises(ForgeError, match="cannot be read"):
        judging.read(work)
    with pytest.raises(ForgeError) as told:
        card.account(work)
    assert told.value.hint == "run keepmum forge prepare tiny first"
