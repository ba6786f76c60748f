"""Sets a card's mixer as the board's profile says: some codecs wake up silent, and nobody would hear that."""

from __future__ import annotations

import difflib
import logging
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence

from keepmum.errors import CardError, MicrophoneError
from keepmum.hardware.alsa.cards import Card, cards, find
from keepmum.hardware.alsa.controls import Control, parsed

log = logging.getLogger(__name__)

_PATIENCE = 5.0

Answer = tuple[int, str, str]
"""Exit status, what was printed, what was complained about."""
Run = Callable[[Sequence[str]], Answer]
ListCards = Callable[[], tuple[Card, ...]]


def amixer(arguments: Sequence[str]) -> Answer:
    """Run the real one, without a shell. Raises MicrophoneError if it is missing or hangs."""
    # Its complaints are read below, so they must not be translated.
    environment = os.environ | {"LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["amixer", *arguments], env=environment, capture_output=True, timeout=_PATIENCE, check=False
        )
    except FileNotFoundError as error:
        raise MicrophoneError("amixer is missing, and the mixer has settings", "sudo apt install alsa-utils") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MicrophoneError(f"amixer cannot be run: {error}", "`amixer scontents` should answer at once") from error
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def controls(card: str | None, run: Run = amixer, list_cards: ListCards = cards) -> tuple[Control, ...]:
    """Everything in the mixer of a card (the default one for None), only looked at.

    Raises CardError if there is no such card, MicrophoneError if amixer is missing.
    """
    status, untrusted_text, untrusted_complaint = run([*_card(card, list_cards), "scontents"])
    if status:
        what = f"the mixer of {_named(card)} cannot be read: {_line(untrusted_complaint)}"
        raise CardError(what, "`arecord -l` lists the cards")
    return parsed(untrusted_text)


def set_controls(card: str | None, wanted: Mapping[str, str], run: Run = amixer, list_cards: ListCards = cards) -> None:
    """Set what does not stand as wanted, and read back whether it does then.

    Values are the words of `amixer sset` (`80% cap`), or the item of a control that is a choice. Raises CardError if
    there is no such card, MicrophoneError with everything that is wrong with names and values at once.
    """
    there = _by_name(controls(card, run, list_cards))
    arguments = _card(card, list_cards)
    problems = [_unknown(name, there, card) for name in wanted if name not in there]
    taken = {}
    for name, value in wanted.items():
        if name not in there or there[name].contradiction(value) is False:
            continue
        if problem := _set(there[name], value, arguments, run):
            problems.append(problem)
        else:
            taken[name] = value
    after = _by_name(controls(card, run, list_cards)) if taken else {}
    problems += [problem for name, value in taken.items() if (problem := _read_back(after.get(name), name, value))]
    if problems:
        shows = f"`amixer {' '.join([*arguments, 'scontents'])}` shows what there is"
        raise MicrophoneError("; ".join(problems), f"correct hardware.mixer; {shows}")
    if taken:
        log.info("the mixer of %s is set: %s", _named(card), ", ".join(f"{name} {taken[name]}" for name in taken))


def _set(control: Control, value: str, arguments: Sequence[str], run: Run) -> str:
    """The problem, if there is one."""
    if control.items and value not in control.items:
        return f"{control.name!r} cannot be {value!r}; it can be {', '.join(map(repr, control.items))}"
    # A choice is one word to amixer, however many it has; everything else is several. The two dashes keep a name or
    # a value that begins with one from being taken for an option.
    words = [value] if control.items else value.split()
    status, untrusted_text, untrusted_complaint = run([*arguments, "--", "sset", control.name, *words])
    if status:
        return f"{control.name!r} does not take {value!r}: {_line(untrusted_complaint)}"
    # Words that mean nothing to a control are passed over in silence, with a status of success.
    return "" if untrusted_text.strip() else f"{control.name!r} takes no notice of {value!r}"


def _read_back(control: Control | None, name: str, value: str) -> str:
    if control is None:
        return f"{name!r} was set to {value!r} and is gone"
    if not control.contradiction(value):
        return ""
    return f"{name!r} was set to {value!r} and stands at {' / '.join(control.state.splitlines())!r}"


def _by_name(found: Sequence[Control]) -> dict[str, Control]:
    return {control.name: control for control in found}


def _unknown(name: str, there: Mapping[str, Control], card: str | None) -> str:
    near = difflib.get_close_matches(name, there, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    return f"{_named(card)} has no control {name!r}; {meant}it has {', '.join(map(repr, there)) or 'none at all'}"


def _card(card: str | None, list_cards: ListCards) -> list[str]:
    return [] if card is None else ["-c", str(find(card, list_cards()).number)]


def _named(card: str | None) -> str:
    return "the default card" if card is None else f"card {card}"


def _line(untrusted_complaint: str) -> str:
    lines = untrusted_complaint.strip().splitlines()
    return "".join(one if one.isprintable() else "?" for one in lines[-1])[:120] if lines else "no reason is given"
