"""What a person sees in a YAML file is what the program gets, or it is a problem with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.strict_yaml import LARGEST, read


def problems(text: str) -> list[str]:
    return [str(problem) for problem in read(text, "f").problems]


def test_plain_values_are_what_they_look_like() -> None:
    """Decimal numbers, true, false and null have their meaning; every other word is text."""
    tree = read("a: 1\nb: -2.5\nc: true\nd: null\ne: text\nf: [1, x]\ng: {h: 1e-3}\ni:\n", "f")
    assert tree.values == {
        "a": 1,
        "b": -2.5,
        "c": True,
        "d": None,
        "e": "text",
        "f": [1, "x"],
        "g": {"h": 0.001},
        "i": None,
    }
    assert tree.problems == []


def test_what_yaml_1_1_would_turn_into_something_else_stays_text() -> None:
    """Octal, hexadecimal, base 60, dates and quoted numbers are text, so a number's place refuses them."""
    tree = read('[010, 0x1F, 1:30, 2026-01-01, 1_000, .inf, "17", "yes"]', "f")
    assert tree.values == ["010", "0x1F", "1:30", "2026-01-01", "1_000", ".inf", "17", "yes"]


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "Yes", "NO", "On", "True", "FALSE", "Null"])
def test_a_two_faced_word_is_refused(word: str) -> None:
    """A word that other programs read as true or false is a problem, as a value and as a key."""
    assert f"f:2: a.b: {word} is not a value here" in problems(f"a:\n  b: {word}")
    assert problems(f"{word}: 1") == [f"f:1: {word}: a key that YAML may read as true or false"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\na: 2", "f:2: a: stands twice"),
        ("a: {b: 1, b: 2}", "f:1: a.b: stands twice"),
        ("a: &x 1", "f:1: a: an anchor (&x)"),
        ("a: *x", "f:1: a: an alias (*x)"),
        ("a:\n  <<: {b: 1}", "f:2: a: a merge key (<<)"),
        ("a: !!python/object/apply:os.system [x]", "f:1: a: a tag (!)"),
        ("a: !x 1", "f:1: a: a tag (!)"),
        ("&x a: 1", "f:1: a: an anchor (&x)"),
        ("? [a]\n: 1", "f:1: a key that is not a word"),
        ("a: 1\n---\nb: 1", "f:3: a second document"),
        ("a: [", "f:1: not YAML: expected the node content, but found '<stream end>'"),
        ("a:\n\t- b", "f:2: not YAML: found character '\\t' that cannot start any token"),
        ("a: \x00", "f: not YAML: unacceptable character #x0000: special characters are not allowed"),
        ("[" * 500, "f:1: nested more than 8 deep"),
        ("{a: " * 9 + "1" + "}" * 9, "f:1: nested more than 8 deep"),
        ("#" * (LARGEST + 1), f"f: larger than {LARGEST} bytes"),
    ],
)
def test_a_file_that_means_something_else_than_it_says_is_refused(text: str, problem: str) -> None:
    """Each way to hide a meaning is a problem with its line."""
    assert problem in problems(text)


def test_all_problems_of_a_file_come_at_once() -> None:
    """One reading tells everything, so that a person need not try again and again."""
    assert len(problems("a: yes\nb: &x 1\nc: *x\nd: 1\nd: 2\n")) == 4


def test_what_is_wrong_never_becomes_a_value() -> None:
    """A duplicate keeps its first value, everything else that is wrong is left out, lists as a whole."""
    assert read("a: 1\na: 2\nb: yes\nc: [1, no]\nd: {e: *x, f: 1}", "f").values == {"a": 1, "d": {"f": 1}}


def test_an_empty_file_says_nothing() -> None:
    """Nothing, and nothing but comments, are good files."""
    assert (read("", "f").values, read("# a\n", "f").values) == (None, None)
    assert problems("") == problems("# a\n") == []


def test_every_key_knows_its_line() -> None:
    """An error that is found later can still name the line."""
    tree = read("a:\n  b: 1\n\n  c: [1,\n    2]\n", "f")
    assert tree.line(("a", "b")) == 2
    assert tree.line(("a", "c", "1")) == 5
    assert tree.line(("a", "c", "1", "beyond")) == 5
    assert tree.line(("z",)) == 0


@given(st.text(alphabet="ab:-[]{}&*!<'\"|>#?, \n\t~0159.yesnoTR\\\x00\u0085é", max_size=60))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    """Whatever stands in the file, the answer is a tree with values or with problems."""
    tree = read(text, "f")
    assert tree.problems or isinstance(tree.values, dict | list | str | int | float | bool | None)
