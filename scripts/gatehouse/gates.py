"""Finds the gates in the code itself, so that one which is added later is removed here, too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[2] / "device" / "keepmum"

GUARDED = {
    "privacy/asking.py": None,
    "privacy/consents.py": None,
    "privacy/outside.py": None,
    "privacy/parcels.py": None,
    "privacy/household.py": None,
    "privacy/step.py": None,
    "listener/offer.py": None,
    "listener/question.py": None,
    "listener/peers/to_uplink.py": {"_deleted", "_greeted", "_said", "_disputed"},
    "listener/peers/actions.py": {"_home", "_propose", "perform"},
    "listener/consents/receipts.py": None,
    "listener/deeds.py": {"carry_out", "_sign", "_give_up", "note"},
    "listener/release.py": None,
    "listener/latch.py": {"_state"},
    "seal/words.py": None,
    "seal/envelope.py": None,
    "seal/padding.py": None,
}
"""Files whose guards stand between what is heard and what leaves; the functions that are meant, or all of them."""


class Gate(NamedTuple):
    """One thing that can say no, and the text of its file without it."""

    file: str
    line: int
    what: str
    without: str


def every() -> Iterator[Gate]:
    """All of them: the rows of the policy first, then every guard that leaves a function, skips or raises."""
    yield from _policy(PACKAGE / "consent.py")
    for file, functions in GUARDED.items():
        yield from _guards(file, functions)


def _policy(path: Path) -> Iterator[Gate]:
    """Each row `(condition, Reason.X)` never applies; each row `(Reason.X, covers)` always does."""
    text = path.read_text()
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Tuple) and len(node.elts) == 2):
            continue
        first, second = node.elts
        if _is_reason(second):
            yield _gate(path, text, first, "False", ast.unparse(second))
        elif _is_reason(first):
            yield _gate(path, text, second, "lambda *_: True", ast.unparse(first))


def _is_reason(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Reason"


def _guards(file: str, functions: set[str] | None) -> Iterator[Gate]:
    path = PACKAGE / file
    text = path.read_text()
    for function in ast.walk(ast.parse(text)):
        if not isinstance(function, ast.FunctionDef) or (functions is not None and function.name not in functions):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.If) and isinstance(node.body[-1], ast.Return | ast.Raise | ast.Continue):
                yield _gate(path, text, node.test, "False", f"{function.name}: if {ast.unparse(node.test)}")


def _gate(path: Path, text: str, node: ast.expr, instead: str, what: str) -> Gate:
    lines = text.splitlines(keepends=True)
    begin = _offset(lines, node.lineno, node.col_offset)
    end = _offset(lines, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
    whole = text.encode()
    without = (whole[:begin] + instead.encode() + whole[end:]).decode()
    return Gate(path.relative_to(PACKAGE).as_posix(), node.lineno, what, without)


def _offset(lines: list[str], line: int, column: int) -> int:
    """Bytes before a place; the syntax tree counts columns in bytes."""
    return sum(len(each.encode()) for each in lines[: line - 1]) + column
