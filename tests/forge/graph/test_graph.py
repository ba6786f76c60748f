"""The graph is the one that OpenFst's own tools would make of the same words."""

from __future__ import annotations

import math
from pathlib import Path

import openfst
import pytest
from graph_parts import RARE

from keepmum.errors import ForgeError
from keepmum.forge.graph.bigram import bigram
from keepmum.forge.graph.folder import graph_files
from keepmum.forge.graph.fst import Fst, by_heard, by_word, const
from keepmum.forge.graph.lookahead import olabel_lookahead, reach, renumbered
from keepmum.forge.graph.tree import UNKNOWN, Unknown, grown
from keepmum.forge.language import Language
from keepmum.forge.lexicon import Lexicon

openfst_wanted = pytest.mark.skipif(not openfst.ARE_THERE, reason=openfst.WHY_NOT)


@pytest.fixture(scope="module")
def costs(language: Language) -> Unknown:
    """`[unk]` with all phones equally rare."""
    return Unknown(0.5, dict.fromkeys(language.phones, RARE))


@pytest.fixture(scope="module")
def tree(language: Language, pieces: Lexicon, costs: Unknown) -> Fst:
    """The graph of a few words, with its words numbered for the look-ahead."""
    return renumbered(grown(language.inventory, pieces, costs)[0])[0]


def _text(fst: Fst) -> str:
    """OpenFst's text form, in the states' order."""
    lines = [
        f"{state}\t{arc.target}\t{arc.heard}\t{arc.word}\t{arc.cost:.9g}"
        for state, leaving in enumerate(fst.arcs)
        for arc in leaving
    ]
    return "\n".join(lines + [f"{state}\t{cost:.9g}" for state, cost in fst.finals.items()]) + "\n"


def _arcs(printed: str) -> list[tuple[int, ...]]:
    rows = [line.split("\t") for line in printed.splitlines()]
    return sorted(
        (*map(int, row[:4]), round(1e5 * float(row[4] if len(row) > 4 else 0))) for row in rows if len(row) > 2
    )


@openfst_wanted
def test_openfst_reads_the_same_states_arcs_and_labels(tree: Fst, tmp_path: Path) -> None:
    """Printed by its own tool, arc by arc."""
    path = tmp_path / "HCLr.fst"
    path.write_bytes(olabel_lookahead(tree))
    printed = openfst.tool(["fstprint", str(path)]).decode()
    assert _arcs(printed) == _arcs(_text(tree))
    told = openfst.info(path)
    assert told["# of states"] == str(len(tree.arcs))
    assert told["# of arcs"] == str(sum(map(len, tree.arcs)))
    assert told["output lookahead"] == "y"


@openfst_wanted
def test_its_properties_are_those_that_openfst_finds(tree: Fst, tmp_path: Path) -> None:
    """A property that is told and does not hold would mislead the search."""
    path = tmp_path / "HCLr.fst"
    path.write_bytes(olabel_lookahead(tree))
    made, _ = openfst.converted(_text(tree), tmp_path)
    assert openfst.info(path) == openfst.info(made)
    ours, theirs = path.read_bytes(), made.read_bytes()
    assert ours[:68] == theirs[:68]  # the outer header, properties included


@openfst_wanted
def test_the_look_ahead_is_the_one_that_openfst_makes(tree: Fst, tmp_path: Path) -> None:
    """For every state the same words are within reach, though each numbers the words in its own way."""
    made, numbers = openfst.converted(_text(tree), tmp_path)
    end, ours = openfst.reach(olabel_lookahead(tree))
    other_end, theirs = openfst.reach(made.read_bytes())
    numbers[end] = other_end
    assert [{numbers[number] for number in within} for within in ours] == theirs


@openfst_wanted
def test_the_pairs_of_words_are_a_graph_of_openfst(pieces: Lexicon, tmp_path: Path) -> None:
    """Sorted by what is heard, as the composition needs it."""
    numbers = {word: number for number, word in enumerate(sorted(pieces.words), 1)}
    fst = bigram(["turn on the light", "turn off the light", "stop"], numbers)
    path = tmp_path / "Gr.fst"
    path.write_bytes(const(fst, by_heard))
    assert _arcs(openfst.tool(["fstprint", str(path)]).decode()) == _arcs(_text(fst))
    told = openfst.info(path)
    assert (told["acceptor"], told["input label sorted"], told["fst type"]) == ("y", "y", "const")


