"""What wakes the speaker is counted with its interval, and ears that hear nothing or everything are told apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from keepmum.lab import marks
from keepmum.lab.corpus.reading import open_corpus
from keepmum.lab.corpus.speech import NEWS, speak_household
from keepmum.lab.experiments import neighbours, tv, wake
from keepmum.lab.experiments.neighbours import distance
from keepmum.lab.experiments.result import Kind, Result
from keepmum.lab.experiments.waking import Heard, Wake, hear
from keepmum.lab.intervals import garwood
from keepmum.lab.pipeline.crew import Crew
from keepmum.lab.pipeline.tuning import Tuning


def figures(result: Result) -> dict[tuple[str, str, str], float | None]:
    """Every value by what was done, what was counted and its unit."""
    return {(figure.case, figure.name, figure.unit): figure.value for figure in result.figures}


@pytest.fixture(scope="module")
def evening(monkeymodule: pytest.MonkeyPatch) -> Result:
    """What `lab tv` measures, with two minutes of television and one of talk."""
    monkeymodule.setattr(tv, "_CONTROL_MINUTES", 0.6)
    return tv.measure(None, 1, Tuning(), Crew(), minutes=2.0)


@pytest.fixture(scope="module")
def monkeymodule() -> Iterator[pytest.MonkeyPatch]:
    """One that lasts as long as the module."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_a_television_is_told_with_rates_words_and_durations(evening: Result) -> None:
    """With the confirmation and without, side by side; every rate has its interval."""
    found = figures(evening)
    for case in (tv.WITHOUT, tv.WITH):
        assert (case, "false wakes", "an hour") in found
        assert (case, "false wakes", "in 10,000 words") in found
        assert (case, "false wakes of 10 s or more", "") in found
    for figure in evening.figures:
        assert figure.kind is Kind.MEASURED
        if figure.unit in ("an hour", "in 10,000 words") and figure.n is not None:
            assert figure.value == pytest.approx(figure.n / 2 * 60) or figure.unit != "an hour"
            assert (figure.low, figure.high) != (None, None)
    per_hour = next(figure for figure in evening.figures if figure.unit == "an hour")
    assert per_hour.n is not None
    assert per_hour.high == pytest.approx(garwood(per_hour.n)[1] / (2 / 60))
    assert any("programs" in note for note in evening.notes)


def test_silence_and_noise_do_not_wake_it(evening: Result) -> None:
    """That is a promise: it is compared, and the exit code hangs on it."""
    quiet = [figure for figure in evening.figures if figure.most is not None]
    assert {figure.case for figure in quiet} == {"a minute of silence", "a minute of white noise"}
    assert all(figure.kept for figure in quiet)


def test_deaf_and_nervous_speakers_are_told_apart(evening: Result) -> None:
    """Else a low rate could be that of ears that hear nothing."""
    assert {control.name for control in evening.controls} == {
        "ears that are not deaf",
        "a speaker that waits for “hey jarvis”",
        "a speaker that waits for “the”",
    }
    assert evening.missed == ()
    assert evening.holds


def test_the_same_seed_gives_the_same_figures(evening: Result) -> None:
    """All of them, to the last digit."""
    again = tv.measure(None, 1, Tuning(), Crew(), minutes=2.0)
    assert again.document() == evening.document()


def test_deaf_ears_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lab that hears nothing, planted: its control fails, and so does the experiment."""

    def nothing(corpus: object, tuning: object, workers: object) -> Heard:
        return Heard(60.0, 100, (), 3, 0, 0)

    monkeypatch.setattr(tv, "hear", nothing)
    result = tv.measure(None, 1, Tuning(), Crew(), minutes=1.0)
    assert not result.holds
    assert {control.name for control in result.missed} == {"ears that are not deaf", "a speaker that waits for “the”"}


def test_a_wake_answers_the_call_that_it_follows(tmp_path: Path) -> None:
    """Within a second; what nobody called for is false, and lasts until the ring goes out."""
    home = speak_household(tmp_path / "home", seed=2, minutes=1.0)
    heard = hear(open_corpus(home), Tuning(), Crew())
    assert heard.calls == heard.found == 1
    assert heard.false == []
    (answer,) = heard.wakes
    assert answer.intent
    assert 0.5 < answer.seconds < 8.0
    for file in home.rglob("*.truth.jsonl"):
        kept = [truth for truth in marks.read(file, marks.Truth) if truth.kind is not marks.TruthKind.COMMAND]
        marks.write(file, kept)
    heard = hear(open_corpus(home), Tuning(), Crew())
    assert [wake.begins for wake in heard.false] == [answer.begins]
    assert heard.false[0] == Wake(answer.recording, answer.begins, answer.seconds, answer.intent, called=False)


# ---- phrases and their neighbours


def test_phrases_are_compared_at_each_threshold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Misses and false wakes stand together: one without the other says nothing."""
    monkeypatch.setattr(wake, "VOICES", wake.VOICES[:2])
    monkeypatch.setattr(wake, "NEAR", 4)
    talk = speak_household(tmp_path / "talk", minutes=0.5, scenes=NEWS)
    result = wake.measure(["alexa"], (0.3, 0.95), 1, Crew(), talk)
    found = figures(result)
    low, high = (
        {name: value for (case, name, _), value in found.items() if case == f"alexa, threshold {each}"}
        for each in ("0.3", "0.95")
    )
    assert (
        low.keys()
        == high.keys()
        == {
            "calls that were missed",
            "neighbours that wake it",
            "false wakes in talk",
            "of bystanders heard",
        }
    )
    assert low["calls that were missed"] == 0.0
    assert low["neighbours that wake it"] >= high["neighbours that wake it"]
    assert result.holds
    assert "neighbours of “alexa”" in result.notes[0]


def test_neighbours_are_near_and_are_not_the_phrase() -> None:
    """Nearest first, the same each time, and no other form of the phrase itself."""
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed: its dictionary is needed")
    found, source = neighbours.neighbours("alexa", 12)
    assert "dictionary" in source
    assert len(found) == len(set(found)) == 12
    assert "alexis" in found
    assert not [word for word in found if word.startswith("alexa")]
    assert neighbours.neighbours("alexa", 3)[0] == found[:3]


def test_without_a_dictionary_the_recipes_rivals_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the result says so."""
    monkeypatch.setattr(neighbours, "_book", dict)
    found, source = neighbours.neighbours("alexa", 5)
    assert found == ["lexus", "a lexus", "alexis", "alexia", "alex"]
    assert "recipe" in source


def test_like_phones_are_nearer_than_others() -> None:
    """P is heard for B sooner than for M; and a distance is the same both ways."""
    assert distance(("B", "AE", "T"), ("B", "AE", "T")) == 0.0
    assert distance(("B", "AE", "T"), ("P", "AE", "T")) < distance(("B", "AE", "T"), ("M", "AE", "T"))
    assert (
        distance(("K", "AE", "T"), ("K", "AE")) == distance(("K", "AE"), ("K", "AE", "T")) == neighbours.CONSONANT_GONE
    )
    assert distance(("K", "AE", "T"), ("M", "OW", "N"), most=1.0) == float("inf")
