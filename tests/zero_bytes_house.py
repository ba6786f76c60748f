"""A house for the zero-byte test: the real processes with a tap on every way out, and a long scene to live through."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from agreed_household import COMMANDS, AgreedHousehold, Choice
from keepmum.hardware.scenes.scene import Scene
from keepmum.hardware.scenes.timeline import SECOND, Timeline
from keepmum.sound import RATE
from keepmum.terms import Purpose, Rung
from zero_bytes_taps import Eye, carried, published, unix_tap

HERE = Path(__file__).parent
AUDIO = HERE / "audio"
MANIFEST = AUDIO / "manifest.jsonl"

AGREED = (COMMANDS, Choice(Purpose.ASR_IMPROVEMENT, Rung.VOICE))
"""What a household of this test agrees to, if it agrees to anything."""

CLEAR = ("wake/alexa/alexa_13.flac", "wake/alexa/alexa_183.flac")
"""Two that wake it almost always; the others are heard as often as people are."""

VOICES = ("en-us+f3", "en-us+m5", "en-gb+f4", "en-gb-x-rp")
SAID = (
    "turn on the kitchen light",
    "turn off the kitchen light",
    "what time is it",
    "what did you send today",
    "who is listening",
    "allow home control",
    "share what i say",
    "delete what i just said",
    "stop sharing",
)
CANARIES = ("americano", "cappuccino", "espresso", "latte", "mocha", "roast", "sugar", "kitchen", "sharing")
"""Words that people say in the scene and that no file of ours has a reason to contain."""

CONFIGURATION = ("keepmum.yaml", "uplink.yaml", "scene.txt")
"""What this test wrote itself: the kitchen light stands in it."""

WINDOW = 16
"""Bytes of sound that must not be found anywhere."""

BEGIN = """\
await peer role=skills
await broker online=yes
pause 1
"""
OPEN = """\
hold 1
pause 1
"""


def household_sound(seconds: float, seed: int, begin: str = BEGIN + OPEN) -> str:
    """A scene of `seconds` at least: commands after a wake word, television, kitchen noises, now and then a mute."""
    some, text = random.Random(seed), [begin]
    lasts = {row["file"]: row["seconds"] for row in map(json.loads, MANIFEST.read_text().splitlines())}
    kinds = {kind: [name for name in lasts if name.startswith(kind)] for kind in ("wake/alexa", "command", "sound")}
    speech = [name for name in lasts if name.startswith(("speech/librispeech", "speech/speechocean"))]
    noises = [name for name in lasts if name.startswith("noise")]
    passed = 0.0

    def play(name: str) -> str:
        nonlocal passed
        passed += lasts[name]
        return f"play {AUDIO / name}\n"

    while passed < seconds:
        noise = f"noise {AUDIO / some.choice(noises)} gain={some.randint(-50, -35)}\n"
        wake = play(some.choice((*CLEAR, some.choice(kinds["wake/alexa"]))))
        order = play(some.choice(kinds["command"]))
        said = f'say "{some.choice(SAID)}" voice={some.choice(VOICES)}\n'
        command = wake + (order if some.random() < 0.6 else said) + f"pause {some.uniform(6, 8):.2f}\n"
        if some.random() < 0.1:
            command = f"press\npause 1\n{command}hold 1\npause 1\n"
        # A short scene has few commands with which to find a leak, so it has less of anything else.
        often = 3 if seconds > 600 else some.choice((0, 0, 1))
        others = [play(name) for name in [*some.sample(speech, often), *some.sample(kinds["sound"], often)]]
        text += [noise, command, *others, "pause 3\n"]
        passed += 8.0
    return "".join([*text, "pause 10\n"])


class House(AgreedHousehold):
    """The whole household, with taps on both sides of the uplink, and perhaps a listener with a defect.

    Without a consent nobody has ever set the speaker up: a hand has to open its ears.
    """

    def __init__(self, scene: str, *, consent: bool = False, defect: str = "") -> None:
        planted = (str(HERE / "zero_bytes_defects.py"), defect)
        super().__init__(scene, AGREED if consent else None, listener=planted if defect else ("-m", "keepmum.listener"))

    def lived(self) -> House:
        """Start everything, live through the scene, and stop at its end with everything still running."""
        self.listener()
        self._tap()
        self.eye = Eye([self.run, *(self.outbox / name for name in (".", "new", "tmp"))])
        self.peers("uplink.yaml")
        self.follow({})
        self.settle()
        return self

    def _tap(self) -> None:
        settings = yaml.safe_load((self.folder / "keepmum.yaml").read_text())
        (self.run / "tap").mkdir()
        self.line = unix_tap(self.run / "tap" / "uplink.sock", self.run / "uplink.sock")
        settings["folders"]["run"] = str(self.run / "tap")
        (self.folder / "uplink.yaml").write_text(yaml.safe_dump(settings))

    def leave(self) -> None:
        """End everything that was started."""
        self.__exit__(None, None, None)
        for one in ("line", "eye"):
            if hasattr(self, one):
                getattr(self, one).close()

    # ---- what came out

    @property
    def heard(self) -> list[str]:
        """Every transcript, in order."""
        return [str(facts["words"]) for facts in self.seen_of("heard")]

    @property
    def seconds(self) -> float:
        """How long the scene was, by the listener's own clock."""
        return self.seen[-1].at - self.seen[0].at

    def wire_carried(self) -> list[tuple[str, int]]:
        """Topic and bytes of everything that the uplink published, as it went over the wire."""
        return [(one.topic, len(one.payload)) for one in published(self.wire)]

    def parcels(self) -> list[bytes]:
        """What the listener gave to the uplink."""
        return [content for _, behind in self.line.far for content in behind]

    def facts(self, what: str) -> list[Mapping[str, Any]]:
        """What the ledger's rows of one kind say."""
        return [row.facts for row in self.rows(what)]

    def files(self) -> Iterator[Path]:
        """Every file of the run, wherever it lies."""
        for folder in (self.folder, self.run, self.outbox):
            yield from (path for path in folder.rglob("*") if path.is_file() and path.name not in CONFIGURATION)

    def leaks(self) -> set[str]:
        """Every place in which something shows that was derived from speech, or the bare sign of it."""
        found = {f"mosquitto saw {topic}" for topic, _ in self.mosquitto_saw()}
        found |= {f"the wire carried {topic}" for topic, _ in self.wire_carried()}
        found |= {"the uplink got a parcel"} if self.parcels() else set()
        found |= {"the outbox was used"} if self.eye.seen() else set()
        found |= {f"the ledger has a {what}" for what in ("release", "handover") if self.rows(what)}
        said = carried(self.line) + carried(self.wire)
        places = {"what the uplink said or was told": said}
        places |= {str(path.relative_to(path.parents[1])): of_this_house(path) for path in self.files()}
        sounds = windows(self.folder / "scene.txt")
        for place, content in places.items():
            found |= {f"the word {word!r} in {place}" for word in CANARIES if word.encode() in content.lower()}
            found |= {f"sound in {place}"} if holds(content, sounds) else set()
        return found


