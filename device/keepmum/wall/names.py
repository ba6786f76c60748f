"""Asks for the addresses of a name, as the uplink will: the one place of the wall that reaches the network."""

from __future__ import annotations

import encodings.idna  # noqa: F401  a name may need it
import socket

from keepmum.errors import BrokerError
from keepmum.wall.dropin import literal


def addresses(host: str) -> tuple[str, ...]:
    """All addresses of a host, IPv4 and IPv6; of an address itself. Raises BrokerError where nobody knows the name."""
    if (address := literal(host)) is not None:
        return (address,)
    hint = "is the network there? An address in broker.host needs nobody to ask"
    if host.rstrip(".").endswith(".local"):
        hint = "names in .local are asked of another service, which the uplink cannot reach: write the address"
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BrokerError(f"broker.host {host!r} has no address: {why}", hint) from error
    return tuple(dict.fromkeys(found for answer in answers if (found := literal(str(answer[4][0]))) is not None))
