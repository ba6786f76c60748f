"""The group `sound`: the microphone's card, who holds it, its mixer, the loudspeaker's card, and PortAudio."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from keepmum.doctor.case import Case
from keepmum.doctor.finding import Finding, not_asked, note, ok, plain, problem
from keepmum.errors import CardError, HardwareError
from keepmum.hardware.alsa.cards import Card, find, fitting
from keepmum.hardware.alsa.controls import Control
from keepmum.hardware.alsa.substreams import Substream, substreams
from keepmum.hardware.device_names import able, choose, of_card
from keepmum.messages import StatusReport

_SET_BY_US = "the listener sets it whenever it opens the microphone"


def microphone(case: Case) -> Finding:
    """Whether the card that is meant is there, can record, and may be used."""
    settings = case.settings.hardware.microphone
    if settings.driver == "wav":
        return ok("a scene plays instead of one")
    if settings.card is None:
        what = f"the device is meant that is called {settings.device!r}" if settings.device else "the default is meant"
        return note(what, "name hardware.microphone.card: then ALSA itself is asked whether a mute is one")
    return _usable(case, settings.card, "c")


def loudspeaker(case: Case) -> Finding:
    """The same for what it speaks with."""
    settings = case.settings.hardware.speaker
    if settings.driver == "wav":
        return ok("replies are written to a file")
    if settings.card is None:
        return ok(f"the device that is called {settings.device!r}" if settings.device else "the default")
    return _usable(case, settings.card, "p")


def _usable(case: Case, name: str, way: Literal["c", "p"]) -> Finding:
    try:
        card = find(name, case.cards)
    except CardError as error:
        return problem(error.what, error.hint)
    if not (card.capture if way == "c" else card.playback):
        does = "record" if way == "c" else "play"
        return problem(f"the card {card} cannot {does}", f"name one that can in hardware; {_those(case, way)}")
    nodes = [f"/dev/snd/{one}" for one in case.machine.names("/dev/snd") if _is_of(one, card, way)]
    if not nodes:
        return problem(f"the card {card} has no /dev/snd/pcmC{card.number}D*{way}", "has udev made its devices?")
    barred = [node for node in nodes if not case.machine.usable(node)]
    if barred:
        return case.barred(f"this user may not open {barred[0]}", "sudo usermod -aG audio $USER, then log in again")
    return ok(f"card {card.number} is {card}")


def _is_of(node: str, card: Card, way: str) -> bool:
    return re.fullmatch(rf"pcmC{card.number}D\d+{way}", node) is not None


def _those(case: Case, way: str) -> str:
    able_ones = [str(card) for card in case.cards if (card.capture if way == "c" else card.playback)]
    return f"here are: {', '.join(able_ones)}" if able_ones else "there is none"


def held(case: Case) -> Finding:
    """Who has the microphone open: the listener, nobody, or somebody else."""
    name = case.settings.hardware.microphone.card
    if case.settings.hardware.microphone.driver == "wav":
        return ok("a scene is nobody's")
    listening = fitting(name, case.cards) if name else tuple(card for card in case.cards if card.capture)
    if not listening:
        return note("there is no such card to ask about", "see the line about the microphone")
    try:
        owners = {one.owner for card in listening for one in _ways_in(case, card) if not one.closed}
    except OSError as error:
        return note(f"nobody can tell who has it: {error.strerror or error}", "ask again as root")
    who = sorted(_program(case, owner) for owner in owners)
    if not who:
        return ok("nobody has it open")
    if all("keepmum" in one for one in who):
        return ok(f"{', '.join(who)} has it")
    return problem(f"{', '.join(who)} has it open", "only one program can have it: end that one")


def _ways_in(case: Case, card: Card) -> tuple[Substream, ...]:
    return substreams(card.number, "c", case.machine.at("/proc/asound"))


def _program(case: Case, owner: int | None) -> str:
    """A process by its words, as far as they can be read."""
    if owner is None:
        return "an unknown process"
    words = (case.machine.text(f"/proc/{owner}/cmdline") or "").split("\0")
    name = plain(" ".join(word.rpartition("/")[2] for word in words[:5])) or plain(
        case.machine.line(f"/proc/{owner}/comm")
    )
    return f"process {owner} ({name or 'unknown'})"


def mixer(case: Case) -> Finding:
    """Whether the mixer stands as the board's profile wants it: a codec that woke up silent is heard by nobody."""
    hardware = case.settings.hardware
    if not hardware.mixer:
        return ok("nothing is to be set")
    if hardware.microphone.card is None:
        return note("hardware.mixer has settings, and no card is named", "name hardware.microphone.card")
    try:
        there = {control.name: control for control in case.controls(hardware.microphone.card)}
    except HardwareError as error:
        return problem(error.what, error.hint)
    return _compared(case, hardware.mixer, there)


def _compared(case: Case, wanted: Mapping[str, str], there: Mapping[str, Control]) -> Finding:
    if unknown := sorted(set(wanted) - set(there)):
        what = f"the card has no control {', '.join(map(repr, unknown))}"
        return problem(what, "correct hardware.mixer, or name the board that fits")
    wrong = [_stands(there[name], value) for name, value in wanted.items() if there[name].contradiction(value)]
    if not wrong:
        return ok(f"{len(wanted)} controls stand as the profile wants them")
    what = f"not as the profile wants it: {'; '.join(wrong)}"
    if isinstance(case.listener, StatusReport) and case.listener.microphone == "open":
        return problem(what, f"{_SET_BY_US}; something else has changed it since: restart the listener")
    return note(what, f"{_SET_BY_US}; until then the card may record silence")


def _stands(control: Control, value: str) -> str:
    shown = re.findall(r"\[(\d+%|on|off)\]", control.state)
    return f"{control.name} is {' '.join(dict.fromkeys(shown)) or plain(control.state)}, wanted {value}"


def portaudio(case: Case) -> Finding:
    """Whether PortAudio is there and knows the microphone."""
    settings = case.settings.hardware.microphone
    if settings.driver == "wav":
        return ok("not used")
    if case.runs:
        return not_asked(
            "the listener runs",
            "PortAudio would open its card for a moment, and the listener would see somebody else at the microphone",
        )
    try:
        devices, default = case.machine.devices("input")
        card = find(settings.card, case.cards) if settings.card else None
        if card is None:
            choose(devices, "input", settings.device, default=default, channels=settings.channels, error=HardwareError)
    except HardwareError as error:
        return problem(error.what, error.hint)
    if card is not None and of_card(devices, "input", card.number) is None:
        what = f"PortAudio does not list the card {card}"
        return problem(what, "the lines about the microphone and about who holds it say why")
    names = ", ".join(repr(plain(one["name"], 40)) for one in able(devices, "input"))
    return ok(f"it records from {names}")
