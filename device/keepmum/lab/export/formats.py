"""Each format with the files it makes; whatever is simulated says so in its file's name or in a column."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from keepmum.errors import LabError
from keepmum.lab.evaluate.evaluation import Evaluation
from keepmum.lab.evaluate.folder import ctm, rttm
from keepmum.lab.evaluate.row import document
from keepmum.lab.event import Kind
from keepmum.lab.export.pcap import capture
from keepmum.lab.export.uploads import uploads
from keepmum.lab.marks import MarkKind
from keepmum.lab.run import Run

Files = Iterator[tuple[str, bytes]]
"""Paths below the folder that was asked for, with their content."""


def moniotr(run: Run, evaluation: Evaluation) -> Files:
    """Mon(IoT)r's folders, `country/device/activity/date.seconds.pcap`; the country is `simulated`."""
    day = _day(run)
    for figures in evaluation.figures:
        for upload in uploads(figures.replay):
            begins = int(day.timestamp()) + int(upload.at)
            when = datetime.fromtimestamp(begins, UTC)
            name = f"{when:%Y-%m-%d_%H.%M.%S}.{upload.seconds:.0f}s.{upload.number}.pcap"
            where = f"simulated/{figures.policy.id}/{upload.what}"
            yield f"{where}/{name}", capture(upload.packets, begins)


def vcf(_: Run, evaluation: Evaluation) -> Files:
    """VCFingerprinting's `time,size,direction`, one file for each upload; direction 1 is out, -1 in."""
    for figures in evaluation.figures:
        for upload in uploads(figures.replay):
            rows = ((f"{each.at:.6f}", each.size, each.direction) for each in upload.packets)
            name = f"simulated/{figures.policy.id}/{upload.what}_{upload.number}.csv"
            yield name, _csv(("time", "size", "direction"), rows)


def varys(run: Run, evaluation: Evaluation) -> Files:
    """Tables as varys has them: what was asked, of whom, how long it took; one interactor for each policy."""
    facts, day = run.facts, _day(run)
    config = [
        (number, figures.policy.id, facts.phrase, facts.trigger, facts.model, figures.kind)
        for number, figures in enumerate(evaluation.figures, 1)
    ]
    yield "interactor_config.csv", _csv(("id", "interface", "voice", "sensitivity", "model", "kind"), config)
    sessions = [(number, facts.keepmum, number, day.isoformat(), run.seconds) for number, *_ in config]
    yield "session.csv", _csv(("id", "version", "config", "started", "seconds"), sessions)
    rows = []
    for number, figures in enumerate(evaluation.figures, 1):
        for at, decision in enumerate(figures.replay.decisions):
            if decision.event.kind is not Kind.DAY:
                answer = decision.why_not.value if decision.why_not else "sent"
                times = (f"{decision.event.at:.3f}", f"{decision.event.seconds:.3f}", f"{decision.sound:.3f}")
                rows.append((number, at, decision.event.kind.value, *times, answer))
    heads = ("session", "query", "category", "at_s", "query_s", "uploaded_s", "response")
    yield "interaction.csv", _csv(heads, rows)


def truth(run: Run, _: Evaluation) -> Files:
    """`truth.rttm` and `truth.ctm`, and what the speaker did as `marks.rttm` and Audacity labels of all recordings."""
    yield "truth.rttm", "".join(rttm(run.truth)).encode()
    yield "truth.ctm", "".join(ctm(run.truth)).encode()
    starts = accumulate((recording.seconds for recording in run.recordings), initial=0.0)
    begins = dict(zip((recording.id for recording in run.recordings), starts, strict=False))
    shown = [mark for mark in run.marks if mark.kind in (MarkKind.CONFIRMED, MarkKind.REFUSED, MarkKind.COMMAND)]
    labels = (
        f"{begins[mark.recording] + mark.begins:.3f}\t{begins[mark.recording] + mark.ends:.3f}\t{mark.kind.value}\n"
        for mark in shown
    )
    yield "audacity-labels.txt", "".join(labels).encode()


def parquet(_: Run, evaluation: Evaluation) -> Files:
    """`flows.parquet`, `decisions.parquet`, `metrics.parquet`. Raises LabError without pyarrow."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet as writer
    except ImportError as error:
        raise LabError(f"Parquet needs pyarrow: {error}", "pip install 'keepmum[parquet]'") from error
    for name, rows in (
        ("flows", list(_flows(evaluation))),
        ("decisions", list(_decisions(evaluation))),
        ("metrics", document(evaluation.rows)),
    ):
        written = io.BytesIO()
        writer.write_table(arrow.Table.from_pylist(rows), written)
        yield f"{name}.parquet", written.getvalue()


FORMATS: dict[str, Callable[[Run, Evaluation], Files]] = {
    "moniotr": moniotr,
    "vcf": vcf,
    "varys": varys,
    "rttm": truth,
    "parquet": parquet,
}


def export(run: Run, evaluation: Evaluation, name: str, out: Path) -> int:
    """Write a run in a format; how many files. Raises LabError for what cannot be written."""
    count = 0
    for path, content in FORMATS[name](run, evaluation):
        file = out / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        except OSError as error:
            raise LabError(f"{file} cannot be written: {error.strerror}", "make room, or name another --out") from error
        count += 1
    return count


def _day(run: Run) -> datetime:
    """When the run is said to have been; without --date it was at the beginning of time."""
    said = run.facts.date or "1970-01-01"
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


def _csv(heads: Sequence[str], rows: Any) -> bytes:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(heads)
    lines.writerows(rows)
    return text.getvalue().encode()


def _flows(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    for figures in evaluation.figures:
        for number, decision in enumerate(figures.replay.decisions):
            for flow in decision.flows:
                yield {
                    "policy": flow.policy,
                    "kind": figures.kind,
                    "event": number,
                    "what": str(flow.what),
                    "seconds": flow.seconds,
                    "bytes": round(flow.bytes),
                    "retention_days": flow.retention,
                    "review_p": float(flow.review_p),
                }


def _decisions(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    for figures in evaluation.figures:
        for number, decision in enumerate(figures.replay.decisions):
            yield {
                "policy": figures.policy.id,
                "kind": figures.kind,
                "event": number,
                "at": decision.event.at,
                "what": decision.event.kind.value,
                "seconds": decision.seconds,
                "leaves": decision.why_not is None,
                "reason": decision.why_not.value if decision.why_not else "",
            }
