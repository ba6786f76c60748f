"""OpenFst's own tools, where Debian's packages are installed, and what an olabel_lookahead file says."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

PACKAGES = "libfst-tools and libfst22-plugins-base"
PLUGINS = next(Path("/usr/lib").glob("*/fst/*/olabel_lookahead-fst.so"), None)
ARE_THERE = shutil.which("fstconvert") is not None and PLUGINS is not None
WHY_NOT = f"OpenFst's tools are not installed (Debian: {PACKAGES})"


def tool(command: list[str], given: bytes = b"") -> bytes:
    """What one tool prints; the test fails where the tool does."""
    found = str(PLUGINS.parent) if PLUGINS else ""
    done = subprocess.run(
        command, input=given, capture_output=True, env={**os.environ, "LD_LIBRARY_PATH": found}, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"ERROR" not in done.stderr, done.stderr.decode()
    return done.stdout


def info(path: Path) -> dict[str, str]:
    """What `fstinfo` finds: counts, and properties that it works out for itself."""
    rows = tool(["fstinfo", str(path)]).decode().splitlines()
    return {row[:50].strip(): row[50:].strip() for row in rows}


def converted(text: str, folder: Path) -> tuple[Path, dict[int, int]]:
    """The look-ahead graph that OpenFst itself makes of a graph's text, and how it renumbered the words."""
    made, pairs = folder / "openfst.fst", folder / "pairs.txt"
    compiled = tool(["fstcompile", "--keep_state_numbering"], text.encode())
    (folder / "sorted.fst").write_bytes(tool(["fstarcsort", "--sort_type=olabel"], compiled))
    options = ["--fst_type=olabel_lookahead", f"--save_relabel_opairs={pairs}"]
    tool(["fstconvert", *options, str(folder / "sorted.fst"), str(made)])
    renumbered = dict(tuple(map(int, line.split())) for line in pairs.read_text().splitlines())
    return made, renumbered


def reach(content: bytes) -> tuple[int, list[set[int]]]:
    """The number that stands for the end, and for each state the numbers within its reach."""
    at = 4 + 4 + len("olabel_lookahead") + 4 + len("standard") + struct.calcsize("<iiQqqq") + 4
    at += 4 + 4 + len("const") + 4 + len("standard")
    _, _, _, _, states, arcs = struct.unpack_from("<iiQqqq", content, at)
    at += struct.calcsize("<iiQqqq") + 20 * states + 16 * arcs
    has, first, second, of_input, keeps = struct.unpack_from("<5?", content, at)
    assert (has, first, second, of_input) == (True, False, True, False)
    at += 5
    if keeps:
        (size,) = struct.unpack_from("<q", content, at)
        at += 8 + 8 * size
    end, count = struct.unpack_from("<iq", content, at)
    at += 12
    assert count == states
    sets = []
    for _ in range(count):
        (size,) = struct.unpack_from("<q", content, at)
        spans = [struct.unpack_from("<ii", content, at + 8 + 8 * each) for each in range(size)]
        within = {number for first_, after in spans for number in range(first_, after)}
        at += 8 + 8 * size
        (told,) = struct.unpack_from("<i", content, at)
        assert told in (-1, len(within)), (told, len(within))
        at += 4
        sets.append(within)
    assert at == len(content)
    return end, sets
