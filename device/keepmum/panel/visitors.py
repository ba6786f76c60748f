"""Who may speak to the page at all, and from where a wish counts: pure rules over what a visitor cannot choose freely.

A web site that somebody in the house visits is such a visitor: it can make the browser send a request here, under a
name of its own that leads here (DNS rebinding), but it cannot choose what the browser says about where that came from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

_LOCAL = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")
"""RFC 1122, RFC 1918, RFC 3927."""
_LOCAL_6 = ("::1/128", "fc00::/7", "fe80::/10")
"""RFC 4291, RFC 4193."""
_NEAR = tuple(ip_network(net) for net in (*_LOCAL, *_LOCAL_6))
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?")
_HOMELY = (".local", ".home.arpa", ".lan")
"""Names that no public name server answers for: RFC 6762, RFC 8375, and what routers use."""

Headers = Sequence[tuple[bytes, bytes]]
"""Names in small letters, as ASGI has them."""


def is_near(untrusted_address: str) -> bool:
    """Whether a visitor's address is one of this machine or of the local network."""
    try:
        address = ip_address(untrusted_address)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in net for net in _NEAR if net.version == address.version)


def is_ours(untrusted_host: str, machine: str) -> bool:
    """Whether a Host header names this machine: by an address, as localhost, by its own name or by a homely one."""
    parts = _HOST.fullmatch(untrusted_host)
    if parts is None:
        return False
    name = parts[1].lower().removesuffix(".")
    if name in {"localhost", machine.lower()} or (name.endswith(_HOMELY) and not name.startswith(".")):
        return True
    return _is_address(name)


def is_from_here(headers: Headers) -> bool:
    """Whether a browser says that this very page sent the request. Nothing said means no."""
    hosts, origins = values(headers, b"host"), values(headers, b"origin")
    same = len(hosts) == 1 and origins == [f"http://{hosts[0]}"]
    return same and values(headers, b"sec-fetch-site") in ([], ["same-origin"])


def values(headers: Headers, name: bytes) -> list[str]:
    """Every value of one header; what is no Latin-1 is kept out by the protocol."""
    return [value.decode("latin-1") for key, value in headers if key == name]


def _is_address(name: str) -> bool:
    try:
        address = ip_address(name.strip("[]"))
    except ValueError:
        return False
    return name.startswith("[") == (address.version == 6)
