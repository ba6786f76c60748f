"""Gives the graph's tests a language, a few words and a small model."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file; graph_parts is found by folder

from graph_parts import english, small_model, words

from keepmum.forge.language import Language
from keepmum.forge.lexicon import Lexicon


@pytest.fixture(scope="session")
def language() -> Language:
    """English, as it ships."""
    return english()


@pytest.fixture(scope="session")
def pieces() -> Lexicon:
    """A few words of the CMU dictionary."""
    return words()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A small model that can learn words."""
    return small_model(tmp_path / "model")
