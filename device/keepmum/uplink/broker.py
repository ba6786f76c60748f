"""The thin part that knows paho: one fresh MQTT 5 client per connection, driven without its thread.

What the client reports becomes an event; nothing is decided here. paho keeps a queue of its own that re-sends
without asking, so a client never outlives its connection and is never given anything while there is none.
"""

from __future__ import annotations

import secrets
import select
import socket
import ssl
import struct
from collections import deque
from dataclasses import dataclass

import paho.mqtt.client as mqtt
from paho.mqtt import MQTTException
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from keepmum.uplink.access import Access
from keepmum.uplink.events import Acked, BrokerEvent, Came, Down, Listening, Up
from keepmum.uplink.will import GONE

# paho would open a listening TCP port to wake itself up; the uplink may not listen, and needs no waking.
mqtt._socketpair_compat = socket.socketpair

KEEPALIVE = 15
"""Seconds; a broker that fell silent is noticed after as many."""
_PATIENCE = 5.0
"""Seconds for TCP and TLS to be set up; nothing else happens meanwhile."""
_LARGEST = 131_072
"""Bytes of a packet that the broker may send us."""
_AT_ONCE = 50
"""Packets that are read before somebody else has a turn."""
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that throws away what the kernel still holds."""
_SAYS = {
    132: "the broker does not speak MQTT 5",
    134: "not authorised: wrong user name or password",
    135: "not authorised: check broker.username and broker.password_file",
    136: "the broker is not available",
    137: "the broker is busy",
    138: "not authorised: this client is banned",
    149: "a packet was too large for the broker",
    151: "the broker is full: its quota is used up",
}
_WITH_WILL = ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message")
_NO_MQTT = "the broker does not keep to MQTT 5"
_OURS = {130: _NO_MQTT, 141: "the broker fell silent"}
"""Reasons for which paho itself hangs up."""


@dataclass(frozen=True)
class Session:
    """Who we are to the broker. Left alone: nobody, with a random name that is forgotten at once."""

    client_id: str | None = None
    lasts: int = 0
    """Seconds that the broker keeps the session when we are away; 0 starts clean every time."""


class _Closing(ssl.SSLSocket):
    """paho leaves a socket open whose handshake failed."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


