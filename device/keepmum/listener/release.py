"""The one door out: what the privacy core allowed is sealed here and put into the outbox, and nowhere else.

A clip waits in RAM until the core has decided. Refused, it is overwritten; allowed, it is sealed to the recipient's
key, and the open copy is overwritten all the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from keepmum.clip import Clip, pack
from keepmum.consent import Flow, Kind
from keepmum.errors import SealError
from keepmum.outbox import Item, Outbox
from keepmum.privacy import Boxed
from keepmum.seal import About, Card, seal


@dataclass(frozen=True)
class Shut:
    """A parcel's bytes as they will leave, with what the ledger says about them."""

    body: bytes
    topic: str

    @property
    def sha256(self) -> str:
        """Of the bytes that leave, in hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()


def boxed(item: Item) -> Boxed:
    """A parcel that an earlier run left in the outbox, to be decided again; only confirmed wakes ever got there."""
    kind = Kind(item.kind)
    flow = Flow(kind, item.purpose, item.recipient, item.seconds, confirmed=True, approved=kind is Kind.ACTION)
    return Boxed(item.id, flow, item.consent, item.expires)


class Release:
    """Holds what wants to leave until it may, or may not."""

    def __init__(self, outbox: Outbox, card: Card | None) -> None:
        self._outbox = outbox
        self._card = card
        self._clips: dict[str, tuple[Clip, bytearray]] = {}
        self._actions: dict[str, Shut] = {}
        self._shut: dict[str, Shut] = {}

    @property
    def recipient(self) -> str:
        """The fingerprint of whoever may open clips, or nothing."""
        return self._card.fingerprint if self._card else ""

    def hold_clip(self, clip: Clip, pcm: bytearray) -> None:
        """Keep a clip until the core has decided; `pcm` is the sound itself, overwritten afterwards."""
        self._clips[clip.id] = (clip, pcm)

    def hold_action(self, parcel: str, topic: str, payload: str) -> None:
        """Keep a home action until the core has decided."""
        self._actions[parcel] = Shut(payload.encode(), topic)

    def seal(self, parcel: str, flow: Flow, consent: str) -> Shut:
        """What was allowed, as it will leave; raises SealError if it cannot be sealed."""
        if flow.kind is Kind.ACTION:
            shut = self._actions.pop(parcel)
        else:
            shut = Shut(self._sealed(parcel, flow, consent), parcel)
        self._shut[parcel] = shut
        return shut

    def _sealed(self, parcel: str, flow: Flow, consent: str) -> bytes:
        if self._card is None:
            raise SealError("there is no recipient to seal to", "set recipient.card")
        clip, pcm = self._clips[parcel]
        try:
            open_clip = Clip(clip.id, bytes(pcm), clip.phrase, clip.words)
            return seal(self._card, About(parcel, flow.purpose, consent), pack(open_clip))
        finally:
            self._wipe(parcel)

    def put(self, boxed: Boxed) -> None:
        """Put a sealed parcel into the outbox; raises OutboxError."""
        shut, flow = self._shut.pop(boxed.id), boxed.flow
        item = Item(
            id=boxed.id,
            kind=flow.kind.value,
            topic=shut.topic,
            purpose=flow.purpose,
            consent=boxed.consent,
            expires=boxed.expires,
            body=shut.body,
            recipient=flow.recipient,
            seconds=flow.seconds,
        )
        self._outbox.put(item)

    def forget(self, parcel: str) -> None:
        """Overwrite what may not leave."""
        self._wipe(parcel)
        self._actions.pop(parcel, None)
        self._shut.pop(parcel, None)

    def forget_all(self) -> None:
        """Overwrite everything that still waits for a decision."""
        for parcel in tuple(self._clips):
            self._wipe(parcel)

    def _wipe(self, parcel: str) -> None:
        held = self._clips.pop(parcel, None)
        if held is not None:
            held[1][:] = bytes(len(held[1]))
