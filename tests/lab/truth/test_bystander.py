"""What of others leaves with a command, by the speaker's own ears; deaf ears and lost seconds are caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepmum.lab.corpus.reading import open_corpus
from keepmum.lab.experiments import bystander
from keepmum.lab.experiments.bystander import ADDRESSES, MIXTURES, measure, write
from keepmum.lab.marks import TruthKind
from keepmum.lab.pipeline.crew import Crew
from keepmum.lab.pipeline.tuning import Tuning


@pytest.mark.parametrize("mixture", MIXTURES)
def test_a_mixture_says_who_speaks(tmp_path: Path, mixture: bystander.Mixture) -> None:
    """One command a scene, as many others as its name says, and a television only where there is one."""
    write(tmp_path / "corpus", mixture, 1, 3)
    truth = list(open_corpus(tmp_path / "corpus").truth())
    commands = [each for each in truth if each.kind is TruthKind.COMMAND]
    assert [each.speaker for each in commands] == [ADDRESSES]
    others = {each.speaker for each in truth if each.kind is TruthKind.SPEECH} - {ADDRESSES}
    assert len(others) == mixture.others
    assert any(each.kind is TruthKind.MEDIA for each in truth) == mixture.television


def test_others_leave_with_vendors_and_not_with_keepmum_as_it_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds of others leave under a stated policy, none under `ours-local`, and a stream carries all of them."""
    monkeypatch.setattr(bystander, "MIXTURES", MIXTURES[1:2])
    result = measure(4, 7, Crew(1))
    assert result.holds, (result.broken, result.missed)
    found = {(each.case, each.name): each for each in result.figures}
    alexa = found["three voices: alexa-2019-default", "others"]
    assert (found["three voices: ours-local", "others"].value, alexa.kind) == (0.0, "simulated")
    assert alexa.value is not None
    assert alexa.value > 0
    assert {each.name for each in result.controls} == {
        "three voices: a device that always streams",
        "ears that are not deaf",
    }


def test_deaf_ears_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A speaker that waits for another phrase lets nothing out, and that proves nothing."""
    monkeypatch.setattr(bystander, "MIXTURES", MIXTURES[:1])
    monkeypatch.setattr(bystander, "Tuning", lambda: Tuning(phrase="hey jarvis"))
    result = measure(2, 7, Crew(1))
    assert [control.name for control in result.missed] == ["ears that are not deaf"]
    assert not result.holds
