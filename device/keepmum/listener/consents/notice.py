"""What is told before anybody agrees: a short form that is spoken, and a text that can be read, one for each terms.

They are templates in `config/notices/<language>/`, filled in with what the recipient's card and the settings say. What
cannot be explained cannot be agreed to: a template that is missing or damaged takes its terms out of the offer.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Template

from keepmum import kept
from keepmum.errors import ReceiptError, StateError
from keepmum.terms import DAY, HOUSEHOLD, RUNGS, Purpose, Rung, Terms

log = logging.getLogger(__name__)

_PARTS = ("aim", "aim_text", "what", "what_text")
_FACTS = frozenset(
    {"who", "contact", "where", "jurisdiction", "kept", "listening", "quota", "lasts", "asked", "asking"}
)
_KNOWN = _FACTS.union(_PARTS)
_SPOKEN = "Spoken: "


@dataclass(frozen=True)
class Party:
    """Who gets it, as the notice and the receipt name them."""

    name: str
    people: int = 0
    """How many of them can listen or read; 0 for the household itself."""


@dataclass(frozen=True)
class Notice:
    """What somebody was told. `text` holds the spoken form too, so one hash covers both."""

    text: str
    spoken: str
    language: str
    party: Party

    @property
    def sha256(self) -> str:
        """64 hexadecimal digits over the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class _Form:
    """One template: what is said, and what is written."""

    spoken: Template
    text: Template


@dataclass
class Notices:
    """The templates of one language, and every notice that was made of them."""

    language: str
    _forms: Mapping[str, _Form]
    _made: dict[str, Notice] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, language: str) -> Notices:
        """Read `folder`/`language`. What cannot be used is left out, with one line in the log for each file."""
        forms = {}
        for name in sorted(
            {part for purpose, rungs in RUNGS.items() for rung in rungs for part in _parts(purpose, rung)}
        ):
            path = folder / language / f"{name}.md"
            try:
                forms[name] = _form(path)
            except (ReceiptError, StateError) as error:
                log.error("%s; what it explains cannot be agreed to. %s", error.what, error.hint)
        return cls(language, forms)

    def explain(self, draft: Terms, party: Party) -> Terms:
        """The terms with the hash of their notice, for `of`. Raises ReceiptError where a template is missing."""
        parts = _parts(draft.purpose, draft.rung)
        missing = next((part for part in parts if part not in self._forms), None)
        if missing is not None:
            raise ReceiptError(f"there is no notice {missing!r} in {self.language!r}", "see the log at the start")
        notice = self._filled([self._forms[part] for part in parts], draft, party)
        self._made[notice.sha256] = notice
        return replace(draft, notice=notice.sha256)

    def of(self, terms: Terms) -> Notice:
        """What was told about terms that are offered. Raises ReceiptError for any others."""
        notice = self._made.get(terms.notice)
        if notice is None:
            raise ReceiptError(f"there is no notice with the hash {terms.notice[:16]}…", "nothing such is offered")
        return notice

    def spoken(self, terms: Terms) -> str:
        """What is to be said before the button is held. Raises ReceiptError for terms that are not offered."""
        return self.of(terms).spoken

    def _filled(self, forms: list[_Form], terms: Terms, party: Party) -> Notice:
        frame, *inner = forms
        facts = _facts(terms, party)
        for name, form in zip(("aim", "what"), inner, strict=False):
            facts[name] = form.spoken.substitute(facts)
            facts[f"{name}_text"] = form.text.substitute(facts).strip()
        spoken = " ".join(frame.spoken.substitute(facts).split())
        text = f"As it is spoken: {spoken}\n\n{frame.text.substitute(facts).strip()}\n"
        return Notice(text, spoken, self.language, party)


def _parts(purpose: Purpose, rung: Rung) -> tuple[str, ...]:
    """The templates of a notice: one alone for what stays in the house, otherwise frame, purpose and rung."""
    if purpose in HOUSEHOLD:
        return (purpose.value,)
    return "clips", f"for-{purpose.value}", f"as-{rung.name.lower()}"


def _form(path: Path) -> _Form:
    """Raises ReceiptError or StateError, naming the file."""
    untrusted = kept.read(path)
    if untrusted is None:
        raise ReceiptError(f"the notice {path} is not there", "install keepmum again")
    try:
        first, _, rest = untrusted.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise ReceiptError(f"the notice {path} is not text in UTF-8", "install keepmum again") from None
    form = _Form(Template(" ".join(first.removeprefix(_SPOKEN).split())), Template(rest))
    if not first.startswith(_SPOKEN) or not rest.strip():
        raise ReceiptError(f"the notice {path} has no spoken form or no text", f"it begins with {_SPOKEN!r}")
    for each in (form.spoken, form.text):
        unknown = sorted(set(each.get_identifiers()) - _KNOWN)
        if unknown or not each.is_valid():
            named = f"names {unknown[0]!r}, which is no fact" if unknown else "has a $ that begins no fact"
            raise ReceiptError(f"the notice {path} {named}", f"the facts are {', '.join(sorted(_KNOWN))}")
    return form


def _facts(terms: Terms, party: Party) -> dict[str, str]:
    """Every fact in words. A recipient's own words are put in once, and never read as a template."""
    return {
        "who": party.name,
        "contact": terms.contact or "nobody",
        "where": terms.storage,
        "jurisdiction": terms.jurisdiction or "no law that is named",
        "kept": lasting(terms.retention),
        "listening": _listening(terms.reviews, party),
        "quota": str(terms.quota),
        "lasts": lasting(terms.lasts),
        "asked": ", each after your yes" if terms.asks else "",
        "asking": _ASKS if terms.asks else _ASKS_NOT,
        **dict.fromkeys(_PARTS, ""),
    }


_ASKS = (
    "The speaker plays each one to you first. It leaves only if somebody in the room says yes to that very one. "
    "Without an answer within ten minutes it is forgotten."
)
_ASKS_NOT = "Each one leaves without a further question, as long as the privacy mode of the speaker is `share`."


def _listening(reviews: int, party: Party) -> str:
    if not reviews or not party.people:
        return "Nobody. Programs alone work on it."
    people, times = _counted(party.people, "person", "people"), _counted(reviews, "time", "times")
    return (
        f"{people} at {party.name}, at most {times} a month; everything else is worked on by programs alone. They do "
        "not learn who you are. So if they hear that somebody is in danger, they cannot send help and cannot tell you."
    )


def lasting(seconds: float) -> str:
    """A duration in words: whole days where it is that, otherwise hours."""
    if seconds <= 0:
        return "no time at all"
    if seconds % DAY == 0:
        return _counted(int(seconds // DAY), "day", "days")
    return f"{seconds / 3600:g} hours"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
