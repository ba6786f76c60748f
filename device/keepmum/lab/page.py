"""Policies and figures in words, for the command line; whatever it tells says whether it is simulated or measured."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator

from keepmum.lab.figure import MEANS, Conf, Figure, figures
from keepmum.lab.golden import COLUMNS, MARGINS, SEED, Golden, tolerance
from keepmum.lab.policy import Kind, Policy

KINDS: dict[Kind, str] = {
    "simulated": "what somebody said in public, played over the same events; nobody measured that speaker",
    "measured": "keepmum's own, read from its code and held against it by a test",
    "control": "simulated; nobody's, made so that the lab has something that it must find",
}
POLICY_HEADINGS = ("policy", "kind", "leaves on", "what leaves", "sound kept", "text kept", "heard by people")
GOLDEN_HEADINGS = (
    *("policy", "figures", "clips/d", "s/d", "MB/d", "false", "others s/d", "private words/d"),
    *("s·d in 30 d", "s·d in 10 y", "linked", "heard/yr", "with cap"),
)
SIMULATED = (
    f"All figures are simulated: a household that nobody lives in, seed {SEED}, 30 days, with {MARGINS.lead:g} s "
    f"before and {MARGINS.tail:g} s after each recording for every policy, and without daily quotas."
)
_UNITS = ("1/d", "s/d", "MB/d", "share", "s/d", "words/d", "s*d", "s*d", "share", "1/yr", "1/yr")


def overview(policy: Policy) -> tuple[str, ...]:
    """One line of the list, below POLICY_HEADINGS."""
    upload, kept = policy.upload, policy.retention
    return (
        policy.id,
        policy.kind,
        _words(upload.when) or "nothing",
        _words(upload.payload) or "nothing",
        _days(kept.audio_days.value),
        _days(kept.transcript_days.value),
        _heard(policy),
    )


def explained(policy: Policy) -> Iterator[str]:
    """One policy with every number's mark and source."""
    begin, end = policy.valid
    yield policy.label
    yield f"{policy.kind}: {KINDS[policy.kind]}"
    yield f"so from {begin or 'a day not known here'} until {end or 'today'}"
    yield f"for: {_words(policy.device_class)}; {_words(policy.setting)}"
    yield ""
    yield f"leaves on: {_words(policy.upload.when) or 'nothing'}"
    yield f"what leaves: {_words(policy.upload.payload) or 'nothing'}"
    for each in policy.identifiers:
        yield f"named by: {each.name} ({each.scope}), seen by {_words(each.seen_by)}  [{_mark(each.conf, each.src)}]"
    yield f"consent: {policy.consent.form}, {'given' if policy.consent.given else 'not given'}"
    yield f"deletion: by {policy.deletion.by}; audio {policy.deletion.audio}, transcript {policy.deletion.transcript}"
    yield ""
    for key, figure in figures(policy):
        yield from _figure(key, figure)
    if policy.notes:
        yield from ("", *policy.notes)
    yield from ("", "sources", *_sources(policy), "", "marks")
    yield from (f"  {conf}: {meaning}" for conf, meaning in MEANS.items())


def golden_row(golden: Golden) -> tuple[str, ...]:
    """One line of the golden table, below GOLDEN_HEADINGS; what the table does not say stands as a dash."""
    shown = (_number(golden, column) for column in COLUMNS)
    return (golden.policy.id, "simulated", *shown)


def golden_csv(rows: Iterable[Golden]) -> str:
    """The golden table, one number a line; the same bytes every time."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    lines.writerow(("policy", "kind", "figures", "metric", "value", "unit", "golden", "within"))
    for row in rows:
        for column, unit in zip(COLUMNS, _UNITS, strict=True):
            value, text = getattr(row.metrics, column), row.stated.get(column, "")
            within = f"{tolerance(text):g}" if text else ""
            shown = "" if value is None else f"{value:.6f}"
            lines.writerow((row.policy.id, row.policy.kind, "simulated", column, shown, unit, text, within))
    return written.getvalue()


def _figure(key: str, figure: Figure) -> Iterator[str]:
    value = _days(figure.value) if key.endswith("_days") or key.endswith(".days") else f"{figure.value:g}"
    span = f", {figure.range[0]:g} to {figure.range[1]:g}" if figure.range else ""
    yield f"{key}: {value}{span}  [{_mark(figure.conf, figure.src)}]"
    if figure.note:
        yield f"    {figure.note}"


def _sources(policy: Policy) -> Iterator[str]:
    for name, source in policy.sources.items():
        where = f" {source.url}" if source.url else ""
        when = f" ({source.date})" if source.date else ""
        yield f"  {name}: {source.what}{when}{where}"


def _number(golden: Golden, column: str) -> str:
    value = getattr(golden.metrics, column)
    text = golden.stated.get(column)
    if text is None or value is None:
        return "–"
    return f"{value:.{len(text.partition('.')[2])}f}"


def _mark(conf: Conf, src: str | None) -> str:
    return f"{conf}, {src}" if src else str(conf)


def _words(words: Iterable[str]) -> str:
    return ", ".join(word.replace("_", " ") for word in words)


def _days(days: float) -> str:
    if math.isinf(days):
        return "for ever"
    return f"{days * 86_400:.0f} s" if 0 < days < 1 else f"{days:g} d"


def _heard(policy: Policy) -> str:
    rate, cap = policy.review.rate.value, policy.review.cap_per_month
    if rate == 0:
        return "none"
    return f"{rate * 100:g} %" + (f", {cap.value:g} a month at most" if cap else "")
