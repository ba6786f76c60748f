"""A speaker that has lived, for the tests of its end."""

from __future__ import annotations

from pathlib import Path

from consents_desk import CARD, consent, settings, wished

from keepmum.consent import Mode
from keepmum.ledger import Ledger, What
from keepmum.listener import latch
from keepmum.listener.consents.agreements import Agreements
from keepmum.privacy import State

NOW = 1_790_000_000.0
CANARY = b"PINEAPPLE"


class Home:
    """A speaker that has lived: an identity, a consent, mutes, something in the outbox, a ledger, a skill's memory."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder, folder / "state"
        self.state.mkdir()
        papers = Agreements.open(settings(folder), CARD)
        assert papers.identity is not None
        self.identity = papers.identity
        mine = consent(what=next(iter(papers.offered)), at=NOW)
        papers.book.sign(wished(mine), "requested", NOW)
        papers.book.sign(mine, "given", NOW)
        self.consent = mine
        kept = State(mutes=frozenset(), mode=Mode.SHARE, consents=(mine,), wall=NOW)
        latch.write(self.state / "privacy.json", kept, 0.0)
        self.ledger = Ledger(self.state / "ledger", NOW, signer=self.identity.signing_key)
        self.ledger.add(What.MUTE, NOW, {"owner": "button", "cause": "pressed"}, {"note": CANARY.decode()})
        for name in ("outbox/new/000000000001-" + "a" * 32, "outbox/tmp/" + "b" * 32, "state/skills/lists.json"):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(CANARY)
        for name in (".identity.json.new", ".privacy.json.new", "receipts/.x.json.new", "skills/.lists.json.new"):
            (self.state / name).write_bytes(CANARY)  # what a crash leaves of a next version

    @property
    def secret(self) -> bytes:
        """The secret as the file has it, in hexadecimal digits."""
        return (self.state / "identity.json").read_bytes().split(b'"secret":"')[1][:64]

    def files(self) -> dict[str, bytes]:
        """Everything that lies there now."""
        every = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in every}
