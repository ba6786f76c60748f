"""Who may import what, read from the files themselves, so that privileges can be seen in the folder list.

The kernel is the guard (lockdown.py, the units); this is the reading aid. A new file is covered the day it is added.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import keepmum

PACKAGE = Path(keepmum.__file__).parent

NETWORK = {"socket", "socketserver", "ssl", "asyncio", "http", "urllib", "xmlrpc", "wsgiref", "webbrowser"}
NETWORK |= {"ftplib", "smtplib", "poplib", "imaplib", "nntplib", "telnetlib", "multiprocessing"}
PROGRAMS = {"subprocess", "multiprocessing", "pty"}
THE_HOUSEHOLDS = {"consent", "disk", "disk_fragile", "kept", "outbox"}
"""Root files about what only the listener may know or keep."""


class Folder(NamedTuple):
    """What the files of one folder may import besides the standard library, each other and the package root."""

    ours: set[str]
    """Other folders of keepmum."""
    not_root: set[str]
    """Files of the package root that are closed to this folder."""
    not_python: set[str]
    """Parts of the standard library that are closed to it."""


FOLDERS = {
    "": Folder(set(), set(), NETWORK | PROGRAMS),
    "ledger": Folder(set(), THE_HOUSEHOLDS - {"disk"} | {"wire", "clock"}, NETWORK | PROGRAMS),
    "listener": Folder({"forge", "hardware", "ledger", "privacy", "seal"}, set(), NETWORK | PROGRAMS),
    "boards": Folder(set(), THE_HOUSEHOLDS | {"wire", "config", "clock"}, NETWORK | PROGRAMS),
    "privacy": Folder(set(), {"outbox", "wire", "disk", "clock"}, NETWORK | PROGRAMS),
    "hardware": Folder(set(), THE_HOUSEHOLDS | {"wire"}, NETWORK),
    "uplink": Folder(set(), THE_HOUSEHOLDS, PROGRAMS),
    "seal": Folder(set(), THE_HOUSEHOLDS - {"disk"} | {"wire", "clock"}, NETWORK | PROGRAMS),
    "skills": Folder(set(), THE_HOUSEHOLDS, NETWORK | PROGRAMS),
    # Visitors come to it by asyncio; nothing in it may make a socket but the file that takes over systemd's.
    "panel": Folder(set(), THE_HOUSEHOLDS, NETWORK - {"asyncio"} | PROGRAMS),
    "desk": Folder({"seal", "uplink"}, {"consent", "kept", "outbox", "wire"}, PROGRAMS),
    # What the owner's settings mean for systemd.
    "wall": Folder(set(), THE_HOUSEHOLDS - {"disk"} | {"wire", "clock", "config"}, NETWORK | PROGRAMS),
    "commands": Folder({"boards", "ledger"}, set(), NETWORK | PROGRAMS),
    # It compares policies over events that somebody made; nothing of a household comes near it.
    "lab": Folder(set(), THE_HOUSEHOLDS | {"wire", "clock", "config"}, NETWORK | PROGRAMS),
    # It looks at everything that the processes use, through their own classes, and at nothing that was heard.
    "doctor": Folder(
        {"boards", "forge", "hardware", "listener", "privacy", "seal", "uplink", "wall"},
        THE_HOUSEHOLDS,
        NETWORK | PROGRAMS,
    ),
    # Its graph half also runs on the speaker, where it keeps the household's own words.
    "forge": Folder(set(), THE_HOUSEHOLDS - {"disk", "kept"} | {"wire", "clock", "config"}, NETWORK | PROGRAMS),
    "demo": Folder({"commands", "desk", "hardware", "ledger", "seal", "uplink"}, set(), set()),
}
"""One row per folder; a folder without a row is a violation."""

ALSO = {
    # file: what it may import against the row of its folder, each for its one reason
    "wire.py": {"socket"},
    "panel/door.py": {"socket"},
    "panel/service.py": {"socket"},  # the type of what the door gave it
    "notify.py": {"socket"},
    "lockdown.py": {"socket"},
    "inherited_sockets.py": {"socket"},
    "cli.py": {"keepmum.commands"},
    "commands/ring.py": {"keepmum.hardware", "keepmum.listener"},
    "commands/microphones.py": {"keepmum.hardware"},
    "commands/lab.py": {"keepmum.lab"},
    "commands/lab_all.py": {"subprocess"},  # each experiment in a process of its own
    "commands/lab_experiments.py": {"keepmum.lab"},
    "commands/lab_demo.py": {"keepmum.lab"},
    "commands/lab_run.py": {"keepmum.lab"},
    "commands/lab_wakes.py": {"keepmum.lab"},
    "commands/lab_sweep.py": {"keepmum.lab"},
    "commands/lab_replay.py": {"keepmum.lab"},
    **{f"commands/lab_{name}.py": {"keepmum.lab"} for name in ("truth", "capture", "watchers")},
    "lab/capture/tap.py": {"socket"},  # it stands between a device and its broker
    "lab/truth/machine.py": {"socket", "subprocess"},  # this machine's names; iwgetid
    "lab/truth/canaries.py": {"keepmum.desk"},  # one scanner for all
    "lab/truth/changes.py": {"keepmum.forge", "keepmum.listener"},  # a clip as the speaker itself would disguise it
    "lab/experiments/traces.py": {"keepmum.seal", "keepmum.uplink"},  # as many bytes as it would send
    # The lab hears with the speaker's own ears, by as many processes as there are.
    **{f"lab/pipeline/{name}.py": {"keepmum.listener"} for name in ("ears", "notebook")},
    "lab/pipeline/crew.py": {"keepmum.forge", "multiprocessing"},
    "lab/corpus/speaking.py": {"subprocess"},  # espeak-ng's library, in a process of its own
    # The experiments are made with the speaker itself: its own parts, its processes, a broker and a wire.
    "lab/experiments/presses.py": {"keepmum.hardware", "keepmum.listener"},
    "lab/experiments/wire_tap.py": {"socket"},
    "lab/experiments/carrier.py": {"keepmum.config", "keepmum.uplink"},
    "lab/experiments/house.py": {"keepmum.config", "keepmum.demo", "keepmum.seal", "subprocess"},
    "lab/experiments/way_out.py": {
        "keepmum.consent",
        "keepmum.disk",
        "keepmum.ledger",
        "keepmum.listener",
        "keepmum.outbox",
        "keepmum.privacy",
    },
    "lab/experiments/consent.py": {"keepmum.consent"},
    "lab/experiments/deletion.py": {"keepmum.desk"},
    "lab/experiments/faults.py": {"keepmum.listener", "keepmum.outbox"},
    "lab/experiments/weather.py": {"keepmum.disk"},
    "lab/experiments/mute.py": {"keepmum.config", "keepmum.demo", "keepmum.hardware", "keepmum.listener", "subprocess"},
    "commands/doctor.py": {"keepmum.doctor", "keepmum.hardware", "keepmum.listener"},
    "commands/consents.py": {"keepmum.listener"},  # the household reads its receipts with the code that wrote them
    "commands/receipt_page.py": {"keepmum.listener"},
    "commands/reset.py": {"keepmum.listener"},
    "commands/panel.py": {"socket", "subprocess"},  # this machine's name; systemctl, which opens the port
    "commands/words.py": {"keepmum.forge", "keepmum.listener"},  # it adds to what the listener reads at its start
    "forge/pronounce.py": {"subprocess"},  # espeak-ng
    "commands/forge.py": {"keepmum.forge"},
    "forge/acoustic/compiling.py": {"subprocess"},  # the C compiler
    "forge/corpus/crew.py": {"multiprocessing"},  # a corpus is many hours: `--jobs`
    "forge/corpus/recording.py": {"subprocess"},  # ffmpeg, for what libsndfile does not know
    "forge/corpus/texts.py": {"keepmum.listener"},  # what the speaker understands is what programs say
    "forge/corpus/voices.py": {"subprocess"},  # the programs that speak
    "forge/evaluation/figure.py": {"keepmum.lab"},  # no count without its interval
    # A model is judged by the ears that will use it.
    **{
        f"forge/evaluation/{name}.py": {"keepmum.listener"}
        for name in ("confidence", "ending", "judging", "loaded", "phrases", "scribe", "sentences")
    },
    "commands/units.py": {"keepmum.wall", "subprocess"},  # systemctl, after it has written what systemd reads
    "wall/names.py": {"socket"},  # the broker's addresses, before anything is allowed to reach them
    "doctor/machine.py": {"subprocess"},  # vcgencmd, amixer, espeak-ng: it asks programs that know
    "config.py": {"keepmum.boards"},  # a board's profile is one layer of the settings
}

LIBRARIES = {
    # library: the files that may import it, or folders
    "sounddevice": {"hardware/portaudio.py"},
    "gpiozero": {"hardware/button_gpio.py", "hardware/mic_power_gpio.py", "hardware/pins.py", "hardware/lamps/"},
    "lgpio": {"hardware/pins.py"},
    "spidev": {"hardware/lamps/strip_spi.py"},
    "soundfile": {
        "forge/corpus/",
        "hardware/scenes/recording.py",
        "hardware/speaker_wav.py",
        "hardware/voice_espeak.py",
        "lab/corpus/",
        "lab/experiments/bystander.py",
        "lab/experiments/tv.py",
        "lab/experiments/wake.py",
        "lab/truth/",
    },
    "soxr": {"forge/corpus/", "hardware/voice_espeak.py", "lab/corpus/", "lab/truth/"},
    "numpy": {"forge/acoustic/", "forge/corpus/", "forge/evaluation/", "hardware/", "lab/", "listener/"},
    # The forge's workshop alone, and the command that says what of it is missing.
    "kaldi_native_fbank": {"commands/forge.py", "forge/corpus/features.py"},
    "pocketsphinx": {"commands/forge.py", "forge/corpus/dictionary.py", "lab/experiments/neighbours.py"},
    "scipy": {"commands/forge.py", "forge/acoustic/", "forge/corpus/", "lab/truth/"},
    "sklearn": {"lab/experiments/guessing.py"},
    "torch": {"commands/forge.py", "forge/acoustic/"},
    "matplotlib": {"forge/evaluation/card.py", "lab/report/"},
    "wordfreq": {"commands/forge.py", "forge/corpus/dictionary.py"},
    "pymicro_wakeword": {"listener/wake/first.py"},
    "pyopen_wakeword": {"listener/wake/second.py"},
    "hassil": {"forge/corpus/texts.py", "listener/"},
    "paho": {"uplink/broker.py"},
    "cryptography": {"seal/", "ledger/", "listener/consents/", "listener/shelf.py"},
    "segno": {"commands/receipt_page.py"},
    "starlette": {"panel/"},
    "uvicorn": {"panel/"},
    "h11": {"panel/connection.py"},
    "jinja2": {"lab/report/page.py", "panel/page.py"},
    "pyarrow": {"lab/export/formats.py"},
    "markupsafe": {"lab/report/page.py"},  # jinja2's own
    "pydantic": {
        "messages.py",
        "settings.py",
        "settings_hardware.py",
        "layers.py",
        "schema.py",
        "boards/profile.py",
        "boards/page.py",
        "forge/corpus/sources.py",
        "forge/language.py",
        "forge/origin.py",
        "forge/recipe.py",
        "lab/",
        "listener/consents/record.py",
        "listener/consents/receipt.py",
        "listener/latch.py",
        "listener/peers/memory.py",
        "skills/",
    },
    "yaml": {"strict_yaml.py", "listener/sentences/templates.py", "demo/", "lab/experiments/"},
    "typer": {"cli.py", "commands/"},
    "rich": {"commands/", "demo/"},
    # Parts of Python that reach round every table.
    "ctypes": {
        "forge/acoustic/compiling.py",
        "forge/acoustic/lfmmi.py",
        "forge/corpus/crew.py",
        "lab/corpus/espeak_process.py",
        "lockdown.py",
        "memory_lock.py",
        "listener/scrub.py",
        "listener/speech/vosk_library.py",
    },
    "distributed": {"lab/pipeline/cluster.py"},
    "importlib": {
        "cli.py",
        "commands/processes.py",
        "doctor/machine.py",
        "lab/provenance.py",
        "listener/speech/vosk_library.py",
        "skills/",
    },
}

_PURE = "consent errors sound syscalls hardware/__init__ listener/ear listener/look privacy/__init__ privacy/state"
_PURE += " privacy/events privacy/effects privacy/faults privacy/hand privacy/household privacy/parcels privacy/rule"
_PURE += " privacy/step privacy/asking privacy/consents privacy/outside terms seal/epoch"
_PURE += " lab/__init__ lab/plan lab/metrics quiet_hours"
_PURE += " hardware/lamps/__init__ hardware/lamps/frames hardware/lamps/apa102"
PURE = {"messages.py": {"pydantic"}, "bpf.py": {"errno"}, "lab/event.py": {"json"}, "lab/policy.py": {"pydantic"}}
PURE |= {"lab/figure.py": {"pydantic", "re"}} | {f"{name}.py": set() for name in _PURE.split(" ")}
"""Files that decide without doing, and what they may import beyond types and each other: no file, no clock, no log."""
HARMLESS = {"__future__", "collections", "dataclasses", "enum", "functools", "math", "types", "typing"}
DOING = {"open", "print", "input", "exec", "eval", "__import__"}

PROCESSES = ("listener", "uplink", "skills", "panel", "desk", "commands", "demo")
ROOT_ALONE = {
    "__init__.py": "the map",
    "cli.py": "the command itself",
    "consent.py": "the policy, which everybody should find first",
    "outbox.py": "the door out",
    "notify.py": "every process that systemd watches over will tell it so",
    "kept.py": "the only way in which state is kept",
    "disk_fragile.py": "the disk that loses power, for tests",
}
"""Root files that fewer than two processes import, and why they stand there all the same."""


Texts = dict[str, str]
"""The package's files, by their path from its folder: a planted file is one more entry."""


