"""Every check sees its defect, and says nothing of the kind where all is well."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from doctor_defects import DEFECTS, USB_ARRAY, Defect
from simulated_machine import Simulated

from keepmum.doctor import checks
from keepmum.doctor.case import Case
from keepmum.doctor.finding import Finding, Verdict, ok, plain
from keepmum.doctor.speech import TRAINED
from keepmum.listener.wake import first

Built = Callable[..., Simulated]
EACH = pytest.mark.parametrize("defect", DEFECTS, ids=[defect.what.replace(" ", "-") for defect in DEFECTS])


def sees(defect: Defect, finding: Finding) -> bool:
    """Whether the finding is the one that the defect must lead to."""
    as_expected = finding.verdict == defect.verdict and defect.found in finding.found
    return as_expected and defect.hint in finding.hint


@EACH
def test_a_defect_is_seen_and_says_what_to_do(built: Built, defect: Defect) -> None:
    """One change to a healthy machine, one finding with a hint."""
    finding = built(change=defect.change).finding(defect.check)
    assert sees(defect, finding), finding


@EACH
def test_a_defect_makes_the_difference(built: Built, defect: Defect) -> None:
    """The same check is content with the machine before the change."""
    assert not sees(defect, built().finding(defect.check))


def test_every_check_has_a_defect() -> None:
    """A check that never said anything but ok could be a lie; two are asked for and have tests of their own."""
    seen = {defect.check for defect in DEFECTS} | {"i2c", "broker"}
    assert {name for group in checks.GROUPS.values() for name in group} == seen


@pytest.mark.parametrize("check", sorted({defect.check for defect in DEFECTS}))
def test_a_check_that_always_says_ok_is_caught(built: Built, monkeypatch: pytest.MonkeyPatch, check: str) -> None:
    """Planted: whatever the tree says, this one is content."""
    (group,) = [group for group in checks.GROUPS.values() if check in group]
    monkeypatch.setitem(group, check, lambda case: ok("all is well"))
    defect = next(defect for defect in DEFECTS if defect.check == check)
    assert not sees(defect, built(change=defect.change).finding(check))


def test_a_check_that_breaks_is_a_problem_itself(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other lines come all the same."""

    def breaks(case: Case) -> Finding:
        raise PermissionError("no entry")

    monkeypatch.setitem(checks.GROUPS["sound"], "mixer", breaks)
    said = {result.check: result.finding for result in built().results()}
    assert said["mixer"].verdict is Verdict.PROBLEM
    assert "no entry" in said["mixer"].found
    assert said["power"].verdict is Verdict.OK


def test_the_bus_is_read_only_when_asked(built: Built) -> None:
    """Then only the addresses that a profile knows, and the answers weigh in the profile."""
    machine = built()
    assert machine.finding("i2c").verdict is Verdict.NOT_ASKED
    assert machine.probed == []
    assert machine.finding("i2c", i2c=True) == ok("answers: 0x18")
    assert set(machine.probed) <= {0x18, 0x1A, 0x35, 0x3B}
    assert "I2C 0x18" in machine.finding("profile", i2c=True).found


def test_a_silent_bus_contradicts_the_profile(built: Built) -> None:
    """Nothing answers where the codec should be."""
    machine = built(change=lambda words: words.update(i2c=[]))
    assert machine.finding("i2c", i2c=True) == ok("answers: none of the known ones")
    profile = machine.finding("profile", i2c=True)
    assert (profile.verdict, "nothing at I2C 0x18" in profile.found) == (Verdict.PROBLEM, True)


def test_a_bus_that_is_off_is_a_problem(built: Built) -> None:
    """With the line that switches it on."""
    finding = built(change=lambda words: words["files"].pop("/dev/i2c-1")).finding("i2c", i2c=True)
    assert finding.verdict is Verdict.PROBLEM
    assert "dtparam=i2c_arm=on" in finding.hint


def test_the_broker_is_reached_only_when_asked(built: Built) -> None:
    """A line in the report is no reason to speak to the network."""
    machine = built("pi4-2mic-v1")
    assert machine.finding("broker").verdict is Verdict.NOT_ASKED
    assert machine.knocked == []
    assert machine.finding("broker", broker=True) == ok("broker.home:1883 answers without TLS")
    assert machine.knocked == ["broker.home:1883"]


def test_a_broker_that_refuses_is_a_problem(built: Built) -> None:
    """In the uplink's own words."""
    finding = built("pi4-2mic-v1", lambda words: words.update(broker_refuses="not authorised")).finding(
        "broker", broker=True
    )
    assert (finding.verdict, finding.found) == (Verdict.PROBLEM, "not authorised")


def test_a_readable_password_is_noted(built: Built) -> None:
    """A broker without TLS gets it in the clear."""
    broker = "broker:\n  host: broker.home\n  username: keepmum\n  password_file: secret\n"
    finding = built(change=lambda words: words.update(settings=broker)).finding("broker", broker=True)
    assert (finding.verdict, "readable" in finding.hint) == (Verdict.NOTE, True)


def test_portaudio_is_left_alone_while_the_listener_runs(built: Built) -> None:
    """It would open the card; otherwise it is asked."""
    machine = built()
    assert machine.finding("portaudio").verdict is Verdict.NOT_ASKED
    assert machine.listed == 0


def test_a_board_behind_usb_is_well(built: Built) -> None:
    """Its node may be used, and its profile fits by the number of channels."""
    machine = built(change=USB_ARRAY)
    assert machine.finding("usb board").verdict is Verdict.OK
    assert "2 channels" in machine.finding("profile").found
    assert machine.finding("other overlays").verdict is Verdict.NOTE, "a HAT's overlay is still asked for"


def test_rights_are_the_listeners_matter_while_it_runs(built: Built) -> None:
    """A person who asks need not be its user."""
    finding = built(change=lambda words: words.update(denied=["/dev/spidev0.0"])).finding("lamps")
    assert (finding.verdict, "the listener runs" in finding.hint) == (Verdict.NOTE, True)


def test_the_trained_phrases_are_those_of_the_wake_engine() -> None:
    """The doctor names them without loading it."""
    assert set(TRAINED) == set(first.MODELS)


def test_what_a_device_calls_itself_is_one_plain_line() -> None:
    """Escape sequences, line breaks and endless names do not reach the terminal."""
    assert plain("Array\x1b[31m\nok  computer\0") == "Array?[31m ok computer"
    assert len(plain("x" * 1000)) == 100
