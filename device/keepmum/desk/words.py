"""What can be said to `keepmum collect`, and what its help says."""

from __future__ import annotations

import argparse
from pathlib import Path

from keepmum.seal.keys import WEEKS

NEEDED = ("name", "contact", "storage", "jurisdiction", "people", "retention_days", "reviews", "purposes")
"""What a household must be able to read on the card, in the order of `Keys.generate`."""

_EPILOG = """\
Begin with:
  keepmum collect --new-keys desk.keys --name "Speech lab" --contact lab@example.org \\
      --storage "one encrypted disk in Graz" --jurisdiction Austria --people 2 \\
      --retention-days 30 --reviews 1 --purposes asr-improvement,research
  keepmum collect --keys desk.keys --card >card.json
  keepmum --config desk.yaml collect --keys desk.keys --store clips.db
"""


def parser() -> argparse.ArgumentParser:
    """The words. Without one that says otherwise, the collector runs."""
    words = argparse.ArgumentParser(
        prog="keepmum collect",
        description="Collect clips that households agreed to send: each is stored once, answered with a receipt, and "
        "destroyed when its time is over or the household asks.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    words.add_argument("--config", type=Path, help="a keepmum.yaml with broker.* and recipient.topic")
    words.add_argument("--keys", type=Path, metavar="FILE", help="your private keys")
    words.add_argument("--store", type=Path, default=Path("clips.db"), metavar="FILE", help="default: clips.db")
    _what_to_do(words)
    _about_the_keys(words)
    words.add_argument("--for", dest="purpose", metavar="PURPOSE", help="for --export: what you listen for")
    words.add_argument("--json", action="store_true", help="for --report: for machines")
    return words


def _what_to_do(words: argparse.ArgumentParser) -> None:
    does = words.add_mutually_exclusive_group()
    does.add_argument("--new-keys", type=Path, metavar="FILE", help="make keys; never replaces a file")
    does.add_argument("--card", action="store_true", help="print the public card, to give to the household")
    does.add_argument("--extend", action="store_true", help="make keys for the weeks to come; same signing key")
    does.add_argument("--list", action="store_true", help="say what came, was refused, rang an alarm, or went")
    does.add_argument("--export", nargs=2, metavar=("ID", "FILE"), help="open one clip and write it; counted as a play")
    does.add_argument("--destroy-ended", action="store_true", help="now what the collector does every hour")
    does.add_argument("--report", action="store_true", help="count clips, plays, deletions, destroyed weeks")


def _about_the_keys(words: argparse.ArgumentParser) -> None:
    card = words.add_argument_group("for --new-keys: what the household reads on the card")
    card.add_argument("--name", help="who you are")
    card.add_argument("--contact", help="how you are reached")
    card.add_argument("--storage", help="where clips are kept, in words")
    card.add_argument("--jurisdiction", help="under whose law")
    card.add_argument("--people", type=int, metavar="N", help="how many can listen")
    card.add_argument("--retention-days", type=int, metavar="N", help="days for which a clip is kept at most")
    card.add_argument("--reviews", type=int, metavar="N", help="how often a month somebody may listen, per consent")
    card.add_argument("--purposes", metavar="A,B", help="what for, as in asr-improvement,research")
    weeks = "weeks with keys, for --new-keys and --extend; default: %(default)s"
    card.add_argument("--weeks", type=int, default=WEEKS, metavar="N", help=weeks)
