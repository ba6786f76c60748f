"""Puts the card beside the model, with its plot, and sums up the folder again."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from keepmum.errors import ForgeError
from keepmum.forge.acoustic import training
from keepmum.forge.acoustic.exporting import SUMS, sums
from keepmum.forge.evaluation import card, judging
from keepmum.forge.evaluation.card import PLOT, Making
from keepmum.forge.work import Work
from keepmum.forge.workplace import write

README = "README.md"


def report(work: Work) -> None:
    """Write README.md, the plot and SHA256SUMS in the model's folder. Raises ForgeError for what was not done yet."""
    judgement, account = judging.read(work), card.account(work)
    course = training.course(work.trained)
    making = Making(course.step, course.hours, course.cpu, machine())
    try:
        if judgement.bins:
            card.plot(judgement, work.model / PLOT)
        size = sum(path.stat().st_size for path in work.model.rglob("*") if path.is_file())
        write(work.model / README, card.card(work.recipe, account, making, judgement, size))
        write(work.model / SUMS, sums(work.model))
    except OSError as error:
        raise ForgeError(f"{work.model} cannot be written: {error}", "make room, or choose another --work") from error


def machine() -> str:
    """Processor and cores, in a few words."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
    return f"{names[-1] if names else platform.machine()}, {os.cpu_count()} cores"
