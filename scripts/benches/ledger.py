"""What a ledger costs: a row with its fsync, a whole examination, the start of a speaker with a year of rows."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keepmum.disk import RealDisk
from keepmum.ledger import Ledger, What, read, verify

FACTS = {"parcel": "3f" * 16, "kind": "clip", "purpose": "research", "rung": "text", "consent": "c0" * 16}
FACTS |= {"to": "ab" * 16, "sha256": "00" * 32}


class HastyDisk(RealDisk):
    """Does not wait for the disk: only to fill a ledger quickly before it is measured."""

    def sync(self, file: int) -> None:
        """Nothing is waited for."""

    def sync_folder(self, folder: Path) -> None:
        """Nor here."""


def main(arguments: list[str]) -> int:
    """Prints one line for each figure."""
    parser = argparse.ArgumentParser(prog="bench ledger", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the large ledger (100000: a year)")
    parser.add_argument("--folder", type=Path, help="on which disk to measure; a temporary folder unless told")
    words = parser.parse_args(arguments)
    signer = Ed25519PrivateKey.generate()
    with tempfile.TemporaryDirectory(dir=words.folder) as there:
        small, large = Path(there) / "small", Path(there) / "large"
        _say("a row and its fsync", _adds(Ledger(small, signer=signer), {}))
        _say("a row with private facts, two fsyncs", _adds(Ledger(small, signer=signer), {"seconds": 3.25}))
        _say("a checkpoint", _checkpoints(Ledger(small, signer=signer)))
        filling = Ledger(large, 0.0, HastyDisk(), signer)
        for n in range(words.rows):
            filling.add(What.RELEASE, float(n), {**FACTS, "bytes": n})
        filling.checkpoint(0.0)
        size = sum(file.stat().st_size for file in large.glob("0*.jsonl"))
        print(f"{words.rows} rows are {size / 1e6:.1f} MB in {len(list(large.glob('0*.jsonl')))} files")
        _say(f"opening {words.rows} rows", [_took(lambda: Ledger(large, signer=signer)) for _ in range(3)])
        _say("verifying 10,000 rows", [_took(lambda: verify(large)) * 10_000 / words.rows])
        _say("reading 10,000 rows", [_took(lambda: list(read(large))) * 10_000 / words.rows])
        since = words.rows - 500.0
        _say("reading the newest 500 rows", [_took(lambda: list(read(large, since))) for _ in range(3)])
    return 0


def _adds(ledger: Ledger, private: dict[str, float]) -> list[float]:
    return [_took(lambda: ledger.add(What.RELEASE, 0.0, FACTS, private)) for _ in range(200)]


def _checkpoints(ledger: Ledger) -> list[float]:
    took = []
    for _ in range(20):
        ledger.add(What.MUTE, 0.0, {})
        took.append(_took(lambda: ledger.checkpoint(0.0)))
    return took


def _took(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def _say(what: str, seconds: list[float]) -> None:
    print(f"{what}: {statistics.median(seconds) * 1e3:.2f} ms (at most {max(seconds) * 1e3:.2f})")
