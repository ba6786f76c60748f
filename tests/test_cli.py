"""The `keepmum` command: it asks for news or for quiet, and every expected error is two plain lines."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepmum import cli, config, ledger, schema
from keepmum.messages import Done, Message, Refused, Say, Seen, Status, StatusReport, Tighten, Watch
from keepmum.wire import Door, Line

REPORT = StatusReport(
    ear="waiting",
    microphone="open",
    ring="listening for the wake word",
    mutes=[],
    mode="local",
    consents=[],
    proposal="",
    waiting=0,
    peers=["skills", "uplink"],
    broker="online",
    rows=12,
)


class Outcome:
    """What one command left: exit code and both outputs."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


class Listener:
    """A listener's real door; `answers` says what comes back for each message, then it hangs up if it `leaves`."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[Message] = []
        self.answers: Callable[[Message], list[Message]] = lambda _: [Done()]
        self.leaves = False
        self._door = Door(folder, "panel")
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        lines: list[Line] = []
        while not self._stopped.is_set():
            for ready in select.select([self._door, *lines], [], [], 0.02)[0]:
                if ready is self._door:
                    lines.extend(line for line in [self._door.accept()] if line)
                elif not self._answered(ready):
                    lines.remove(ready)
        for line in lines:
            line.close()

    def _answered(self, line: Line) -> bool:
        try:
            received = line.receive()
        except ConnectionError:
            line.close()
            return False
        if received:
            self.heard.append(received[0])
            for answer in self.answers(received[0]):
                line.send(answer)
        if self.leaves:
            line.close()
        return not self.leaves

    def close(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._door.close()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    whole = Listener(tmp_path / "run")
    yield whole
    whole.close()


Keepmum = Callable[..., Outcome]


@pytest.fixture
def keepmum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Runs the command in folders of its own."""
    monkeypatch.delenv("KEEPMUM_CONFIG", raising=False)
    monkeypatch.setattr(config, "OWNERS_FILE", tmp_path / "none.yaml")
    folders = [f"--set=folders.{name}={tmp_path / name}" for name in ("run", "state")]

    def run(*words: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["keepmum", *folders, *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Outcome(int(ended.value.code or 0), *capsys.readouterr())

    return run


# ---- talking to the speaker


def test_status_shows_all_that_the_listener_reports(listener: Listener, keepmum: Keepmum) -> None:
    """One line for each fact, and the same facts as JSON."""
    listener.answers = lambda _: [REPORT]
    shown = keepmum("status")
    assert shown.code == 0
    assert "listening for the wake word" in shown.out
    assert "skills, uplink" in shown.out
    assert "mutes" in shown.out
    assert "none" in shown.out
    assert json.loads(keepmum("status", "--json").out) == REPORT.model_dump(exclude={"type"})
    assert listener.heard == [Status(), Status()]


def test_how_much_is_to_be_forgotten_has_to_be_said(listener: Listener, keepmum: Keepmum) -> None:
    """Nobody deletes everything for want of a word."""
    assert (keepmum("forget").code, keepmum("forget", "much").code, listener.heard) == (2, 2, [])


@pytest.mark.parametrize(
    ("words", "want"),
    [
        *(("mute", "mute"), ("guest", "guest"), ("local", "local"), ("withdraw", "withdraw")),
        *(("forget last", "forget_last"), ("forget today", "forget_today"), ("forget all", "forget")),
    ],
)
def test_each_word_for_quiet_is_one_message(listener: Listener, keepmum: Keepmum, words: str, want: str) -> None:
    """mute, guest, local, withdraw and forget ask for exactly that, and print the speaker's answer."""
    listener.answers = lambda _: [Done(text="Quieter now.")]
    assert keepmum(*words.split()).out == "Quieter now.\n"
    assert listener.heard == [Tighten(want=want)]  # type: ignore[arg-type]


def test_there_is_no_command_to_unmute(listener: Listener, keepmum: Keepmum) -> None:
    """It says why, ends with 1, and nothing reaches the listener."""
    refused = keepmum("unmute")
    assert refused.code == 1
    assert refused.err == (
        "keepmum: error: no command can open the microphone\n"
        "keepmum: hint: hold the button on the speaker for a second: it takes a hand in the room\n"
    )
    assert listener.heard == []


def test_a_sentence_is_said_and_its_answer_printed(listener: Listener, keepmum: Keepmum) -> None:
    """`say` sends the sentence as it is; a silent answer prints Done."""
    listener.answers = lambda message: [Done(text="Ten minutes." if message == Say(text="set a timer") else "")]
    assert keepmum("say", "set a timer").out == "Ten minutes.\n"
    assert keepmum("say", "mute yourself").out == "Done.\n"
    assert keepmum("say", "x" * 501).code == keepmum("say", "").code == 2


def test_a_refusal_is_an_error_with_the_listeners_reason(listener: Listener, keepmum: Keepmum) -> None:
    """What the listener does not do, the command does not pretend."""
    listener.answers = lambda _: [Refused(why="that is no command I know", hint="see en.yaml")]
    refused = keepmum("say", "make me a sandwich")
    assert refused.code == 1
    assert refused.err == "keepmum: error: that is no command I know\nkeepmum: hint: see en.yaml\n"


def test_an_answer_to_another_question_is_an_error(listener: Listener, keepmum: Keepmum) -> None:
    """A status that is none is not shown as one."""
    listener.answers = lambda _: [Done()]
    assert "answered something else" in keepmum("status").err


def test_a_listener_that_hangs_up_is_an_error(listener: Listener, keepmum: Keepmum) -> None:
    """No answer is never taken for done."""
    listener.answers, listener.leaves = lambda _: [], True
    gone = keepmum("mute")
    assert gone.code == 1
    assert gone.out == ""
    assert "hung up" in gone.err


def test_without_a_listener_the_error_says_what_to_start(keepmum: Keepmum) -> None:
    """Nobody there: one line what, one line what to do."""
    missing = keepmum("status")
    assert missing.code == 1
    assert "the listener does not answer" in missing.err
    assert "keepmum: hint: start `keepmum run listener` first" in missing.err


def test_a_listener_that_says_nothing_is_not_waited_for_without_end(
    listener: Listener, keepmum: Keepmum, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time that a skill may take, it is an error."""
    monkeypatch.setattr("keepmum.commands.conversation._PATIENCE", 0.05)
    listener.answers = lambda _: []
    assert "did not answer within 0.05 seconds" in keepmum("mute").err


def test_watch_prints_what_happens_until_the_listener_leaves(listener: Listener, keepmum: Keepmum) -> None:
    """Each Seen is a line; letters that a terminal would obey are escaped."""
    seen = [
        Seen(at=0.0, kind="decision", facts={"reason": "not_agreed", "bytes": 0}),
        Seen(at=1.0, kind="heard", facts={"words": "\x1b[2Jhello", "mute": [1, 2]}),
    ]
    listener.answers, listener.leaves = lambda _: [Done(), *seen], True
    shown = keepmum("watch")
    assert shown.out.splitlines()[0].split()[1:] == ["decision", "reason=not_agreed", "bytes=0"]
    assert "words='\\x1b[2Jhello'  mute=1, 2" in shown.out
    assert shown.code == 1
    assert listener.heard == [Watch()]
    as_json = keepmum("watch", "--json").out.splitlines()
    assert json.loads(as_json[1])["facts"]["words"] == "\x1b[2Jhello"


def test_watch_ends_quietly_with_ctrl_c(listener: Listener, tmp_path: Path) -> None:
    """A person who has seen enough gets no traceback and exit code 0."""
    watching = threading.Event()

    def answer(_: Message) -> list[Message]:
        watching.set()
        return []

    listener.answers = answer
    command = [sys.executable, "-m", "keepmum.cli", "--set", f"folders.run={tmp_path / 'run'}", "watch"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert watching.wait(30)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


def test_watch_says_why_it_may_not(listener: Listener, keepmum: Keepmum) -> None:
    """A refused watch is an error, not an empty screen."""
    listener.answers = lambda _: [Refused(why="enough watchers")]
    assert keepmum("watch").err == "keepmum: error: enough watchers\n"


# ---- configuration


def test_config_shows_what_is_in_force_and_who_said_so(keepmum: Keepmum, tmp_path: Path) -> None:
    """Every key by default, only the differences with --changed; each line could stand in the file."""
    assert len(keepmum("config").out.splitlines()) == len(keepmum("config", "--show").out.splitlines()) > 30
    changed = keepmum("--set", "wake.phrases=[computer]", "config", "--show", "--changed").out.splitlines()
    assert changed == [
        'wake.phrases: ["computer"]  # --set wake.phrases',
        f'folders.run: "{tmp_path}/run"  # --set folders.run',
        f'folders.state: "{tmp_path}/state"  # --set folders.state',
    ]


def test_config_prints_the_schema(keepmum: Keepmum) -> None:
    """Exactly the file that ships."""
    assert keepmum("config", "--schema").out == schema.document()


def test_config_checks_a_file_before_it_is_used(keepmum: Keepmum, tmp_path: Path) -> None:
    """A good file is fine, a bad one shows all its mistakes and ends with 1."""
    file = tmp_path / "mine.yaml"
    file.write_text("wake:\n  phrases: [computer]\n")
    assert keepmum("config", "--check", str(file)).out == f"{file}: fine\n"
    file.write_text("wake:\n  fraises: [computer]\n  second: 7\n")
    bad = keepmum("config", "--check", str(file))
    assert bad.code == 1
    assert bad.err.count("mine.yaml:") == 2
    assert "did you mean phrases?" in bad.err


def test_a_file_on_the_command_line_is_the_owners_file(keepmum: Keepmum, tmp_path: Path) -> None:
    """--config stands before the command and counts for all of them."""
    (tmp_path / "mine.yaml").write_text("wake:\n  trigger: 0.5\n")
    assert "wake.trigger: 0.5" in keepmum("--config", str(tmp_path / "mine.yaml"), "config", "--changed").out
    assert keepmum("--config", str(tmp_path / "nix.yaml"), "config").code == 1


# ---- ledger


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The only file of a speaker's ledger of 30 rows."""
    path = tmp_path / "state" / "ledger"
    path.parent.mkdir()
    writer = ledger.Ledger(path)
    for second in range(30):
        writer.add("refusal", float(second), {"kind": "clip", "reason": "not_agreed"})
    return path / "000000000000.jsonl"


def test_the_ledger_is_shown_from_its_end(book: Path, keepmum: Keepmum) -> None:
    """Twenty lines unless told otherwise; as JSON they are the very lines of the file."""
    shown = keepmum("ledger", "show").out.splitlines()
    assert len(shown) == 20
    assert shown[-1].split()[0] == "29"
    assert 'reason="not_agreed"' in shown[-1]
    last_two = b"".join(book.read_bytes().splitlines(keepends=True)[-2:]).decode()
    assert keepmum("ledger", "show", "--json", "--last", "2").out == last_two


def test_a_whole_ledger_is_verified_and_its_head_printed(book: Path, keepmum: Keepmum) -> None:
    """The head is what somebody may note down and compare later."""
    head = json.loads(book.read_text().splitlines()[-1])["hash"]
    assert keepmum("ledger", "verify").out == f"the chain holds: 30 lines, head {head}\n"
    assert json.loads(keepmum("ledger", "verify", "--json").out)["rows"] == 30


def test_a_ledger_that_was_touched_is_an_error(book: Path, keepmum: Keepmum, tmp_path: Path) -> None:
    """One changed letter: exit code 1, and the line is named; --file looks at a copy."""
    copy = tmp_path / "copy.jsonl"
    copy.write_text(book.read_text().replace('"n":7,', '"n":7 ,'))
    bad = keepmum("ledger", "verify", "--file", str(copy))
    assert bad.code == 1
    assert "line 8 of the ledger is damaged" in bad.err
    assert "7 lines before it hold" in bad.err
    assert keepmum("ledger", "verify", "--json", "--file", str(copy)).code == 1
    assert keepmum("ledger", "verify").code == 0


def test_a_torn_last_line_is_told(book: Path, keepmum: Keepmum) -> None:
    """A line that is being written is no damage, but it is not counted either."""
    with book.open("ab") as file:
        file.write(b'{"n":')
    told = keepmum("ledger", "verify")
    assert told.code == 0
    assert "5 bytes of a line without an end" in told.out


def test_without_a_ledger_the_error_says_where_it_was_sought(keepmum: Keepmum, tmp_path: Path) -> None:
    """A missing file is no empty ledger."""
    for words in (("show",), ("verify",), ("show", "--json")):
        missing = keepmum("ledger", *words)
        assert missing.code == 1
        assert f"there is no ledger at {tmp_path}/state/ledger" in missing.err


# ---- the command itself


def test_every_help_teaches_with_an_example() -> None:
    """Each command's --help says what it does and shows how it is typed."""
    runner = CliRunner()
    top = runner.invoke(cli.app, ["--help"])
    assert top.exit_code == 0
    for words in (
        *(["run"], ["demo"], ["status"], ["mute"], ["guest"], ["local"], ["withdraw"], ["forget"], ["say"], ["watch"]),
        *(["boards"], ["ring"]),
        *(["config"], ["ledger", "show"], ["ledger", "verify"]),
    ):
        page = runner.invoke(cli.app, [*words, "--help"], env={"COLUMNS": "120"})
        assert page.exit_code == 0
        assert "Example" in page.output, words
        assert f"keepmum {' '.join(words)}" in page.output
        assert words[0] in top.output


def test_a_wrong_use_ends_with_2(keepmum: Keepmum) -> None:
    """Mistakes in the typing are told apart from errors in the doing."""
    for words in (
        ["nix"],
        ["run", "kitchen"],
        ["mute", "now"],
        ["--set", "wake", "config"],
        ["ledger", "show", "--last=0"],
    ):
        assert keepmum(*words).code == 2, words


def test_a_wrong_setting_stops_a_process_before_it_begins(keepmum: Keepmum) -> None:
    """`run` reads the configuration first; nothing is opened with half of it."""
    stopped = keepmum("--set", "wake.tigger=1", "run", "uplink")
    assert stopped.code == 1
    assert "did you mean trigger?" in stopped.err


def test_the_microphone_is_not_asked_to_play_a_scene(keepmum: Keepmum) -> None:
    """--mic and --fast exclude each other, and a scene must exist."""
    assert keepmum("demo", "--mic", "--fast").code == 2
    assert keepmum("demo", "--scene", "no such scene.txt").code == 2


def test_the_collector_takes_its_own_options(tmp_path: Path) -> None:
    """Everything after `collect` is its business, its help too; a --set before it is refused, not ignored."""
    for words, code in ((["collect", "--help"], 0), (["--set", "wake.trigger=0.1", "collect"], 2), (["collect"], 1)):
        done = subprocess.run(
            [sys.executable, "-m", "keepmum.cli", *words], capture_output=True, text=True, cwd=tmp_path, check=False
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
    assert "no keys given" in done.stderr


def test_an_expected_error_is_two_lines_and_no_traceback(tmp_path: Path) -> None:
    """As the shell sees it: exit code 1, nothing on standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "keepmum.cli", "--set", f"folders.run={tmp_path}", "mute"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == [" error", " hint"]


def test_the_version_is_that_of_the_package() -> None:
    """`keepmum --version` needs no configuration."""
    done = CliRunner().invoke(cli.app, ["--version"])
    assert (done.exit_code, done.output) == (0, "keepmum 0.1.0\n")


def test_a_shell_can_complete_the_commands() -> None:
    """Half a word and Tab: the shell gets the commands that begin so."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("keepmum"))],
        env={"_KEEPMUM_COMPLETE": "complete_bash", "COMP_WORDS": "keepmum w", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["withdraw", "watch", "witness", "words"]
