"""What the household may ask about its own privacy is answered from what the listener knows, and from nothing else."""

from __future__ import annotations

import json

import pytest

from keepmum.messages import Ask
from keepmum.skills.privacy import Privacy

STATUS = {"microphone": "open", "mode": "ask", "outside": 0, "overdue": 0}
VOICE = {"purpose": "asr-improvement", "rung": "voice", "asks": True, "days": 12}
LIGHTS = {"purpose": "commands", "rung": "text", "asks": False, "days": 1}
NUMBERS = {"purpose": "diagnostics", "rung": "metrics", "asks": False, "days": 0}


def asked(intent: str, **facts: object) -> str:
    """What is said; nothing is done for any of these questions."""
    told = {name: fact if isinstance(fact, str) else json.dumps(fact) for name, fact in facts.items()}
    answer = Privacy().answer(Ask(id=7, intent=f"privacy.{intent}", now=0.0, facts=told))
    assert answer.actions == []
    return answer.speech


@pytest.mark.parametrize(
    ("agreed", "said"),
    [
        ([], "Nobody has agreed to anything."),
        ([LIGHTS], "You have agreed to home commands, for 1 more day."),
        (
            [VOICE, NUMBERS],
            "You have agreed to your voice to make speech recognition better, asked each time, for 12 more days and "
            "numbers of the day to find faults, for less than a day.",
        ),
    ],
)
def test_what_was_agreed_to(agreed: list[object], said: str) -> None:
    """How much, what for, whether each is asked about, and for how long."""
    assert asked("agreed", agreed=agreed) == said


def test_who_is_listening() -> None:
    """The answer tells the microphone, the mode and every consent."""
    assert asked("status", status=STATUS, agreed=[LIGHTS]) == (
        "Only me. I listen for my wake word, here in this room. Privacy mode is ask. "
        "You have agreed to home commands, for 1 more day."
    )
    assert asked("status", status={**STATUS, "microphone": "closed", "mode": "local"}, agreed=[]) == (
        "Only me. My microphone is closed. Privacy mode is local. Nobody has agreed to anything."
    )


@pytest.mark.parametrize(
    ("destroyed", "plays", "outside", "said"),
    [
        (0, 0, 0, "Nobody has told me so, and no recording of you is anywhere else now."),
        (0, 0, 2, "2 recordings may still be listened to."),
        (1, 0, 0, "Before they destroyed 1 recording, I was told, they never listened."),
        (
            3,
            1,
            1,
            "Before they destroyed 3 recordings, I was told, they listened 1 time. "
            "1 recording may still be listened to.",
        ),
    ],
)
def test_who_has_listened(destroyed: int, plays: int, outside: int, said: str) -> None:
    """What a recipient said when it destroyed something, and what is still there: more the speaker cannot know."""
    known = {"destroyed": destroyed, "plays": plays}
    assert asked("listened", listened=known, status={**STATUS, "outside": outside}) == said


@pytest.mark.parametrize(
    ("late", "outside", "said"),
    [
        (0, 0, "No. Nothing of you is anywhere else."),
        (0, 1, "No. 1 recording may be somewhere else."),
        (1, 1, "Yes. I asked for 1 deletion a day ago or more, and nobody has confirmed that."),
        (2, 5, "Yes. I asked for 2 deletions a day ago or more, and nobody has confirmed that."),
    ],
)
def test_what_is_overdue(late: int, outside: int, said: str) -> None:
    """A deletion that nobody confirmed in time is told before everything else."""
    assert asked("overdue", status={**STATUS, "overdue": late, "outside": outside}) == said


@pytest.mark.parametrize("fact", ["", "{", "7", "[7]", '"status"'])
def test_not_knowing_is_said_as_not_knowing(fact: str) -> None:
    """A fact that cannot be read is never taken for "nobody" or "nothing"."""
    for question in ("status", "listened", "overdue", "agreed"):
        said = asked(question, status=fact, listened=fact, agreed="{" if fact == "[7]" else fact)
        assert "cannot" in said or "do not know" in said
