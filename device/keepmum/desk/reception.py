"""What the desk does with what comes, whoever carried it: parts of clips, and demands to destroy one."""

from __future__ import annotations

import hashlib
import logging

from keepmum.clip import Clip, unpack
from keepmum.desk.notes import Notes
from keepmum.desk.records import Gone, Kept
from keepmum.desk.store import Store
from keepmum.errors import BrokerError, SealError
from keepmum.seal import Keys, Opened, ends, open_seal, sign_deleted, sign_stored
from keepmum.terms import DAY, LONGEST_CLIP, RUNGS
from keepmum.uplink import chunks
from keepmum.uplink.chunks import Assembly, Chunk

log = logging.getLogger(__name__)

SECRET_BYTES = 32
_GONE = "it was deleted, and comes again"
_REFUSED = {
    Kept.GONE: _GONE,
    Kept.OTHER: "another clip is stored under its id",
    Kept.SHARED: "another clip has its deletion hash: one demand would destroy both",
}


class Reception:
    """Receives what is sealed to `keys`. What is not as it must be is refused, never raised.

    Raises OutboxError if the store fails: better to stop than to go on without storing or destroying.
    """

    def __init__(self, keys: Keys, store: Store) -> None:
        self.keys = keys
        self.store = store
        self._assembly = Assembly()
        self._notes = Notes(log)

    def part(self, parcel: str, untrusted_payload: bytes, now: float, wall: float) -> str | None:
        """One part that came under a parcel's name; the signed receipt if the whole is stored, now or before."""
        try:
            chunk = chunks.read(untrusted_payload)
            if chunk.parcel != parcel:
                raise BrokerError("a part under another parcel's topic", "no keepmum sends it so")
            if self.store.sha256_of(parcel) == chunk.sha256:
                return self._stored(chunk, wall)
            if self.store.is_gone(parcel):
                self._refuse(chunk, chunk.size, _GONE, wall)
                return None
            whole = self._assembly.add(chunk, now)
        except BrokerError as error:
            self._notes.warn("no part of a clip", error.what)
            return None
        return None if whole is None else self._whole(chunk, whole, wall)

    def demand(self, deletion: str, untrusted_secret: bytes, wall: float) -> str | None:
        """A demand to destroy the clip whose secret this is; the signed answer once nothing of it is left here."""
        if len(untrusted_secret) != SECRET_BYTES or hashlib.sha256(untrusted_secret).hexdigest() != deletion:
            self._notes.warn("no demand to delete", "a demand without the secret for it")
            return None
        gone = self._destroy(deletion, wall)
        return None if gone is None else self._deleted(gone)

    # ---- what a dishonest desk would do otherwise (liars.py)

    def _stored(self, chunk: Chunk, wall: float) -> str:
        return sign_stored(self.keys, chunk.parcel, chunk.sha256, wall)

    def _deleted(self, gone: Gone) -> str:
        return sign_deleted(self.keys, gone.deletion, gone.held, gone.plays, gone.at)

    def _destroy(self, deletion: str, wall: float) -> Gone | None:
        """What is gone, for certain; None if that cannot be said now."""
        before = self.store.gone(deletion)
        gone = self.store.delete(deletion, wall)
        if gone is None:
            self._notes.warn("full", "there is no room to remember another clip that never came: not answered")
            return None
        if not gone.held and before is None:
            # Parts of it may wait here for the rest: nothing outside them says whose they are. Others' come again.
            self._assembly = Assembly()
        if gone.held and not self.store.scrub():
            self._notes.warn("read", "somebody reads the store: what was deleted stays in its log, and unanswered")
            return None
        if before is None and gone.held:
            log.info("deleted %s", gone.id)
        return gone

    # ---- a whole

    def _whole(self, chunk: Chunk, sealed: bytes, wall: float) -> str | None:
        if self.store.sha256_of(chunk.parcel) is not None:
            self.store.ring(chunk.parcel, chunk.sha256, wall)
            self._notes.alarm("other bytes came under the id of a stored clip", chunk.parcel)
            return None
        try:
            opened, plaintext = open_seal(self.keys, sealed)
            until = self._until(opened, unpack(plaintext), chunk.parcel, wall)
        except SealError as error:
            self._refuse(chunk, len(sealed), error.what, wall)
            return None
        kept = self.store.keep(
            chunk.parcel, sealed, opened.label.deletion, wall, until=until, reviews=self.keys.reviews
        )
        if kept in _REFUSED:
            self._refuse(chunk, len(sealed), _REFUSED[kept], wall)
            return None
        log.info("stored %s, %d bytes", chunk.parcel, len(sealed))
        return self._stored(chunk, wall)

    def _until(self, opened: Opened, clip: Clip, parcel: str, wall: float) -> float:
        """Unix time until which a clip may be kept. Raises SealError for one that opens and may not be kept at all."""
        if not opened.label.parcel == parcel == clip.id:
            raise SealError("the sealed clip has another id than its parcel")
        if clip.rung not in RUNGS[opened.purpose]:
            raise SealError(f"{clip.rung.name.lower()} is more than {opened.purpose.value} can need")
        if clip.seconds > LONGEST_CLIP:
            raise SealError(f"a clip of {clip.seconds:.0f} s: {LONGEST_CLIP:g} is the most")
        until = kept_until(self.keys, opened.label.epoch, wall)
        if until <= wall:
            raise SealError("the time for which it could be kept is over")
        return until

    def _refuse(self, chunk: Chunk, size: int, why: str, wall: float) -> None:
        self._notes.warn("refused", f"refused {chunk.parcel}: {why}")
        self.store.refuse(chunk.parcel, chunk.sha256, size, why, wall)


def kept_until(keys: Keys, epoch: int, wall: float) -> float:
    """Unix time until which a clip of this week that came at `wall` may stay: as many days as the notice promised.

    A sender's clock that runs ahead does not lengthen it. The week's keys live until its end and as many days more.
    """
    return min(ends(epoch), wall) + keys.retention_days * DAY
