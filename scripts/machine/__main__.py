"""Run `tests/kernel` on a real Linux kernel, in a machine with GPIO lines and sound cards, and keep what it said."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from computer import Computer
from root import debian
from trouble import MachineError

from keepmum.errors import KeepmumError

HERE = Path(__file__).resolve().parents[2]
app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode="markdown")


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    epilog="Examples:  scripts/kernel  ·  scripts/kernel -- -k button  ·  scripts/kernel --results /tmp/evidence",
)
def kernel(
    more: typer.Context,
    results: Annotated[Path, typer.Option(help="Folder for the log and junit.xml.")] = HERE / ".run/kernel",
    cache: Annotated[Path, typer.Option(help="Folder for the machine, about 300 MB.")] = HERE / ".cache/kernel",
    minutes: Annotated[float, typer.Option(help="The machine is switched off after that.", min=0.1, max=120)] = 15,
    fresh: Annotated[bool, typer.Option("--fresh", help="Fetch the machine again, with today's kernel.")] = False,
) -> None:
    """Boot Debian's arm64 kernel in qemu and run tests/kernel in it; what stands after `--` goes to pytest.

    The first time it fetches about 120 MB from Debian and PyPI. It needs qemu and mmdebstrap, and no root.
    Ends with 0 if every test has passed.
    """
    began = time.monotonic()
    machine = debian(HERE, cache, fresh=fresh)
    typer.echo(f"kernel: {machine.about}, ready after {time.monotonic() - began:.0f} s")
    computer = Computer(HERE, machine, results, pytest=tuple(more.args))
    code = computer.run(deadline=time.monotonic() + 60 * minutes)
    typer.echo(f"kernel: {time.monotonic() - began:.0f} s in all; the log and junit.xml are in {results}")
    if code is None:
        raise MachineError("the machine ended without a result", f"its last words are in {results / 'console.log'}")
    raise typer.Exit(code)


if __name__ == "__main__":
    try:
        app(prog_name="scripts/kernel")
    except KeepmumError as error:
        print(f"kernel: error: {error.what}\nkernel: hint: {error.hint}", file=sys.stderr)
        sys.exit(2)