# ---- reading


def read(package: Path) -> Texts:
    """Every Python file of the package."""
    return {path.relative_to(package).as_posix(): path.read_text("utf-8") for path in sorted(package.rglob("*.py"))}


@functools.cache
def parsed(text: str) -> ast.Module:
    """The file's tree; most files are the same in every test."""
    return ast.parse(text)


@functools.cache
def imports(name: str, text: str) -> frozenset[str]:
    """Every module that a file imports anywhere, functions included; `from a import b` counts as a and a.b."""
    here = ["keepmum", *Path(name).parent.parts]
    found: set[str] = set()
    for node in ast.walk(parsed(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Name) and node.id == "__import__":
            found.add("importlib")
    return frozenset(found)


def under(name: str, places: set[str]) -> bool:
    """Whether a file is one of the places, or lies in one of the folders among them."""
    return any(name == place or (place.endswith("/") and name.startswith(place)) for place in places)


# ---- judging


def violations(texts: Texts) -> list[str]:
    """One sentence for each import that the tables do not allow."""
    return [sentence for name in texts for sentence in _of_file(texts, name)]


def _of_file(texts: Texts, name: str) -> Iterator[str]:
    folder = name.partition("/")[0] if "/" in name else ""
    if folder not in FOLDERS:
        yield f"{name}: its folder has no row in FOLDERS"
        return
    also = ALSO.get(name, set())
    for module in sorted(imports(name, texts[name])):
        top, _, rest = module.partition(".")
        if module in also or any(module.startswith(f"{allowed}.") for allowed in also):
            continue
        part = rest.partition(".")[0]
        if top == "keepmum":
            if not _may_have(texts, folder, part):
                yield f"{name} may not import keepmum.{part}"
        elif top in FOLDERS[folder].not_python:
            yield f"{name} may not import {top}"
        elif (top in LIBRARIES or top not in sys.stdlib_module_names) and not under(name, LIBRARIES.get(top, set())):
            yield f"{name} may not import {top}: LIBRARIES says who may"


def _may_have(texts: Texts, folder: str, part: str) -> bool:
    row = FOLDERS[folder]
    if f"{part}.py" in texts:
        return part not in row.not_root
    is_folder = any(name.startswith(f"{part}/") for name in texts)
    return not is_folder or part in row.ours | {folder}


def doings(texts: Texts) -> list[str]:
    """One sentence for each thing in a pure file that is not pure."""
    found = []
    for name in sorted(PURE.keys() & texts.keys()):
        for module in sorted(imports(name, texts[name])):
            top = module.partition(".")[0]
            if top == "keepmum" and not _is_pure(texts, module):
                found.append(f"{name} imports {module}, which is not pure")
            elif top != "keepmum" and top not in HARMLESS | PURE[name]:
                found.append(f"{name} imports {top}")
        used = {node.id for node in ast.walk(parsed(texts[name])) if isinstance(node, ast.Name)}
        found += [f"{name} uses {word}" for word in sorted(used & DOING)]
    return found


def _is_pure(texts: Texts, module: str) -> bool:
    """What is no file is the package itself, or a name in a module that is judged by its own name."""
    path = module.removeprefix("keepmum").removeprefix(".").replace(".", "/")
    return all(file in PURE for file in (f"{path}.py", f"{path}/__init__.py") if file in texts)


def reached(texts: Texts) -> dict[str, set[str]]:
    """For each root file, the processes that import it, directly or through others."""
    modules = {"keepmum." + name[:-3].replace("/", ".").removesuffix(".__init__"): name for name in texts}
    edges = {name: {modules[m] for m in imports(name, text) if m in modules} for name, text in texts.items()}
    users: dict[str, set[str]] = {name: set() for name in texts if "/" not in name}
    for process in PROCESSES:
        seen: set[str] = set()
        waiting = {name for name in texts if name.startswith(f"{process}/")}
        while waiting:
            seen |= waiting
            waiting = {target for name in waiting for target in edges[name]} - seen
        for name in seen & users.keys():
            users[name].add(process)
    return users


WHOLE = read(PACKAGE)


# ---- the package as it is


def test_every_import_is_one_that_its_folder_may_make() -> None:
    """The listener imports no network, the uplink no device, the skills neither; a library only where it is needed."""
    assert violations(WHOLE) == []


def test_what_decides_does_nothing_else() -> None:
    """Policy, messages, the privacy core and the ear import no file, clock, socket or log."""
    assert doings(WHOLE) == []
    assert PURE.keys() - WHOLE.keys() == set()
    assert {name for name in WHOLE if name.startswith("privacy/")} <= PURE.keys()


def test_a_file_stands_in_the_root_because_two_processes_share_it() -> None:
    """Everything else belongs into the folder of its process; the exceptions say why."""
    alone = {name for name, users in reached(WHOLE).items() if len(users) < 2}
    assert alone <= ROOT_ALONE.keys()


# ---- planted


def planted(name: str, code: str) -> Texts:
    """The package with some code more in one of its files, or with one file more."""
    return {**WHOLE, name: f"{WHOLE.get(name, '')}\n{code}\n"}


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("listener/upload_quick.py", "import socket", "listener/upload_quick.py may not import socket"),
        ("listener/late.py", "def f():\n    from http import client", "listener/late.py may not import http"),
        ("listener/tell.py", "from keepmum.uplink import broker", "listener/tell.py may not import keepmum.uplink"),
        ("listener/tell.py", "from ..uplink import broker", "listener/tell.py may not import keepmum.uplink"),
        ("listener/tell.py", "from keepmum import desk", "listener/tell.py may not import keepmum.desk"),
        ("listener/run.py", "import subprocess", "listener/run.py may not import subprocess"),
        ("listener/mqtt.py", "import paho.mqtt.client", "may not import paho: LIBRARIES says who may"),
        ("listener/hidden.py", "__import__('soc' + 'ket')", "listener/hidden.py may not import importlib"),
        ("listener/hidden.py", "import ctypes", "listener/hidden.py may not import ctypes"),
        ("listener/vosk_again.py", "import vosk", "listener/vosk_again.py may not import vosk"),
        ("uplink/listen.py", "import keepmum.hardware", "uplink/listen.py may not import keepmum.hardware"),
        ("uplink/listen.py", "from keepmum.listener.ear import Ear", "uplink/listen.py may not import keepmum.listen"),
        ("uplink/listen.py", "import sounddevice", "uplink/listen.py may not import sounddevice"),
        ("uplink/read.py", "from keepmum import outbox", "uplink/read.py may not import keepmum.outbox"),
        ("uplink/run.py", "from subprocess import run", "uplink/run.py may not import subprocess"),
        ("skills/cloud.py", "import urllib.request", "skills/cloud.py may not import urllib"),
        ("skills/cloud.py", "import requests", "skills/cloud.py may not import requests"),
        ("skills/gpio.py", "import gpiozero", "skills/gpio.py may not import gpiozero"),
        ("skills/run.py", "import subprocess", "skills/run.py may not import subprocess"),
        ("panel/fetch.py", "import urllib.request", "panel/fetch.py may not import urllib"),
        ("panel/fetch.py", "import socket", "panel/fetch.py may not import socket"),
        ("panel/peek.py", "from keepmum.listener import ear", "panel/peek.py may not import keepmum.listener"),
        ("panel/peek.py", "from keepmum import outbox", "panel/peek.py may not import keepmum.outbox"),
        ("hardware/ring_net.py", "import socket", "hardware/ring_net.py may not import socket"),
        ("hardware/ring_new.py", "import sounddevice", "hardware/ring_new.py may not import sounddevice"),
        ("listener/lab.py", "from keepmum.lab import plan", "listener/lab.py may not import keepmum.lab"),
        ("uplink/lab.py", "from keepmum.lab.plan import plan", "uplink/lab.py may not import keepmum.lab"),
        ("skills/lab.py", "import keepmum.lab.shelf", "skills/lab.py may not import keepmum.lab"),
        ("lab/peek.py", "from keepmum.listener import ear", "lab/peek.py may not import keepmum.listener"),
        ("privacy/peek.py", "from keepmum.ledger import Ledger", "privacy/peek.py may not import keepmum.ledger"),
        ("helper.py", "import paho.mqtt.client", "helper.py may not import paho"),
        ("helper.py", "from keepmum.listener import ear", "helper.py may not import keepmum.listener"),
        ("wire.py", "import ssl", "wire.py may not import ssl"),
        ("cloud/sync.py", "x = 1", "cloud/sync.py: its folder has no row in FOLDERS"),
    ],
)
def test_a_planted_import_is_caught(name: str, code: str, told: str) -> None:
    """Each way over a boundary is one sentence that names file and module."""
    sentences = violations(planted(name, code))
    assert any(told in sentence for sentence in sentences), sentences


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("consent.py", "import time", "consent.py imports time"),
        ("privacy/step.py", "import logging", "privacy/step.py imports logging"),
        ("listener/ear.py", "from pathlib import Path", "listener/ear.py imports pathlib"),
        ("listener/look.py", "from keepmum import clock", "listener/look.py imports keepmum.clock, which is not pure"),
        ("messages.py", "x = open('/etc/passwd')", "messages.py uses open"),
    ],
)
def test_a_planted_deed_in_a_pure_file_is_caught(name: str, code: str, told: str) -> None:
    """A clock, a log, a file or a neighbour that has one."""
    assert told in doings(planted(name, code))


def test_a_root_file_of_one_process_is_caught() -> None:
    """A file that only the skills need belongs into skills/."""
    texts = planted("skills/hurry.py", "from keepmum import speedy") | {"speedy.py": ""}
    assert reached(texts)["speedy.py"] == {"skills"}
