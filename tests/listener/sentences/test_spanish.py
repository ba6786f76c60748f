"""The Spanish sentences: they can be heard and understood as the English ones are, by the same skills."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations

import pytest
from hassil.expression import Expression, ListReference

from keepmum import shipped
from keepmum.listener.sentences import grammar, templates
from keepmum.listener.sentences.templates import Sentences
from keepmum.listener.sentences.understand import NUMBERS, THINGS, Understanding

EVERY = 11
"""Of the grammar's phrases, each so-manieth is parsed; all 8,000 take 14 s, and found nothing more."""

UNDERSTOOD: dict[str, tuple[str, dict[str, object]]] = {
    "¿Qué hora es?": ("clock.time", {}),
    "computadora, enciende la luz del salón": ("lights.turn_on", {"fixture": "light", "room": "living room"}),
    "apaga todas las luces, por favor": ("lights.turn_off", {"fixture": "light", "room": "all"}),
    "enciende la lámpara roja": ("lights.turn_on", {"thing": "lámpara roja"}),
    "baja la luz de la cocina al treinta por ciento": (
        "lights.dim",
        {"fixture": "light", "room": "kitchen", "percent": 30},
    ),
    "pon un temporizador de quince minutos para la pasta": ("timers.start", {"duration": 900, "name": "pasta"}),
    "avísame en una hora y media": ("timers.start", {"duration": 5400}),
    "pon una alarma a las ocho menos cuarto": ("timers.alarm", {"time": "07:45", "time_half": "either"}),
    "pon una alarma para el lunes a las diez de la noche": ("timers.alarm", {"time": "22:00", "day": "on monday"}),
    "despiértame a las seis de la mañana": ("timers.alarm", {"time": "06:00", "morning": 1}),
    "despiértame a la una y cuarto": ("timers.alarm", {"time": "01:15", "time_half": "either", "morning": 1}),
    "cancela la alarma": ("timers.cancel", {"kind": "alarm"}),
    "sube el volumen": ("volume.up", {}),
    "pon el volumen al cincuenta y cinco por ciento": ("volume.set", {"percent": 55}),
    "¿qué tiempo hará mañana?": ("weather.tell", {"day": "tomorrow"}),
    "añade leche y un poco de pan a la lista de la compra": ("shopping.add", {"item": "leche", "item2": "pan"}),
    "para": ("stop.stop", {}),
    "no nos escuches": ("privacy.mute", {}),
    "modo de privacidad local": ("privacy.local", {}),
    "qué has enviado hoy": ("privacy.today", {}),
    "que has oído hoy": ("privacy.today", {}),
    "borra todo lo que he dicho hoy": ("privacy.forget_today", {}),
    "ya no estoy de acuerdo": ("privacy.withdraw", {}),
    "comparte mi voz disfrazada, y pregúntame antes": ("privacy.share", {"rung": "disguised", "asks": 1}),
    "sí, envíalo": ("privacy.send", {}),
    "no lo envíes": ("privacy.keep", {"last": 1}),
}
NOES = ["no lo envíes", "nunca lo envíes", "sí no lo envíes", "no no lo subas", "no envíes eso", "no envíes nada"]


@cache
def read(language: str) -> Sentences:
    """A shipped file of sentences."""
    return templates.read([shipped.folder() / "sentences" / f"{language}.yaml"], NUMBERS)


@pytest.fixture(scope="module")
def spanish() -> Understanding:
    """The Spanish sentences, for a model that knows every word of them."""
    file = shipped.folder() / "sentences" / "es.yaml"
    return Understanding.load(file, None, ["lámpara roja"], {*grammar.words_of(read("es")), "roja"}, ["computadora"])


@pytest.mark.parametrize(("said", "meant"), UNDERSTOOD.items())
def test_spanish_sentences_are_understood(
    spanish: Understanding, said: str, meant: tuple[str, dict[str, object]]
) -> None:
    """With the slots that the English sentence would have."""
    intent = spanish.parse(said)
    assert intent
    assert (intent.name, dict(intent.slots)) == meant


def test_whatever_can_be_heard_is_understood(spanish: Understanding) -> None:
    """A phrase of the grammar never leads to nothing."""
    some = spanish.phrases[::EVERY]
    assert len(some) > 500
    assert [phrase for phrase in some if spanish.parse(phrase) is None] == []


def test_no_part_of_a_no_sends_anything(spanish: Understanding) -> None:
    """Noise may take any words out of a sentence; what is left never lets a clip leave."""
    for no in NOES:
        words = no.split()
        parts = {" ".join(part) for size in range(1, len(words) + 1) for part in combinations(words, size)}
        sent = [part for part in parts if (intent := spanish.parse(part)) and intent.name == "privacy.send"]
        assert sent == [], no


def test_the_same_skills_answer_the_same_slots() -> None:
    """No intent, no slot and no room is there that the English file does not have."""
    spanish, english = read("es"), read("en")
    assert not spanish.faults
    intents = {wording.intent for wording in english.wordings}
    assert {wording.intent for wording in spanish.wordings} <= intents
    assert {"lights.turn_on", "timers.alarm", "privacy.send", "privacy.keep", "privacy.mute"} <= intents
    # An English time of day tells by itself whether it leaves the half of the day open.
    assert slots(spanish) <= slots(english) | {"time_half"}
    for theirs, ours in (("room", "cuarto"), ("fixture", "aparato"), ("single_thing", "cosa"), ("timer", "para_qué")):
        known = {template.out or template.text for template in english.lists[theirs].templates}
        assert {template.out for template in spanish.lists[ours].templates} <= known, ours


def test_both_files_can_be_read_together() -> None:
    """No Spanish list or rule takes the place of an English one."""
    spanish, english = read("es"), read("en")
    assert not spanish.lists.keys() & english.lists.keys()
    assert not spanish.rules.keys() & english.rules.keys()
    assert THINGS not in spanish.lists


def slots(sentences: Sentences) -> set[str]:
    """The slots that are filled anywhere: of each intent's own, and of what its sentences name."""
    every = [wording.template for wording in sentences.wordings] + list(sentences.rules.values())
    named = {slot for template in every for slot in _named(template.expression) if not slot.startswith("_")}
    return named | {slot for wording in sentences.wordings for slot in wording.slots}


def _named(expression: Expression) -> Iterator[str]:
    if isinstance(expression, ListReference):
        yield expression.slot_name
    for item in getattr(expression, "items", ()):
        yield from _named(item)
