"""keepmum's own block in the Pi's config.txt and its word in cmdline.txt: put in once, and taken out to the last byte.

Both are text in, text out. The block has a heading `[all]` of its own: what stands above it may be meant for another
model (Raspberry Pi documentation, config.txt, "Conditional filters").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_BEGIN = "# keepmum: begin. scripts/install wrote this block, and takes it away"
_UNENDED = "; the line above had no end"
_END = "# keepmum: end"
_BLOCK = re.compile(
    rf"(?P<joint>\n?)^{re.escape(_BEGIN)}(?P<unended>{re.escape(_UNENDED)})?\n(?:.*\n)*?{re.escape(_END)}\n?", re.M
)

MEMORY = "cgroup_enable=memory"
"""The Pi's firmware turns the memory controller off; without it MemoryMax= of the units is ignored in silence."""


def block(lines: Sequence[str]) -> str:
    """What a board needs, as it stands in config.txt."""
    return "\n".join([_BEGIN, "[all]", *lines, _END, ""])


def put(config: str, lines: Sequence[str]) -> str:
    """config.txt with the block at its end, in place of an earlier one; without lines there is none."""
    rest = taken(config)
    if not lines:
        return rest
    fresh = block(lines)
    if rest and not rest.endswith("\n"):
        return f"{rest}\n{fresh.replace(_BEGIN, _BEGIN + _UNENDED, 1)}"
    return rest + fresh


def taken(config: str) -> str:
    """config.txt without the block, as it was before."""
    return _BLOCK.sub(lambda found: "" if found["unended"] else found["joint"], config)


def line(config: str) -> bool:
    """Whether there is a block."""
    return _BLOCK.search(config) is not None


def with_memory(cmdline: str) -> str:
    """cmdline.txt, which is one line, with the word that gives memory limits their force."""
    if MEMORY in cmdline.split():
        return cmdline
    first, end, rest = cmdline.partition("\n")
    return f"{first.rstrip()} {MEMORY}{first[len(first.rstrip()) :]}{end}{rest}"


def without_memory(cmdline: str) -> str:
    """cmdline.txt as it was before that word."""
    return re.sub(rf" {re.escape(MEMORY)}(?=\s|$)", "", cmdline, count=1)
