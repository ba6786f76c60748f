"""Install keepmum on this machine, bring it up to date, or take it away; `scripts/install` starts it, as root."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType

import bundle
import files
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
    if wishes.check:
        with _looked_into(wishes) as source:
            _look(_case(machine, wishes), source)
        return
    preflight.rights(machine)
    with install.alone(machine):
        if wishes.uninstall:
            _uninstall(_case(machine, wishes))
            return
        with _opened(machine, wishes) as source:
            case = _case(machine, wishes)
            preflight.look(case, source)
            install.install(case, source)


def _case(machine: Machine, wishes: Wishes) -> Case:
    journal = Journal(machine.at(places.JOURNAL))
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not wishes.yes
    return Case(machine, wishes, journal, release.name(machine), asks=asks)


def _look(case: Case, source: Bundled | None) -> None:
    if case.wishes.uninstall:
        case.machine.progress.line(f"would take away what {places.JOURNAL} lists; nothing was changed")
        return
    preflight.look(case, source)
    install.check(case, source)


def _uninstall(case: Case) -> None:
    if not case.wishes.keep_state and not case.wishes.yes:
        if not case.asks:
            raise InstallError("consents and ledger would be deleted", "say --yes, or --keep-state to keep them")
        said = input(f"Delete settings, consents and ledger ({places.ETC}, {places.STATE}) as well? [y/N]: ")
        if said.strip().lower() not in {"y", "yes"}:
            raise InstallError("nothing was taken away", "--keep-state keeps them, and takes the rest away")
    install.uninstall(case)


@contextlib.contextmanager
def _opened(machine: Machine, wishes: Wishes) -> Iterator[Bundled | None]:
    """The bundle, unpacked where the next run finds and removes it if this one is killed."""
    if wishes.source is None:
        yield None
        return
    into = machine.at(places.BUNDLE)
    files.remove(into)
    files.make(into)
    try:
        with contextlib.closing(bundle.opened(wishes.source, into)) as opened:
            yield opened
    finally:
        files.remove(into)
        files.remove_if_empty(machine.at(places.OPT))


@contextlib.contextmanager
def _looked_into(wishes: Wishes) -> Iterator[Bundled | None]:
    """The bundle, unpacked where anybody may write."""
    if wishes.source is None:
        yield None
        return
    with contextlib.closing(bundle.opened(wishes.source)) as opened:
        yield opened


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    def end(number: int, _: FrameType | None) -> None:
        raise Interrupted(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
