"""The words of `keepmum collect`: keys, card, list, export, or run."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from keepmum import config
from keepmum import log as logs
from keepmum.card import Keys
from keepmum.clock import RealClock
from keepmum.desk import collector, review
from keepmum.desk.store import Store
from keepmum.errors import ConfigError, KeepmumError


def main(arguments: list[str] | None = None) -> int:
    """Do what the words say; the exit status. Raises KeepmumError for what cannot be done."""
    chosen = _parser().parse_args(arguments)
    if chosen.new_keys is not None:
        return _new_keys(chosen.new_keys, chosen.name, chosen.contact)
    if chosen.card:
        print(_keys(chosen).card.to_json(), end="")
        return 0
    store = Store(chosen.store)
    try:
        if chosen.list:
            print("\n".join(review.listing(store)) or "nothing came yet")
            return 0
        if chosen.export is not None:
            return _export(store, _keys(chosen), *chosen.export)
        return _collect(chosen, store)
    finally:
        store.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="keepmum collect",
        description="Collect clips that households agreed to send: each is stored once, and answered with a receipt.",
        epilog="Begin with:  keepmum collect --new-keys desk.keys --name 'Speech lab' --contact lab@example.org",
    )
    parser.add_argument("--config", type=Path, help="a keepmum.yaml with broker.* and recipient.topic")
    parser.add_argument("--keys", type=Path, metavar="FILE", help="your private keys")
    parser.add_argument("--store", type=Path, default=Path("clips.db"), metavar="FILE", help="default: clips.db")
    does = parser.add_mutually_exclusive_group()
    does.add_argument("--new-keys", type=Path, metavar="FILE", help="make keys; never replaces a file")
    does.add_argument("--card", action="store_true", help="print the public card, to give to the household")
    does.add_argument("--list", action="store_true", help="say what came, was refused, or rang an alarm")
    does.add_argument("--export", nargs=2, metavar=("ID", "FILE.wav"), help="open one clip and write it as a WAV")
    parser.add_argument("--name", help="for --new-keys: what the household reads on the card")
    parser.add_argument("--contact", help="for --new-keys: how the household reaches you")
    return parser


def _new_keys(path: Path, name: str | None, contact: str | None) -> int:
    if not name or not contact:
        raise ConfigError("--new-keys without --name and --contact", "the household reads both on the card")
    keys = Keys.generate(name, contact)
    keys.save(path)
    print(f"keys in {path}, for you alone; fingerprint of the card: {keys.card.fingerprint}")
    return 0


def _keys(chosen: argparse.Namespace) -> Keys:
    if chosen.keys is None:
        raise ConfigError("no keys given", "--keys FILE; --new-keys FILE makes some")
    return Keys.load(chosen.keys)


def _export(store: Store, keys: Keys, parcel: str, file: str) -> int:
    clip = review.export(store, keys, parcel, Path(file))
    print(f"{file}: {clip.seconds:.1f} s after {clip.phrase!r}")
    return 0


def _collect(chosen: argparse.Namespace, store: Store) -> int:
    settings = config.load(chosen.config)
    keys = _keys(chosen)
    stopped: list[int] = []
    # A signal ends the wait and not the work: what is being stored is stored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda came, _frame: stopped.append(came))
    collector.run(settings.broker, settings.recipient.topic, keys, store, RealClock(), lambda: bool(stopped))
    return 0


def run() -> int:
    """`python -m keepmum.desk`, with plain errors."""
    logs.begin("collector")
    try:
        return main()
    except KeepmumError as error:
        print(error.told_by("collector"), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(run())
