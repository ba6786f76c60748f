"""`keepmum lab consent`: nothing leaves without a receipt over a real broker, and a cached one is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from keepmum.consent import Purpose
from keepmum.lab.experiments import consent
from keepmum.lab.experiments.consent import SPEED, Account, Agreed, Witness, cached_consent, figures, history
from keepmum.lab.experiments.house import House
from keepmum.lab.experiments.result import Figure
from keepmum.lab.experiments.wire_tap import Published
from keepmum.terms import Rung


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """One house for all histories."""
    with House(11, speed=SPEED) as one:
        yield one


def of(found: tuple[Figure, ...], name: str) -> Figure:
    return next(each for each in found if each.name == name)


def test_nothing_leaves_that_nobody_agreed_to(house: House) -> None:
    """Three random histories: clips do leave, consents do end, and not a byte is without a receipt."""
    accounts = [history(house) for _ in range(3)]
    found = figures(accounts)
    assert [each for each in found if not each.kept] == []
    assert of(found, "consent violations").value == 0
    assert (of(found, "sent under a live receipt").value or 0) > 0
    assert sum(sum(account.ends.values()) for account in accounts) > 3


def test_a_cached_consent_is_caught(house: House) -> None:
    """Planted: who decides remembers the consents that it once saw. The wire carries bytes that nobody agreed to."""
    with cached_consent():
        control = consent._control(house)
    assert control.caught, control.by
    assert "bytes without a receipt" in control.by


def test_without_the_defect_the_control_is_not_called_caught(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A control that saw nothing says so."""
    monkeypatch.setattr(consent, "CONTROL_HISTORIES", 1)
    assert not consent._control(house).caught


# ---- the witness, without a wire


def judged(monkeypatch: pytest.MonkeyPatch, house: House, witness: Witness, *sent: Published) -> Account:
    monkeypatch.setattr(consent, "published", lambda _line: list(sent))
    return consent.account(house, witness)


def part(parcel: str, at: float) -> Published:
    return Published(f"keepmum/clips/{parcel}", b"x" * 10, at)


ENDED = Agreed(Rung.VOICE, ended=100.0, in_hand="held")


@pytest.mark.parametrize(
    ("parcel", "agreed", "at", "wrong"),
    [
        ("mine", Agreed(Rung.VOICE), 500.0, 0),
        ("mine", ENDED, 99.9, 0),
        ("mine", ENDED, 100.1, 1),
        ("held", ENDED, 100.9, 0),
        ("held", ENDED, 101.1, 1),
        ("mine", None, 50.0, 1),
    ],
)
def test_the_witness_is_strict(
    monkeypatch: pytest.MonkeyPatch, house: House, parcel: str, agreed: Agreed | None, at: float, wrong: int
) -> None:
    """What was in hand may be on the wire a second longer, what waited not at all, and what nobody wanted never."""
    found = judged(monkeypatch, house, Witness(wanted={parcel: agreed}), part(parcel, at))
    assert (found.sent, found.violating, found.violating_bytes) == (1, wrong, 10 * wrong)


def test_what_the_witness_never_heard_of_is_a_violation(monkeypatch: pytest.MonkeyPatch, house: House) -> None:
    """A parcel out of nowhere; deletions and receipts are no clips."""
    demand = Published("keepmum/deletions/1", b"x" * 32, 1.0)
    found = judged(monkeypatch, house, Witness(), part("stranger", 1.0), demand)
    assert (found.sent, found.violating) == (1, 1)


def test_an_end_ends_everything_at_once() -> None:
    """And counts as one end, of whatever kind it was."""
    first, second = Agreed(Rung.VOICE), Agreed(Rung.TEXT)
    witness = Witness({Purpose.RESEARCH: first, Purpose.WAKE_TUNING: second})
    witness.over("withdraw", "held")
    assert (witness.live, witness.ends) == ({}, Counter({"withdraw": 1}))
    assert first.ended is not None
    assert (first.in_hand, second.in_hand) == ("held", "held")
    witness.over("withdraw", None)
    assert witness.ends == Counter({"withdraw": 1})
