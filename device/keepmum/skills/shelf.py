"""Finds the skills: those beside this file, and those that other packages offer."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from pydantic import ValidationError

from keepmum.messages import Answer, Ask, SkillsHello
from keepmum.skills.clock import Clock
from keepmum.skills.coffee import Coffee
from keepmum.skills.holidays import Holidays
from keepmum.skills.lights import Lights
from keepmum.skills.privacy import Privacy
from keepmum.skills.shopping import Shopping
from keepmum.skills.skill import Skill, say
from keepmum.skills.stop import Stop
from keepmum.skills.timers import Timers
from keepmum.skills.volume import Volume
from keepmum.skills.weather import Weather

log = logging.getLogger(__name__)

GROUP = "keepmum.skills"
"""The entry-point group in which a package offers a skill."""

FAILED = "Sorry, that skill failed."
MISSING = "Sorry, none of my skills answers that."

_NAME = re.compile(r"^[a-z][a-z0-9_]{0,30}$")


def built_in() -> list[Skill]:
    """The skills that come with keepmum."""
    return [Clock(), Timers(), Volume(), Lights(), Coffee(), Weather(), Shopping(), Holidays(), Stop(), Privacy()]


class Shelf:
    """All skills by name. What a foreign one does wrong stays with it."""

    def __init__(self, skills: Iterable[Skill], offered: Iterable[EntryPoint] = ()) -> None:
        self._skills = {skill.name: skill for skill in skills}
        self.problems: list[str] = []
        """One sentence about each skill that was left out."""
        for offer in offered:
            self._add(offer)

    @classmethod
    def installed(cls) -> Shelf:
        """Everything on this computer."""
        return cls(built_in(), entry_points(group=GROUP))

    def hello(self) -> SkillsHello:
        """What the listener is told at the beginning."""
        return SkillsHello(intents=[intent for skill in self._skills.values() for intent in skill.intents])

    def answer(self, ask: Ask) -> Answer:
        """The answer of the skill whose name stands before the intent's dot; always one, whatever it does."""
        skill = self._skills.get(ask.intent.partition(".")[0])
        due = ask.intent.endswith(".due")
        if skill is None or not (due or ask.intent in skill.intents):
            # A timer of a skill that was removed must not ring for ever.
            return say(ask, "" if due else MISSING, due=0.0 if due else None)
        answer, error = _guarded(lambda: skill.answer(ask))
        if isinstance(answer, Answer) and answer.id == ask.id:
            return answer
        problem = _place(error) if error else "its answer is no Answer with the id of the Ask"
        log.error("the skill %s failed: %s", skill.name, problem)
        return say(ask, FAILED, due=0.0 if due else None)

    def _add(self, offer: EntryPoint) -> None:
        found, error = _guarded(offer.load)
        if error is None and isinstance(found, type):
            found, error = _guarded(found)
        problem = f"{type(error).__name__}: {error}" if error else self._unfit(found)
        if problem:
            self.problems.append(f"the skill {offer.name!r} ({offer.value}) is left out: {problem}")
            log.error("%s", self.problems[-1])
        elif isinstance(found, Skill):
            self._skills[found.name] = found

    def _unfit(self, found: object) -> str:
        name, intents = getattr(found, "name", None), getattr(found, "intents", None)
        if not isinstance(name, str) or not _NAME.match(name):
            return "its `name` must be one word in small letters"
        if name in self._skills:
            return f"there already is a skill {name!r}"
        if not isinstance(found, Skill) or not callable(found.answer):
            return "it has no `answer(ask)`"
        try:
            SkillsHello(intents=list(intents or ()))
        except (TypeError, ValidationError):
            return "its `intents` must be names like 'timers.start'"
        if not intents or any(not intent.startswith(f"{name}.") for intent in intents):
            return f"its `intents` must begin with '{name}.'"
        return ""


def _guarded(call: Callable[[], object]) -> tuple[object, BaseException | None]:
    """Foreign code's result, or what went wrong with it: the one door that foreign code comes through."""
    try:
        return call(), None
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return None, error


def _place(error: BaseException) -> str:
    """The kind of an error and where it arose. Its text may repeat a slot, which was heard."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}"
