"""Every command that the forge's page shows is run as it stands there, with recipes of a handful of words."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

import keepmum
from keepmum import cli

PAGE = Path(keepmum.__file__).parent / "forge" / "README.md"
RECIPE = """
id: ID
about: a handful of words and steps, for a test
language: LANGUAGE
sentences: SENTENCES
wake_phrases: [alexa]
rivals: [alexis]
words: {also: [WORDS]}
synthetic:
  engines: [{program: espeak-ng, utterances: 6, voices: [m1, f2], held_out: [f5]}]
  held_out: 2
  copies: 1
recordings: {copies: 1, held_out: 0.25}
network: {width: 24, bottleneck: 8, blocks: 2}
training: {steps: 3, batch: 10}
"""
SAID = {
    "recordings": ("en-us", ["turn the light on", "stop the light"]),
    "corpus": ("es", ["enciende la luz", "apaga la luz de la cocina"]),
}
"""Folders of recordings that the page names, with who speaks there and what."""
ELSEWHERE = ("keepmum words ",)
"""Run by tests/commands/test_words.py, with a speaker's settings."""
RATE = 16_000


def commands() -> list[str]:
    """Every command in a fence of the page, in its order."""
    fences = re.findall(r"^```(?:sh)?\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line for fence in fences for line in fence.splitlines()]
    return [line for line in lines if line.startswith(("keepmum ", "espeak-ng "))]


def test_the_page_shows_every_step_of_the_forge_and_nothing_that_is_not_run() -> None:
    """A fence without a language, or for the shell, is a picture or holds commands that a test runs."""
    shown = commands()
    steps = {line.split()[2] for line in shown if line.startswith("keepmum forge ")}
    assert steps == {"prepare", "train", "export", "evaluate", "report", "make"}
    assert all(line.startswith(("keepmum forge ", "espeak-ng ", *ELSEWHERE)) for line in shown)
    shell = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert {line for fence in shell for line in fence.splitlines()} <= set(shown)


@pytest.mark.slow
def test_every_command_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order in which they stand there, in one folder; English and Spanish end with a model and its card."""
    pytest.importorskip("torch", reason="the extra `forge` is not installed")
    monkeypatch.chdir(tmp_path)
    lay_out(tmp_path)
    for line in commands():
        words = shlex.split(line, comments=True)
        if words[0] == "espeak-ng":
            said = subprocess.run(words, capture_output=True, check=True, text=True).stdout
            assert "θ_j_ˈɛ_n_d_e" in said, line
        elif not line.startswith(ELSEWHERE):
            done = CliRunner().invoke(cli.app, [small(word) for word in words[1:]])
            assert (done.exit_code, done.exception) == (0, None), f"{line}\n{done.output}"
    for name, title in (("forged", "# small-en"), ("spanish", "# small-es")):
        assert (tmp_path / name / "model" / "README.md").read_text("utf-8").startswith(title)
        assert (tmp_path / name / "model" / "am" / "final.mdl").stat().st_size > 1000


def small(word: str) -> str:
    """A word of a command; a recipe that takes hours is replaced by one of seconds."""
    return {"--tiny": "small-en.yaml", "en-household": "small-en.yaml", "es-household": "small-es.yaml"}.get(word, word)


def lay_out(folder: Path) -> None:
    """Write the recipes, recordings and noises that the commands name."""
    for language, words, sentences in (("en", "turn, the, light", "[]"), ("es", "enciende, la, luz", "[es]")):
        named = RECIPE.replace("ID", f"small-{language}").replace("LANGUAGE", language)
        filled = named.replace("WORDS", words).replace("SENTENCES", sentences)
        (folder / f"small-{language}.yaml").write_text(filled)
    for name, (voice, texts) in SAID.items():
        record(folder / name, voice, texts)
    noise = (np.random.default_rng(1).standard_normal(10 * RATE) * 0.05).astype(np.float32)
    for name in ("noises", "judges"):
        (folder / name).mkdir()
        soundfile.write(folder / name / f"{name}.wav", noise, RATE)
    row = {"file": "judges.wav", "kind": "noise", "source": "fan"}
    (folder / "judges" / "manifest.jsonl").write_text(json.dumps(row) + "\n")


def record(folder: Path, voice: str, sentences: list[str]) -> None:
    """A folder of recordings as a person would bring it: four speakers, and a line for each recording."""
    folder.mkdir()
    rows = []
    for number in range(8):
        file, text = f"{number}.wav", sentences[number % 2]
        spoken = ["espeak-ng", "-v", f"{voice}+m{1 + number // 2}", "-w", str(folder / file), text]
        subprocess.run(spoken, check=True)
        row = {"file": file, "speaker": f"s{number // 2}", "seconds": soundfile.info(folder / file).duration}
        rows.append(json.dumps({**row, "text": text, "source": "home"}) + "\n")
    (folder / "manifest.jsonl").write_text("".join(rows))
