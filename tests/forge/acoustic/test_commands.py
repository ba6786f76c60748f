"""From prepared speech to a model that Vosk loads, by the commands that a person types."""

from __future__ import annotations

import hashlib
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch", reason="the extra `forge` is not installed")

from keepmum import cli  # noqa: E402
from keepmum.commands import bar  # noqa: E402
from keepmum.errors import ForgeError  # noqa: E402
from keepmum.forge import lexicon, origin  # noqa: E402
from keepmum.forge.acoustic import training  # noqa: E402
from keepmum.forge.corpus import shards  # noqa: E402
from keepmum.forge.corpus.shards import Utterance  # noqa: E402
from keepmum.listener.speech import model_folder  # noqa: E402
from keepmum.listener.speech.model import open_model  # noqa: E402
from keepmum.listener.speech.vosk_library import VoskModel, VoskRecogniser  # noqa: E402

RECIPE = """
id: small
about: a few words and steps, for a test
language: en
wake_phrases: [computer]
rivals: [commuter]
words: {also: [light, "on"]}
synthetic:
  engines: [{program: espeak-ng, utterances: 4}]
network: {width: 24, bottleneck: 8, blocks: 2}
training: {steps: STEPS, batch: 10}
"""
OF_VOSK = 8
"""Files of a model folder that Vosk itself reads."""


