"""Install keepmum on this machine, bring it up to date, or take it away; `scripts/install` starts it, as root."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType

import bundle
import install
import places
import preflight
from bundled import Bundled
from journal import Journal
from machine import Machine
from steps import release
from steps.step import Case
from target import Target
from trouble import InstallError, Interrupted
from wishes import Wishes, read


def main(words: list[str]) -> int:
    """Do what the command line says; the exit status."""
    wishes = read(words)
    os.umask(0o022)  # sudo may have been called under one that hides what it installs
    machine = Machine(root=wishes.root.resolve())
    try:
        with _interruptible():
            _do(machine, wishes)
    except InstallError as error:
        machine.progress.line(f"did not succeed, after {machine.progress.took:.0f} s")
        print(error.told(), file=sys.stderr)
        return 1
    except Interrupted as interrupted:
        print("\ninstall: interrupted; the same command again goes on from here", file=sys.stderr)
        return 128 + interrupted.signal
    return 0


def _do(machine: Machine, wishes: Wishes) -> None:
    if wishes.bundle is not None:
        codename, _, computer = (wishes.target or "").partition("-")
        bundle.make(wishes.bundle, Target(codename, computer) if wishes.target else None, machine.progress)
        return
    with _opened(wishes) as source:
        target = release.name(machine)
        case = Case(machine, wishes, Journal(machine.at(places.JOURNAL)), target, asks=_asks(wishes))
        if wishes.uninstall:
            _uninstall(case)
            return
        preflight.look(case, source)
        if wishes.check:
            install.check(case, source)
            return
        with install.alone(machine):
            install.install(case, source)


def _uninstall(case: Case) -> None:
    if case.wishes.check:
        case.machine.progress.line(f"would take away what {places.JOURNAL} lists; nothing was changed")
        return
    preflight.rights(case.machine)
    if not case.wishes.keep_state and not case.wishes.yes:
        if not case.asks:
            raise InstallError("consents and ledger would be deleted", "say --yes, or --keep-state to keep them")
        said = input(f"Delete settings, consents and ledger ({places.ETC}, {places.STATE}) as well? [y/N]: ")
        if said.strip().lower() not in {"y", "yes"}:
            raise InstallError("nothing was taken away", "--keep-state keeps them, and takes the rest away")
    with install.alone(case.machine):
        install.uninstall(case)


@contextlib.contextmanager
def _opened(wishes: Wishes) -> Iterator[Bundled | None]:
    if wishes.source is None or wishes.uninstall:
        yield None
        return
    with contextlib.closing(bundle.opened(wishes.source)) as opened:
        yield opened


def _asks(wishes: Wishes) -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and not wishes.yes


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    def end(number: int, _: FrameType | None) -> None:
        raise Interrupted(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
