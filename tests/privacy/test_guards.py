"""No guard is there for nothing: each, taken out of the shipped core, is missed by a test or by the search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from privacy_guards import Guard, fails, guards, take_out, take_out_row

from keepmum.consent import _COVERS, Reason

pytestmark = pytest.mark.no_cover
"""What runs here is wrong on purpose; coverage would only take its time."""

GUARDS = list(guards())
NOTICED = sorted({guard.noticed_by for guard in GUARDS if "::" in guard.noticed_by})


def _words(guard: Guard) -> str:
    return f"{guard.module}: {' '.join(guard.text.split())[:60]}"


@pytest.mark.parametrize("guard", GUARDS, ids=_words)
def test_a_guard_that_is_taken_out_is_missed(
    monkeypatch: pytest.MonkeyPatch, search: Callable[[str], Any], guard: Guard
) -> None:
    """By the test that names it, or by a house of the search."""
    take_out(monkeypatch, guard)
    missed = fails(guard.noticed_by) if "::" in guard.noticed_by else bool(search(guard.noticed_by).broken)
    assert missed, f"{guard.noticed_by} holds without it"


@pytest.mark.parametrize("reason", [reason for reason, _ in _COVERS])
def test_no_row_of_what_a_consent_must_be_is_there_for_nothing(monkeypatch: pytest.MonkeyPatch, reason: Reason) -> None:
    """Each has a case of its own in the table of reasons."""
    take_out_row(monkeypatch, reason)
    assert fails("test_consent::test_each_reason_is_given_where_it_alone_applies")


@pytest.mark.parametrize("test", NOTICED)
def test_whoever_notices_holds_while_every_guard_is_there(test: str) -> None:
    """A test that fails anyway notices nothing."""
    assert not fails(test)


def test_the_table_is_long() -> None:
    """Every file of the core that decides something has its guards there."""
    assert len(GUARDS) > 200
    modules = {guard.module for guard in GUARDS}
    assert modules == {"asking", "consents", "hand", "household", "outside", "parcels", "step", "consent"}
