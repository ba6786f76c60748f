"""scripts/kernel without qemu: its words, its archive, its modules, and its hand at a chip that is simulated."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
MACHINE = ROOT / "scripts/machine"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own modules can be imported, as its command does."""
    monkeypatch.syspath_prepend(str(MACHINE))


def run(*words: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(MACHINE), *words]
    return subprocess.run(command, env=os.environ | surroundings, capture_output=True, text=True, check=False)


def test_it_says_what_it_does() -> None:
    """--help names what it fetches and its options."""
    done = run("--help", COLUMNS="120")
    assert done.returncode == 0
    for word in ("arm64 kernel", "--results", "--minutes", "--fresh", "--cache"):
        assert word in done.stdout


@pytest.mark.parametrize("words", [("--minutes", "0"), ("--minutes", "soon"), ("--results",)])
def test_wrong_words(words: tuple[str, ...]) -> None:
    """Exit code 2, and the word that is wrong."""
    done = run(*words)
    assert done.returncode == 2
    assert words[0] in done.stderr


def test_a_tool_is_missing(tmp_path: Path) -> None:
    """One clear line with what is missing and how to get it; nothing is made."""
    done = run("--cache", str(tmp_path / "cache"), PATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == (
        "kernel: error: mmdebstrap is not here\nkernel: hint: sudo apt-get install --no-install-recommends mmdebstrap\n"
    )
    assert not (tmp_path / "cache").exists()


def test_the_first_process_is_good_shell() -> None:
    """shellcheck has nothing to say about what runs in the machine."""
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed: apt-get install shellcheck")
    done = subprocess.run(["shellcheck", MACHINE / "init"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def entries(archive: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Name, mode and content of everything in an archive, read as the kernel's init/initramfs.c does."""
    at = 0
    while archive[at:]:
        numbers = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        assert archive[at : at + 6] == b"070701"
        name = archive[at + 110 : at + 110 + numbers[11] - 1].decode()
        at = at + -(-(110 + numbers[11]) // 4) * 4
        content = archive[at : at + numbers[6]]
        at = at + -(-numbers[6] // 4) * 4
        yield name, numbers[1], content
        if name == "TRAILER!!!":
            at = -(-at // 512) * 512


def test_the_archive(tmp_path: Path) -> None:
    """Folders, files, links and devices are in it, in an order in which they can be made; two stand in one file."""
    from newc import Newc

    (tmp_path / "tree/bin").mkdir(parents=True)
    (tmp_path / "tree/bin/tool").write_bytes(b"12345")
    (tmp_path / "tree/bin/tool").chmod(0o755)
    (tmp_path / "tree/lib").symlink_to("bin")
    (tmp_path / "tree/away").write_text("not wanted")
    with (tmp_path / "memory").open("wb") as out:
        first = Newc(out)
        first.tree(tmp_path / "tree", "usr-", leave_out=["away"])
        first.device("console", 5, 1)
        first.end()
        second = Newc(out)
        second.file("init", b"second")
        second.end()
    found = list(entries((tmp_path / "memory").read_bytes()))
    assert found == [
        ("usr-bin", 0o040755, b""),
        ("usr-bin/tool", 0o100755, b"12345"),
        ("usr-lib", 0o120777, b"bin"),
        ("console", 0o020600, b""),
        ("TRAILER!!!", 0, b""),
        ("init", 0o100644, b"second"),
        ("TRAILER!!!", 0, b""),
    ]


def test_modules_stand_behind_their_needs(tmp_path: Path) -> None:
    """Each module once, behind those that it names; one that is not there is an error."""
    from modules import in_order

    for name, needs in {"snd": "soundcore", "soundcore": "", "snd-pcm": "snd", "snd-aloop": "snd,snd-pcm"}.items():
        (tmp_path / f"{name}.ko").write_bytes(b"\x7fELF\0license=GPL\0depends=%s\0intree=Y\0" % needs.encode())
    found = [file.stem for file in in_order(tmp_path, ["snd_aloop", "snd"])]
    assert found == ["soundcore", "snd", "snd-pcm", "snd-aloop"]
    with pytest.raises(KeyError):
        in_order(tmp_path, ["gpio_sim"])


class Chip(threading.Thread):
    """What qemu's qtest says for one chip: an output is changed by the test, inputs are remembered."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.driven: list[tuple[int, int]] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self._line: socket.socket | None = None

    def run(self) -> None:
        self._line, _ = self._server.accept()
        for words in map(str.split, self._line.makefile()):
            if words[0] == "set_irq_in":
                self.driven.append((int(words[3]), int(words[4])))
            self._line.sendall(b"OK\n")

    def output(self, line: int, level: int) -> None:
        assert self._line is not None
        self._line.sendall(f"IRQ {'raise' if level else 'lower'} {line}\n".encode())

    def close(self) -> None:
        for end in (self._server, self._line):
            if end is not None:
                end.close()


@pytest.fixture
def chip(tmp_path: Path) -> Iterator[Chip]:
    """A chip that waits for a hand."""
    chip = Chip(tmp_path / "qtest")
    chip.start()
    yield chip
    chip.close()


@pytest.fixture
def ask(chip: Chip, tmp_path: Path) -> Iterator[Any]:
    """Asks the hand as a test in the machine does."""
    from hand import Hand

    inside, outside = socket.socketpair()
    hand = Hand(outside, (tmp_path / "qtest", "/machine/chip"), tmp_path)
    working = threading.Thread(target=hand.serve)
    working.start()
    lines = inside.makefile("rw")

    def question(what: str, **words: Any) -> dict[str, Any]:
        lines.write(json.dumps({"do": what} | words) + "\n")
        lines.flush()
        answer: dict[str, Any] = json.loads(lines.readline())
        return answer

    question.hand = hand  # type: ignore[attr-defined]
    yield question
    lines.close()
    inside.close()
    working.join()
    outside.close()


def test_the_hand_presses(ask: Any, chip: Chip) -> None:
    """Levels are put in order, each no earlier than it was wanted, and the hand says when."""
    put = ask("play", line=0, steps=[[0, 0.01], [1, 0.01], [0, 0]])["put"]
    assert chip.driven == [(0, 0), (0, 1), (0, 0)]
    assert put[1] - put[0] >= 0.009
    assert put[2] - put[0] >= 0.019


def test_the_hand_lays_wires(ask: Any, chip: Chip) -> None:
    """An input follows an output, inverted if asked, from the moment that the wire is laid until it is cut."""
    ask("wire", source=1, to=2, inverted=True)
    chip.output(1, 1)
    changes: list[Any] = []
    while not changes:
        changes = ask("changes")["changes"]
    assert [change[1:] for change in changes] == [[1, 1]]
    while len(chip.driven) < 2:
        ask("changes")
    ask("cut", source=1, level=1)
    assert chip.driven == [(2, 1), (2, 0), (2, 1)]
    assert ask("changes")["changes"] == []


def test_the_hand_keeps_what_it_is_given(ask: Any, tmp_path: Path) -> None:
    """A report is written into the folder of results and nowhere else; the code is remembered."""
    ask("keep", name="../../junit.xml", text="<report/>")
    ask("finish", code=1)
    assert (tmp_path / "junit.xml").read_text() == "<report/>"
    assert ask.hand.code == 1


@pytest.mark.parametrize("words", [{"what": "fly"}, {"what": "play"}, {"what": "play", "line": 0, "steps": 3}])
def test_the_hand_does_not_understand(ask: Any, words: dict[str, Any]) -> None:
    """Nonsense is answered with an error, and the hand goes on."""
    assert "does not understand" in ask(**words)["error"]
    assert "now" in ask("changes")


def test_the_same_checks_are_collected_anywhere() -> None:
    """Without a hand, tests/kernel is collected in full and skipped with the reason."""
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", str(ROOT / "tests/kernel")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    assert "scripts/kernel boots one that has" in done.stdout
    assert " passed" not in done.stdout.splitlines()[-1]
