"""A speech model that is missing, broken or of another kind is one clear error, and never the end of the process."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from keepmum.errors import ConfigError, ModelError
from keepmum.listener.speech.model import UNKNOWN, open_model
from keepmum.listener.speech.model_folder import SUMS, vocabulary
from keepmum.settings import SpeechSettings

BUNDLED = SpeechSettings().model
_OPEN = """
import sys
from pathlib import Path
from keepmum.errors import ModelError
from keepmum.listener.speech.model import open_model
try:
    recogniser = open_model(Path(sys.argv[1])).recogniser(["alexa"])
    recogniser.accept(bytes(64000))
    recogniser.final()
except ModelError as error:
    print(error)
"""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A copy of the bundled model without its sums, to be broken."""
    folder = tmp_path / "model"
    shutil.copytree(BUNDLED, folder, ignore=shutil.ignore_patterns(SUMS))
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    return folder


def test_the_bundled_model_opens_and_knows_its_words() -> None:
    """It hears the phrases that the settings offer, and its markers are not words."""
    model = open_model(BUNDLED)
    assert model.knows("hey jarvis")
    assert model.knows("okay nabu")
    assert not model.knows("hey xylophone")
    assert UNKNOWN not in model.vocabulary
    assert "<eps>" not in model.vocabulary


def test_words_that_cannot_be_heard_are_all_named_at_once() -> None:
    """With the nearest word that can."""
    with pytest.raises(ConfigError, match=r"'ligth' \(did you mean 'light'\?\), 'qqq'"):
        open_model(BUNDLED).require(["turn on the ligth", "qqq the light"])


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the setting to look at."""
    with pytest.raises(ModelError, match="no-such-model") as error:
        open_model(tmp_path / "no-such-model")
    assert "speech.model" in error.value.hint


def test_everything_that_is_missing_is_named_at_once(broken: Path) -> None:
    """One look at the error is enough to repair it."""
    (broken / "am" / "final.mdl").unlink()
    (broken / "graph" / "words.txt").unlink()
    (broken / "conf" / "mfcc.conf").write_text("")
    with pytest.raises(ModelError) as error:
        open_model(broken)
    for problem in ("am/final.mdl is missing", "graph/words.txt is missing", "conf/mfcc.conf is empty"):
        assert problem in str(error.value)


def test_a_model_with_a_fixed_grammar_is_refused(broken: Path) -> None:
    """Vosk would end the process at the first grammar."""
    (broken / "graph" / "HCLG.fst").write_bytes(b"x")
    with pytest.raises(ModelError, match="fixed grammar"):
        open_model(broken)


def test_a_model_without_the_unknown_word_is_refused(broken: Path) -> None:
    """Without `[unk]` every sound would become a command."""
    words = broken / "graph" / "words.txt"
    words.write_text(words.read_text().replace("[unk] ", "[noise] "))
    with pytest.raises(ModelError, match=r"does not know \[unk\]"):
        open_model(broken)


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst", "conf/model.conf"])
@pytest.mark.parametrize("part", [0.0, 0.001, 0.1, 0.5])
def test_a_file_that_was_cut_short_is_an_error_before_vosk_sees_it(broken: Path, name: str, part: float) -> None:
    """Vosk would end the process on some of these; the file is named instead."""
    path = broken / name
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    with pytest.raises(ModelError, match=name):
        vocabulary(broken)


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/HCLr.fst"])
def test_a_cut_model_does_not_end_the_process(broken: Path, name: str) -> None:
    """In a process of its own, as the listener would meet it: it prints the error and exits by itself."""
    path = broken / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    run = subprocess.run([sys.executable, "-c", _OPEN, str(broken)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert f"{name} is cut short" in run.stdout


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/HCLr.fst", "graph/words.txt"])
def test_one_changed_byte_is_noticed_where_the_sums_are_known(broken: Path, name: str) -> None:
    """The bundled model and every fetched one bring their sums."""
    shutil.copy(BUNDLED / SUMS, broken / SUMS)
    assert vocabulary(broken) == vocabulary(BUNDLED)
    path = broken / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match=f"{name} is not what {SUMS} says"):
        vocabulary(broken)


def test_no_network_library_comes_with_the_speech_engine() -> None:
    """The process with the microphone opens and uses a model without ever loading socket, ssl or requests."""
    code = _OPEN + "\nprint(sorted({'socket', 'ssl', 'requests', 'urllib3', 'vosk'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code, str(BUNDLED)], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
