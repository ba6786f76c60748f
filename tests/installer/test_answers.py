"""What somebody answers is read as they meant it, or refused with what could be meant."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts/installer"))  # it is no package: it runs from its folder

import answers
from answers import Answers
from trouble import InstallError
from wishes import Wishes

from keepmum import config

BOARDS = ["laptop", "respeaker-2mic-v1", "respeaker-2mic-v2"]


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("respeaker-2mic-v3", "did you mean respeaker-2mic-v2?"),
        ("respeaker", "did you mean respeaker-2mic-v1 or respeaker-2mic-v2?"),
        ("pear", "here are: laptop, respeaker-2mic-v1, respeaker-2mic-v2, none"),
        ("", "here are: laptop"),
        ("../laptop", "did you mean laptop?"),
    ],
)
def test_a_wrong_board_is_told_what_was_meant(said: str, hint: str) -> None:
    """The nearest name, or all of them."""
    with pytest.raises(InstallError, match="there is no board") as caught:
        answers.board(said, BOARDS)
    assert hint in caught.value.hint


def test_no_board_is_an_answer() -> None:
    """`none` is what somebody says whose microphone keepmum has no profile of."""
    assert answers.board("none", BOARDS) is None
    assert answers.board("laptop", BOARDS) == "laptop"


@pytest.mark.parametrize(
    ("said", "host", "port"),
    [
        ("none", None, None),
        ("hub", "hub", None),
        ("hub.lan:8883", "hub.lan", 8883),
        ("192.168.1.5:1884", "192.168.1.5", 1884),
        ("[fe80::1]:1883", "fe80::1", 1883),
        ("[fe80::1]", "fe80::1", None),
    ],
)
def test_a_broker_is_a_host_and_perhaps_a_port(said: str, host: str | None, port: int | None) -> None:
    """Names and addresses of both kinds."""
    assert answers.broker(said) == (host, port)


@pytest.mark.parametrize(
    "said", ["", "mqtt://hub", "hub:0", "hub:65536", "hub lan", "hub:", "-x", "fe80::1", "a" * 300]
)
def test_what_cannot_be_a_broker_is_refused(said: str) -> None:
    """With the forms that can."""
    with pytest.raises(InstallError, match="is no broker") as caught:
        answers.broker(said)
    assert ":PORT" in caught.value.hint


@pytest.mark.parametrize("said", ["", "   ", "hey, you", "a b c d e", "ünlü", "a" * 40])
def test_what_cannot_be_a_wake_phrase_is_refused(said: str) -> None:
    """Before anything is fetched; whether the model knows its words is seen later."""
    with pytest.raises(InstallError, match="is no wake phrase"):
        answers.phrase(said)


@pytest.mark.parametrize("content", [b"", b"\nsecond line\n", b"\xff\xfe"])
def test_a_password_file_without_a_password_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty password would be a broker that lets nobody in, found out much later."""
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(InstallError):
        answers.password(file)


@pytest.mark.parametrize(
    "said",
    [
        Answers(),
        Answers(board="laptop"),
        Answers(wake="hey jarvis"),
        Answers(host="hub.lan", port=8883, user="no", password="x: #"),
        Answers(board="laptop", wake="no", host="::1", port=1883, user='a "name": [x]', password="s3cret"),
    ],
)
def test_the_file_says_what_was_answered(tmp_path: Path, said: Answers) -> None:
    """Keepmum itself reads it without a mistake, words that look like something else included."""
    file = tmp_path / "keepmum.yaml"
    file.write_text(answers.yaml(said))
    settings = config.load(file)
    assert settings.hardware.board == said.board
    assert settings.broker.host == said.host
    assert settings.broker.username == said.user
    assert settings.broker.tls == (said.port == 8883)
    assert settings.wake.phrases == ((said.wake,) if said.wake else ("alexa",))
    assert said.password is None or said.password not in yaml.dump(yaml.safe_load(file.read_text()))


def test_what_was_found_stands_in_for_what_was_not_said() -> None:
    """--yes takes the board that is connected; --board wins, and --board none too."""
    assert answers.told(Wishes(yes=True), BOARDS, "laptop").board == "laptop"
    assert answers.told(Wishes(board="respeaker-2mic-v1"), BOARDS, "laptop").board == "respeaker-2mic-v1"
    assert answers.told(Wishes(board="none"), BOARDS, "laptop").board is None


def test_questions_are_asked_until_the_answer_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip is told with what could be meant, an empty line takes the default, and options are not asked about."""
    typed = iter(["respeaker-2mic-v9", "respeaker-2mic-v2", "", "hub.lan", "speaker"])
    monkeypatch.setattr("builtins.input", lambda question: next(typed))
    monkeypatch.setattr("getpass.getpass", lambda question: "s3cret")
    said = answers.asked(Wishes(), BOARDS, "laptop")
    assert said == Answers("respeaker-2mic-v2", "alexa", "hub.lan", None, "speaker", "s3cret")
    assert next(typed, None) is None
