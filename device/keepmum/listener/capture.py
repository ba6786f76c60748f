"""The one door to the microphone: who may open it, what closing it means, and what shows that it is closed.

Closing is safe from any thread and takes effect at once: the stream is closed, the pre-roll is zeroed and the
microphones' power, where it can be switched, is cut before `close` returns; no block is read afterwards, because
reading and closing take turns. A press does not wait for its turn to cut the power: opening may take seconds.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol

from keepmum.errors import MicPowerError, MicrophoneError
from keepmum.hardware import MicPower, Microphone, Witness
from keepmum.privacy.events import Cause

log = logging.getLogger(__name__)


class Wipeable(Protocol):
    """Something that holds sound."""

    def push(self, block: bytes) -> None:
        """Take one block."""
        ...

    def wipe(self) -> None:
        """Overwrite what it holds."""
        ...

    def is_clean(self) -> bool:
        """Whether nothing but zeros is left of it."""
        ...


class Objection(NamedTuple):
    """Why a microphone cannot be called closed."""

    cause: Cause
    words: str
    """For the log; never a heard word."""


class Capture:
    """The microphone and the memory that its blocks go to."""

    def __init__(
        self,
        microphone: Microphone,
        preroll: Wipeable,
        power: MicPower | None = None,
        witnesses: tuple[Witness, ...] = (),
    ) -> None:
        self._microphone = microphone
        self._preroll = preroll
        self._power = power
        self._witnesses = witnesses
        self._turn = threading.Lock()
        self._open = False
        self._unclosed = ""
        """Why the stream could not be closed, if it could not."""
        self._presses: deque[None] = deque()
        """One for each press that is not understood yet: its length changes at once, whoever has the turn."""
        self.before_opening: Callable[[], None] = lambda: None
        """Called before anything is opened, for whoever shows that the microphone is closed."""
        self.openings = 0
        """How often it was opened."""
        self.blocks = 0
        """Blocks read since the start."""

    @property
    def asked(self) -> tuple[str, ...]:
        """Who is asked when a closed microphone has to be shown to be closed, for `keepmum status`."""
        power = ("power",) if self._power is not None else ()
        return ("stream", "memory", *power, *(witness.name for witness in self._witnesses))

    @property
    def is_open(self) -> bool:
        """Whether blocks can be read."""
        return self._open

    def open(self) -> None:
        """Open the microphone, unless a press is waiting to be understood; raises MicrophoneError."""
        if self._open or self._presses:
            return
        self.before_opening()
        with self._turn:
            try:
                self._begin()
            except MicrophoneError:
                # A press cuts the power of a microphone that is just being opened: that is no fault.
                if not self._presses:
                    raise
            if self._presses:
                self._close()

    def _begin(self) -> None:
        if self._presses:
            return
        self._switch_on()
        self._microphone.open()
        self._open = True
        self.openings += 1

    def close(self) -> None:
        """Close the microphone and zero the pre-roll, now."""
        with self._turn:
            self._close()

    def slam(self) -> None:
        """Close, and stay closed until `settle`: the button went down, and what it means is not known yet."""
        self._presses.append(None)
        try:
            self._switch_off()
        finally:
            with self._turn:
                self._close()

    def settle(self) -> None:
        """One press was understood; once all are, `open` opens again."""
        if self._presses:
            self._presses.pop()

    def _close(self) -> None:
        self._open = False
        try:
            self._microphone.close()
            self._unclosed = ""
        except MicrophoneError as error:
            self._unclosed = error.what
            raise
        finally:
            self._preroll.wipe()
            self._switch_off()

    def _switch_on(self) -> None:
        try:
            if self._power is not None:
                self._power.on()
        except MicPowerError as error:
            raise MicrophoneError(error.what, error.hint) from error

    def _switch_off(self) -> None:
        try:
            if self._power is not None:
                self._power.off()
        except MicPowerError as error:
            # The stream is closed already; that the power is not off comes out when somebody asks for proof.
            log.error("%s", error)

    def cut_off(self) -> bool:
        """Whether the stream is open and the microphones' power has been cut by somebody else: a hand on the board."""
        with self._turn:
            pressed = bool(self._presses)
            return self._open and not pressed and self._power is not None and self._is_off(self._power)

    def objections(self) -> list[Objection]:
        """Everything that contradicts a closed microphone, asked of the hardware now; empty is the proof.

        Power that has come back by itself (a board that was reset forgets that it was muted) is cut once more first,
        and a stream that could not be closed is closed once more.
        """
        with self._turn:
            self._close_at_last()
            found = (
                [Objection(Cause.OPEN, self._unclosed or "the stream is open")] if self._open or self._unclosed else []
            )
            if not self._preroll.is_clean():
                found.append(Objection(Cause.NOT_WIPED, "sound is left in the pre-roll"))
            if self._power is not None and not self._is_off(self._power):
                self._switch_off()
                if not self._is_off(self._power):
                    found.append(Objection(Cause.POWERED, "the microphones still have power"))
            found += [
                Objection(Cause.SEEN, f"{witness.name}: {objection}")
                for witness in self._witnesses
                if (objection := witness.objection())
            ]
            return found

    def _close_at_last(self) -> None:
        if self._unclosed:
            with suppress(MicrophoneError):
                self._close()

    @staticmethod
    def _is_off(power: MicPower) -> bool:
        try:
            return power.is_off()
        except MicPowerError as error:
            log.error("%s", error)
            return False

    def ready_in(self) -> float:
        """Seconds until `read` has something."""
        with self._turn:
            return self._microphone.ready_in() if self._open else 0.0

    def read(self) -> bytes | None:
        """One block, or nothing if the microphone is closed or has no whole block yet."""
        with self._turn:
            if not self._open or self._microphone.ready_in() > 0:
                return None
            block = self._microphone.read()
            self._preroll.push(block)
            self.blocks += 1
            return block
