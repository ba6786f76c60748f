"""Says which profile fits what is connected, and why not the others.

Pure: somebody else looks at the machine (`keepmum doctor`) and hands in the evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from keepmum.boards.profile import Board, Pi


@dataclass(frozen=True)
class Card:
    """A sound card as ALSA knows it. None is what nobody looked up."""

    id: str
    usb: str | None = None
    """Vendor and product (`2886:001a`) of a card behind USB."""
    controls: frozenset[str] | None = None
    """The names of its mixer controls."""
    capture_channels: int | None = None


@dataclass(frozen=True)
class Evidence:
    """What was found on a machine."""

    pi: Pi | None = None
    """None for a computer that no profile knows, such as a first Pi Zero."""
    cards: tuple[Card, ...] = ()
    usb: frozenset[str] = frozenset()
    """All USB devices, sound or not."""
    i2c: frozenset[str] | None = None
    """Addresses that answered (`0x1a`), those held by a driver included; None if nobody asked."""


class Verdict(IntEnum):
    """How well a profile fits; the larger the better."""

    NO = 0
    PERHAPS = 1
    """Something speaks for it and nothing against it, but not everything was found."""
    FITS = 2


@dataclass(frozen=True)
class Fit:
    """One profile against the evidence."""

    board: Board
    verdict: Verdict
    found: tuple[str, ...]
    """What speaks for it."""
    missing: tuple[str, ...]
    """What should be there too, with what to do about it."""
    against: tuple[str, ...]
    """What rules it out."""


@dataclass
class _Clues:
    found: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)


_MODELS: tuple[tuple[str, Pi], ...] = (
    (r"Pi Zero 2", "zero2"),
    (r"Pi (3|Compute Module 3)", "pi3"),
    (r"Pi (4|Compute Module 4)", "pi4"),
    (r"Pi (5|Compute Module 5)", "pi5"),
)


def pi_of(untrusted_model: str | None) -> Pi | None:
    """The computer, from what /proc/device-tree/model says; a file that is not there is a laptop."""
    if untrusted_model is None:
        return "laptop"
    return next((pi for pattern, pi in _MODELS if re.search(pattern, untrusted_model)), None)


def fits(profile: Board, evidence: Evidence) -> Fit:
    """How one profile fits."""
    clues = _Clues()
    if evidence.pi is not None and not profile.works_with(evidence.pi):
        clues.against.append(f"made for {', '.join(profile.pis)}, and this is a {evidence.pi}")
    elif evidence.pi is None and "any" not in profile.pis:
        clues.missing.append("a computer that the profile knows")
    _usb(profile, evidence, clues)
    _alsa(profile, evidence, clues)
    _i2c(profile, evidence, clues)
    if profile.pis == ("laptop",) and evidence.pi == "laptop":
        clues.found.append("this is not a Raspberry Pi")
    verdict = Verdict.NO if clues.against or not clues.found else Verdict.PERHAPS if clues.missing else Verdict.FITS
    return Fit(profile, verdict, tuple(clues.found), tuple(clues.missing), tuple(clues.against))


def ranked(profiles: Iterable[Board], evidence: Evidence) -> list[Fit]:
    """Every profile, the best fit first: by verdict, what speaks for it, what does not, and its tier.

    A profile that fits many boards stands behind one that fits a single board.
    """
    return sorted((fits(profile, evidence) for profile in profiles), key=_rank)


def _rank(fit: Fit) -> tuple[int, int, int, int, str, str]:
    generic = fit.board.detect.usb == "any" or fit.board.pis == ("laptop",)
    doubts = len(fit.against) + len(fit.missing)
    return -fit.verdict, int(generic), -len(fit.found), doubts, fit.board.tier, fit.board.id


def _usb(profile: Board, evidence: Evidence, clues: _Clues) -> None:
    wanted = profile.detect.usb
    if wanted is None:
        return
    cards = [card for card in evidence.cards if card.usb is not None and wanted in ("any", card.usb)]
    if cards:
        clues.found.append(f"sound card {cards[0].id} is USB {cards[0].usb}")
        _channels(profile, cards[0], clues)
    elif wanted in evidence.usb:
        clues.found.append(f"USB {wanted} is there")
        clues.missing.append("a sound card of it: is the kernel's snd-usb-audio loaded?")
    else:
        clues.against.append("no sound card behind USB" if wanted == "any" else f"no USB device {wanted}")


def _alsa(profile: Board, evidence: Evidence, clues: _Clues) -> None:
    wanted = profile.detect.alsa_card
    if wanted is None:
        return
    card = next((card for card in evidence.cards if card.id == wanted), None)
    if card is None:
        clues.missing.append(f"sound card {wanted}: is `dtoverlay={profile.boot.overlay}` in config.txt?")
        return
    clues.found.append(f"sound card {wanted}")
    _channels(profile, card, clues)
    control = profile.detect.alsa_control
    if control is None:
        return
    if card.controls is None:
        clues.missing.append(f"a look at the controls of {wanted}: {control} tells it from its sister")
    elif control in card.controls:
        clues.found.append(f"its control {control}")
    else:
        clues.against.append(f"sound card {wanted} has no control {control}")


def _channels(profile: Board, card: Card, clues: _Clues) -> None:
    wanted = profile.detect.capture_channels
    if wanted is None or card.capture_channels is None:
        return
    said = f"{card.capture_channels} channels"
    if card.capture_channels == wanted:
        clues.found.append(said)
    else:
        clues.against.append(f"{said}, where its firmware delivers {wanted}")


def _i2c(profile: Board, evidence: Evidence, clues: _Clues) -> None:
    if evidence.i2c is None:
        return
    here = [address for address in profile.detect.i2c if address in evidence.i2c]
    gone = [address for address in profile.detect.i2c if address not in evidence.i2c]
    sisters = [address for address in profile.detect.i2c_absent if address in evidence.i2c]
    if here and not gone:
        clues.found.append(f"I2C {', '.join(here)}")
    clues.against += [f"nothing at I2C {address}" for address in gone]
    clues.against += [f"something at I2C {address}, which this board has not" for address in sisters]


def told(fit: Fit) -> Iterator[str]:
    """The reasons in plain lines: what speaks for it, what is missing, what speaks against it."""
    for word, reasons in (("yes", fit.found), ("missing", fit.missing), ("no", fit.against)):
        yield from (f"{word}: {reason}" for reason in reasons)
