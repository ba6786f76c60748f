"""The few questions of a first installation: asked on a terminal, answered by options, or left as they are."""

from __future__ import annotations

import difflib
import getpass
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from places import PASSWORD
from trouble import InstallError
from wishes import Wishes

NONE = "none"
Answer = TypeVar("Answer")
_TLS_PORT = 8883
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")


@dataclass(frozen=True)
class Answers:
    """What goes into the owner's settings. None is what stays as it is shipped."""

    board: str | None = None
    wake: str | None = None
    host: str | None = None
    port: int | None = None
    user: str | None = None
    password: str | None = None


def board(untrusted: str, known: list[str]) -> str | None:
    """The board of that name, None for `none`. Raises InstallError with the nearest name."""
    if untrusted == NONE:
        return None
    if untrusted in known:
        return untrusted
    near = [name for name in known if untrusted and name.startswith(untrusted)]
    near = near or difflib.get_close_matches(untrusted, known, n=1)
    hint = f"did you mean {' or '.join(near)}?" if near else f"here are: {', '.join(known)}, {NONE}"
    raise InstallError(f"there is no board {untrusted!r}", hint)


def broker(untrusted: str) -> tuple[str | None, int | None]:
    """Host and port of `HOST[:PORT]`; nothing for `none`. Raises InstallError."""
    if untrusted == NONE:
        return None, None
    host, _, port = untrusted.rpartition(":") if re.search(r"[^:]:\d+$|\]:\d+$", untrusted) else (untrusted, "", "")
    if not _HOST.fullmatch(host) or (port and not 0 < int(port) < 1 << 16):
        what = f"{untrusted!r} is no broker"
        raise InstallError(what, "a name or an address, with :PORT if it is not 1883; [fe80::1]:1883 for IPv6; or none")
    return host.strip("[]"), int(port) if port else None


def phrase(untrusted: str) -> str:
    """A wake phrase in small letters. Raises InstallError for what cannot be one; the release knows the words."""
    words = untrusted.lower().split()
    if not words or len(words) > 4 or not all(re.fullmatch(r"[a-z']{1,20}", word) for word in words):
        raise InstallError(f"{untrusted!r} is no wake phrase", "one to four words of letters, such as `hey jarvis`")
    return " ".join(words)


def password(file: Path) -> str:
    """The first line of a file. Raises InstallError if it cannot be read or has none."""
    try:
        first = file.read_text().partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InstallError(
            f"{file} cannot be read: {error}", "a text file with the password in its first line"
        ) from None
    if not first:
        raise InstallError(f"{file} has no password in its first line", "write it there, and nothing before it")
    return first


def told(wishes: Wishes, known: list[str], found: str | None) -> Answers:
    """The answers of the command line; the board that was found stands in for one that was not said."""
    host, port = broker(wishes.broker) if wishes.broker else (None, None)
    return Answers(
        board=board(wishes.board, known) if wishes.board else found,
        wake=phrase(wishes.wake) if wishes.wake else None,
        host=host,
        port=port,
        user=wishes.broker_user,
        password=password(wishes.broker_password_file) if wishes.broker_password_file else None,
    )


def asked(wishes: Wishes, known: list[str], found: str | None) -> Answers:
    """The answers of somebody at a terminal, about whatever the command line does not say."""
    print("\nThree questions. Nothing that is heard can leave through any answer: that takes a hand on the button.\n")
    which = wishes.board
    if which is None:
        print(f"Boards: {', '.join(known)}")
    chosen = _until(lambda text: board(text, known), "The board", found or NONE, which)
    wake = _until(
        phrase, "The wake word (alexa, hey jarvis, hey mycroft, okay nabu, or words of yours)", "alexa", wishes.wake
    )
    host, port = _until(broker, "Your MQTT broker, HOST[:PORT], or none", NONE, wishes.broker)
    user, secret = wishes.broker_user, None
    if host and user is None:
        user = input("The name to log in there (empty: without): ").strip() or None
    if wishes.broker_password_file:
        secret = password(wishes.broker_password_file)
    elif user:
        secret = getpass.getpass("Its password (nothing is shown): ") or None
    print()
    return Answers(chosen, wake, host, port, user, secret)


def _until(read: Callable[[str], Answer], question: str, default: str, said: str | None) -> Answer:
    """Ask until the answer can be used; an option that was given is not asked about."""
    if said is not None:
        return read(said)
    while True:
        try:
            return read(input(f"{question} [{default}]: ").strip() or default)
        except InstallError as error:
            print(f"  {error.what}; {error.hint}")


def yaml(answers: Answers) -> str:
    """The owner's settings file, with only what was answered."""
    lines = [
        "# Your settings. scripts/install wrote this once and never writes it again: it is yours.",
        "# Every key that there is stands in config/keepmum.yaml; `keepmum config --show` prints what is in force.",
    ]
    if answers.board:
        lines += ["", "hardware:", f"  board: {_quoted(answers.board)}"]
    if answers.wake:
        lines += ["", "wake:", f"  phrases: [{_quoted(answers.wake)}]"]
    if answers.host:
        lines += ["", "broker:", f"  host: {_quoted(answers.host)}"]
        lines += [f"  port: {answers.port}"] if answers.port else []
        lines += ["  tls: true"] if answers.port == _TLS_PORT else []
        lines += [f"  username: {_quoted(answers.user)}"] if answers.user else []
        lines += [f"  password_file: {PASSWORD}"] if answers.password else []
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A word as YAML takes it for a string, whatever it looks like: JSON is YAML."""
    return json.dumps(text, ensure_ascii=False)
