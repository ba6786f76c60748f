"""What a replay leaves in a run's folder: every flow and refusal, the figures, the truth in the usual formats."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from keepmum.errors import LabError
from keepmum.lab.evaluate.evaluation import Evaluation
from keepmum.lab.evaluate.replays import Replay
from keepmum.lab.evaluate.row import json_text, written
from keepmum.lab.event import Event
from keepmum.lab.marks import Truth, TruthKind
from keepmum.lab.plan import Flow
from keepmum.lab.run import Run

FLOWS, DECISIONS, METRICS, DOCUMENT = "flows.jsonl", "decisions.csv", "metrics.csv", "metrics.json"
DIFFERENCES, RTTM, CTM = "differences.csv", "truth.rttm", "truth.ctm"


def write(run: Run, evaluation: Evaluation) -> list[Path]:
    """Write all of it into the run's folder. Raises LabError if it cannot be written."""
    numbers = {event: number for number, event in enumerate(evaluation.timeline.events)}
    texts = {
        FLOWS: "".join(flow_lines(evaluation.replays, numbers)),
        DECISIONS: decisions(evaluation.replays, numbers),
        METRICS: written(evaluation.rows),
        DIFFERENCES: written(evaluation.differences),
        DOCUMENT: document(run, evaluation),
        RTTM: "".join(rttm(run.truth)),
        CTM: "".join(ctm(run.truth)),
    }
    return put(run.folder, texts)


def put(folder: Path, texts: dict[str, str]) -> list[Path]:
    """Write texts into a folder, each whole or not at all. Raises LabError for what cannot be written."""
    return [_put(folder / name, text) for name, text in texts.items()]


def flow_lines(replays: Iterable[Replay], numbers: dict[Event, int]) -> Iterator[str]:
    """One JSON object for each thing that left; `event` is its number in the timeline, for ever the text `inf`."""
    for replay in replays:
        yield from (json.dumps(_flow(flow, numbers), sort_keys=True) + "\n" for flow in replay.flows)


def decisions(replays: Iterable[Replay], numbers: dict[Event, int]) -> str:
    """One line for each event under each policy, with the reason where nothing left."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("event", "at", "what", "seconds", "confirmed", "policy", "kind", "leaves", "reason"))
    for replay in replays:
        for each in replay.decisions:
            event = each.event
            leaves = ("no", each.why_not.value) if each.why_not else ("yes", "")
            facts = (numbers[event], f"{event.at:.3f}", event.kind.value, f"{each.seconds:.3f}")
            who = (replay.policy.id, replay.policy.kind)
            lines.writerow((*facts, "yes" if event.confirmed else "no", *who, *leaves))
    return text.getvalue()


def document(run: Run, evaluation: Evaluation) -> str:
    """The figures with what has to be known about them, as JSON."""
    home, facts = evaluation.home, run.facts
    assumed = {
        "hours_a_day": float(home.hours),
        "approves": float(home.approves),
        "longest_s": float(home.longest),
        "horizon_d": float(evaluation.horizon),
        "against": evaluation.against,
    }
    of = {"corpus": facts.corpus, "corpus_sha256": facts.corpus_sha256, "phrase": facts.phrase, "sound": facts.sound}
    speaker = {"keepmum": facts.keepmum, "model": facts.model, "model_sha256": facts.model_sha256, "seed": facts.seed}
    return json_text(evaluation.rows, run={**of, **speaker}, assumed=assumed)


def rttm(truth: Iterable[Truth]) -> Iterator[str]:
    """Who spoke when, as diarisation tools read it."""
    kinds = (TruthKind.SPEECH, TruthKind.MEDIA)
    for each in truth:
        if each.kind in kinds:
            span = f"{each.begins:.3f} {each.ends - each.begins:.3f}"
            who = _word(each.speaker or each.kind.value)
            yield f"SPEAKER {_word(each.recording)} 1 {span} <NA> <NA> {who} <NA> <NA>\n"


def ctm(truth: Iterable[Truth]) -> Iterator[str]:
    """Every word with its time, as recognisers' scorers read it."""
    for each in truth:
        if each.kind is TruthKind.WORD:
            span = f"{each.begins:.3f} {each.ends - each.begins:.3f}"
            yield f"{_word(each.recording)} 1 {span} {_word(each.what)}\n"


def _flow(flow: Flow, numbers: dict[Event, int]) -> dict[str, Any]:
    return {
        "policy": flow.policy,
        "event": numbers[flow.event],
        "what": flow.what,
        "seconds": round(flow.seconds, 6),
        "bytes": round(flow.bytes),
        "identifiers": [each.name for each in flow.identifiers],
        "retention_days": "inf" if math.isinf(flow.retention) else round(flow.retention, 6),
        "review_p": flow.review_p,
    }


def _word(text: str) -> str:
    """Without spaces, which would begin the next column."""
    return "_".join(text.split()) or "<NA>"


def _put(file: Path, text: str) -> Path:
    new = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(text, "utf-8")
        new.replace(file)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise LabError(
            f"{file} cannot be written: {error.strerror or error}", "make room, or name another folder"
        ) from error
    return file
