"""What a report says, in words and tables, before it is a page or a text: both say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keepmum.lab.evaluate.evaluation import Evaluation
from keepmum.lab.evaluate.row import OF_THE_RUN, Row, between, told
from keepmum.lab.page import KINDS as MEANINGS
from keepmum.lab.report import bars, curves
from keepmum.lab.report.alike import Alike, key
from keepmum.lab.report.sheet import KINDS
from keepmum.lab.report.tables import Table, assumed, everything, own, percent, percents, refusals, stated
from keepmum.lab.run import Run


@dataclass(frozen=True)
class Plot:
    """A drawing with what has to be said about it."""

    name: str
    title: str
    svg: str
    words: str
    groups: tuple[tuple[str, str], ...] = ()
    """Kind and names of every group that is too large for its label."""


@dataclass(frozen=True)
class Report:
    """Everything that a report says."""

    title: str
    facts: tuple[tuple[str, str], ...]
    tiles: tuple[tuple[str, str, str], ...]
    """What, the figure, and its interval or where it comes from."""
    plots: tuple[Plot, ...]
    tables: tuple[Table, ...]
    kinds: tuple[tuple[str, str], ...]
    again: str
    """The commands that make it again."""


def report(run: Run, evaluation: Evaluation, again: str, measured: Sequence[Row] = ()) -> Report:
    """Put it together; `measured` are figures of devices that somebody really listened to, by policy or by name."""
    facts = run.facts
    hours = evaluation.row(OF_THE_RUN, "hours")
    return Report(
        f"What would have left: {facts.corpus}",
        (
            ("corpus", f"{facts.corpus}, {told(hours.value)} h in {hours.n} recordings, {facts.sound}"),
            ("wakes by", f"“{facts.phrase}”, first stage {facts.trigger:g}, second {facts.second:g}"),
            ("second look", f"{facts.model}" if facts.confirm else "off"),
            ("made with", f"keepmum {facts.keepmum}" + (f", commit {facts.commit[:12]}" if facts.commit else "")),
            ("seed", str(facts.seed)),
            *((("date", facts.date),) if facts.date else ()),
        ),
        _tiles(evaluation),
        plots(evaluation),
        (
            stated(evaluation, measured),
            own(evaluation),
            *everything(evaluation),
            refusals(evaluation),
            assumed(evaluation),
        ),
        tuple((kind, MEANINGS[kind]) for kind in KINDS),
        again,
    )


def plots(evaluation: Evaluation) -> tuple[Plot, ...]:
    """All drawings, in the order in which a talk would show them."""

    def grouped(name: str, title: str, made: tuple[str, list[Alike]], words: str) -> Plot:
        return Plot(name, title, made[0], words, tuple(key(made[1])))

    return (
        grouped(
            "exposure",
            "Exposure against use",
            curves.exposure(evaluation),
            "To the right: more sound lies somewhere for longer. Upwards: more of what was really asked stays for a "
            "day or longer, as sound or as text, so that somebody can learn from it. Policies with the same figures "
            "share a spot; a spot that was moved to be seen has a line to where it belongs.",
        ),
        grouped(
            "seconds",
            "Seconds uploaded",
            bars.seconds(evaluation),
            "Per hour of sound heard. Hatched is what nobody meant for the speaker. Whiskers hold the whole bar 95 "
            "times in 100, drawn over whole groups of recordings.",
        ),
        Plot(
            "strip",
            "One hour",
            curves.strip(evaluation),
            "The hour in which most happened. A bar is sound that leaves.",
        ),
        Plot(
            "durations",
            "How long false wakes last",
            curves.durations(evaluation),
            "Bands hold the whole true curve 95 times in 100 (Dvoretzky, Kiefer and Wolfowitz). Dubois et al. tell of "
            "6 s and 10 s.",
        ),
        grouped(
            "linkability",
            "How well clips can be put together",
            bars.linkability(evaluation),
            "By identifiers alone. A voice is one as well: these are the least that can be linked. A name that changes "
            "every day, as keepmum's does, links the clips of one day: all of a corpus that is no longer than that.",
        ),
        grouped(
            "reviewers",
            "Hours of listening",
            bars.reviewers(evaluation),
            "A thousand clips in a shift of nine hours (Bloomberg, April 2019) are 32.4 s a clip. A small programme "
            "without a cap would hear far more of each home than a large one.",
        ),
    )


def _tiles(evaluation: Evaluation) -> tuple[tuple[str, str, str], ...]:
    def tile(what: str, policy: str, metric: str, unit: str = "") -> tuple[str, str, str]:
        row = evaluation.by.get((policy, metric))
        if row is None or row.value is None:
            return what, "–", "not in this run"
        figure = percent(row.value) if row.unit == "share" else told(row.value)
        interval = percents(row) if row.unit == "share" else between(row)
        return what, f"{figure}{unit}", " · ".join(part for part in (interval, row.kind) if part)

    return (
        tile("false wakes an hour, first look alone", OF_THE_RUN, "first_look_false_per_h"),
        tile("false wakes an hour, after the second look", OF_THE_RUN, "false_wakes_per_h"),
        tile("commands that woke it", OF_THE_RUN, "wake_recall"),
        tile("uploaded an hour: Alexa as of April 2019", "alexa-2019-default", "upload_s_per_h", " s"),
        tile("uploaded an hour: keepmum as it comes", "ours-local", "upload_s_per_h", " s"),
        tile("not meant, uploaded an hour: keepmum sharing", "ours-share", "false_s_per_h", " s"),
    )
