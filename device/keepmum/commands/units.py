"""`keepmum units`: makes of the settings what only systemd can hold: whom the uplink may reach, and when it runs."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keepmum.clock import RealClock
from keepmum.commands.wishes import settings
from keepmum.errors import BrokerError, WallError
from keepmum.settings import Settings

if TYPE_CHECKING:
    from keepmum.wall.plan import Around, Change

app = typer.Typer()
_SYSTEMD_RUNS = Path("/run/systemd/system")
"""There as long as systemd is the machine's first process: sd_booted(3)."""


@app.command(
    epilog="Examples:  sudo keepmum units  ·  keepmum units --check  ·  keepmum units --may-send-now && echo not quiet"
)
def units(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Only print what would change; exit 1 if anything.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take away everything that it ever wrote.")] = False,
    root: Annotated[
        Path, typer.Option("--root", metavar="FOLDER", help="Where the files begin, for an image.", exists=True)
    ] = Path("/"),
    may_send_now: Annotated[
        bool, typer.Option("--may-send-now", help="Change nothing; exit 0 if the uplink may run now, 1 if not.")
    ] = False,
) -> None:
    """Write what your settings mean for systemd: the uplink's way to the broker, and the quiet hours without network.

    Run it as root after a change of `broker:` or `quiet:`, and when the broker has moved to another address. Files
    that are not keepmum's own stay as they are.
    """
    if sum((check, remove, may_send_now)) > 1:
        raise typer.BadParameter("--check, --remove and --may-send-now are three different questions")
    if may_send_now:
        raise typer.Exit(0 if _may_send(settings(context)) else 1)
    wanted = Settings() if remove else settings(context)
    raise typer.Exit(1 if run(wanted, root, only_look=check) and check else 0)


def _may_send(settings: Settings) -> bool:
    from keepmum.wall import hours

    now = RealClock().wall()
    return hours.may_send(settings.quiet, now, time.localtime(now).tm_gmtoff)


def run(
    settings: Settings, root: Path, *, only_look: bool, ask: Callable[[str], tuple[str, ...]] | None = None
) -> bool:
    """Bring the files below `root` in line, and tell each change; whether there was one.

    The quiet hours are seen to even when nobody knows the broker's name: what makes it quieter does not wait for a
    network. Raises ConfigError, WallError, and BrokerError at the end.
    """
    from keepmum.wall import folder, names, plan

    place, trouble = folder.Folder(root), None
    try:
        around = _around(settings, root, ask or names.addresses)
    except BrokerError as error:
        around, trouble = None, error
    done = plan.changes(plan.wanted(settings, around), place.found())
    if not only_look:
        _change(place.change, done, root)
    for change in done:
        typer.echo("\n".join(change.told(done=not only_look)))
    if trouble is not None:
        raise trouble
    if not done:
        typer.echo("everything is as the settings want it")
    return bool(done)


def _around(settings: Settings, root: Path, ask: Callable[[str], tuple[str, ...]]) -> Around:
    from keepmum.wall import dropin
    from keepmum.wall.plan import Around

    broker = settings.broker
    if broker.host is None:
        return Around(())
    try:
        asked = dropin.resolvers((root / "etc/resolv.conf").read_text("utf-8", "replace"))
    except OSError:
        asked = ()
    return Around(ask(broker.host), asked, broker.password_file is not None and _is_there(root, broker.password_file))


def _is_there(root: Path, path: Path) -> bool:
    try:
        (root / str(path.absolute()).lstrip("/")).stat()
    except PermissionError as error:
        what = f"nobody but root can see whether broker.password_file {path} is there"
        raise WallError(what, "sudo keepmum units --check") from error
    except OSError:
        typer.echo(f"keepmum: note: broker.password_file {path} is not there, so systemd hands none over", err=True)
        return False
    return True


def _change(change: Callable[[Iterable[Change]], None], done: tuple[Change, ...], root: Path) -> None:
    from keepmum.wall import plan

    speaks = bool(done) and root.resolve() == Path("/") and _SYSTEMD_RUNS.is_dir()
    if speaks:
        _tell_systemd(plan.before_it(done))
    change(done)
    if speaks:
        _tell_systemd([["systemctl", "daemon-reload"]])
        if subprocess.run(["systemctl", "is-active", "--quiet", "keepmum.target"], check=False).returncode == 0:
            _tell_systemd(plan.after_it(done))


def _tell_systemd(orders: list[list[str]]) -> None:
    for words in orders:
        answer = subprocess.run(words, capture_output=True, text=True, check=False)
        if answer.returncode:
            why = answer.stderr.strip().partition("\n")[0]
            raise WallError(f"`{' '.join(words)}` failed: {why}", "the files are written; restart the machine")
