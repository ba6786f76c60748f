"""Which profile fits a machine: six machines, and the reasons in plain words."""

from __future__ import annotations

import pytest

from keepmum.boards.fits import Card, Evidence, Fit, Verdict, fits, pi_of, ranked, told
from keepmum.boards.shelf import Shelf

BOARDS = {board.id: board for board in Shelf().boards()}
WM8960 = frozenset({"Left Input Mixer Boost", "Headphone", "Capture"})
AIC3104 = frozenset({"PGA", "PCM", "HP DAC"})

HDMI = Card("vc4hdmi0", controls=frozenset())
XVF3800 = Evidence("pi5", (HDMI, Card("Array", usb="2886:001a", capture_channels=2)), frozenset({"2886:001a"}))
HAT_V2 = Evidence("pi4", (HDMI, Card("seeed2micvoicec", controls=AIC3104)), frozenset(), frozenset({"0x18"}))
HAT_V1_WITHOUT_OVERLAY = Evidence("zero2", (HDMI,), frozenset(), frozenset({"0x1a"}))
SIX_MIC_ON_PI_5 = Evidence("pi5", (HDMI,), frozenset({"1d6b:0002"}), frozenset({"0x1a", "0x35", "0x3b"}))
CONFERENCE_SPEAKER = Evidence("pi3", (HDMI, Card("USB", usb="0b0e:0412")), frozenset({"0b0e:0412"}))
LAPTOP = Evidence("laptop", (Card("PCH", controls=frozenset({"Master"})),), frozenset({"046d:c077"}))


def best(evidence: Evidence) -> list[tuple[str, Verdict]]:
    return [(fit.board.id, fit.verdict) for fit in ranked(BOARDS.values(), evidence) if fit.verdict > Verdict.NO]


def fit(name: str, evidence: Evidence) -> Fit:
    return fits(BOARDS[name], evidence)


def test_a_board_behind_usb_is_known_by_its_numbers() -> None:
    """The firmware by the number of its channels; any USB card would do as a generic one, and comes last."""
    assert best(XVF3800) == [("respeaker-xvf3800-usb", Verdict.FITS), ("generic-usb", Verdict.FITS)]
    other = fit("respeaker-xvf3800-usb-raw", XVF3800)
    assert list(told(other)) == [
        "yes: sound card Array is USB 2886:001a",
        "no: 2 channels, where its firmware delivers 6",
    ]
    unknown = Evidence("pi5", (Card("Array", usb="2886:001a"),), frozenset({"2886:001a"}))
    assert best(unknown)[0] == ("respeaker-xvf3800-usb", Verdict.FITS), "the usual firmware before the unusual one"


def test_sisters_with_one_card_name_are_told_apart() -> None:
    """By the control that only one of them has."""
    assert best(HAT_V2) == [("respeaker-2mic-v2", Verdict.FITS)]
    assert fit("respeaker-2mic-v2", HAT_V2).found == ("sound card seeed2micvoicec", "its control PGA", "I2C 0x18")
    assert (
        "sound card seeed2micvoicec has no control Left Input Mixer Boost" in fit("respeaker-2mic-v1", HAT_V2).against
    )


def test_a_hat_whose_overlay_is_not_active_is_guessed_and_the_line_is_named() -> None:
    """Two boards have this codec at this address; nothing else can be said before the overlay is there."""
    assert best(HAT_V1_WITHOUT_OVERLAY) == [
        ("adafruit-voice-bonnet", Verdict.PERHAPS),
        ("respeaker-2mic-v1", Verdict.PERHAPS),
    ]
    assert list(told(fit("respeaker-2mic-v1", HAT_V1_WITHOUT_OVERLAY))) == [
        "yes: I2C 0x1a",
        "missing: sound card seeed2micvoicec: is `dtoverlay=respeaker-2mic-v1_0` in config.txt?",
    ]


