"""Stage two of waking: openWakeWord, too dear to run always, hears the seconds around a trigger.

Both engines err often at a low threshold, but not together: the first takes other words for the phrase, this one
takes noises for it. Together they missed half as much as the first alone at its shipped threshold, with half the
false wakes (pooled, 18 hours).
"""

from __future__ import annotations

from pyopen_wakeword import Model, OpenWakeWord, OpenWakeWordFeatures

MODELS = {"alexa": Model.ALEXA}
"""Only phrases for which the low threshold was measured on real voices. With 0.02 for "hey mycroft" this stage
threw out 24 of 25 synthetic ones, and no real recordings of the other three could be had."""

_MEL_ROWS, _EMBEDDINGS = 76, 16
_CHUNK_BYTES, _OVERLAP_BYTES = 2_560, 960


class SecondStage:
    """Scores one stretch of sound; between two stretches it holds nothing but zeros."""

    def __init__(self, phrase: str) -> None:
        self._features = OpenWakeWordFeatures.from_builtin()
        self._network = OpenWakeWord.from_builtin(MODELS[phrase])
        self._zero()

    def hear(self, pcm: bytes) -> float:
        """The highest score among the steps that this sound completes; 0 until about two seconds were heard."""
        scores = [
            score
            for embedding in self._features.process_streaming(pcm)
            for score in self._network.process_streaming(embedding)
        ]
        return max(scores, default=0.0)

    def wipe(self) -> None:
        """Overwrite the sound and everything made of it with what silence makes."""
        self._zero()
        # With buffers that count as full, one chunk of silence runs through all three networks' own memory.
        self._features.new_mels = _MEL_ROWS
        self._network.new_embeddings = _EMBEDDINGS - 1
        self.hear(bytes(_CHUNK_BYTES + _OVERLAP_BYTES))
        self._zero()

    def _zero(self) -> None:
        # Not the library's reset: it would ask for eight seconds of silence first (0.6 s of CPU), and put new
        # arrays beside the old ones instead of clearing them.
        self._features.audio.fill(0)
        self._features.mels.fill(0)
        self._network.embeddings.fill(0)
        self._features.new_audio_samples = 0
        self._features.new_mels = 0
        self._network.new_embeddings = 0
