"""The few C functions of Vosk that keepmum calls, so that the process with the microphone loads no network library.

`import vosk` also loads requests, urllib3, ssl and a downloader: 19 MB and a way out that this process must not
have. The shared library inside the same wheel needs none of them.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
from pathlib import Path
from typing import Any

from keepmum.errors import ModelError
from keepmum.sound import RATE


def _found() -> Path:
    spec = importlib.util.find_spec("vosk")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("Vosk is not installed", "scripts/setup installs it")
    return Path(spec.submodule_search_locations[0]) / "libvosk.so"


def _loaded() -> ctypes.CDLL:
    path = _found()
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise ModelError(f"Vosk cannot be loaded: {error}", "this computer needs another build of vosk") from error
    handle, text = ctypes.c_void_p, ctypes.c_char_p
    signatures: dict[str, tuple[Any, ...]] = {
        "set_log_level": (None, ctypes.c_int),
        "model_new": (handle, text),
        "model_free": (None, handle),
        "recognizer_new_grm": (handle, handle, ctypes.c_float, text),
        "recognizer_set_words": (None, handle, ctypes.c_int),
        "recognizer_set_partial_words": (None, handle, ctypes.c_int),
        "recognizer_accept_waveform": (ctypes.c_int, handle, text, ctypes.c_int),
        "recognizer_result": (text, handle),
        "recognizer_partial_result": (text, handle),
        "recognizer_final_result": (text, handle),
        "recognizer_free": (None, handle),
    }
    for name, (result, *arguments) in signatures.items():
        function = getattr(library, f"vosk_{name}")
        function.restype, function.argtypes = result, arguments
    # Kaldi would write every word that is missing in a grammar to the journal.
    library.vosk_set_log_level(-2)
    return library


class VoskModel:
    """A model in memory. The folder must have been checked: Vosk ends the process on some broken files."""

    def __init__(self, folder: Path) -> None:
        self.library = _loaded()
        self.handle = self.library.vosk_model_new(str(folder).encode())
        if not self.handle:
            raise ModelError(f"Vosk refuses the speech model in {folder}", "fetch it again with scripts/fetch-model")

    def __del__(self) -> None:
        if getattr(self, "handle", None):
            self.library.vosk_model_free(self.handle)


class VoskRecogniser:
    """One recogniser with a grammar of phrases; every answer is Vosk's JSON as a dictionary."""

    def __init__(self, model: VoskModel, phrases: list[str]) -> None:
        self._model = model
        self._library = model.library
        # Vosk's JSON does not know the escape \u: it would take "caf\u00e9" for the word, and leave it out.
        grammar = json.dumps(phrases, ensure_ascii=False).encode()
        self._handle = self._library.vosk_recognizer_new_grm(model.handle, RATE, grammar)
        if not self._handle:
            raise ModelError(
                "Vosk refuses a grammar", f"it has {len(phrases)} phrases; fetch a model that takes grammars"
            )
        self._library.vosk_recognizer_set_words(self._handle, 1)

    def partial_words(self) -> None:
        """Let `partial` tell each word's time and confidence too."""
        self._library.vosk_recognizer_set_partial_words(self._handle, 1)

    def accept(self, pcm: bytes) -> bool:
        """Hear more sound; whether an utterance ended there."""
        ended = int(self._library.vosk_recognizer_accept_waveform(self._handle, pcm, len(pcm)))
        if ended < 0:
            raise ModelError(
                "Vosk could not go on with this sound", "restart the speaker; keep the log if it comes back"
            )
        return bool(ended)

    def partial(self) -> dict[str, Any]:
        """What it takes the unfinished utterance for."""
        return _answer(self._library.vosk_recognizer_partial_result(self._handle))

    def result(self) -> dict[str, Any]:
        """The utterance that just ended."""
        return _answer(self._library.vosk_recognizer_result(self._handle))

    def final(self) -> dict[str, Any]:
        """What is left, as if the sound had ended here."""
        return _answer(self._library.vosk_recognizer_final_result(self._handle))

    def close(self) -> None:
        """Give its memory back; closing twice is allowed."""
        if getattr(self, "_handle", None):
            self._library.vosk_recognizer_free(self._handle)
            self._handle = None

    def __del__(self) -> None:
        self.close()


def _answer(text: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(text)
    return answer