def test_a_board_on_the_wrong_pi_is_named_with_the_reason() -> None:
    """The six microphones are recognised, and so is that a Pi 5 cannot hear them."""
    assert best(SIX_MIC_ON_PI_5) == []
    six = fit("respeaker-6mic", SIX_MIC_ON_PI_5)
    assert six.found == ("I2C 0x35, 0x3b",)
    assert six.against == ("made for zero2, pi3, pi4, and this is a pi5",)
    assert "something at I2C 0x35, which this board has not" in fit("respeaker-4mic", SIX_MIC_ON_PI_5).against
    first = ranked(BOARDS.values(), SIX_MIC_ON_PI_5)[0]
    assert first.board.id == "respeaker-6mic", "of those that do not fit, the nearest comes first"


def test_any_usb_sound_card_fits_the_generic_profile() -> None:
    """A USB device that is no sound card does not."""
    assert best(CONFERENCE_SPEAKER) == [("generic-usb", Verdict.FITS)]
    assert fit("generic-usb", LAPTOP).against == ("no sound card behind USB",)


def test_a_laptop_is_one() -> None:
    """No profile of a HAT is offered to it."""
    assert best(LAPTOP) == [("laptop", Verdict.FITS)]


def test_a_bare_machine_fits_nothing() -> None:
    """Every profile says why."""
    fitted = ranked(BOARDS.values(), Evidence("pi4", (HDMI,), frozenset(), frozenset()))
    assert [fit.board.id for fit in fitted if fit.verdict > Verdict.NO] == []
    assert all(fit.against or fit.missing for fit in fitted)


def test_what_nobody_looked_up_is_not_held_against_a_board() -> None:
    """Without a look at the controls both sisters may be it, and say what to look at."""
    unknown = Evidence("pi4", (Card("seeed2micvoicec"),))
    assert best(unknown) == [("respeaker-2mic-v2", Verdict.PERHAPS), ("respeaker-2mic-v1", Verdict.PERHAPS)]
    assert fit("respeaker-2mic-v1", unknown).missing == (
        "a look at the controls of seeed2micvoicec: Left Input Mixer Boost tells it from its sister",
    )


def test_a_usb_board_without_a_sound_card_says_what_to_look_at() -> None:
    """It is plugged in, and the kernel made no card of it."""
    bare = fit("respeaker-usb-v2", Evidence("pi4", (HDMI,), frozenset({"2886:0018"})))
    assert bare.verdict is Verdict.PERHAPS
    assert bare.missing == ("a sound card of it: is the kernel's snd-usb-audio loaded?",)


def test_a_computer_that_no_profile_knows_gets_no_certainty() -> None:
    """A first Pi Zero with a HAT: perhaps; with a USB board nothing stands in the way."""
    assert fit("respeaker-2mic-v2", Evidence(None, HAT_V2.cards, frozenset(), HAT_V2.i2c)).verdict is Verdict.PERHAPS
    assert fit("respeaker-xvf3800-usb", Evidence(None, XVF3800.cards, XVF3800.usb)).verdict is Verdict.FITS


@pytest.mark.parametrize(
    ("model", "pi"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0\0", "pi5"),
        ("Raspberry Pi 500 Rev 1.0", "pi5"),
        ("Raspberry Pi Compute Module 5 Rev 1.0", "pi5"),
        ("Raspberry Pi 4 Model B Rev 1.4", "pi4"),
        ("Raspberry Pi 400 Rev 1.0", "pi4"),
        ("Raspberry Pi 3 Model B Plus Rev 1.3", "pi3"),
        ("Raspberry Pi Zero 2 W Rev 1.0", "zero2"),
        ("Raspberry Pi Zero W Rev 1.1", None),
        ("Raspberry Pi Model B Rev 2", None),
        ("Some other board", None),
        (None, "laptop"),
    ],
)
def test_a_computer_is_known_by_what_its_device_tree_says(model: str | None, pi: str | None) -> None:
    """One without a device tree is a laptop; a board of another maker is not taken for a Pi."""
    assert pi_of(model) == pi
