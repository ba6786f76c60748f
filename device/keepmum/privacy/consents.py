"""The life of a consent: proposed by anybody, given by a hand, ended by anybody, by time or by a change of terms."""

from __future__ import annotations

from dataclasses import replace

from keepmum.consent import Consent, Mode, Purpose, Terms, needed
from keepmum.privacy.effects import Effect, Note, Sign, Step
from keepmum.privacy.events import Booted, Proposed, Unsigned
from keepmum.privacy.outside import recalled
from keepmum.privacy.state import Owner, Proposal, State


def proposed(state: State, event: Proposed) -> Step:
    """Only what the settings, the notices and the recipient's card make possible can be proposed."""
    known = event.purpose in {purpose.value for purpose in Purpose}
    terms = _terms(state, event) if known else None
    # A finger that is down, or about to come down, answers what was asked before, not what a peer slips in; and
    # what cannot be recorded cannot be agreed to.
    busy = state.mutes or state.press is not None or state.proposal is not None or state.question is not None
    if terms is None or not event.id or busy or not state.ledger:
        # A purpose that nobody knows is a peer's own word, and could be one that was heard.
        purpose = event.purpose if known else "unknown"
        return state, (Note("proposal", {"purpose": purpose, "state": "impossible"}),)
    proposal = Proposal(event.id, terms, event.now)
    return replace(state, proposal=proposal), (proposal_row(proposal, "opened"), _signed(proposal, "requested"))


def _terms(state: State, event: Proposed) -> Terms | None:
    wanted = (event.purpose, event.rung, event.asks)
    return next((t for t in state.offered if (t.purpose.value, t.rung, t.asks) == wanted and t.recipient), None)


def proposal_row(proposal: Proposal, outcome: str) -> Note:
    facts = {"purpose": proposal.terms.purpose.value, "rung": proposal.terms.rung.name.lower(), "state": outcome}
    return Note("proposal", facts)


def turned_down(proposal: Proposal, outcome: str) -> tuple[Effect, ...]:
    """What is written about a proposal that came to nothing: refused or expired."""
    return proposal_row(proposal, outcome), _signed(proposal, outcome)


def _signed(proposal: Proposal, event: str) -> Sign:
    return Sign(Consent(proposal.id, proposal.terms, 0.0, 0.0), event)


def agreed(state: State, proposal: Proposal) -> Step:
    """The same terms once more go on under the same number; other terms for the same purpose end the ones before.

    So does what the privacy mode has silenced and this would bring back: nobody held the button for that.
    """
    terms = proposal.terms
    again = next((old for old in state.consents if old.terms == terms), None)
    number = proposal.id if again is None else again.id
    consent = Consent(number, terms, state.wall, state.wall + terms.lasts)
    mode = max(state.mode, needed(terms))
    before = [old for old in state.consents if old.id != number]
    replaced = [old for old in before if old.purpose is consent.purpose or state.mode < needed(old.terms) <= mode]
    others = tuple(old for old in before if old not in replaced)
    given = replace(state, consents=(*others, consent), mode=mode, proposal=None)
    rows: list[Effect] = [each for old in replaced for each in _ended(old, "replaced", {"by": Owner.BUTTON.value})]
    word = "given" if again is None else "re-confirmed"
    named = Note("consent", {**_facts(consent), "state": word, "to": consent.recipient, "retention": terms.retention})
    rows += [named, Sign(consent, word)]
    if mode is not state.mode:
        rows.append(Note("mode", {"mode": mode.name.lower(), "by": Owner.BUTTON.value}))
    return given, tuple(rows)


def withdrawn(state: State, owner: Owner) -> Step:
    """Nothing is agreed to any more, and whatever left under it is to be destroyed."""
    local, effects = to_local(state, owner)
    rows = [each for old in state.consents for each in _ended(old, "withdrawn", {"by": owner.value})]
    recall, demands = recalled(local, {each.id for each in local.outside})
    return replace(recall, consents=()), (*effects, *rows, *demands)


def to_local(state: State, owner: Owner) -> Step:
    quiet = replace(state, proposal=None, question=None)
    if state.mode is Mode.LOCAL:
        return quiet, ()
    return replace(quiet, mode=Mode.LOCAL), (Note("mode", {"mode": "local", "by": owner.value}),)


def unsigned(state: State, event: Unsigned) -> Step:
    """A consent without its receipt is none."""
    return _without(state, {event.consent}, "no_receipt")


def expired(state: State) -> Step:
    """Consents whose time is up."""
    over = [consent for consent in state.consents if state.wall >= consent.ends]
    left = tuple(consent for consent in state.consents if consent not in over)
    rows = [each for old in over for each in _ended(old, "expired", {})]
    return replace(state, consents=left), tuple(rows)


def overtaken(state: State, event: Booted) -> Step:
    """What was agreed to before this start counts only with a whole receipt, and while its terms are still the same."""
    without = {consent.id for consent in state.consents if consent.id not in event.receipts}
    bare, rows = _without(state, without, "no_receipt")
    changed = {consent.id for consent in bare.consents if consent.terms not in event.offered}
    left, more = _without(bare, changed, "terms_changed")
    return left, (*rows, *more)


def _without(state: State, numbers: set[str], why: str) -> Step:
    gone = [consent for consent in state.consents if consent.id in numbers]
    left = tuple(consent for consent in state.consents if consent.id not in numbers)
    rows = [each for old in gone for each in _ended(old, "invalidated", {"reason": why})]
    return replace(state, consents=left), tuple(rows)


def _ended(consent: Consent, state: str, more: dict[str, str]) -> tuple[Effect, ...]:
    word = "withdrawn" if state == "replaced" else state
    return Note("consent", {**_facts(consent), "state": state, **more}), Sign(consent, word)


def _facts(consent: Consent) -> dict[str, str]:
    return {"purpose": consent.purpose.value, "rung": consent.terms.rung.name.lower(), "consent": consent.id}
