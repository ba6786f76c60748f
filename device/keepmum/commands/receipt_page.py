"""A receipt as people read it: lines, a page to print, a code to photograph."""

from __future__ import annotations

import html
import io
import time
from collections.abc import Iterator

import segno

from keepmum.listener.consents.receipt import GIVING, Receipt

_STYLE = (
    "body{max-width:42em;margin:2em auto;font:11pt/1.4 serif}th{text-align:left;vertical-align:top;padding-right:1em}"
)
_STYLE += "pre{white-space:pre-wrap;font:inherit}code{overflow-wrap:anywhere;font-size:9pt}svg{width:6cm;height:6cm}"


def rows(receipt: Receipt, verdict: str) -> Iterator[tuple[str, str]]:
    """Name and value of everything that a person may ask about. `verdict` says whether it counts now."""
    told, party, ours = receipt.pii_processing, receipt.party_identification, receipt.keepmum
    yield "number", receipt.record_id
    yield "counts now", verdict
    yield "what for", told.purpose
    yield "what leaves", f"{told.pii_information} ({ours.rung})"
    yield "asked each time", "yes" if ours.asks_each_time else "no"
    yield "to", f"{party.party_name} ({party.party_type})"
    yield "contact", party.party_contact or "none"
    yield "fingerprint", ours.recipient_fingerprint
    yield "kept where", told.storage_location
    yield "under which law", told.jurisdiction or "none is named"
    yield "kept for", told.retention_period
    if party.party_type != "household":
        yield "at most a day", str(ours.quota_per_day)
        yield "listened to", f"at most {ours.reviews_per_month} times a month, by {ours.people_who_can_listen} people"
    yield "how it was given", ours.how_given
    yield "how to end it", told.withdrawal_method
    for event in receipt.events:
        yield event.event_state, moment(event.at) + (f", until {moment(event.until)}" if event.until else "")
    yield "whoever agreed", f"{receipt.pii_principal_id} (a random number)"
    yield "form", receipt.schema_version
    yield "device key", receipt.device_key
    yield "signature", receipt.signature


def text(receipt: Receipt, verdict: str) -> str:
    """Plain text, for a terminal or a printer."""
    lines = [f"{name:<16}  {value}" for name, value in rows(receipt, verdict)]
    notice = receipt.pii_processing.privacy_notice
    whole = "\n".join(["Receipt of a consent", "", *lines, "", "What was told before:", "", notice, receipt.qr_text])
    # What a terminal would obey is escaped: this file may be somebody else's.
    return "".join(each if each == "\n" or each.isprintable() else repr(each)[1:-1] for each in whole)


def page(receipt: Receipt, verdict: str) -> str:
    """One HTML file that needs nothing else; the recipient's own words are escaped."""
    table = "".join(f"<tr><th>{html.escape(n)}<td>{html.escape(v)}" for n, v in rows(receipt, verdict))
    notice = html.escape(receipt.pii_processing.privacy_notice)
    code = segno.make(receipt.qr_text, error="m").svg_inline(scale=4)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Receipt of a consent</title>'
        f"<style>{_STYLE}</style>"
        f"<h1>Receipt of a consent</h1><table>{table}</table><h2>What was told before</h2><pre>{notice}</pre>"
        f"<h2>To check it</h2><p>{code}</p><p><code>{html.escape(receipt.qr_text)}</code></p></html>"
    )


def code(receipt: Receipt) -> str:
    """The QR code in letters, for a terminal with light letters on a dark ground; about 70 columns wide."""
    drawn = io.StringIO()
    segno.make(receipt.qr_text, error="l").terminal(drawn, border=4, compact=True)
    return drawn.getvalue()


def summary(receipt: Receipt) -> tuple[str, ...]:
    """One line of the list: number, purpose, rung, to whom, what became of it, when, and until when."""
    newest = receipt.newest
    until = moment(newest.until) if newest.until is not None and newest.event_state in GIVING else ""
    to = receipt.party_identification.party_name
    purpose, rung = receipt.pii_processing.purpose, receipt.keepmum.rung
    return receipt.record_id[:8], purpose, rung, to, newest.event_state, moment(newest.at), until


def moment(at: float) -> str:
    """A Unix time on the household's clock."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
