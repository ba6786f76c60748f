"""A search that never found anything proves nothing: each planted defect is found, by the sentence it breaks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import privacy_defects as wrong
import pytest

from keepmum.privacy import Owner, events, household, parcels

pytestmark = pytest.mark.no_cover
"""What runs here is wrong on purpose; coverage would only take its time."""

core: Any = sys.modules["keepmum.privacy.step"]  # inside the package, the name `step` is the function

BUTTON, FAULT = "the button", "a faulty microphone"
BOTH, AGAIN = "a clip and an errand", "a consent given again"
LATE, NEVER = "an errand too late", "what nothing covers"

IN_THE_DECISION = [
    ("decide", wrong.deaf_to_mutes, BOTH, "muted_means_closed"),
    ("decide", wrong.deaf_to_local, BOTH, "local_means_nothing_leaves"),
    ("decide", wrong.deaf_to_expiry, AGAIN, "outbox_is_agreed"),
    ("decide", wrong.deaf_to_recipients, NEVER, "outbox_is_agreed"),
    ("decide", wrong.deaf_to_confirmation, NEVER, "outbox_is_agreed"),
    ("decide", wrong.deaf_to_kinds, NEVER, "outbox_is_agreed"),
    ("decide", wrong.deaf_to_approval, BOTH, "outbox_is_agreed"),
    ("decide", wrong.deaf_to_the_ledger, FAULT, "outbox_is_agreed"),
]
IN_THE_STEP = [
    ("_sweep", wrong.no_sweep, BOTH, "outbox_is_agreed"),
    ("_sweep", wrong.sweep_but_not_in_local_mode, BOTH, "local_means_nothing_leaves"),
    ("_sweep", wrong.sweep_without_calling_back, BOTH, "muted_means_closed"),
    ("_sweep", wrong.sweep_without_rows, BOTH, "no_parcel_vanishes"),
    ("_stale", wrong.stale_by_decision_alone, AGAIN, "outbox_is_agreed"),
    ("_stale", wrong.stale_but_never_late, LATE, "outbox_is_agreed"),
    ("_hand_over", wrong.hand_over_though_muted, BOTH, "muted_means_closed"),
    ("_hand_over", wrong.hand_over_two, BOTH, "one_outside"),
    ("_hand_over", wrong.hand_over_without_a_row, BOTH, "row_before_byte"),
    ("_latch", wrong.open_first, BUTTON, "only_the_microphone_is_late"),
    ("_latch", wrong.never_close, BUTTON, "muted_means_closed"),
    ("_kept", wrong.keep_nothing, BUTTON, "no_fall_loosens"),
    ("_kept", wrong.keep_all_but_consents, BOTH, "no_fall_loosens"),
]
IN_THE_HOUSEHOLD = [
    ("UNMUTE_HOLD", 0.0, BUTTON, "only_a_held_button_loosens"),
    ("AGREE_HOLD", 0.7, BUTTON, "only_a_held_button_loosens"),
    ("PROPOSAL_LASTS", 600.0, BUTTON, "only_a_held_button_loosens"),
    ("HAND_CLEARS", frozenset(Owner), BUTTON, "a_hand_never_clears_a_fault"),
    ("Pressed", wrong.press_that_only_counts, BUTTON, "a_wish_for_quiet_is_granted"),
    ("Pressed", wrong.press_that_forgets_the_last, BUTTON, "only_a_held_button_loosens"),
    ("Pressed", wrong.press_that_is_never_too_late, BUTTON, "only_a_held_button_loosens"),
    ("Proposed", wrong.granted_when_asked, BUTTON, "only_a_held_button_loosens"),
    ("_agree", wrong.another_one_granted, BUTTON, "only_a_held_button_loosens"),
    ("_agree", wrong.agreed_beside_the_old, AGAIN, "one_consent_for_each_purpose"),
    ("Proposed", wrong.proposed_without_a_ledger, BUTTON, "one_consent_for_each_purpose"),
    ("Quieter", wrong.louder_on_request, BUTTON, "only_a_held_button_loosens"),
    ("Quieter", wrong.withdraw_but_keep_the_consents, BUTTON, "withdrawn_means_nothing_leaves"),
    ("Quieter", wrong.local_without_the_mode, BUTTON, "a_wish_for_quiet_is_granted"),
    ("Quieter", wrong.forget_only_what_waits, FAULT, "put_as_it_was_allowed"),
    ("Repaired", wrong.repair_everything, BUTTON, "only_a_held_button_loosens"),
]
IN_THE_LIFE_OF_A_PARCEL = [
    ("Sealed", wrong.put_before_the_row, FAULT, "row_before_byte"),
    ("Sealed", wrong.put_without_asking_again, FAULT, "muted_means_closed"),
    ("Sealed", wrong.put_without_asking_again, LATE, "outbox_is_agreed"),
    ("Booted", wrong.boot_that_trusts_what_was_left, FAULT, "outbox_is_agreed"),
    ("Booted", wrong.boot_that_trusts_what_was_handed, FAULT, "one_outside"),
    ("Booted", wrong.boot_unmuted, BUTTON, "only_a_held_button_loosens"),
    ("UplinkGone", wrong.gone_but_still_handed, FAULT, "one_outside"),
    ("Delivered", wrong.delivered_without_a_row, FAULT, "no_parcel_vanishes"),
]


def _plant(monkeypatch: pytest.MonkeyPatch, name: str, defect: Any) -> None:
    """Replace the decision everywhere, one reaction, or one function or constant of a module."""
    if hasattr(events, name):
        monkeypatch.setitem(core._REACTIONS, getattr(events, name), defect)
        return
    places = [module for module in (core, household, parcels) if hasattr(module, name)]
    assert places, f"there is no {name} to replace"
    for module in places:
        monkeypatch.setattr(module, name, defect)


@pytest.mark.parametrize(
    ("name", "defect", "house", "sentence"),
    IN_THE_DECISION + IN_THE_STEP + IN_THE_HOUSEHOLD + IN_THE_LIFE_OF_A_PARCEL,
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_planted_defect_is_found(
    monkeypatch: pytest.MonkeyPatch, search: Callable[[str], Any], name: str, defect: Any, house: str, sentence: str
) -> None:
    """Whatever is overlooked, left out, done twice, done too early or believed too easily, the search comes upon it."""
    _plant(monkeypatch, name, defect)
    found = search(house)
    assert found.broken == sentence, str(found)


def test_a_story_leads_to_the_fault(monkeypatch: pytest.MonkeyPatch, search: Callable[[str], Any]) -> None:
    """What is reported is the shortest way there, event by event."""
    _plant(monkeypatch, "Pressed", wrong.press_that_only_counts)
    assert [line.split("(")[0] for line in search(BUTTON).path] == ["Booted", "Pressed", "Ticked", "Pressed"]