def keepmum(*words: str) -> str:
    """What the command prints. Raises what it raises."""
    done = CliRunner().invoke(cli.app, ["forge", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe of a person's own."""
    path = tmp_path / "small.yaml"
    path.write_text(RECIPE.replace("STEPS", "6"))
    return path


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A work folder with prepared speech, or what looks like it."""
    chance = np.random.default_rng(1)
    utterances = []
    for _ in range(12):
        frames = chance.normal(0, 10, (90, 40)).astype(np.float16)
        utterances.append(Utterance(frames, np.array([0, 6, 4, 19, 0], np.int16), 1, 1, "noise"))
    folder = tmp_path / "work"
    (folder / "prepared").mkdir(parents=True)
    shards.write(folder / "prepared" / "000.npz", utterances)
    return folder


def test_train_and_export_make_a_folder_that_vosk_loads(recipe: Path, work: Path) -> None:
    """Two commands, and there is a whole model: it listens by a grammar, and says what it was made of."""
    assert keepmum("train", str(recipe), "--work", str(work)).startswith("6 steps over 0.0 hours of sound, CPU ")
    assert " MB" in keepmum("export", str(recipe), "--work", str(work))
    model = work / "model"
    assert {"computer", "commuter", "light", "on"} <= model_folder.vocabulary(model)
    made = origin.read(model)
    assert (made.recipe, made.language) == ("small", "en")
    assert "computer" in lexicon.read(model / origin.LEXICON, made.inventory)
    assert VoskRecogniser(VoskModel(model), ["computer light", "[unk]"]).final()["text"] == ""


def test_the_sums_are_those_of_the_files(recipe: Path, work: Path) -> None:
    """SHA256SUMS names every file of the folder, with its sum; the same training is exported to the same bytes."""
    keepmum("train", str(recipe), "--work", str(work))
    said = []
    for _ in range(2):
        keepmum("export", str(recipe), "--work", str(work))
        said.append((work / "model" / "SHA256SUMS").read_text())
    assert said[0] == said[1]
    sums = dict(reversed(line.split("  ")) for line in said[0].splitlines())
    files = {path.relative_to(work / "model").as_posix() for path in (work / "model").rglob("*") if path.is_file()}
    assert files - {"SHA256SUMS"} == sums.keys()
    assert len(files) >= OF_VOSK + 3
    for name, expected in sums.items():
        assert hashlib.sha256((work / "model" / name).read_bytes()).hexdigest() == expected


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_kept_and_told(
    recipe: Path, work: Path, monkeypatch: pytest.MonkeyPatch, asked: signal.Signals
) -> None:
    """SIGTERM, or Ctrl-C, ends the training with a checkpoint and a sentence; the same command goes on from it."""

    @contextmanager
    def stopping() -> Iterator[Callable[..., None]]:
        once = iter([lambda: signal.raise_signal(asked)])
        yield lambda *_: next(once, lambda: None)()

    recipe.write_text(RECIPE.replace("STEPS", "1000"))
    before = signal.getsignal(asked)
    with monkeypatch.context() as patched:
        patched.setattr(bar, "shown", stopping)
        with pytest.raises(ForgeError, match="the training was stopped") as caught:
            keepmum("train", str(recipe), "--work", str(work))
    assert "goes on from there" in caught.value.hint
    assert signal.getsignal(asked) == before
    # It was asked when it told of step 25, and had the next one begun.
    assert training.course(work / "trained").step == 26
    recipe.write_text(RECIPE.replace("STEPS", "30"))
    assert keepmum("train", str(recipe), "--work", str(work)).startswith("30 steps ")


@pytest.mark.parametrize(
    ("command", "told", "hint"),
    [("train", "no prepared utterances", "forge prepare"), ("export", "nothing is trained yet", "forge train")],
)
def test_a_step_without_the_one_before_names_it(
    recipe: Path, tmp_path: Path, command: str, told: str, hint: str
) -> None:
    """Who begins in the middle reads which step comes first."""
    with pytest.raises(ForgeError, match=told) as caught:
        keepmum(command, str(recipe), "--work", str(tmp_path / "empty"))
    assert hint in caught.value.hint


def test_a_language_that_has_other_phones_now_is_refused(recipe: Path, work: Path) -> None:
    """A network is numbered by its language's phones; it is not exported for a language with others."""
    keepmum("train", str(recipe), "--work", str(work))
    recipe.write_text(RECIPE.replace("STEPS", "6").replace("language: en", "language: es"))
    (work / "recipe.json").unlink()
    with pytest.raises(ForgeError, match="trained with 40 phones"):
        keepmum("export", str(recipe), "--work", str(work))


@pytest.mark.slow
def test_the_tiny_recipe_understands_its_own_sentences(tmp_path: Path) -> None:
    """The whole path in two minutes: of what the programs said while it learnt, it understands most.

    Each step says what it took; the folder is summed up, with its card and the calibration of its confidence.
    """
    work = tmp_path / "tiny"
    told = keepmum("make", "--tiny", "--work", str(work))
    for step in ("prepare", "train", "export", "evaluate", "report"):
        assert re.search(rf"^{step}: .* s, CPU .* s$", told, re.MULTILINE), told
    names = {line.partition("  ")[2] for line in (work / "model/SHA256SUMS").read_text().splitlines()}
    assert names >= {"README.md", "confidence.json", "reliability.svg", "forge.json", "lexicon.txt", "am/final.mdl"}
    assert "No human voice trained this model" in (work / "model/README.md").read_text()
    assert open_model(work / "model").knows("computer turn the kitchen lights on")
    from keepmum.forge.corpus import manifest, recording

    said = manifest.read(work / "synthetic")[:60]
    grammar = sorted({each.text for each in said})
    model = VoskModel(work / "model")
    right = 0
    for each in said:
        sound = recording.decode(each.path) * 32767
        noise = np.random.default_rng(1).normal(0, 20, len(sound) + 16000)
        noise[4800 : 4800 + len(sound)] += sound
        recogniser = VoskRecogniser(model, [*grammar, "[unk]"])
        right += heard(recogniser, noise.astype(np.int16).tobytes()) == each.text
    assert right >= 0.6 * len(said)


def heard(recogniser: VoskRecogniser, sound: bytes) -> str:
    """All that is heard in a sound, over the ends of utterances."""
    words = []
    for start in range(0, len(sound), 2560):
        if recogniser.accept(sound[start : start + 2560]):
            words.append(recogniser.result().get("text", ""))
    words.append(recogniser.final().get("text", ""))
    return " ".join(" ".join(words).split())
