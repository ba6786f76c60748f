"""A graph that the forge writes is one in which the real Vosk searches."""

from __future__ import annotations

import ctypes
import json
from pathlib import Path
from typing import Any

import pytest
import soundfile
from graph_parts import RARE, origin

from keepmum.errors import ForgeError
from keepmum.forge.graph.folder import GRAPH, write_graph
from keepmum.forge.graph.tree import Unknown
from keepmum.forge.language import Language
from keepmum.forge.lexicon import Lexicon
from keepmum.listener.speech.model import Model, open_model, words_of

AUDIO = Path(__file__).parents[2] / "audio"
MANIFEST = [json.loads(line) for line in (AUDIO / "manifest.jsonl").read_text().splitlines()]
PHRASES = ("alexa", "computer", "jarvis")


def _recordings(phrase: str) -> list[Path]:
    return [AUDIO / each["file"] for each in MANIFEST if each["kind"] == "wake" and each["phrase"] == phrase][:8]


def _heard(model: Model, recording: Path, phrases: tuple[str, ...]) -> list[str]:
    samples, _ = soundfile.read(recording, dtype="int16")
    recogniser = model.recogniser(phrases)
    recogniser.accept(samples.tobytes())
    words = words_of(recogniser.final())
    recogniser.close()
    return [word.text for word in words]


def test_vosk_hears_people_through_it(model: Path) -> None:
    """Real recordings by run-time grammars: at least 22 of 24 people are understood."""
    opened = open_model(model)
    understood = [phrase in _heard(opened, file, PHRASES) for phrase in PHRASES for file in _recordings(phrase)]
    assert len(understood) == 24
    assert sum(understood) >= 22


def test_what_is_no_word_of_the_grammar_is_unknown(model: Path) -> None:
    """People who say "computer" are not heard to say "alexa"; the garbage phone takes what they say."""
    opened = open_model(model)
    wrong = [word for file in _recordings("computer") for word in _heard(opened, file, ("alexa",)) if word == "alexa"]
    assert wrong == []


def test_a_cheaper_unknown_word_swallows_more(model: Path, language: Language, pieces: Lexicon) -> None:
    """Which is how a threshold is chosen when a graph is made."""
    phones = language.inventory
    write_graph(model, phones, pieces, (), Unknown(0.0, dict.fromkeys(language.phones, 0.2)))
    opened = open_model(model)
    heard = [word for phrase in PHRASES for file in _recordings(phrase) for word in _heard(opened, file, PHRASES)]
    assert "[unk]" in heard
    assert len([word for word in heard if word != "[unk]"]) <= 2


def test_word_times_lie_within_the_sound(model: Path) -> None:
    """Vosk counts them by the word boundaries of the phones."""
    file = _recordings("computer")[0]
    samples, rate = soundfile.read(file, dtype="int16")
    recogniser = open_model(model).recogniser(["computer"])
    recogniser.accept(samples.tobytes())
    words = [word for word in words_of(recogniser.final()) if word.text == "computer"]
    assert len(words) == 1
    assert 0 <= words[0].start < words[0].end <= len(samples) / rate + 0.1
    assert words[0].end - words[0].start > 0.2


def test_vosk_hears_through_the_pairs_of_words_alone(model: Path, language: Language, pieces: Lexicon) -> None:
    """Without a run-time grammar it searches in Gr.fst."""
    write_graph(model, language.inventory, pieces, ["computer", "jarvis", "alexa"], origin().costs)
    samples, _ = soundfile.read(_recordings("jarvis")[0], dtype="int16")
    assert _without_grammar(open_model(model), samples.tobytes()) == "jarvis"


def _without_grammar(model: Model, sound: bytes) -> str:
    library: Any = model._vosk.library
    library.vosk_recognizer_new.restype = ctypes.c_void_p
    library.vosk_recognizer_new.argtypes = [ctypes.c_void_p, ctypes.c_float]
    handle = library.vosk_recognizer_new(model._vosk.handle, 16_000.0)
    library.vosk_recognizer_accept_waveform(handle, sound, len(sound))
    text = str(json.loads(library.vosk_recognizer_final_result(handle))["text"])
    library.vosk_recognizer_free(handle)
    return text


def test_the_same_words_give_the_same_bytes(model: Path, language: Language, pieces: Lexicon, tmp_path: Path) -> None:
    """Whatever order they come in."""
    backwards = Lexicon(dict(reversed(list(pieces.words.items()))))
    write_graph(tmp_path, language.inventory, backwards, ["turn on the light", "stop"], origin().costs)
    for path in sorted((model / GRAPH).rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / GRAPH / path.relative_to(model / GRAPH)).read_bytes()


def test_a_new_graph_takes_the_place_of_the_old_one(model: Path, language: Language) -> None:
    """Nothing of the old one is left, nor of one that was never finished."""
    (model / ".graph.new").mkdir()
    (model / ".graph.old").mkdir()
    (model / GRAPH / "stray").write_text("x")
    write_graph(model, language.inventory, Lexicon({"on": (("AA", "N"),)}), (), _costs(language))
    assert (model / GRAPH / "words.txt").read_text() == "<eps> 0\n[unk] 1\non 2\n"
    assert sorted(path.name for path in model.iterdir()) == ["am", "conf", "forge.json", "graph", "lexicon.txt"]
    assert not (model / GRAPH / "stray").exists()


def test_a_disk_that_refuses_is_one_error(model: Path, language: Language) -> None:
    """And the old graph stays."""
    before = (model / GRAPH / "HCLr.fst").read_bytes()
    (model / ".graph.new").write_text("in the way")
    with pytest.raises(ForgeError, match="cannot be written") as error:
        write_graph(model, language.inventory, Lexicon({"on": (("AA", "N"),)}), (), _costs(language))
    assert "free some space" in error.value.hint
    assert (model / GRAPH / "HCLr.fst").read_bytes() == before


def _costs(language: Language) -> Unknown:
    return Unknown(0.5, dict.fromkeys(language.phones, RARE))
