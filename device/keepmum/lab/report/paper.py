"""What a paper needs beside its figures: how to cite the run, and a script that makes it again and compares."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Sequence
from pathlib import Path

from keepmum.lab.evaluate.folder import METRICS
from keepmum.lab.run import Facts, Run

CITATION, REPRODUCE = "CITATION.cff", "REPRODUCE.sh"


def citation(run: Run) -> str:
    """A Citation File Format 1.2.0 file for the run."""
    facts = run.facts
    lines = [
        "cff-version: 1.2.0",
        "message: If you use these figures, please cite the run and the corpus it was made from.",
        "type: dataset",
        f"title: {_quoted(f'Exposure under stated and measured voice-assistant policies: {facts.corpus}')}",
        "authors:",
        "  - name: keepmum contributors",
        f"version: {_quoted(facts.keepmum)}",
        *([f"commit: {_quoted(facts.commit)}"] if facts.commit else []),
        *([f"date-released: {_quoted(facts.date)}"] if facts.date else []),
        "identifiers:",
        "  - type: other",
        f"    value: {_quoted(f'corpus sha256 {facts.corpus_sha256}')}",
        "    description: the list of recordings and truths",
        "  - type: other",
        f"    value: {_quoted(f'model {facts.model} sha256 {facts.model_sha256}')}",
        "    description: the speech model",
        "keywords: [privacy, voice assistants, misactivations]",
    ]
    return "\n".join(lines) + "\n"


def commands(facts: Facts, replay: Sequence[str], has_own_policies: bool) -> str:
    """What was typed, one command a line; `replay` are the options of the replay."""
    own = ["--policies", "RUN/policies"] if has_own_policies else []
    again = shlex.join(["keepmum", "lab", "replay", "RUN", *replay, *own])
    return "\n".join((facts.command or "keepmum lab run CORPUS --out RUN", again, "keepmum lab report RUN"))


def reproduce(run: Run, replay: Sequence[str], has_own_policies: bool) -> str:
    """A shell script: from the corpus to the same figures, byte by byte."""
    facts = run.facts
    sums = "".join(f"{_sha256(run.folder / name)}  {name}\n" for name in (METRICS,))
    own = ' --policies "$here/policies"' if has_own_policies else ""
    return f"""#!/bin/sh
# Makes this run again from its corpus and compares the figures. Usage: sh REPRODUCE.sh CORPUS [FOLDER]
# It was made with keepmum {facts.keepmum}{f", commit {facts.commit}" if facts.commit else ""}:
#   {facts.command or "keepmum lab run CORPUS --out FOLDER"}
# The corpus's list of recordings and truths has the sha256 {facts.corpus_sha256},
# the speech model {facts.model} has {facts.model_sha256}.
set -eu
here=$(dirname "$0")
corpus=${{1:?which corpus? sh REPRODUCE.sh CORPUS [FOLDER]}}
folder=${{2:-again}}
{_line("keepmum lab run", '"$corpus" --out "$folder"', _options(facts))}
{_line("keepmum lab replay", '"$folder"', replay)}{own}
keepmum lab report "$folder"
cd "$folder"
sha256sum --check <<'SUMS'
{sums}SUMS
"""


def _options(facts: Facts) -> list[str]:
    """Those of the run: what was typed tells all of them behind corpus and folder."""
    words = shlex.split(facts.command)
    if words[:3] == ["keepmum", "lab", "run"] and words[4:5] == ["--out"]:
        return words[6:]
    dated = ["--date", facts.date] if facts.date else []
    return ["--phrase", facts.phrase, "--seed", str(facts.seed), *dated]


def _line(command: str, place: str, options: Sequence[str]) -> str:
    return " ".join((command, place, shlex.join(options))).rstrip()


def _quoted(text: str) -> str:
    """Every JSON string is a YAML string."""
    return json.dumps(text, ensure_ascii=False)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "-"
