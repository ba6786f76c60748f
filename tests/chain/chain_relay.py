"""A bad link: connections through it break after a random number of bytes, wherever in a part that is."""

from __future__ import annotations

import random
import socket
import struct
import threading
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector

_RESET = struct.pack("ii", 1, 0)


class Relay:
    """Forwards to a port of this machine, in a thread of its own. `cuts` counts the connections that it broke."""

    def __init__(self, to: int, least: int, most: int, seed: int) -> None:
        self._to, self._range, self._random = to, (least, most), random.Random(seed)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self.cuts = 0
        self._selector = DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._selector.register(self._door, EVENT_READ, self._accept)
        self._selector.register(self._woken, EVENT_READ, None)
        self._left: dict[socket.socket, list[int]] = {}
        """Bytes that a connection may still carry, in both directions together."""
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        """Break everything and end."""
        self._waker.close()
        self._thread.join()
        for end in [*self._left, self._door, self._woken]:
            end.close()
        self._selector.close()

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                key.data()

    def _accept(self) -> None:
        near, _ = self._door.accept()
        try:
            far = socket.create_connection(("127.0.0.1", self._to))
        except OSError:
            self._break(near)
            return
        budget = [self._random.randint(*self._range)]
        for source, target in ((near, far), (far, near)):
            self._left[source] = budget
            self._selector.register(source, EVENT_READ, lambda one=source, other=target: self._pass(one, other))

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        if source not in self._left:
            return  # its other end broke a moment ago
        budget = self._left[source]
        with suppress(OSError):
            came = source.recv(16_384)
            target.sendall(came[: budget[0]])
            budget[0] -= len(came)
            if came and budget[0] > 0:
                return
            self.cuts += bool(came)
        for end in (source, target):
            del self._left[end]
            self._selector.unregister(end)
            self._break(end)

    @staticmethod
    def _break(end: socket.socket) -> None:
        with suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        end.close()
