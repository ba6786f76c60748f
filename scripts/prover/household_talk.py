"""The sounds of a household, from the recordings in tests/audio, for as long as one wants: scenes for proofs."""

from __future__ import annotations

import json
import random
from pathlib import Path

AUDIO = Path(__file__).resolve().parents[2] / "tests" / "audio"
MANIFEST = AUDIO / "manifest.jsonl"

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

BEGIN = """\
await peer role=skills
await broker online=yes
pause 1
"""
OPEN = """\
hold 1
pause 1
"""
NO_BROKER = """\
speaker broker.host=null
await peer role=skills
await peer role=uplink
pause 1
"""
AGREE = f"""\
play {AUDIO / CLEAR[0]}
say "allow home control" voice=en-us+f3
pause 18
hold 3.2
pause 4
play {AUDIO / CLEAR[0]}
say "share my voice" voice=en-us+f3
pause 22
hold 3.2
pause 4
await row 2 what=consent state=given
"""
"""Both kinds of consent, each asked for by voice and agreed to by a hand once its notice was told."""


def household_sound(seconds: float, seed: int, begin: str = BEGIN + OPEN, *, presses: bool = True) -> str:
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
        if some.random() < 0.1 and presses:
            command = f"press\npause 1\n{command}hold 1\npause 1\n"
        # A short scene has few commands with which to find a leak, so it has less of anything else.
        often = 3 if seconds > 600 else some.choice((0, 0, 1))
        others = [play(name) for name in [*some.sample(speech, often), *some.sample(kinds["sound"], often)]]
        text += [noise, command, *others, "pause 3\n"]
        passed += 8.0
    return "".join([*text, "pause 10\n"])
