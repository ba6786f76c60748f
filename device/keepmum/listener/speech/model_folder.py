"""What a speech model's folder must look like before Vosk may see it.

Vosk trusts its files: a graph that was cut short, or a `model.conf` that is empty, ends the whole process inside
C++ where no error can be caught. So everything that was seen to do that is looked at first.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

from keepmum.errors import ModelError

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
_FST_MAGIC = 2_125_659_606
_ARC_BYTES, _STATE_BYTES = 16, 12
_FETCH = "scripts/fetch-model lists models that fit and fetches one whole"


def vocabulary(folder: Path) -> frozenset[str]:
    """Every word that the model in `folder` knows; raises ModelError with all that is wrong with it."""
    if not folder.is_dir():
        raise ModelError(f"there is no speech model in {folder}", "set speech.model to a Vosk model's folder")
    if (folder / "graph" / "HCLG.fst").exists():
        raise ModelError(f"the speech model in {folder} has a fixed grammar (graph/HCLG.fst)", _FETCH)
    wrong = [f"{name} {problem}" for name in _FILES if (problem := _problem(folder / name))]
    wrong = wrong or _wrong_sums(folder)
    if wrong:
        raise ModelError(f"the speech model in {folder} is not whole: {'; '.join(wrong)}", _FETCH)
    words = (line.split(maxsplit=1)[0] for line in _text(folder / "graph" / "words.txt").splitlines() if line)
    return frozenset(word for word in words if not word.startswith(("<", "[", "#", "!")))


def _problem(path: Path) -> str:
    if not path.is_file():
        return "is missing"
    if not path.stat().st_size:
        return "is empty"
    look = _LOOKS.get(path.name if path.suffix != ".fst" else path.suffix)
    return look(path.read_bytes()) if look else ""


def _graph_problem(untrusted_bytes: bytes) -> str:
    """OpenFst: a header that counts states and arcs; a look-ahead graph wraps another one behind its own header."""
    try:
        kind, states, arcs, at = _graph_header(untrusted_bytes, 0)
        if kind == "olabel_lookahead":
            kind, states, arcs, at = _graph_header(untrusted_bytes, at + 4)
    except (struct.error, UnicodeDecodeError, ValueError):
        return "is not an OpenFst graph"
    if len(untrusted_bytes) - at < states * _STATE_BYTES + arcs * _ARC_BYTES:
        return "is cut short"
    return ""


def _graph_header(untrusted_bytes: bytes, at: int) -> tuple[str, int, int, int]:
    """Kind, number of states, number of arcs, and where the header ends."""
    (magic,) = struct.unpack_from("<i", untrusted_bytes, at)
    if magic != _FST_MAGIC:
        raise ValueError
    at += 4
    names = []
    for _ in range(2):
        (length,) = struct.unpack_from("<i", untrusted_bytes, at)
        names.append(untrusted_bytes[at + 4 : at + 4 + length].decode())
        at += 4 + length
    _version, _flags, _properties, _start, states, arcs = struct.unpack_from("<iiQqqq", untrusted_bytes, at)
    return names[0], states, arcs, at + struct.calcsize("<iiQqqq")


def _network_problem(untrusted_bytes: bytes) -> str:
    """Kaldi's binary form ends with the priors: a vector that says its own length."""
    if not untrusted_bytes.startswith(b"\0B<TransitionModel>"):
        return "is not a Kaldi model"
    at = untrusted_bytes.rfind(b"<Priors> FV \x04")
    if at < 0 or len(untrusted_bytes) < at + 17:
        return "is cut short"
    (length,) = struct.unpack_from("<i", untrusted_bytes, at + 13)
    return "is cut short" if len(untrusted_bytes) < at + 17 + 4 * length else ""


def _endpoint_problem(untrusted_bytes: bytes) -> str:
    """Vosk asserts that there is a silence phone when it looks for the end of speech."""
    return "" if b"--endpoint.silence-phones=" in untrusted_bytes else "does not name the silence phones"


def _words_problem(untrusted_bytes: bytes) -> str:
    return "" if b"[unk] " in untrusted_bytes else "does not know [unk]"


_LOOKS: dict[str, Callable[[bytes], str]] = {
    ".fst": _graph_problem,
    "final.mdl": _network_problem,
    "model.conf": _endpoint_problem,
    "words.txt": _words_problem,
}


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
