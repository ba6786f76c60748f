"""The constraint files name everything that a speaker imports, once, with the hashes of its wheels."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts/installer"))  # it is no package: it runs from its folder

import pins
import wheels
from pins import Pin
from target import PYTHONS
from trouble import InstallError

BOTH = pytest.mark.parametrize("python", sorted(pins.GLIBC))
ROOT = Path(__file__).parents[2]


@BOTH
def test_what_keepmum_asks_for_is_pinned_as_it_asks(python: str) -> None:
    """Each dependency of the speaker and its panel, at a version that pyproject.toml allows."""
    found = pins.read(python)
    for requirement in map(Requirement, pins.wanted(python)):
        pin = found[pins.canonical(requirement.name)]
        assert requirement.specifier.contains(pin.version), requirement


@BOTH
def test_what_those_ask_for_is_pinned_too(python: str) -> None:
    """As far as the packages that are installed here tell, but for what vosk asks for and keepmum does not load."""
    found = pins.read(python)
    environment = {"python_version": python, "python_full_version": f"{python}.2", "extra": ""}
    for name in found.keys() & {pins.canonical(one.metadata["Name"]) for one in importlib.metadata.distributions()}:
        for need in map(Requirement, importlib.metadata.requires(name) or []):
            if need.marker is None or need.marker.evaluate(environment):
                assert pins.canonical(need.name) in found or need.name in pins.ALONE[name], (name, need)


@BOTH
def test_every_pin_has_one_wheel_for_all_machines_or_one_for_each(python: str) -> None:
    """Each by a whole SHA-256, and no two by the same."""
    digests = [digest for pin in pins.read(python).values() for digest in pin.hashes]
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests)
    assert len(digests) == len(set(digests))
    assert all(1 <= len(pin.hashes) <= len(pins.MACHINES) for pin in pins.read(python).values())


@BOTH
def test_what_vosk_would_bring_along_is_not_there(python: str) -> None:
    """No downloader, no HTTP, no websockets; and never the empty lgpio of Python 3.13."""
    found = pins.read(python)
    assert not found.keys() & set(pins.ALONE["vosk"])
    assert not found.keys() & {"urllib3", "certifi", "pip"}
    assert ("lgpio" in found) == (python == "3.11")


def test_there_is_a_file_for_each_system() -> None:
    """For every Debian that a bundle can be made for, and no others."""
    assert set(PYTHONS.values()) == set(pins.GLIBC)
    assert {file.name for file in pins.HERE.glob("constraints-*.txt")} == {pins.file(one).name for one in pins.GLIBC}


def test_a_file_that_is_read_and_written_stays_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a renewal changes only what is new."""
    before, found = pins.file("3.13").read_text(), pins.read("3.13")
    monkeypatch.setattr(pins, "HERE", tmp_path)
    pins.write("3.13", found)
    assert pins.file("3.13").read_text() == before


def test_speech_is_recognised_without_what_vosk_asks_for() -> None:
    """With requests, srt, tqdm and websockets out of reach the bundled model is loaded and hears half a second."""
    words = f"""
import sys
for name in {[*pins.ALONE["vosk"], "urllib3"]!r}:
    sys.modules[name] = None
from pathlib import Path
from keepmum.listener.speech.vosk_library import VoskModel, VoskRecogniser
model = VoskModel(Path({str(ROOT / "device/keepmum/models/en-household")!r}))
recogniser = VoskRecogniser(model, ["turn on the light"])
recogniser.accept(bytes(16_000))
print(recogniser.final())
"""
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("{'text': ''}\n", 0), done.stderr


def test_a_wheel_that_is_not_pinned_is_refused(tmp_path: Path) -> None:
    """One of another name, one of another content, and one that is missing: each is named."""
    (tmp_path / "plum-1.0-py3-none-any.whl").write_bytes(b"a wheel")
    right = Pin("plum", "1.0", {"2a1a2fdf7f4a9d1c7d27e5a8b7ce3c3a5ee2cbfd5f6f1ee8a4d2b3e0c9b8a7f6"})
    for pinned in ({}, {"plum": right}):
        with pytest.raises(InstallError, match=r"plum-1\.0"):
            wheels.check(tmp_path, pinned)
    (tmp_path / "plum-1.0-py3-none-any.whl").unlink()
    with pytest.raises(InstallError, match="lacks the wheel of plum"):
        wheels.check(tmp_path, {"plum": right})
