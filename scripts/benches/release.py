"""What it costs to let something leave: CPU, disk and wire per clip by rung, decisions per second, the ledger's checks.

Orders of coffee by people are heard by the listener's own ears, and each is sent at every rung, in random order: real
keeper, ledger with its fsyncs, outbox in memory, uplink, mosquitto and collector. CPU is the listener's; the wire is
counted by a relay between uplink and broker, MQTT included, TCP's own headers not. Medians over the orders.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from _door import Door, consents, flow_of
from _figures import machine
from _private_talk import people
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from redact import ears
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from keepmum.clip import Clip, new_id, pack
from keepmum.consent import MOST_BLEEPED, Household, Mode, Rung, decide
from keepmum.hardware.voice_espeak import Espeak
from keepmum.ledger import Ledger, What, verify
from keepmum.listener.command import Command
from keepmum.listener.rungs.made import Made
from keepmum.listener.rungs.make import make
from keepmum.listener.rungs.metrics import made_of
from keepmum.privacy import State, events, step
from keepmum.terms import MOST_A_DAY
from ledger import FACTS, HastyDisk

ROOT = Path(__file__).parents[2]
ROWS = 10_000
PARTS = ("make", "seal", "rows", "put", "hand over", "rest")
DAY = {"wakes.confirmed": 23, "commands.understood": 21, "left.voice": 4, "refused.no_consent": 9, "mutes": 2}


@dataclass(frozen=True)
class Cost:
    """What one clip cost."""

    speech: float
    """Seconds of the command behind it, cut to its words."""
    cpu: dict[str, float]
    state: int
    """Bytes written into the folder of the state, all of them by the ledger; the outbox is in memory."""
    syncs: int
    """How often the ledger waits for the disk."""
    outbox: int
    packed: int
    """Bytes before padding and sealing."""
    wire: int
    """Bytes of the uplink's connection, both directions."""


def main(arguments: list[str]) -> int:
    """Prints a table for each of the three."""
    parser = argparse.ArgumentParser(prog="bench release", description=__doc__)
    parser.add_argument("--clips", type=int, default=20, help="orders of coffee, each at five rungs (20; 59 at most)")
    parser.add_argument("--folder", type=Path, help="on which disk to measure; a temporary folder unless told")
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args(arguments)
    console, chance = Console(), random.Random(words.seed)
    with tempfile.TemporaryDirectory(dir=words.folder) as there:
        with Progress(console=console, transient=True) as progress:
            costs = _clips(Path(there), min(words.clips, MOST_A_DAY - 1), chance, progress)
        with console.status("decisions, and a ledger of 10,000 rows"):
            figures = [*_decisions(), *_checks(Path(there) / "ledger", Path(there) / "witness.json")]
    for table in _tables(costs):
        console.print(table, "", highlight=False)
    for what, value in figures:
        console.print(f"{what:<52}{value}", highlight=False)
    disk = words.folder or tempfile.gettempdir()
    print(f"\n{machine()}; state on {disk}; {date.today()}; scripts/bench release --clips {words.clips}")
    return 0


# ---- clips


def _clips(folder: Path, count: int, chance: random.Random, progress: Progress) -> dict[Rung, list[Cost]]:
    hearing, allowed = ears()
    voice, costs = Espeak("en-gb"), {rung: list[Cost]() for rung in Rung}
    task = progress.add_task("clips at five rungs", total=count + 1)
    with Door(folder) as door:
        for talk in people():
            if talk.group != "people alone" or progress.tasks[task].completed > count:
                continue
            command, _ = hearing.listen(talk.pcm)

            def making(rung: Rung, command: Command = command) -> Made:
                return made_of(DAY) if rung is Rung.METRICS else make(command, rung, allowed, voice, random.Random())

            whole = making(Rung.VOICE)
            if whole.bleeped > MOST_BLEEPED:
                continue
            for rung in chance.sample(list(Rung), len(Rung)):
                costs[rung].append(_one(door, partial(making, rung), whole.seconds))
            progress.advance(task)
        if door.saves:
            raise RuntimeError(f"the state was saved {door.saves} times, which is not counted")
    # The first pays for what every later one finds open and loaded.
    return {rung: every[1:] for rung, every in costs.items()}


def _one(door: Door, making: Callable[[], Made], speech: float) -> Cost:
    door.spent.on.clear()
    before = (door.disk.bytes, door.disk.syncs, door.outbox_disk.bytes, door.relay.up + door.relay.down)
    begun, children = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with door.spent.on_("make"):
        made = making()
    clip = replace(made.clip, id=new_id(), pseudonym="ab" * 8, language="en", model="en-household")
    packed = len(pack(replace(clip, pcm=bytes(made.pcm))))
    door.send(clip, made)
    whole, voiced = time.process_time() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = {name: door.spent.on[name] for name in PARTS}
    cpu["rest"] = whole - sum(cpu.values())
    # espeak-ng speaks in a process of its own.
    cpu["make"] += voiced.ru_utime + voiced.ru_stime - children.ru_utime - children.ru_stime
    after = (door.disk.bytes, door.disk.syncs, door.outbox_disk.bytes, door.relay.up + door.relay.down)
    disk, syncs, outbox, wire = (new - old for new, old in zip(after, before, strict=True))
    return Cost(speech, cpu, disk, syncs, outbox, packed, wire)


