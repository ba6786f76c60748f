"""The words of `keepmum collect`: keys and cards, what came, what is listened to, what went, or run."""

from __future__ import annotations

import json
import signal
import sys
from argparse import Namespace
from contextlib import closing
from pathlib import Path

from keepmum import config
from keepmum import log as logs
from keepmum.clock import RealClock
from keepmum.desk import collector, report, review
from keepmum.desk.retention import Retention, alone
from keepmum.desk.store import Store
from keepmum.desk.words import NEEDED, parser
from keepmum.errors import ConfigError, KeepmumError
from keepmum.seal import Keys
from keepmum.terms import Rung

_CLOCK = RealClock()


def main(arguments: list[str] | None = None) -> int:
    """Do what the words say; the exit status. Raises KeepmumError for what cannot be done."""
    chosen = parser().parse_args(arguments)
    if chosen.new_keys is not None:
        return _new_keys(chosen)
    if chosen.card:
        print(_keys(chosen).card.to_json(), end="")
        return 0
    if chosen.extend:
        return _extend(chosen)
    looks = chosen.list or chosen.report or chosen.export is not None
    with closing(Store(chosen.store, make=not looks and not chosen.destroy_ended)) as store:
        if chosen.list:
            print("\n".join(review.listing(store)) or "nothing came yet")
        elif chosen.report:
            _report(store, as_json=chosen.json)
        elif chosen.export is not None:
            _export(store, chosen)
        elif chosen.destroy_ended:
            _destroy_ended(store, chosen)
        else:
            _collect(chosen, store)
    return 0


def _new_keys(chosen: Namespace) -> int:
    missing = [f"--{name.replace('_', '-')}" for name in NEEDED if getattr(chosen, name) is None]
    if missing:
        raise ConfigError(f"--new-keys without {', '.join(missing)}", "the household reads them all on the card")
    about = {name: getattr(chosen, name) for name in NEEDED} | {"purposes": _words(chosen.purposes)}
    keys = Keys.generate(**about, wall=_CLOCK.wall(), weeks=chosen.weeks)
    keys.save(chosen.new_keys)
    print(f"keys in {chosen.new_keys}, for you alone; fingerprint of the card: {keys.card.fingerprint}")
    return 0


def _words(told: str) -> list[str]:
    return [word for word in told.replace(",", " ").split() if word]


def _file(chosen: Namespace) -> Path:
    if chosen.keys is None:
        raise ConfigError("no keys given", "--keys FILE; --new-keys FILE makes some")
    file: Path = chosen.keys
    return file


def _keys(chosen: Namespace) -> Keys:
    return Keys.load(_file(chosen))


def _extend(chosen: Namespace) -> int:
    file = _file(chosen)
    with alone(file):
        before = Keys.load(file)
        keys = before.extended(_CLOCK.wall(), chosen.weeks)
        if keys.epochs != before.epochs:
            keys.replace(file)
    fresh = len({key.epoch for key in keys.epochs}) - len({key.epoch for key in before.epochs})
    print(f"keys for {fresh} weeks more, the same fingerprint {keys.card.fingerprint}: give the household a new --card")
    return 0


def _report(store: Store, *, as_json: bool) -> None:
    told = report.report(store)
    print(json.dumps(told, indent=2) if as_json else "\n".join(report.lines(told)))


def _export(store: Store, chosen: Namespace) -> None:
    if chosen.purpose is None:
        raise ConfigError("--export without --for", "--for PURPOSE: what you listen for; it is counted under that")
    parcel, file = chosen.export
    clip = review.export(store, _keys(chosen), parcel, Path(file), purpose=chosen.purpose, wall=_CLOCK.wall())
    what = clip.rung.name.lower() if clip.rung <= Rung.TEXT else f"{clip.seconds:.1f} s of {clip.rung.name.lower()}"
    print(f"{file}: {what}; it is yours to delete, no retention reaches it there")


def _destroy_ended(store: Store, chosen: Namespace) -> None:
    file = _file(chosen)
    before = Keys.load(file)
    here = len(store.clips())
    after = Retention(store, file).sweep(before, _CLOCK.now(), _CLOCK.wall())
    clips, keys = here - len(store.clips()), len(before.epochs) - len(after.epochs)
    print(f"over their time, and destroyed: clips {clips}, keys {keys}")


def _collect(chosen: Namespace, store: Store) -> None:
    settings = config.load(chosen.config)
    keys = _keys(chosen)
    stopped: list[int] = []
    # A signal ends the wait and not the work: what is being stored is stored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda came, _frame: stopped.append(came))
    topic, file = settings.recipient.topic, _file(chosen)
    collector.run(settings.broker, topic, keys, store, _CLOCK, lambda: bool(stopped), keys_file=file)


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
