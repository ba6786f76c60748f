"""Offers the clip of a command that was understood: what made no sense was perhaps not meant for us."""

from __future__ import annotations

from keepmum.consent import Flow, Kind, Purpose
from keepmum.listener.hearing import Hearing
from keepmum.listener.keeper import Keeper
from keepmum.listener.release import Release
from keepmum.sound import seconds


class Offer:
    """One command at a time: `begun` when it is heard, `make` once it was acted upon."""

    def __init__(self, hearing: Hearing, release: Release, keeper: Keeper) -> None:
        self._hearing = hearing
        self._release = release
        self._keeper = keeper
        self._forgets = 0
        """How often somebody had asked to forget when the command began."""

    def begun(self) -> None:
        """A command is being heard."""
        self._forgets = self._keeper.forgets

    def make(self) -> None:
        """Ask for its clip to leave; the answer is the keeper's, and most often no."""
        clip, sound = self._hearing.take_clip()
        flow = Flow(
            Kind.CLIP,
            Purpose.ASR_IMPROVEMENT,
            self._release.recipient,
            seconds(sound),
            confirmed=self._hearing.confirmed,
            approved=False,
        )
        self._release.hold_clip(clip, sound)
        if self._forgets == self._keeper.forgets:
            self._keeper.offer(clip.id, flow)
        else:
            # "Delete what I just said" covers the sentence that said so.
            self._keeper.refuse(clip.id, flow, "forgotten")
