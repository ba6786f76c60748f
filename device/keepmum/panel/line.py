"""The one line to the listener, shared by every viewer: one question after the other, and a sign that things changed.

What happened is not looked at: the panel asks how things are now, and so never holds a word that was heard.
"""

from __future__ import annotations

import asyncio
import logging

from keepmum.errors import BadMessage, PeerError, PeerGone
from keepmum.messages import Message, Refused, Seen, Watch
from keepmum.wire import Line

log = logging.getLogger(__name__)

PATIENCE = 4.0
"""Seconds for an answer; the listener's take milliseconds."""


class Listener:
    """Asks over the line. Make it inside a running loop."""

    def __init__(self, line: Line, patience: float = PATIENCE) -> None:
        """`line` must not wait (a timeout of 0). Raises PeerError if the listener has hung up already."""
        self._line = line
        self._patience = patience
        self._turn = asyncio.Lock()
        self._waiting: asyncio.Future[Message] | None = None
        self._owed = 0
        """Answers that came too late, or never: the next ones belong to questions that nobody asks any more."""
        self.changed = asyncio.Event()
        self.gone = ""
        """Why the line is dead, once it is: the process has to end, because behind the lock there is no other."""
        asyncio.get_running_loop().add_reader(line.fileno(), self._read)
        self._send(Watch())

    async def ask(self, question: Message) -> Message:
        """The answer, a refusal included. Raises PeerError if none comes."""
        async with self._turn:
            if self._owed:
                raise PeerError("The speaker does not answer just now.")
            answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
            self._waiting = answer
            self._send(question)
            try:
                async with asyncio.timeout(self._patience):
                    return await answer
            except TimeoutError:
                raise PeerError("The speaker does not answer just now.") from None
            finally:
                self._waiting = None
                self._owed += answer.cancelled()

    def close(self) -> None:
        """Hang up. Closing twice is allowed."""
        if self._line.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._line.fileno())
            self._line.close()

    def _send(self, message: Message) -> None:
        if not self.gone:
            try:
                self._line.send(message)
            except PeerGone as error:
                self._over(error.what)
        if self.gone:
            raise PeerError(self.gone)

    def _read(self) -> None:
        try:
            while not self.gone and (received := self._line.receive()) is not None:
                self._take(received[0])
        except PeerGone:
            self._over("The speaker has stopped.")
        except BadMessage as error:
            log.error("the listener says %s: are both of the same version?", error.what)
            self._over("The speaker and this page are of different versions.")

    def _take(self, message: Message) -> None:
        if isinstance(message, Seen):
            self.changed.set()
        elif self._owed:
            self._owed -= 1
        elif self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(message)
        elif isinstance(message, Refused):
            # Nobody asked: there are too many of us.
            self._over(f"The speaker does not let this page in: {message.why}.")

    def _over(self, why: str) -> None:
        self.gone = self.gone or why
        self.close()
        self.changed.set()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(PeerError(self.gone))
