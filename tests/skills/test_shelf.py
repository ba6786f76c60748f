"""Where skills come from, and what happens to one that misbehaves."""

from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from keepmum import shipped
from keepmum.listener.question import HEAR, KEEP, SEND
from keepmum.listener.sentences import templates
from keepmum.listener.sentences.understand import NUMBERS
from keepmum.messages import Answer, Ask
from keepmum.skills import shelf
from keepmum.skills.shelf import FAILED, GROUP, MISSING, Shelf

FOREIGN = """
from keepmum.skills.skill import say

class Garden:
    name = "garden"
    intents = ("garden.water",)
    def answer(self, ask):
        return say(ask, "The garden is watered.")

class Raises(Garden):
    def answer(self, ask):
        raise RuntimeError("the hose is gone")

class Repeats(Garden):
    def answer(self, ask):
        return {"roses": 1}[ask.slots["place"]]

class Exits(Garden):
    def answer(self, ask):
        raise SystemExit(3)

class Nonsense(Garden):
    def answer(self, ask):
        return "watered"

class AnotherId(Garden):
    def answer(self, ask):
        return say(ask.model_copy(update={"id": 99}), "hello")

class Nameless:
    intents = ("garden.water",)
    def answer(self, ask):
        return None

class Taken(Garden):
    name = "clock"
    intents = ("clock.time",)

class Stranger(Garden):
    intents = ("clock.time",)

class Silent:
    name = "garden"
    intents = ("garden.water",)

class Wordless(Garden):
    intents = ()

class Wild(Garden):
    intents = ("garden.WATER!",)

class Unwilling(Garden):
    def __init__(self):
        raise OSError("no can")

ready = Garden()
"""


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Shelf]:
    """Offers one object of the foreign package above, as its entry point would."""
    (tmp_path / "somebodys_garden.py").write_text(FOREIGN, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def make(attribute: str, module: str = "somebodys_garden") -> Shelf:
        return Shelf(shelf.built_in(), [EntryPoint(attribute, f"{module}:{attribute}", GROUP)])

    return make


def _asked(on: Shelf, intent: str = "garden.water") -> Answer:
    return on.answer(Ask(id=5, intent=intent, now=0.0))


@pytest.mark.parametrize("attribute", ["Garden", "ready"])
def test_a_package_offers_a_skill_as_a_class_or_an_object(offer: Callable[..., Shelf], attribute: str) -> None:
    """Both kinds of entry point answer beside the built-in skills."""
    found = offer(attribute)
    assert _asked(found).speech == "The garden is watered."
    assert {"garden.water", "clock.time"} <= set(found.hello().intents)
    assert found.problems == []


@pytest.mark.parametrize(
    ("attribute", "module", "why"),
    [
        ("Garden", "no_such_package", "ModuleNotFoundError"),
        ("Hedge", "somebodys_garden", "AttributeError"),
        ("Unwilling", "somebodys_garden", "no can"),
        ("Nameless", "somebodys_garden", "`name` must be one word"),
        ("Taken", "somebodys_garden", "there already is a skill 'clock'"),
        ("Stranger", "somebodys_garden", "must begin with 'garden.'"),
        ("Silent", "somebodys_garden", "no `answer(ask)`"),
        ("Wordless", "somebodys_garden", "must begin with 'garden.'"),
        ("Wild", "somebodys_garden", "must be names like"),
    ],
)
def test_a_skill_that_does_not_fit_is_named_and_left_out(
    offer: Callable[..., Shelf], attribute: str, module: str, why: str
) -> None:
    """One sentence says which entry point is wrong and why; all other skills are there."""
    found = offer(attribute, module)
    (problem,) = found.problems
    assert f"{module}:{attribute}" in problem
    assert why in problem
    assert "garden.water" not in found.hello().intents
    assert _asked(found, "clock.time").speech


@pytest.mark.parametrize("attribute", ["Raises", "Exits", "Nonsense", "AnotherId"])
def test_a_skill_that_fails_is_apologised_for(offer: Callable[..., Shelf], attribute: str) -> None:
    """Whatever a foreign skill does, the household hears one sentence and the others go on."""
    found = offer(attribute)
    assert _asked(found) == Answer(id=5, speech=FAILED)
    assert _asked(found, "clock.time").speech != FAILED


def test_a_failing_alarm_is_not_asked_for_ever(offer: Callable[..., Shelf]) -> None:
    """A skill that fails when it is due loses its alarm."""
    assert _asked(offer("Raises"), "garden.due") == Answer(id=5, speech=FAILED, due=0.0)


def test_an_intent_without_a_skill_is_apologised_for() -> None:
    """Sentences of a skill that is not installed get an honest answer, its old alarms silence."""
    alone = Shelf(shelf.built_in())
    assert _asked(alone) == Answer(id=5, speech=MISSING)
    assert _asked(alone, "clock.chime") == Answer(id=5, speech=MISSING)
    assert _asked(alone, "garden.due") == Answer(id=5, due=0.0)


def test_the_installed_shelf_has_all_that_the_sentences_ask_for() -> None:
    """Every shipped sentence has a skill, but for the three that the listener answers; and every skill a sentence."""
    spoken = {w.intent for w in templates.read([shipped.folder() / "sentences" / "en.yaml"], NUMBERS).wordings}
    assert set(Shelf.installed().hello().intents) == spoken - {HEAR, SEND, KEEP}
    assert {HEAR, SEND, KEEP} < spoken


def test_what_was_heard_is_not_logged_with_a_failure(
    offer: Callable[..., Shelf], caplog: pytest.LogCaptureFixture
) -> None:
    """Python's own errors repeat the value that they met, which here is a slot; the log names the error alone."""
    ask = Ask(id=7, intent="garden.water", slots={"place": "xylophone"}, now=0.0)
    assert offer("Repeats").answer(ask).speech == FAILED
    assert "the skill garden failed: KeyError" in caplog.text
    assert "xylophone" not in caplog.text