def of_this_house(path: Path) -> bytes:
    """A file without what is printed in it: a receipt's notice and its advice are the same in every house."""
    content = path.read_bytes()
    if path.parent.name != "receipts":
        return content
    told = json.loads(content)
    told["pii_processing"] |= {"privacy_notice": "", "withdrawal_method": ""}
    return json.dumps(told).encode()


# ---- sound in files


def windows(scene: Path) -> np.ndarray:
    """Two 64-bit numbers for every 10 ms of what is heard in the scene, if it is not all too quiet; sorted."""
    timeline = Timeline(Scene.load(scene))
    rows = []
    for first in range(0, timeline.end * RATE // SECOND - RATE, RATE):
        samples = np.frombuffer(timeline.heard(first, RATE), "<i2").reshape(-1, 160)[:, : WINDOW // 2]
        # Near silence the same eight samples stand in any file of zeros.
        rows.append(np.ascontiguousarray(samples[np.abs(samples.astype(int)).max(axis=1) > 200]).view("<u8"))
    both = np.concatenate(rows)
    return both[np.lexsort((both[:, 1], both[:, 0]))]


def holds(content: bytes, sounds: np.ndarray) -> bool:
    """Whether one of the windows stands in the content, at any byte."""
    for offset in range(8):
        usable = (len(content) - offset) // 8 * 8
        numbers = np.frombuffer(content[offset : offset + usable], "<u8")
        places = np.searchsorted(sounds[:, 0], numbers[:-1]) if len(numbers) > 1 else np.empty(0, dtype=int)
        hits = np.flatnonzero(sounds[np.minimum(places, len(sounds) - 1), 0] == numbers[: len(places)])
        for hit in hits:
            if (sounds == numbers[hit : hit + 2]).all(axis=1).any():
                return True
    return False
