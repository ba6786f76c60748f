"""Every number in a graph that Vosk would follow without asking is looked at."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from keepmum.errors import ModelError
from keepmum.listener.speech import graph_file, network_file
from keepmum.listener.speech.graph_file import Broken
from keepmum.listener.speech.model_folder import SUMS, vocabulary
from keepmum.settings import SpeechSettings

GRAPH = (SpeechSettings().model / "graph" / "HCLr.fst").read_bytes()
NETWORK = (SpeechSettings().model / "am" / "final.mdl").read_bytes()

_SIZES = struct.calcsize("<iiQqqq")
INNER = GRAPH.index(b"const") + 5 + 12
"""Where the inner graph's sizes stand."""
_, _, _, START, STATES_COUNT, ARCS_COUNT = struct.unpack_from("<iiQqqq", GRAPH, INNER)
STATES = INNER + _SIZES
ARCS = STATES + 20 * STATES_COUNT
TABLE = ARCS + 16 * ARCS_COUNT + 3
"""Where the look-ahead's own sizes stand."""


def _put(content: bytes, at: int, form: str, number: float) -> bytes:
    size = struct.calcsize(form)
    return content[:at] + struct.pack(form, number) + content[at + size :]


def test_a_whole_graph_tells_its_largest_labels() -> None:
    """They must fit the network and the list of words."""
    found = graph_file.read(GRAPH)
    assert found is not None
    assert found.word >= 3000
    assert 500 < found.heard <= network_file.read(NETWORK).transitions


@pytest.mark.parametrize(
    ("at", "form", "number"),
    [
        (INNER + 16, "<q", -1),  # the start
        (INNER + 16, "<q", STATES_COUNT),
        (INNER + 24, "<q", STATES_COUNT - 1),
        (INNER + 24, "<q", 2**40),
        (INNER + 32, "<q", ARCS_COUNT - 1),
        (STATES + 0, "<f", float("nan")),  # a state's cost, its first arc, its arcs, its silent ones
        (STATES + 20 + 4, "<I", 7),
        (STATES + 8, "<I", 9),
        (STATES + 12, "<I", 2**31),
        (STATES + 16, "<I", 2**31),
        (ARCS + 0, "<i", -5),  # an arc's labels, cost and target
        (ARCS + 4, "<i", -5),
        (ARCS + 8, "<f", float("nan")),
        (ARCS + 12, "<i", STATES_COUNT),
        (ARCS + 12, "<i", -1),
        (TABLE + 2, "<i", 0),  # the number that stands for the end, the states, an interval
        (TABLE + 6, "<q", STATES_COUNT + 1),
        (TABLE + 14, "<q", -1),
        (TABLE + 14, "<q", 2**33),
        (TABLE + 22, "<i", 0),
        (TABLE + 22, "<i", 2**30),
        (TABLE + 26, "<i", 2**30),
    ],
)
def test_a_number_that_points_outside_is_found(at: int, form: str, number: float) -> None:
    """In the header, in a state, in an arc and in the look-ahead."""
    with pytest.raises(Broken):
        graph_file.read(_put(GRAPH, at, form, number))


def test_intervals_that_do_not_rise_are_found() -> None:
    """Vosk halves its way through them, and would never arrive."""
    at = TABLE + 14
    while (count := struct.unpack_from("<q", GRAPH, at)[0]) < 2:
        at += 8 + 8 * count + 4
    with pytest.raises(Broken, match="look-ahead that cannot be"):
        graph_file.read(_put(GRAPH, at + 8 + 8, "<i", 1))


def test_a_graph_of_another_kind_is_left_to_vosk() -> None:
    """What is not looked into is told apart from what is broken."""
    head = struct.pack("<i", 2_125_659_606) + struct.pack("<i", 6) + b"vector" + struct.pack("<i", 8) + b"standard"
    assert graph_file.read(head + struct.pack("<iiQqqq", 2, 0, 0, 0, 1, 0) + bytes(64)) is None
    with pytest.raises(Broken, match="not an OpenFst graph"):
        graph_file.read(b"nonsense" * 9)


def _after(token: bytes, skip: int) -> int:
    return NETWORK.index(token) + len(token) + skip


@pytest.mark.parametrize(
    ("at", "number"),
    [
        (_after(b"<Topology> ", 1), -1),  # how many phones
        (_after(b"<Topology> ", 5), 0),  # the first of them
        (_after(b"<Topology> ", 9), 1),
        (_after(b"<Tuples> ", 1), 10_000),
        (_after(b"<Tuples> ", 6), 99_999),  # a tuple's phone, state and outputs
        (_after(b"<Tuples> ", 11), 7),
        (_after(b"<Tuples> ", 16), -1),
        (_after(b"<Tuples> ", 21), 100_000),
        (_after(b"<LogProbs> FV ", 1), 3),
    ],
)
def test_a_transition_that_cannot_be_is_found(at: int, number: int) -> None:
    """Kaldi would assert, or read beyond the network's outputs."""
    with pytest.raises(network_file.Broken):
        network_file.read(_put(NETWORK, at, "<i", number))


@pytest.mark.parametrize("look", [graph_file.read, network_file.read])
def test_an_empty_file_is_broken(look: Callable[[bytes], object]) -> None:
    """And no crash of ours."""
    with pytest.raises((Broken, network_file.Broken)):
        look(b"")


def test_a_model_error_is_what_the_caller_sees(tmp_path: Path) -> None:
    """With the file that is wrong."""
    folder = shutil.copytree(SpeechSettings().model, tmp_path / "model", ignore=shutil.ignore_patterns(SUMS))
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    (folder / "graph" / "HCLr.fst").write_bytes(_put(GRAPH, ARCS + 12, "<i", STATES_COUNT))
    with pytest.raises(ModelError, match=r"graph/HCLr\.fst has an arc that leads nowhere"):
        vocabulary(folder)
