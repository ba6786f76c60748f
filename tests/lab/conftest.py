"""What the tests of the lab share: the shipped policies, one of one's own, and events made by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from keepmum import strict_yaml
from keepmum.lab.event import Event, Kind
from keepmum.lab.policy import Policy
from keepmum.lab.shelf import Shelf, parsed
from keepmum.strict_yaml import Problem

MINE = """\
schema: speaker-policy/1
id: mine
kind: simulated
label: A speaker of mine (simulation of public statements, April 2019)
valid: [2019-04-10, null]
upload:
  when: [wake, false_wake]
  payload: [audio, transcript]
  preroll_ms: {value: 500, conf: D, src: letter}
  tail_ms: {value: 800, conf: A, range: [300, 2000]}
identifiers:
  - {name: account, scope: persistent, seen_by: [service], conf: R, src: letter}
retention:
  conf: R
  src: letter
  audio_days: inf
  transcript_days: 30
review:
  rate: {value: 0.002, conf: A, range: [0, 0.01]}
consent: {form: opt-out, given: true, stops_sending: false, stops_review: true}
deletion: {by: user, audio: all, transcript: partial, derived: none}
mute: {kind: unknown}
sources:
  letter: {what: a letter that the maker wrote, date: "2019"}
"""


@pytest.fixture(scope="session")
def shipped_policies() -> Mapping[str, Policy]:
    """Every shipped policy, by its id."""
    return {policy.id: policy for policy in Shelf().policies()}


@pytest.fixture
def mine() -> Callable[..., Policy]:
    """A policy of one's own, with parts of its text replaced."""

    def read(*replaced: tuple[str, str]) -> Policy:
        policy, problems = parsed(strict_yaml.read(_text(replaced), "mine.yaml"), "mine")
        assert problems == []
        assert policy is not None
        return policy

    return read


@pytest.fixture
def complaints() -> Callable[..., list[Problem]]:
    """Everything that is wrong with that policy once parts of its text are replaced."""

    def read(*replaced: tuple[str, str]) -> list[Problem]:
        policy, problems = parsed(strict_yaml.read(_text(replaced), "mine.yaml"), "mine")
        assert policy is None
        return problems

    return read


@pytest.fixture
def my_folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes that policy into a folder."""

    def write(*replaced: tuple[str, str], name: str = "mine") -> Path:
        (tmp_path / f"{name}.yaml").write_text(_text(replaced))
        return tmp_path

    return write


@pytest.fixture
def wake() -> Callable[..., Event]:
    """A command of four seconds on the first day, or what a test makes of it."""

    def make(at: float = 3600.0, kind: Kind = Kind.WAKE, seconds: float = 4.0, **truth: float) -> Event:
        return Event(at, kind, seconds, **truth)  # type: ignore[arg-type]

    return make


def _text(replaced: tuple[tuple[str, str], ...]) -> str:
    text = MINE
    for old, new in replaced:
        assert old in text, old
        text = text.replace(old, new)
    return text
