"""How every process begins when it is run as `python -m keepmum.<name> --config FILE`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from keepmum import config, log
from keepmum.errors import KeepmumError
from keepmum.settings import Settings


def run(name: str, main: Callable[[Settings], int], arguments: list[str] | None = None) -> int:
    """Read the settings and call `main`; an expected error is two plain lines and exit code 1."""
    parser = argparse.ArgumentParser(prog=f"keepmum.{name}")
    parser.add_argument("--config", type=Path, help="the owner's file; see `keepmum config --show`")
    chosen = parser.parse_args(arguments)
    log.begin(name)
    try:
        return main(config.load(chosen.config))
    except KeepmumError as error:
        print(error.told_by(name), file=sys.stderr)
        return 1
