"""What wakes must be confirmed, however the owner spelled the phrase."""

from keepmum.listener.ear import Ear, Happening
from keepmum.listener.hearing import Hearing
from keepmum.listener.news import News
from keepmum.listener.preroll import PreRoll
from keepmum.listener.sentences.understand import Understanding
from keepmum.listener.speech.model import open_model
from keepmum.listener.speech.transcribe import Transcriber
from keepmum.listener.wake.cascade import Candidate, plain
from keepmum.listener.wake.confirm import Confirmer
from keepmum.settings import SpeechSettings
from keepmum.shipped import folder
from keepmum.sound import BLOCK_BYTES


class AlwaysAlexa:
    """An engine that takes everything for the phrase."""

    def hear(self, _block: bytes) -> Candidate | None:
        return Candidate("alexa", 0.9, 0.9, 1.0)

    def wipe(self) -> None:
        """Nothing is held."""


def _hearing(confirmed: tuple[str, ...] | None) -> Hearing:
    speech = SpeechSettings()
    model = open_model(speech.model)
    understanding = Understanding.load(folder() / "sentences" / "en.yaml", None, (), model.vocabulary)
    return Hearing(
        wake=AlwaysAlexa(),
        confirmers=None if confirmed is None else {phrase: Confirmer(model, phrase) for phrase in confirmed},
        transcriber=Transcriber(model, understanding.phrases, speech),
        understanding=understanding,
        preroll=PreRoll(),
        news=News(show_words=False),
    )


def test_silence_is_not_confirmed() -> None:
    """Whatever the first engines say, Vosk must find the phrase in the sound."""
    hearing = _hearing(("alexa",))
    assert hearing.hear(Ear.WAITING, bytes(BLOCK_BYTES)) is Happening.CANDIDATE
    assert hearing.confirm() is Happening.REJECTED


def test_a_phrase_that_nobody_can_confirm_does_not_wake() -> None:
    """A confirmer that is missing is a no, not a yes."""
    hearing = _hearing(("computer",))
    hearing.hear(Ear.WAITING, bytes(BLOCK_BYTES))
    assert hearing.confirm() is Happening.REJECTED


def test_a_wake_that_nobody_confirmed_is_not_called_confirmed() -> None:
    """With `wake.confirm` off it wakes all the same, and what follows is known to be unconfirmed."""
    hearing = _hearing(None)
    hearing.hear(Ear.WAITING, bytes(BLOCK_BYTES))
    assert hearing.confirm() is Happening.CONFIRMED
    assert not hearing.confirmed


def test_sound_that_the_transcriber_kept_is_not_clean() -> None:
    """What is asked when a mute has to be proved includes the one that holds the most; forgetting cleans it."""
    hearing = _hearing(None)
    hearing.hear(Ear.WAITING, bytes(BLOCK_BYTES))
    hearing.confirm()
    hearing.hear(Ear.HEARING, bytes(BLOCK_BYTES))
    transcriber = hearing._transcriber
    wipe, transcriber.wipe = transcriber.wipe, lambda: None  # type: ignore[method-assign]
    hearing.forget()
    assert not hearing.is_clean()
    transcriber.wipe = wipe  # type: ignore[method-assign]
    hearing.forget()
    assert hearing.is_clean()


def test_the_owners_spelling_does_not_matter() -> None:
    """Engines and confirmers speak of the same phrase, however it stands in the YAML."""
    assert plain(["Alexa", " Hey  Jarvis "]) == ["alexa", "hey jarvis"]
