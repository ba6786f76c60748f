"""The tables of a report: what was stated beside what was measured, each kind by itself, and what was assumed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from keepmum.lab.evaluate.evaluation import Evaluation
from keepmum.lab.evaluate.measures import MEASURES
from keepmum.lab.evaluate.row import OF_THE_RUN, Row, between, by_metric, told
from keepmum.lab.event import Kind
from keepmum.lab.page import KINDS as MEANINGS
from keepmum.lab.report.sheet import KINDS


@dataclass(frozen=True)
class Table:
    """A table: the first column is whom it is about."""

    title: str
    words: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    in_words: bool = False
    """Whether its cells are words, and not figures with their intervals."""
    above: tuple[tuple[str, int], ...] = ()
    """Headings over several columns, each with their number."""


STATED = ("upload_s_per_h", "false_s_per_h", "exposure_s_d_per_h", "reviews_capped_per_year")
HEADINGS = {
    "upload_s_per_h": "s/h uploaded",
    "false_s_per_h": "of it, not meant",
    "exposure_s_d_per_h": "exposure, s·d/h",
    "reviews_capped_per_year": "clips heard/yr",
}
FULL = (
    *("clips_per_h", "upload_s_per_h", "false_s_per_h", "false_activation_share", "bystander_s_per_h", "media_s_per_h"),
    *("private_words_per_h", "exposure_s_d_per_h", "linkability", "id_bits_reviewer", "reviews_capped_per_year"),
    *("heard_s_per_year", "listeners"),
)
SHORT = {
    **HEADINGS,
    "clips_per_h": "clips/h",
    "false_activation_share": "false share",
    "bystander_s_per_h": "others, s/h",
    "media_s_per_h": "TV, s/h",
    "private_words_per_h": "private words/h",
    "linkability": "linked",
    "id_bits_reviewer": "bits, to reviewers",
    "heard_s_per_year": "s heard/yr",
    "listeners": "could listen",
}
OWN = {
    "first_look_false_per_h": "false wakes per hour, first look alone",
    "first_look_false_per_10k_words": "the same per 10,000 words",
    "false_wakes_per_h": "false wakes per hour, after the second look",
    "false_wakes_per_10k_words": "the same per 10,000 words",
    "first_look_recall": "commands that the first look found",
    "wake_recall": "commands that woke the speaker",
    "false_clip_s_median": "median length of a false wake, s",
    "false_clip_s_longest": "longest false wake, s",
    "false_clip_share_6s": "false wakes of 6 s or more",
    "false_clip_share_10s": "false wakes of 10 s or more",
}
LITERATURE = {
    "first_look_false_per_h": "up to 0.95 (Dubois et al., PETS 2020: television, several makers)",
    "first_look_false_per_10k_words": "1.43 (the same)",
    "false_clip_share_10s": "10 % for some speakers (the same)",
    "false_clip_share_6s": "more than half for some (the same, February 2020)",
}


def stated(evaluation: Evaluation, measured: Sequence[Row]) -> Table:
    """What was stated and what was measured, in columns of their own."""
    seen = by_metric(measured)
    names = list(dict.fromkeys([*(policy.id for policy in evaluation.policies), *(row.policy for row in measured)]))
    rows = []
    for name in names:
        own_rows = [evaluation.by.get((name, metric)) for metric in STATED]
        real = [
            row if row and row.kind == "measured" else seen.get((name, metric))
            for row, metric in zip(own_rows, STATED, strict=True)
        ]
        said = [row if row and row.kind != "measured" else None for row in own_rows]
        rows.append((name, *(_cell(row) if row else "" for row in (*said, *real))))
    headings = tuple(HEADINGS[metric] for metric in STATED)
    return Table(
        "What was stated, and what was measured",
        "At the left what somebody said in public, played over keepmum's own wakes: theirs would be others, and nobody "
        "measured that speaker. At the right what keepmum did, and what was captured from real devices if the run's "
        "folder has it.",
        ("policy", *headings, *headings),
        tuple(rows),
        above=(("", 1), ("simulated", len(headings)), ("measured", len(headings))),
    )


def own(evaluation: Evaluation) -> Table:
    """The run's own figures beside those of the literature."""
    rows = []
    for metric, words in OWN.items():
        row = evaluation.row(OF_THE_RUN, metric)
        share = row.unit == "share"
        value = (percent(row.value) if share else told(row.value)) if row.value is not None else "–"
        interval = percents(row) if share else between(row)
        rows.append((words, value, interval, str(row.n), row.kind, LITERATURE.get(metric, "")))
    return Table(
        "The speaker itself",
        "Before any policy: how often it woke, and for what.",
        ("", "value", "95 %", "n", "figures", "in the literature"),
        tuple(rows),
        in_words=True,
    )


def everything(evaluation: Evaluation) -> Iterable[Table]:
    """One table for each kind, so that they are never mixed."""
    for kind in KINDS:
        names = [policy.id for policy in evaluation.policies if evaluation.row(policy.id, FULL[0]).kind == kind]
        if names:
            rows = tuple((name, *(_cell(evaluation.row(name, metric)) for metric in FULL)) for name in names)
            yield Table(f"All policies: {kind}", MEANINGS[kind], ("policy", *(SHORT[metric] for metric in FULL)), rows)


def refusals(evaluation: Evaluation) -> Table:
    """Why nothing left, counted."""
    reasons = ("sent", "not_sent", "too_long", "quota_used")
    rows = []
    for replay in evaluation.replays:
        if replay.is_stream:
            continue
        wakes = [each for each in replay.decisions if each.event.kind is not Kind.DAY]
        counts = Counter(each.why_not.value if each.why_not else "sent" for each in wakes)
        rows.append((replay.policy.id, *(told(float(counts[reason])) for reason in reasons)))
    return Table(
        "Why nothing left",
        "Of all wakes: how many left, and the first reason why others did not. decisions.csv has every one.",
        ("policy", "left", "policy does not send it", "too long", "day's quota used"),
        tuple(rows),
    )


def assumed(evaluation: Evaluation) -> Table:
    """What nobody knows, and what was put in its place."""
    home = evaluation.home
    return Table(
        "Assumed",
        "Besides the numbers marked A in the policies. keepmum lab sweep shows what each of them does to a figure.",
        ("what", "value"),
        (
            ("hours a day in which the home sounds like this corpus", told(home.hours)),
            ("commands that the household would approve if asked", percent(home.approves)),
            ("seconds after which any speaker stops recording", told(home.longest)),
            ("days for which what is kept for ever counts", told(evaluation.horizon)),
        ),
        in_words=True,
    )


def measures() -> list[tuple[str, str, str]]:
    """Every figure of a policy with its unit and what it means."""
    return [(measure.name, measure.unit, measure.what) for measure in MEASURES]


def _cell(row: Row | None) -> str:
    if row is None or row.value is None:
        return "–"
    show: Callable[[float], str] = percent if row.unit == "share" else told
    interval = percents(row) if row.unit == "share" else between(row)
    return f"{show(row.value)} ({interval})" if interval else show(row.value)


def percent(share: float) -> str:
    return f"{told(100 * share)} %"


def percents(row: Row) -> str:
    if row.lo is None or row.hi is None or row.lo == row.hi:
        return ""
    return f"{told(100 * row.lo, 2)} to {told(100 * row.hi, 2)} %"
