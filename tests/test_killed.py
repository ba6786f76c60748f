"""A real process that is killed at any moment loses nothing that it had acknowledged."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
from pathlib import Path

from keepmum.ledger import Ledger, What, verify
from keepmum.outbox import Outbox

KILLS = 10

LISTENER = """
import hashlib, os, sys
from pathlib import Path
from keepmum.ledger import Ledger, What
from keepmum.outbox import Item, Outbox

folder = Path(sys.argv[1])
ledger, outbox = Ledger(folder / "ledger"), Outbox(folder / "outbox")
while True:
    parcel = os.urandom(16).hex()
    body = os.urandom(16) * 1_000
    ledger.add(What.RELEASE, 1.0, {"parcel": parcel})
    outbox.put(Item(parcel, "clip", "clips", "research", "c1", None, body))
    os.write(1, f"kept {parcel} {hashlib.sha256(body).hexdigest()}\\n".encode())
    if len(outbox.waiting()) > 20:
        oldest = outbox.waiting()[0]
        os.write(1, f"erasing {oldest} -\\n".encode())
        outbox.erase(oldest)
        ledger.add(What.DELIVERED, 1.0, {"parcel": oldest})
        os.write(1, f"delivered {oldest} -\\n".encode())
"""


def run_and_kill(folder: Path, lines: int) -> list[list[str]]:
    """What a listener acknowledged until it was killed, some time after its first `lines` words."""
    with subprocess.Popen([sys.executable, "-c", LISTENER, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        said += process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL
    return [line.split() for line in said]


def test_no_kill_loses_or_tears_what_was_acknowledged(tmp_path: Path) -> None:
    """After each kill, every parcel whose `put` returned waits whole, unless its erase had begun, and has its row."""
    chance = random.Random(3)
    kept: dict[str, str] = {}
    for _ in range(KILLS):
        said = run_and_kill(tmp_path, chance.randint(1, 40))
        kept |= {parcel: digest for word, parcel, digest in said if word == "kept"}
        ledger, outbox = Ledger(tmp_path / "ledger"), Outbox(tmp_path / "outbox")
        erasing = {parcel for word, parcel, _ in said if word == "erasing"}
        waiting = {parcel: outbox.get(parcel) for parcel in outbox.waiting()}
        assert kept.keys() - erasing <= waiting.keys()
        assert not {parcel for word, parcel, _ in said if word == "delivered"} & waiting.keys()
        for parcel, item in waiting.items():
            assert item is not None
            assert kept.get(parcel) in (None, hashlib.sha256(item.body).hexdigest())
        told = {(row.what, row.facts.get("parcel")) for row in ledger.rows()}
        assert all((What.RELEASE, parcel) in told for parcel in waiting)
        assert verify(tmp_path / "ledger").problem is None
        kept = {parcel: digest for parcel, digest in kept.items() if parcel in waiting}
    assert kept