class Link:
    """At most one connection at a time. `turn` and `connect` leave events for `next_event`; nothing here raises."""

    def __init__(self, access: Access, session: Session | None = None) -> None:
        self._access = access
        self._session = session or Session()
        self._client: mqtt.Client | None = None
        self._events: deque[BrokerEvent] = deque()
        self._topics: dict[int, str] = {}
        self._accepted = False
        self._will = False

    def fileno(self) -> int:
        """The socket for a selector, or -1 if there is none."""
        connection = None if self._client is None else self._client.socket()
        return -1 if connection is None else connection.fileno()

    def wants_write(self) -> bool:
        """Whether something is still on its way out."""
        return self._client is not None and self._client.want_write()

    def next_event(self) -> BrokerEvent | None:
        """What happened next, or None."""
        return self._events.popleft() if self._events else None

    def connect(self, will: str | None = None) -> None:
        """A fresh client on a fresh connection; an Up or a Down follows. `will` is where to say that we left."""
        self.leave(abrupt=True)
        client = self._client = self._fresh()
        self._will = will is not None
        if will is not None:
            client.will_set(will, GONE, qos=1, retain=False)
        try:
            client.connect(
                self._access.host,
                self._access.port,
                keepalive=KEEPALIVE,
                clean_start=not self._session.lasts,
                properties=self._wishes(),
            )
        except (OSError, ValueError) as error:
            self._down(_explained(error, self._access))

    def turn(self) -> None:
        """Read and write what is there, and keep the connection alive; never waits."""
        client = self._client
        if client is None:
            return
        try:
            # One packet each time: what the broker said last, and why it hung up, may stand behind others.
            for _ in range(_AT_ONCE):
                client.loop_read()
                if _unasked(client):
                    self._down(_NO_MQTT)
                    return
                if not _more(client.socket()):
                    break
            if client.want_write():
                client.loop_write()
            client.loop_misc()
        except (ValueError, LookupError, AssertionError, TypeError, struct.error, MQTTException):
            self._down(_NO_MQTT)
        if self._client is not None and client.socket() is None:
            self._down("the broker hung up")

    def publish(self, topic: str, payload: bytes, expires: int | None) -> None:
        """QoS 1, never retained; an Acked follows, or a Down."""
        if self._client is None:
            return
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expires is not None:
            properties.MessageExpiryInterval = expires
        self._client.publish(topic, payload, qos=1, retain=False, properties=properties)

    def listen(self, topic: str) -> None:
        """Subscribe with QoS 1; a Listening follows, or a Down."""
        if self._client is None:
            return
        _, mid = self._client.subscribe(topic, qos=1)
        if mid is not None:
            self._topics[mid] = topic

    def unlisten(self, topic: str) -> None:
        """Take a subscription back."""
        if self._client is not None:
            self._client.unsubscribe(topic)

    def leave(self, *, abrupt: bool = False) -> None:
        """Hang up and forget everything. `abrupt` sends nothing more, not even what the kernel already holds.

        A will is said in either case: to whoever looks, the speaker is gone.
        """
        client = self._client
        if client is None:
            return
        connection = client.socket()
        if isinstance(connection, socket.socket) and abrupt:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            connection.close()
        elif connection is not None:
            client.disconnect(_WITH_WILL if self._will else None)
        self._forget()
        self._events.clear()

    def _fresh(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._session.client_id or secrets.token_hex(11),
            protocol=mqtt.MQTTv5,
            reconnect_on_failure=False,
        )
        client.connect_timeout = _PATIENCE
        client.username_pw_set(self._access.username, self._access.password)
        if self._access.tls is not None:
            self._access.tls.sslsocket_class = _Closing
            client.tls_set_context(self._access.tls)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = lambda _c, _u, _m, code, _p: self._events.append(Acked(code.value))
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _wishes(self) -> Properties:
        wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        wishes.MaximumPacketSize = _LARGEST
        if self._session.lasts:
            wishes.SessionExpiryInterval = self._session.lasts
        return wishes

    def _on_connect(
        self, _client: mqtt.Client, _user: object, _flags: object, code: ReasonCode, told: Properties | None
    ) -> None:
        if code.value != 0:
            self._down(_SAYS.get(code.value, f"the broker refused: {code}"), code.value)
            return
        self._accepted = True
        largest = getattr(told, "MaximumPacketSize", None)
        self._events.append(Up(largest, getattr(told, "ReceiveMaximum", 65_535)))

    def _on_disconnect(
        self, _client: mqtt.Client, _user: object, flags: mqtt.DisconnectFlags, code: ReasonCode, _told: object
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._down(_SAYS.get(code.value, f"the broker hung up: {code}"), code.value)
        else:
            self._down(_OURS.get(code.value, "the broker hung up"))

    def _on_subscribe(
        self, _client: mqtt.Client, _user: object, mid: int, codes: list[ReasonCode], _told: object
    ) -> None:
        if (topic := self._topics.pop(mid, None)) is not None:
            self._events.append(Listening(topic, max(code.value for code in codes)))

    def _on_message(self, _client: mqtt.Client, _user: object, message: mqtt.MQTTMessage) -> None:
        self._events.append(Came(message.topic, bytes(message.payload), message.retain))

    def _down(self, why: str, code: int | None = None) -> None:
        """Report the first reason only: paho follows up with vaguer ones."""
        if self._client is not None:
            self._events.append(Down(why, self._accepted, code))
            self._forget()

    def _forget(self) -> None:
        """Cut the circle between client and callbacks, so that the socket is closed now and not some day."""
        client, self._client, self._accepted = self._client, None, False
        self._topics.clear()
        if client is not None:
            client.on_connect = client.on_disconnect = client.on_publish = None
            client.on_subscribe = client.on_message = None
            if (connection := client.socket()) is not None:
                connection.close()


def _more(connection: object) -> bool:
    """Whether there is more to read now. What TLS has already decrypted does not make the socket readable again."""
    if not isinstance(connection, socket.socket):
        return False
    if isinstance(connection, ssl.SSLSocket) and connection.pending():
        return True
    readable = select.poll()
    readable.register(connection, select.POLLIN)
    return bool(readable.poll(0))


def _unasked(client: mqtt.Client) -> bool:
    """Whether the broker sends what we told it that we do not take: a larger packet, or one with QoS 2.

    paho would gather either in memory for as long as the broker likes.
    """
    return client._in_packet["remaining_length"] > _LARGEST or bool(client._in_messages)


def _explained(error: OSError | ValueError, access: Access) -> str:
    """Why there is no connection, in the owner's words."""
    where = f"{access.host}:{access.port}"
    match error:
        case ssl.SSLCertVerificationError():
            why = f"certificate of {where} not trusted: {error.verify_message}"
        case ssl.SSLError():
            why = f"no TLS with {where}: {error.reason or error}"
        case socket.gaierror():
            why = f"the name {access.host!r} is not known"
        case ConnectionRefusedError():
            why = f"refused: nothing answers at {where}"
        case TimeoutError():
            why = f"no answer from {where} within {_PATIENCE:g} s"
        case OSError():
            why = f"{where}: {error.strerror or error}"
        case _:
            why = f"{access.host!r} is no name of a broker"
    return why
