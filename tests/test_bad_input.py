"""Bad input stops the listener before it hears anything: one clear error, what to do next, and nothing is open."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

CARD = '{"name": "nobody"}'


def _missing_model(folder: Path) -> dict[str, object]:
    return {"speech": {"model": str(folder / "no-model")}}


def _model_cut_short(folder: Path) -> dict[str, object]:
    from keepmum.settings import SpeechSettings

    model = folder / "model"
    for file in SpeechSettings().model.rglob("*"):
        if file.is_file():
            copy = model / file.relative_to(SpeechSettings().model)
            copy.parent.mkdir(parents=True, exist_ok=True)
            content = file.read_bytes()
            copy.write_bytes(content[: len(content) // 2] if file.name == "final.mdl" else content)
    return {"speech": {"model": str(model)}}


def _unknown_phrase(_folder: Path) -> dict[str, object]:
    return {"wake": {"phrases": ["xylophonist"]}}


def _sentence_typo(folder: Path) -> dict[str, object]:
    (folder / "mine.yaml").write_text(
        "language: en\nintents:\n  garden.water:\n    data:\n      - sentences: ['water the (garden']\n"
    )
    return {"speech": {"sentences": "mine.yaml"}}


def _card_that_is_none(folder: Path) -> dict[str, object]:
    (folder / "card.json").write_text(CARD)
    return {"recipient": {"card": "card.json"}}


def _scene(folder: Path, text: str) -> dict[str, object]:
    (folder / "scene.txt").write_text(text)
    wav = {"driver": "wav"}
    return {"hardware": {"scene": "scene.txt", "microphone": wav, "button": {"driver": "scripted"}, "speaker": wav}}


def _wav_that_is_none(folder: Path) -> dict[str, object]:
    (folder / "noise.wav").write_text("not a sound")
    return _scene(folder, "play noise.wav\n")


def _wrong_rate(folder: Path) -> dict[str, object]:
    soundfile.write(folder / "slow.wav", [0.0] * 800, 8_000)
    return _scene(folder, "play slow.wav\n")


def _unknown_key(_folder: Path) -> dict[str, object]:
    return {"wake": {"phrase": "alexa"}}


CASES = [
    (_missing_model, "no-model"),
    (_model_cut_short, "final.mdl"),
    (_unknown_phrase, "xylophonist"),
    (_sentence_typo, "water the (garden"),
    (_card_that_is_none, "card.json"),
    (_wav_that_is_none, "noise.wav"),
    (_wrong_rate, "8000"),
    (_unknown_key, "phrases"),
]


@pytest.mark.parametrize(("bad", "named"), CASES, ids=[case.__name__.strip("_") for case, _ in CASES])
def test_the_listener_says_what_is_wrong_and_stays_closed(
    tmp_path: Path, bad: Callable[[Path], dict[str, object]], named: str
) -> None:
    """Exit code 1, the value in question and a hint; no traceback, no socket, no ledger that says it started."""
    settings = bad(tmp_path)
    folders = {name: str(tmp_path / name) for name in ("run", "state", "outbox")}
    (tmp_path / "keepmum.yaml").write_text(json.dumps({**settings, "folders": folders}))
    command = [sys.executable, "-m", "keepmum.listener", "--config", str(tmp_path / "keepmum.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)
    assert done.returncode == 1, done.stderr
    assert named in done.stderr
    assert "hint:" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "run").glob("*.sock"))
    assert not (tmp_path / "state" / "ledger").exists()
