"""Decisions to plant into the privacy core, each deaf to one thing that it has to ask about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from keepmum.consent import Decision, Flow, Household, Kind, Mode, Terms, decide


def deaf_to_mutes(house: Household, flow: Flow, now: float) -> Decision:
    return decide(replace(house, muted=False), flow, now)


def deaf_to_local(house: Household, flow: Flow, now: float) -> Decision:
    return decide(replace(house, mode=max(house.mode, Mode.SHARE)), flow, now)


def deaf_to_expiry(house: Household, flow: Flow, now: float) -> Decision:
    return decide(house, flow, min([now, *(consent.given for consent in house.consents)]))


def deaf_to_recipients(house: Household, flow: Flow, now: float) -> Decision:
    return _decided_as(house, flow, now, lambda terms: {"recipient": terms.recipient})


def deaf_to_rungs(house: Household, flow: Flow, now: float) -> Decision:
    return _decided_as(house, flow, now, lambda terms: {"rung": terms.rung})


def deaf_to_microphones(house: Household, flow: Flow, now: float) -> Decision:
    return _decided_as(house, flow, now, lambda terms: {"microphone": terms.microphone})


def _decided_as(house: Household, flow: Flow, now: float, said: Callable[[Terms], dict[str, Any]]) -> Decision:
    """As if the flow were what the consent for its purpose says."""
    terms = next((consent.terms for consent in house.consents if consent.purpose == flow.purpose), None)
    return decide(house, flow if terms is None else replace(flow, **said(terms)), now)


def deaf_to_offers(house: Household, flow: Flow, now: float) -> Decision:
    return decide(replace(house, offered=frozenset(consent.terms for consent in house.consents)), flow, now)


def deaf_to_quotas(house: Household, flow: Flow, now: float) -> Decision:
    return decide(replace(house, spent=()), flow, now)


def deaf_to_length(house: Household, flow: Flow, now: float) -> Decision:
    return decide(house, replace(flow, seconds=min(flow.seconds, 1.0)), now)


def deaf_to_bleeps(house: Household, flow: Flow, now: float) -> Decision:
    return decide(house, replace(flow, bleeped=0.0), now)


def deaf_to_confirmation(house: Household, flow: Flow, now: float) -> Decision:
    return decide(house, replace(flow, confirmed=True), now)


def deaf_to_kinds(house: Household, flow: Flow, now: float) -> Decision:
    kind = {"commands": Kind.ACTION, "status": Kind.STATUS}.get(flow.purpose, Kind.CLIP)
    return decide(house, replace(flow, kind=kind), now)


def deaf_to_approval(house: Household, flow: Flow, now: float) -> Decision:
    return decide(house, replace(flow, approved=True), now)


def deaf_to_the_ledger(house: Household, flow: Flow, now: float) -> Decision:
    return decide(replace(house, ledger=True), flow, now)
