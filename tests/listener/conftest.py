"""What the listener's tests share: a house in which nothing is heard by the logs, its people's consents, and a clip."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from keepmum.clip import Clip, Word, new_id
from keepmum.consent import DAY, Consent, Flow, Kind, Mode, Purpose, Rung
from keepmum.hardware.scenes.scene import Scene
from keepmum.listener import latch
from keepmum.messages import Next, UplinkHello
from keepmum.outbox import LARGEST
from keepmum.privacy import State
from keepmum.seal import Keys
from keepmum.sound import RATE

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file, so these two are found by folder

from listener_house import BROKER, MICROPHONE, START, House, desk, started, terms
from listener_household import Household
from listener_parts import CANARY
from listener_peers import Skills, Uplink


@pytest.fixture
def keys() -> Keys:
    """The collector's private keys."""
    return desk()


@pytest.fixture
def agreed(keys: Keys) -> State:
    """Unmuted, in share mode, with consents for home commands and for recordings."""
    until = START + 90 * DAY
    consents = (
        Consent("c" * 32, terms(Purpose.COMMANDS, BROKER, Rung.TEXT), START - 1, until - 1),
        Consent("d" * 32, terms(Purpose.ASR_IMPROVEMENT, keys.card.fingerprint), START - 1, until - 1),
    )
    return State(frozenset(), Mode.SHARE, consents, START)


@pytest.fixture
def silent() -> State:
    """Unmuted, and nobody has agreed to anything."""
    return State(mutes=frozenset(), wall=START)


@pytest.fixture
def house(tmp_path: Path, keys: Keys, caplog: pytest.LogCaptureFixture) -> Iterator[Callable[..., House]]:
    """Makes a house in which a scene plays; every log line of it is checked for what was heard."""
    caplog.set_level(0)
    made: list[House] = []
    soundfile.write(tmp_path / "hum.wav", np.full(RATE, 1_234, "<i2"), RATE)

    def make(
        state: State | None = None,
        text: str = "pause 1000",
        card: Any = keys.card,
        largest: int = LARGEST,
        show_words: bool = False,
    ) -> House:
        path = tmp_path / "scene.txt"
        path.write_text(f"noise hum.wav\n{text}\n")
        if state is not None:
            latch.write(tmp_path / "privacy.json", state, 0.0)
        made.append(House(tmp_path, Scene.load(path), card, largest, show_words))
        return made[-1]

    yield make
    for one in made:
        one.close()
    lines = [record.getMessage() for phase in ("setup", "call") for record in caplog.get_records(phase)]
    assert not [line for line in lines if CANARY in line]


@pytest.fixture
def clip_flow(keys: Keys) -> Flow:
    """A confirmed command of one second."""
    card = keys.card.fingerprint
    return Flow(Kind.CLIP, Purpose.ASR_IMPROVEMENT, card, 1.0, True, False, Rung.VOICE, MICROPHONE)


@pytest.fixture
def clip() -> Callable[[], tuple[Clip, bytearray]]:
    """Makes a clip in which every sample says the same, with its memory."""

    def make() -> tuple[Clip, bytearray]:
        words = (Word(CANARY, 0.0, 0.5, 1.0),)
        return Clip(new_id(), Rung.VOICE, phrase="alexa", words=words), bytearray(b"\x12\x34" * RATE)

    return make


@pytest.fixture
def household(house: Callable[..., House]) -> Callable[..., Household]:
    """Makes a house whose loop runs and whose skills are there."""
    return lambda *args, **more: Household(house(*args, **more))


@pytest.fixture
def home(house: Callable[..., House], agreed: State) -> House:
    """A house that listens, with open doors and both consents, but without a loop."""
    return started(house(agreed))


@pytest.fixture
def uplink(home: House) -> Uplink:
    """An uplink whose hands are empty."""
    one = Uplink(home)
    one.say(UplinkHello(), Next())
    return one


@pytest.fixture
def skills(home: House) -> Skills:
    """The skills' process."""
    return Skills(home)


@pytest.fixture
def said() -> list[str | None]:
    """Every reply that was given, in order."""
    return []
