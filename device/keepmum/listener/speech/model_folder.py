"""What a speech model's folder must look like before Vosk may see it.

Vosk trusts its files: a graph that was cut short, a number in it that points outside, or a `model.conf` that is empty
ends the whole process inside C++ where no error can be caught. So a folder either brings the sums of its files, or
everything that was seen to do that is looked at first.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from keepmum.errors import ModelError
from keepmum.listener.speech import graph_file, network_file

SUMS = "SHA256SUMS"
"""When this file is there, every file that it names must have the sum it gives (the format of sha256sum)."""

_FILES = (
    "am/final.mdl",
    "conf/mfcc.conf",
    "conf/model.conf",
    "graph/HCLr.fst",
    "graph/Gr.fst",
    "graph/words.txt",
    "graph/disambig_tid.int",
    "graph/phones/word_boundary.int",
)
_FETCH = "scripts/fetch-model lists models that fit and fetches one whole"
_OPTION = re.compile(r"--([a-z0-9.-]+)=(\S+)\s*(#.*)?")
_RATE = 16_000.0
_T = TypeVar("_T")


def vocabulary(folder: Path) -> frozenset[str]:
    """Every word that the model in `folder` knows; raises ModelError with all that is wrong with it."""
    if not folder.is_dir():
        raise ModelError(f"there is no speech model in {folder}", "set speech.model to a Vosk model's folder")
    if (folder / "graph" / "HCLG.fst").exists():
        raise ModelError(f"the speech model in {folder} has a fixed grammar (graph/HCLG.fst)", _FETCH)
    wrong = [f"{name} {problem}" for name in _FILES if (problem := _problem(folder / name))]
    wrong = wrong or _wrong_sums(folder) or _misfits(folder)
    if wrong:
        raise ModelError(f"the speech model in {folder} is not whole: {'; '.join(wrong)}", _FETCH)
    words = (line.split(maxsplit=1)[0] for line in _text(folder / "graph" / "words.txt").splitlines() if line)
    return frozenset(word for word in words if not word.startswith(("<", "[", "#", "!")))


def _problem(path: Path) -> str:
    """What a quick look at one file finds."""
    if not path.is_file():
        return "is missing"
    if not path.stat().st_size:
        return "is empty"
    look = _LOOKS.get(path.name)
    return look(path.read_bytes()) if look else ""


def _endpoint_problem(untrusted_bytes: bytes) -> str:
    """Vosk asserts that there is a silence phone when it looks for the end of speech."""
    return "" if b"--endpoint.silence-phones=" in untrusted_bytes else "does not name the silence phones"


def _words_problem(untrusted_bytes: bytes) -> str:
    return "" if b"[unk] " in untrusted_bytes else "does not know [unk]"


_LOOKS: dict[str, Callable[[bytes], str]] = {"model.conf": _endpoint_problem, "words.txt": _words_problem}


def _misfits(folder: Path) -> list[str]:
    """What a thorough look finds in a folder that does not bring the sum of every file that Vosk needs."""
    if _summed(folder) >= set(_FILES):
        return []
    found: list[str] = []
    network = _looked(folder, "am/final.mdl", network_file.read, found)
    graph = _looked(folder, "graph/HCLr.fst", graph_file.read, found)
    pairs = _looked(folder, "graph/Gr.fst", graph_file.read, found)
    words = _looked(folder, "graph/words.txt", _numbers, found)
    places = _looked(folder, "graph/phones/word_boundary.int", _places, found)
    unused = _looked(folder, "graph/disambig_tid.int", _ids, found)
    options = _looked(folder, "conf/mfcc.conf", _options, found)
    _looked(folder, "conf/model.conf", _options, found)
    if found or network is None or words is None or places is None or unused is None or options is None:
        return found
    largest = max(words)
    if any(each is not None and each.word > largest for each in (graph, pairs)):
        found.append("graph/words.txt does not name every word of the graph")
    if min(unused) <= network.transitions:
        found.append("graph/disambig_tid.int names a transition that is in use")
    if graph is not None and graph.heard > max(network.transitions, *unused):
        found.append("graph/HCLr.fst was made for another am/final.mdl")
    if not network.phones <= places:
        found.append("graph/phones/word_boundary.int does not name every phone")
    return found + [f"conf/mfcc.conf {problem}" for problem in _unfit(options, network.input)]


def _looked(folder: Path, name: str, look: Callable[[bytes], _T], found: list[str]) -> _T | None:
    try:
        return look((folder / name).read_bytes())
    except _BROKEN as error:
        found.append(f"{name} {error}")
        return None


def _lines(untrusted_bytes: bytes) -> list[str]:
    """The lines of a text that is whole: one that was cut does not end with a line's end."""
    if not untrusted_bytes.endswith(b"\n"):
        raise _NotText("is cut short: its last line does not end")
    try:
        return [line for line in untrusted_bytes.decode().splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise _NotText("is not text in UTF-8") from error


def _numbers(untrusted_bytes: bytes) -> set[int]:
    """The numbers of all words; each word and each number stands there once."""
    rows = [line.split() for line in _lines(untrusted_bytes)]
    numbers = {int(row[1]) for row in rows if len(row) == 2 and row[1].isdecimal() and len(row[1]) < 10}
    if len(numbers) != len(rows) or len({row[0] for row in rows}) != len(rows):
        raise _NotText("is not a list of words and their numbers")
    return numbers


def _places(untrusted_bytes: bytes) -> set[int]:
    """The phones whose place in a word is told."""
    rows = [line.split() for line in _lines(untrusted_bytes)]
    kinds = {"nonword", "begin", "end", "internal", "singleton"}
    if not all(len(row) == 2 and row[0].isdecimal() and len(row[0]) < 10 and row[1] in kinds for row in rows):
        raise _NotText("is not a list of phones and their places in a word")
    return {int(row[0]) for row in rows}


def _ids(untrusted_bytes: bytes) -> list[int]:
    lines = [line.strip() for line in _lines(untrusted_bytes)]
    if not lines or not all(line.isdecimal() and len(line) < 10 for line in lines):
        raise _NotText("is not a list of numbers")
    return [int(line) for line in lines]


def _options(untrusted_bytes: bytes) -> dict[str, str]:
    lines = [line for line in _lines(untrusted_bytes) if not line.lstrip().startswith("#")]
    matches = [_OPTION.fullmatch(line.strip()) for line in lines]
    if not all(matches):
        raise _NotText("has a line that is no --option=value")
    return {match[1]: match[2] for match in matches if match}


def _unfit(options: dict[str, str], wanted: int) -> list[str]:
    """What the features cannot be for this network; Kaldi's own values stand for those that are not told."""
    try:
        rate, coefficients = float(options.get("sample-frequency", _RATE)), int(options.get("num-ceps", 13))
        bins = int(options.get("num-mel-bins", 23))
    except ValueError:
        return ["has an option that is no number"]
    problems = [f"says {rate:g} samples a second"] if rate != _RATE else []
    if coefficients != wanted or bins < coefficients:
        problems.append(f"gives {coefficients} of {bins} features where the network wants {wanted}")
    return problems


class _NotText(Exception):
    """What is wrong with a small text."""


_BROKEN = (graph_file.Broken, network_file.Broken, _NotText)


def _summed(folder: Path) -> set[str]:
    """The files whose sums are told."""
    if not (folder / SUMS).exists():
        return set()
    return {line.partition("  ")[2] for line in _text(folder / SUMS).splitlines()}


def _wrong_sums(folder: Path) -> list[str]:
    if not (folder / SUMS).exists():
        return []
    wrong = []
    for line in _text(folder / SUMS).splitlines():
        expected, _, name = line.partition("  ")
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            wrong.append(f"{name} is not what {SUMS} says")
    return wrong


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
