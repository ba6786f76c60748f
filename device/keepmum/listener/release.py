"""The one door out: what the privacy core allowed is sealed here and put into the outbox, and nowhere else.

A clip waits in RAM until the core has decided. Refused, it is overwritten; allowed, it is sealed to the recipient's
key, and the open copy is overwritten all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from keepmum import memory_lock
from keepmum.clip import Clip, pack
from keepmum.consent import Flow, Kind, Rung
from keepmum.errors import SealError
from keepmum.listener.shelf import Shelf
from keepmum.outbox import Item, Outbox
from keepmum.privacy import Boxed
from keepmum.seal import SOUND_BUCKET, TEXT_BUCKET, Card, seal


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
    approved = item.approved or kind is not Kind.CLIP
    rung = next((rung for rung in Rung if rung.name.lower() == item.rung), Rung.VOICE)
    flow = Flow(kind, item.purpose, item.recipient, item.seconds, True, approved, rung, item.microphone)
    return Boxed(item.id, flow, item.consent, item.expires, item.at, item.after)


class Release:
    """Holds what wants to leave until it may, or may not. `secret` gives what can recall a parcel, 32 bytes."""

    def __init__(self, outbox: Outbox, card: Card | None, secret: Callable[[str], bytes]) -> None:
        self._outbox = outbox
        self._card = card
        self._secret = secret
        self._clips: dict[str, tuple[Clip, bytearray, bytearray]] = {}
        self._texts: dict[str, Shut] = {}
        self._shut: dict[str, Shut] = {}
        self._shelf = Shelf()

    @property
    def recipient(self) -> str:
        """The fingerprint of whoever may open clips, or nothing."""
        return self._card.fingerprint if self._card else ""

    def hold_clip(self, clip: Clip, pcm: bytearray, aloud: bytearray | None = None) -> None:
        """Keep a clip until the core has decided. `pcm` is its sound and `aloud` what to play of it if somebody asks
        (the same sound, if left out); both are overwritten afterwards, and neither is swapped out until then."""
        for sound in (pcm, aloud):
            memory_lock.hold(sound or bytearray())
        self._clips[clip.id] = (clip, pcm, pcm if aloud is None else aloud)

    def hold_action(self, parcel: str, topic: str, payload: str) -> None:
        """Keep a home action, or what the home is told of the speaker, until the core has decided."""
        self._texts[parcel] = Shut(payload.encode(), topic)

    def shelve(self, parcel: str) -> None:
        """Close a clip that somebody has to be asked about; raises SealError if it is not here."""
        if parcel not in self._clips:
            raise SealError(f"there is no clip {parcel} to ask about")
        clip, pcm, aloud = self._clips[parcel]
        try:
            self._shelf.keep(parcel, pack(replace(clip, pcm=bytes(pcm))), bytes(aloud))
        finally:
            self._wipe(parcel)

    def aloud(self, parcel: str) -> bytes:
        """What would leave, as sound in the format of `keepmum.sound`; raises SealError if it does not wait."""
        return self._shelf.aloud(parcel)

    def seal(self, parcel: str, flow: Flow, consent: str, wall: float) -> Shut:
        """What was allowed, as it will leave; raises SealError if it cannot be sealed."""
        shut = self._sealed(parcel, flow, consent, wall) if flow.kind is Kind.CLIP else self._texts.pop(parcel)
        self._shut[parcel] = shut
        return shut

    def _sealed(self, parcel: str, flow: Flow, consent: str, wall: float) -> Shut:
        if self._card is None:
            raise SealError("there is no recipient to seal to", "set recipient.card")
        bucket = SOUND_BUCKET if flow.rung >= Rung.RESPOKEN else TEXT_BUCKET
        try:
            body = seal(
                self._card, parcel, flow.purpose, consent, self._deletion(parcel), self._opened(parcel), wall, bucket
            )
        finally:
            self._wipe(parcel)
            self._shelf.forget(parcel)
        return Shut(body, parcel)

    def _opened(self, parcel: str) -> bytes:
        if parcel in self._clips:
            clip, pcm, _ = self._clips[parcel]
            return pack(replace(clip, pcm=bytes(pcm)))
        return self._shelf.packed(parcel)

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
            rung=flow.rung.name.lower(),
            microphone=flow.microphone,
            approved=flow.approved,
            at=boxed.at,
            after=boxed.after,
        )
        self._outbox.put(item)

    def demand(self, parcel: str) -> Item:
        """The demand that a clip be destroyed, as it will leave: the secret whose hash stands on the clip."""
        body = self._secret(parcel)
        return Item(parcel, "deletion", self._deletion(parcel), "", "", None, body)

    def _deletion(self, parcel: str) -> str:
        return hashlib.sha256(self._secret(parcel)).hexdigest()

    def forget(self, parcel: str) -> None:
        """Overwrite what may not leave."""
        self._wipe(parcel)
        self._shelf.forget(parcel)
        self._texts.pop(parcel, None)
        self._shut.pop(parcel, None)

    def forget_all(self) -> None:
        """Overwrite everything that still waits for a decision. What waits for an answer is closed, and is the core's
        to forget."""
        for parcel in tuple(self._clips):
            self._wipe(parcel)

    def _wipe(self, parcel: str) -> None:
        held = self._clips.pop(parcel, None)
        if held is not None:
            for sound in (held[1], held[2]):
                sound[:] = bytes(len(sound))
