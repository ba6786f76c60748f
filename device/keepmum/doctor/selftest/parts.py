"""The parts of the self-test that need no hand: lights, recording, mute and loudspeaker."""

from __future__ import annotations

from keepmum.doctor.selftest.level import CLIPPED, QUIET, Level
from keepmum.doctor.selftest.outcome import Outcome, failed, passed, skipped
from keepmum.doctor.selftest.stage import Stage
from keepmum.errors import MicrophoneError, RingError, SpeakerError
from keepmum.listener.ear import Ear
from keepmum.listener.look import ALARM, LADDER, MUTED, Moment, look
from keepmum.sound import BLOCK_SECONDS

EACH_LOOK = 0.8
"""Seconds."""
RECORDED = 2.0
"""Seconds."""
_LATE = 2.0
"""Seconds more that a microphone may take to begin."""
_PROOF = 1.0
"""Seconds until a closed microphone must have been shown to be."""
_AFTER = 0.5
"""Seconds in which nothing may be read after the mute."""
_SENTENCE = "This is keepmum. You should be able to hear me."
_LOUDNESS = 0.5

LISTENING = look(Moment(Ear.HEARING, microphone_open=True))


def lights(stage: Stage) -> Outcome:
    """Every look of the ring's ladder for a moment."""
    stage.tell("The light shows each of its looks once; it says nothing about the microphone meanwhile.")
    for rung in LADDER:
        try:
            stage.hardware.ring.show(rung.look)
            stage.hardware.ring.turn(stage.now())
            stage.pass_time(EACH_LOOK)
            stage.hardware.ring.turn(stage.now())
        except RingError as error:
            return failed("lights", f"at “{rung.look.meaning}”: {error.what}", error.hint)
    colours = ", ".join(dict.fromkeys(rung.look.colour.name.lower() for rung in LADDER))
    return passed(
        "lights", f"{len(LADDER)} looks were taken by the ring: {colours}", "only an eye can tell that they came"
    )


def recording(stage: Stage) -> Outcome:
    """Two seconds are heard, measured and dropped."""
    stage.tell(f"Recording for {RECORDED:.0f} seconds, into memory only: say something.")
    stage.show(LISTENING)
    level = Level()
    try:
        stage.capture.open()
        enough = stage.until(lambda: _heard(stage, level) >= RECORDED, RECORDED + _LATE)
    except MicrophoneError as error:
        return failed("recording", error.what, error.hint)
    if not enough:
        return failed("recording", f"too little sound came: {level}", "`keepmum doctor` says who else has the card")
    return _judged(level, zeros_are_fine=stage.settings.microphone.dead_after == 0)


def _heard(stage: Stage, level: Level) -> float:
    while (block := stage.capture.read()) is not None:
        level.hear(block)
    return level.seconds + BLOCK_SECONDS / 2


def _judged(level: Level, *, zeros_are_fine: bool) -> Outcome:
    if level.zeros == level.samples and not zeros_are_fine:
        return failed("recording", str(level), "the microphone is switched off in its mixer: `keepmum doctor` shows it")
    if level.clipped > CLIPPED * level.samples:
        return failed("recording", str(level), "it is far too loud: lower the capture level in hardware.mixer")
    quiet = level.dbfs < QUIET
    return passed("recording", str(level), "very quiet: clap your hands and try again" if quiet else "")


def mute(stage: Stage) -> Outcome:
    """The microphone is closed, shown to be, and stays so."""
    try:
        stage.capture.open()  # it is open already unless the recording was left out, or failed
    except MicrophoneError:
        return skipped("mute", "a microphone that cannot be opened proves nothing by being closed")
    stage.capture.close()
    closed = stage.now()
    proven = stage.until(lambda: not stage.capture.objections(), _PROOF)
    took = stage.now() - closed
    read = stage.capture.blocks
    stage.show(MUTED if proven else ALARM)
    stage.pass_time(_AFTER)
    stage.capture.read()
    later = stage.capture.objections()
    if later or not proven or stage.capture.blocks != read:
        words = "; ".join(objection.words for objection in later) or "it was open for a moment after it was closed"
        stage.show(ALARM)
        return failed("mute", f"not shown to be closed: {words}", "do not trust its mute until this is mended")
    return passed("mute", f"closed, and shown to be after {took * 1000:.0f} ms by {_by(stage)}", _more(stage))


def _by(stage: Stage) -> str:
    witnesses = [f"the witness {witness.name!r}" for witness in stage.hardware.witnesses]
    power = [f"the microphones' power ({stage.settings.mic_power.driver})"] if stage.hardware.mic_power else []
    return ", ".join(["the stream", "the empty pre-roll", *power, *witnesses])


def _more(stage: Stage) -> str:
    if stage.hardware.witnesses:
        return ""
    return "only our own stream says so: name hardware.microphone.card, and ALSA itself is asked"


def loudspeaker(stage: Stage) -> Outcome:
    """A sentence."""
    try:
        sound = stage.hardware.voice.speak(_SENTENCE)
        stage.hardware.speaker.play(sound, _LOUDNESS)
        length = stage.hardware.speaker.remaining()
        ended = stage.until(lambda: stage.hardware.speaker.remaining() <= 0, length + 2)
    except SpeakerError as error:
        return failed("loudspeaker", error.what, error.hint)
    if not ended:
        return failed("loudspeaker", f"{length:.1f} s of speech did not come to an end", "is its card stuck?")
    return passed("loudspeaker", f"{length:.1f} s of speech were played", "only an ear can tell that they were heard")