def _tables(costs: dict[Rung, list[Cost]]) -> list[Table]:
    speech = statistics.median(cost.speech for cost in costs[Rung.VOICE])
    about = f"{len(costs[Rung.VOICE])} orders of coffee, {speech:.1f} s of speech each; medians"
    cpu = _table(f"CPU of the listener, ms a clip ({about})", ("rung", *PARTS, "together"))
    sizes = _table("Bytes a clip", ("rung", "packed", "outbox", "state", "syncs", "wire", "wire a second of speech"))
    for rung, every in costs.items():
        whole = [sum(cost.cpu.values()) for cost in every]
        parts = [[cost.cpu[name] for cost in every] for name in PARTS]
        cpu.add_row(rung.name.lower(), *(f"{1e3 * statistics.median(each):.2f}" for each in (*parts, whole)))
        counted = ("packed", "outbox", "state", "syncs", "wire")
        middles = [statistics.median(getattr(cost, name) for cost in every) for name in counted]
        rate = statistics.median(cost.wire / cost.speech for cost in every)
        told = [f"{each:,.0f}" for each in (*middles, rate)]
        sizes.add_row(rung.name.lower(), *(told[:-1] if rung is Rung.METRICS else told))
    return [cpu, sizes]


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=None)
    for name in columns:
        table.add_column(name, justify="left" if name == "rung" else "right")
    return table


# ---- decisions


def _decisions() -> list[tuple[str, str]]:
    """How often the policy, and the core around it, can decide in a second."""
    now, recipient = time.time(), "f" * 32
    agreed = consents(recipient, now)
    offered = frozenset(each.terms for each in agreed)
    flow = flow_of(Made(Clip(new_id(), Rung.VOICE), bytearray(32_000), 0.0), Rung.VOICE, recipient)
    household = Household(False, Mode.SHARE, agreed, True, offered)
    state = State(frozenset(), Mode.SHARE, agreed, now, offered=offered)
    ticked, wanted = events.Ticked(1.0, now), events.Wanted(1.0, now, new_id(), flow, None, 0.0)
    return [
        ("decide(), a clip under one of five consents", _rate(lambda: decide(household, flow, now))),
        ("step(), time goes by", _rate(lambda: step(state, ticked))),
        ("step(), a clip wants to leave", _rate(lambda: step(state, wanted))),
    ]


def _rate(do: Callable[[], object], times: int = 4_000) -> str:
    took = []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(times):
            do()
        took.append((time.process_time() - begun) / times)
    each = statistics.median(took)
    return f"{1 / each:>9,.0f} a second ({1e6 * each:.0f} µs)"


# ---- the ledger's checks


def _checks(folder: Path, store: Path) -> list[tuple[str, str]]:
    """What it costs to open and to examine a ledger of 10,000 rows."""
    signer = Ed25519PrivateKey.generate()
    filling = Ledger(folder, 0.0, HastyDisk(), signer)
    for n in range(ROWS - filling.size):
        filling.add(What.RELEASE, float(n), {**FACTS, "bytes": n})
    filling.checkpoint(0.0)
    words = _words_for_the_verifier(folder, store)
    opened = [_took(lambda: Ledger(folder, signer=signer)) for _ in range(5)]
    verified = [_took(lambda: verify(folder)) for _ in range(5)]
    alone = [_took_by_another(words) for _ in range(5)]
    told = (
        (f"opening a ledger of {ROWS:,} rows", opened),
        (f"verifying {ROWS:,} rows, `keepmum ledger verify`", verified),
    )
    return [
        (what, f"{1e3 * statistics.median(took):>9,.0f} ms")
        for what, took in (*told, ("the same, `scripts/verify-ledger`, its start included", alone))
    ]


def _words_for_the_verifier(folder: Path, store: Path) -> list[str]:
    keepmum = [sys.executable, "-m", "keepmum.cli"]
    ledger, witness = (
        [*keepmum, "ledger", "checkpoint", "--file", str(folder)],
        [*keepmum, "witness", "--store", str(store)],
    )
    key = _said([*ledger, "--key"]).strip()
    _said([*witness, "--trust", key])
    note = store.with_suffix(".note")
    note.write_text(_said(witness, _said(ledger)))
    mine = _said([*witness, "--key"]).strip()
    verifier = str(ROOT / "scripts" / "verify-ledger")
    return [sys.executable, verifier, str(folder), "--checkpoint", str(note), "--key", key, "--witness", mine]


def _said(words: list[str], told: str = "") -> str:
    return subprocess.run(words, input=told, capture_output=True, text=True, check=True).stdout


def _took(do: Callable[[], object]) -> float:
    begun = time.process_time()
    do()
    return time.process_time() - begun


def _took_by_another(words: list[str]) -> float:
    """CPU seconds of a program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _said(words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
