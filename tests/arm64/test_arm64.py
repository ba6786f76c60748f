"""On arm64, with both Pythons, the pinned wheels install, import and work: what a Raspberry Pi would run.

On other computers under qemu-user. That has no kernel of an arm64 in it: the seccomp filter is assembled and compared
with the one that is assembled here, and not installed.
"""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import arm64_root
import pins
import soundfile
import soxr
from arm64_speaker import Speaker

from keepmum.bpf import assemble
from keepmum.listener.speech.vosk_library import VoskModel, VoskRecogniser
from keepmum.lockdown import LISTENER, PANEL, SKILLS, UPLINK, machine_of

LIBRARIES = (
    "numpy soundfile soxr sounddevice gpiozero paho.mqtt.client cryptography.hazmat.primitives.asymmetric.x25519"
    " pydantic yaml hassil typer rich segno pymicro_wakeword pyopen_wakeword starlette.applications uvicorn h11 jinja2"
    " spidev"
)
PROCESSES = (
    "keepmum.listener.__main__ keepmum.uplink.__main__ keepmum.skills.__main__ keepmum.panel.__main__ keepmum.cli"
)
SAID = "turn on the kitchen light"
GRAMMAR = [SAID, "turn off the kitchen light", "what time is it", "[unk]"]

HEAR = """
import json, sys
from pathlib import Path
import keepmum
from keepmum.listener.speech.vosk_library import VoskModel, VoskRecogniser
model = VoskModel(Path(keepmum.__file__).parent / "models/en-household")
recogniser = VoskRecogniser(model, json.loads(sys.argv[1]))
recogniser.accept(Path(sys.argv[2]).read_bytes())
print(recogniser.final()["text"])
"""
WAKE = """
import sys
from pathlib import Path
from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures, Model
sound = Path(sys.argv[1]).read_bytes()
word, features = MicroWakeWord.from_builtin(Model.ALEXA), MicroWakeWordFeatures()
print(any(word.process_streaming(one) for one in features.process_streaming(sound)))
"""
FILTERS = """
from keepmum.bpf import assemble
from keepmum.lockdown import LISTENER, PANEL, SKILLS, UPLINK, this_machine
print([[tuple(word) for word in assemble(this_machine(), rules)] for rules in (LISTENER, UPLINK, SKILLS, PANEL)])
"""


def pcm(sound: bytes) -> bytes:
    """A recording as the listener has it: 16,000 samples of 16 bits a second."""
    samples, rate = soundfile.read(io.BytesIO(sound), dtype="int16")
    heard: bytes = soxr.resample(samples, rate, 16_000).tobytes()
    return heard


def test_python_and_machine_are_those_of_the_pi(speaker: Speaker) -> None:
    """Otherwise the rest would show nothing."""
    said = speaker.python("python3", "import platform; print(platform.machine(), platform.python_version())")
    machine, version = said.split()
    assert machine == "aarch64"
    assert version.startswith(f"{speaker.target.python}.")


def test_nothing_is_missing_but_what_vosk_does_not_need(speaker: Speaker) -> None:
    """`pip check` complains of what is left out on purpose, and of nothing else."""
    untrusted = arm64_root.run(speaker.root, *speaker.pip_words(), "check").stdout.splitlines()
    missing = {f"vosk 0.3.45 requires {name}, which is not installed." for name in pins.ALONE["vosk"]}
    assert set(untrusted) == missing


def test_everything_that_is_installed_comes_from_the_constraint_file(speaker: Speaker) -> None:
    """The same names and versions, and keepmum."""
    words = ("list", "--local", "--format=freeze")
    found = dict(line.split("==") for line in arm64_root.run(speaker.root, *speaker.pip_words(), *words).stdout.split())
    wanted = {name: pin.version for name, pin in pins.read(speaker.target.python).items()}
    assert {pins.canonical(name): version for name, version in found.items() if name != "keepmum"} == wanted


def test_every_library_can_be_imported(speaker: Speaker) -> None:
    """Each of them, and Debian's spidev; lgpio where there is a wheel of it."""
    names = [*LIBRARIES.split(), *(["lgpio"] if speaker.target.python == "3.11" else [])]
    said = speaker.python(f"import {len(names)} libraries", f"import {', '.join(names)}; print('imported')")
    assert said == "imported\n"


def test_every_process_can_be_imported(speaker: Speaker) -> None:
    """None of the four has a library too few."""
    names = PROCESSES.split()
    said = speaker.python("import the processes", f"import {', '.join(names)}; print('imported')")
    assert said == "imported\n"


def test_speech_is_understood_as_it_is_here(speaker: Speaker) -> None:
    """A command, spoken by espeak-ng and transcribed with the model that comes with keepmum."""
    words = ["espeak-ng", "-v", "en-us", "-s", "140", "--stdout", SAID]
    sound = pcm(subprocess.run(words, capture_output=True, check=True).stdout)
    (speaker.folder / "said.raw").write_bytes(sound)
    recogniser = VoskRecogniser(VoskModel(pins.SOURCE / "device/keepmum/models/en-household"), GRAMMAR)
    recogniser.accept(sound)
    said = speaker.python("load the model and transcribe 2 s", HEAR, json.dumps(GRAMMAR), speaker.at("said.raw"))
    assert said.strip() == recogniser.final()["text"] == SAID


def test_the_wake_word_is_found(speaker: Speaker) -> None:
    """In a recording of somebody saying it, by the first stage."""
    recording = pins.SOURCE / "device/keepmum/demo/scenes/alexa-1.flac"
    (speaker.folder / "wake.raw").write_bytes(pcm(recording.read_bytes()))
    assert speaker.python("find the wake word", WAKE, speaker.at("wake.raw")) == "True\n"


def test_the_settings_can_be_shown(speaker: Speaker) -> None:
    """`keepmum config --show`, as the installer asks for it."""
    said = speaker.must("keepmum config --show", *speaker.keepmum("config", "--show"))
    assert "phrases" in said


def test_the_locks_are_those_that_are_assembled_here(speaker: Speaker) -> None:
    """The filters of all four processes for an aarch64, instruction by instruction."""
    machine = machine_of("aarch64", 64)
    here = [[tuple(word) for word in assemble(machine, rules)] for rules in (LISTENER, UPLINK, SKILLS, PANEL)]
    assert speaker.python("assemble the locks", FILTERS).strip() == str(here)


def test_the_root_is_kept_outside_the_repository() -> None:
    """It has a gigabyte, and nobody wants that in a checkout."""
    assert not arm64_root.ROOTS.resolve().is_relative_to(Path(__file__).parents[2])
