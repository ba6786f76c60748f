"""What the tests about consents share: a recipient, a broker, everything that is offered, and a folder of receipts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from keepmum import shipped
from keepmum.disk import REAL, Disk
from keepmum.listener.consents.identity import Identity
from keepmum.listener.consents.notice import Notices
from keepmum.listener.consents.offered import microphone_name, offered
from keepmum.listener.consents.receipts import Receipts
from keepmum.seal import Card, Keys
from keepmum.seal.recipient import PURPOSES
from keepmum.settings import BrokerSettings, FolderSettings, SharingSettings
from keepmum.settings import Settings as Everything
from keepmum.terms import Consent, Purpose, Rung, Terms

NOW = 1_790_000_000.123456
"""Unix time of these tests, not a whole second on purpose."""

NUMBER = "0123456789abcdef" * 2
IDENTITY = Identity(bytes(range(32)))
BROKER = BrokerSettings(host="broker.home")


def card(**other: object) -> Card:
    """A recipient's card; each has a key of its own, and thus another fingerprint."""
    told: dict[str, object] = {
        "name": "Example Speech Lab",
        "contact": "privacy@lab.example",
        "storage": "a server in Ghent",
        "jurisdiction": "Belgium, GDPR",
        "people": 3,
        "retention_days": 30,
        "reviews": 2,
        "purposes": PURPOSES,
    }
    return Keys.generate(**{**told, **other}, wall=NOW, weeks=2).card  # type: ignore[arg-type]


CARD = card()


def settings(folder: Path, **sharing: int) -> Everything:
    """A house with a broker, whose state lies in `folder`."""
    folders = FolderSettings(run=folder / "run", state=folder / "state", outbox=folder / "outbox")
    return Everything(broker=BROKER, folders=folders, sharing=SharingSettings(**sharing))  # type: ignore[arg-type]


def notices() -> Notices:
    """The shipped ones."""
    return Notices.load(shipped.folder() / "notices", "en")


def offer(book: Notices, whom: Card | None = CARD, house: Everything | None = None) -> frozenset[Terms]:
    """Everything that this house could agree to."""
    house = house or settings(Path("/nowhere"))
    return offered(house, whom, IDENTITY, microphone_name(house.hardware), book)


BOOK = notices()
OFFER = offer(BOOK)


def terms(purpose: Purpose = Purpose.ASR_IMPROVEMENT, rung: Rung = Rung.TEXT, *, asks: bool = False) -> Terms:
    """One of what is offered."""
    return next(each for each in OFFER if (each.purpose, each.rung, each.asks) == (purpose, rung, asks))


def consent(number: str = NUMBER, at: float = NOW, what: Terms | None = None) -> Consent:
    """Agreed to at `at`."""
    what = what or terms()
    return Consent(number, what, at, at + what.lasts)


def wished(of: Consent) -> Consent:
    """The same before anybody agreed, as the core names it."""
    return replace(of, given=0.0, until=0.0)


def receipts(folder: Path, identity: Identity = IDENTITY, disk: Disk = REAL) -> Receipts:
    """A folder of receipts."""
    return Receipts(folder, identity.signing_key, BOOK, disk)


def given(folder: Path, of: Consent | None = None) -> Consent:
    """A consent that was asked for ten seconds before, and given, with its receipt."""
    of = of or consent()
    book = receipts(folder)
    book.sign(wished(of), "requested", of.given - 10)
    book.sign(of, "given", of.given)
    return of
