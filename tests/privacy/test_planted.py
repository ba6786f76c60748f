"""A search that never found anything proves nothing: each planted defect is found, by the sentence it breaks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import privacy_deaf as deaf
import privacy_defects as wrong
import privacy_defects_faults as faulty
import pytest

from keepmum.privacy import Owner, asking, consents, events, faults, hand, household, outside, parcels
from keepmum.privacy.state import HAND_CLEARS, LONG_HAND_CLEARS

pytestmark = pytest.mark.no_cover
"""What runs here is wrong on purpose; coverage would only take its time."""

core: Any = sys.modules["keepmum.privacy.step"]  # inside the package, the name `step` is the function

BUTTON, PROPOSAL, SWITCH = "the button", "a proposal", "a switch"
GUEST, NIGHT, EVERYBODY = "a guest", "quiet hours", "everybody"
FAULT, PROOF = "a faulty microphone", "faults and proofs"
BOTH, AGAIN, OTHER = "a clip and an errand", "a consent given again", "other terms"
LATE, NEVER, RUNGS, QUOTA = "an errand too late", "what nothing covers", "two rungs", "a quota"
RECEIPT, LOST, ASKED = "a receipt", "a lost receipt", "a question"
DELETED, QUIET, TELLS = "a deletion", "a deletion in the quiet", "what the speaker tells"

IN_THE_DECISION = [
    ("decide", deaf.deaf_to_mutes, QUIET, "muted_means_nothing_heard_leaves"),
    ("decide", deaf.deaf_to_local, QUIET, "local_means_nothing_heard_leaves"),
    ("decide", deaf.deaf_to_expiry, AGAIN, "outbox_is_agreed"),
    ("decide", deaf.deaf_to_recipients, NEVER, "outbox_is_agreed"),
    ("decide", deaf.deaf_to_rungs, NEVER, "outbox_is_agreed"),
    ("decide", deaf.deaf_to_microphones, NEVER, "outbox_is_agreed"),
    ("decide", deaf.deaf_to_length, NEVER, "outbox_is_agreed"),
    ("decide", deaf.deaf_to_bleeps, NEVER, "outbox_is_agreed"),
    ("decide", deaf.deaf_to_confirmation, NEVER, "outbox_is_agreed"),
    ("decide", deaf.deaf_to_kinds, NEVER, "outbox_is_agreed"),
    ("decide", deaf.deaf_to_approval, ASKED, "outbox_is_agreed"),
    ("decide", deaf.deaf_to_quotas, QUOTA, "quota_is_kept"),
    ("decide", deaf.deaf_to_the_ledger, FAULT, "outbox_is_agreed"),
]
IN_THE_STEP = [
    ("_sweep", wrong.no_sweep, QUIET, "local_means_nothing_heard_leaves"),
    ("_sweep", wrong.sweep_but_not_in_local_mode, QUIET, "local_means_nothing_heard_leaves"),
    ("_sweep", wrong.sweep_without_calling_back, QUIET, "muted_means_nothing_heard_leaves"),
    ("_sweep", wrong.sweep_without_rows, LATE, "no_parcel_vanishes"),
    ("_stale", wrong.stale_by_decision_alone, OTHER, "outbox_is_agreed"),
    ("_stale", wrong.stale_but_never_late, LATE, "outbox_is_agreed"),
    ("_hand_over", wrong.hand_over_though_muted, QUIET, "muted_means_nothing_heard_leaves"),
    ("_hand_over", wrong.hand_over_two, BOTH, "one_outside"),
    ("_hand_over", wrong.hand_over_without_a_row, BOTH, "row_before_byte"),
    ("_latch", wrong.open_first, BUTTON, "only_the_microphone_is_late"),
    ("_latch", wrong.never_close, BUTTON, "muted_means_closed"),
    ("_kept", wrong.keep_nothing, BUTTON, "no_fall_loosens"),
    ("_kept", wrong.keep_all_but_consents, TELLS, "no_fall_loosens"),
]
IN_THE_HOUSEHOLD = [
    ("AGREE_HOLD", 0.7, PROPOSAL, "an_owner_leaves_only_in_its_own_way"),
    ("PROPOSAL_LASTS", 600.0, PROPOSAL, "an_owner_leaves_only_in_its_own_way"),
    ("Pressed", wrong.press_that_is_never_too_late, PROPOSAL, "an_owner_leaves_only_in_its_own_way"),
    ("Proposed", wrong.granted_when_asked, PROPOSAL, "only_a_hand_allows_more"),
    ("_agree", wrong.another_one_granted, PROPOSAL, "only_a_hand_allows_more"),
    ("_agree", wrong.agreed_beside_the_old, AGAIN, "one_consent_for_each_purpose"),
    ("Proposed", wrong.proposed_without_a_ledger, RECEIPT, "one_consent_for_each_purpose"),
    ("Quieter", wrong.louder_on_request, PROPOSAL, "an_owner_leaves_only_in_its_own_way"),
    ("Quieter", wrong.withdraw_but_keep_the_consents, PROPOSAL, "withdrawn_means_nothing_leaves"),
    ("Quieter", wrong.local_without_the_mode, PROPOSAL, "a_wish_for_quiet_is_granted"),
    ("Quieter", wrong.forget_only_what_waits, BOTH, "put_as_it_was_allowed"),
]
LEAVES = "an_owner_leaves_only_in_its_own_way"
IN_THE_LATCH = [
    ("UNMUTE_HOLD", 0.0, BUTTON, LEAVES),
    ("UNMUTE_HOLD", 0.0, SWITCH, LEAVES),
    ("AGREE_HOLD", 0.7, GUEST, LEAVES),
    ("HAND_CLEARS", frozenset(Owner), BUTTON, LEAVES),
    ("HAND_CLEARS", LONG_HAND_CLEARS, GUEST, LEAVES),
    ("LONG_HAND_CLEARS", frozenset(Owner), EVERYBODY, LEAVES),
    ("HAND_CLEARS", HAND_CLEARS - {Owner.PANEL}, BUTTON, "what_a_hand_may_undo_it_undoes"),
    ("TIME_CLEARS", frozenset(Owner), NIGHT, "nobody_has_less_quiet_than_was_promised"),
    ("Quieter", wrong.any_owner_clears, EVERYBODY, LEAVES),
    ("Quieter", wrong.toggled_by_its_owner, BUTTON, LEAVES),
    ("Quieter", wrong.wish_that_leaves_the_finger_alone, BUTTON, LEAVES),
    ("Quieter", wrong.guest_for_ever, GUEST, "quiet_that_was_to_end_ends"),
    ("Quieter", wrong.shorter_on_request, NIGHT, "no_peer_makes_it_louder"),
    ("Quieter", wrong.stuck_button_that_earns_by_itself, BUTTON, LEAVES),
    ("_outlasted", wrong.time_clears_everybody, EVERYBODY, LEAVES),
    ("_outlasted", wrong.time_clears_the_button, GUEST, LEAVES),
    ("_outlasted", wrong.time_by_the_wall, NIGHT, LEAVES),
    ("_outlasted", wrong.time_that_keeps_the_end, NIGHT, "nobody_has_less_quiet_than_was_promised"),
    ("spent", wrong.finger_that_is_never_spent, BUTTON, LEAVES),
    ("spent", wrong.finger_that_is_forgotten, BUTTON, LEAVES),
    ("Pressed", wrong.press_that_only_counts, BUTTON, "a_wish_for_quiet_is_granted"),
    ("Pressed", wrong.press_that_forgets_the_last, BUTTON, LEAVES),
    ("Pressed", wrong.stuck_button_that_earns, BUTTON, LEAVES),
    ("Released", wrong.edge_that_unmutes, BUTTON, LEAVES),
    ("Switched", wrong.switch_that_unmutes_at_once, SWITCH, LEAVES),
    ("Switched", wrong.switch_that_believes_a_pulse, SWITCH, LEAVES),
    ("Switched", wrong.switch_that_only_counts, SWITCH, "a_wish_for_quiet_is_granted"),
    ("_latch", wrong.rows_for_mutes_only, BUTTON, "every_owner_has_its_rows"),
    ("_kept", wrong.keep_owners_without_their_ends, NIGHT, "nobody_has_less_quiet_than_was_promised"),
    ("_kept", wrong.keep_only_whole_hours, NIGHT, "nobody_has_less_quiet_than_was_promised"),
    ("Booted", wrong.boot_unmuted, BUTTON, LEAVES),
    ("Booted", faulty.boot_without_ends, NIGHT, "quiet_that_was_to_end_ends"),
    ("Booted", faulty.boot_that_ends_quiet_early, NIGHT, "nobody_has_less_quiet_than_was_promised"),
]
IN_FAULTS_AND_PROOFS = [
    ("Retried", faulty.repair_everything, PROOF, LEAVES),
    ("Retried", faulty.retried_without_the_proof, PROOF, "what_is_broken_stays_known"),
    ("Proved", faulty.proof_that_repairs_the_microphone, PROOF, LEAVES),
    ("Proved", faulty.proof_of_an_open_microphone, PROOF, "a_fault_ends_only_by_its_own_repair"),
    ("Pressed", faulty.proof_that_is_skipped, PROOF, "red_is_proved"),
    ("Broken", faulty.proof_that_is_not_contradicted, PROOF, "red_is_proved"),
    ("Broken", faulty.fault_that_is_forgotten, PROOF, "a_fault_ends_only_by_its_own_repair"),
    ("Broken", faulty.fault_that_does_not_mute, PROOF, "a_fault_ends_only_by_its_own_repair"),
    ("replace", faulty.replaced_but_still_proven, PROOF, "red_is_proved"),
    ("Booted", faulty.boot_that_believes_the_last_proof, PROOF, "red_is_proved"),
]
IN_THE_LIFE_OF_A_PARCEL = [
    ("Sealed", wrong.put_before_the_row, FAULT, "row_before_byte"),
    ("Sealed", wrong.put_without_asking_again, FAULT, "local_means_nothing_heard_leaves"),
    ("Sealed", wrong.put_without_asking_again, LATE, "put_as_it_was_allowed"),
    ("Booted", wrong.boot_that_trusts_what_was_left, FAULT, "what_was_released_has_an_end"),
    ("Booted", wrong.boot_that_trusts_what_was_handed, FAULT, "one_outside"),
    ("UplinkGone", wrong.gone_but_still_handed, FAULT, "one_outside"),
    ("Delivered", wrong.delivered_without_a_row, FAULT, "no_parcel_vanishes"),
]


PLACES = (core, asking, consents, faults, hand, household, outside, parcels)


def _plant(monkeypatch: pytest.MonkeyPatch, name: str, defect: Any) -> None:
    """Replace the decision everywhere, one reaction, or one function or constant of a module."""
    if hasattr(events, name):
        monkeypatch.setitem(core._REACTIONS, getattr(events, name), defect)
        return
    places = [module for module in PLACES if hasattr(module, name)]
    assert places, f"there is no {name} to replace"
    for module in places[:1] if name.startswith("_") else places:
        monkeypatch.setattr(module, name, defect)


@pytest.mark.parametrize(
    ("name", "defect", "house", "sentence"),
    IN_THE_DECISION + IN_THE_STEP + IN_THE_HOUSEHOLD + IN_THE_LATCH + IN_FAULTS_AND_PROOFS + IN_THE_LIFE_OF_A_PARCEL,
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