def test_every_word_is_said_by_each_of_its_pronunciations(language: Language) -> None:
    """And by nothing else: all ways through a small graph, phone by phone."""
    phones = language.inventory
    said = {"a": (("AH",), ("EY",)), "to": (("T", "UW"),), "too": (("T", "UW"),), "tool": (("T", "UW", "L"),)}
    fst, words = grown(phones, Lexicon(said), Unknown(1.0, dict.fromkeys(language.phones, 1.0)))
    heard: set[tuple[str, tuple[str, ...]]] = set()
    root = 1
    ways: list[tuple[int, tuple[int, ...]]] = [(root, ())]
    while ways:
        state, way = ways.pop()
        for arc in fst.arcs[state]:
            names = tuple(phones.positioned[phones.tuples[(each - 1) // 2].phone - 1] for each in (*way, arc.heard))
            if arc.word and words[arc.word - 1] != UNKNOWN:
                heard.add((words[arc.word - 1], names))
            elif arc.heard and arc.target != state and not names[0].startswith("GBG"):
                ways.append((arc.target, (*way, arc.heard)))
    assert heard == {
        ("a", ("AH_S",)),
        ("a", ("EY_S",)),
        ("to", ("T_B", "UW_E")),
        ("too", ("T_B", "UW_E")),
        ("tool", ("T_B", "UW_I", "L_E")),
    }


def test_a_state_reaches_what_it_can_still_say(tree: Fst) -> None:
    """Held against a search from each state, and told in few intervals."""
    end = 1 + max(arc.word for leaving in tree.arcs for arc in leaving)
    found = reach(tree, end)
    for state in range(0, len(tree.arcs), 7):
        seen, waiting, words = {state}, [state], set[int]()
        while waiting:
            here = waiting.pop()
            words |= {end} if here in tree.finals else set()
            for arc in tree.arcs[here]:
                if arc.word:
                    words.add(arc.word)
                elif arc.target not in seen:
                    seen.add(arc.target)
                    waiting.append(arc.target)
        assert {number for first, after in found[state] for number in range(first, after)} == words
    assert max(map(len, found)) <= 4


def test_what_follows_a_word_adds_up_to_one(pieces: Lexicon) -> None:
    """Followers, the end and the way back, in every state."""
    numbers = {word: number for number, word in enumerate(sorted(pieces.words), 1)}
    fst = bigram(["turn on the light", "turn off the light", "light", "nosuchword on"], numbers)
    for state, leaving in enumerate(fst.arcs):
        total = sum(math.exp(-arc.cost) for arc in leaving)
        total += math.exp(-fst.finals[state]) if state in fst.finals else 0
        assert total == pytest.approx(1.0)
    assert len(fst.arcs) == 2 + len(["turn", "on", "off", "the", "light"])


def test_without_a_sentence_every_word_may_stand_alone(pieces: Lexicon) -> None:
    """Where a listener is always given a grammar, nobody counts pairs."""
    numbers = {word: number for number, word in enumerate(sorted(pieces.words), 1)}
    fst = bigram((), numbers)
    assert {arc.word for arc in fst.arcs[fst.start] if arc.word} == set(numbers.values())


def test_an_unknown_word_that_costs_nothing_is_refused(language: Language, pieces: Lexicon) -> None:
    """It would swallow every other one."""
    with pytest.raises(ForgeError, match=r"\[unk\] has no cost for AA AE"):
        grown(language.inventory, pieces, Unknown(0.5, {"AH": 1.0}))


def test_a_graph_without_words_is_refused(language: Language, costs: Unknown) -> None:
    """Vosk would have nothing to search."""
    with pytest.raises(ForgeError, match="without words"):
        graph_files(language.inventory, Lexicon({}), (), costs)


def test_the_sorting_is_by_what_is_said(tree: Fst) -> None:
    """The look-ahead finds a word's arcs by halving."""
    again = [[arc.word for arc in sorted(leaving, key=by_word)] for leaving in tree.arcs]
    assert all(words == sorted(words) for words in again)
