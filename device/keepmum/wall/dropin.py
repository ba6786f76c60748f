"""Writes the uplink's drop-in: the broker's addresses, who is asked for its name, its password, and nothing else."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from pathlib import Path

from keepmum.errors import ConfigError
from keepmum.settings import BrokerSettings

MARK = "# Written by `keepmum units` out of your settings: change those, and run it again."
"""The first line of each file that is ours."""
_ALLOW = "IPAddressAllow="
_ASKED = 3
"""Name servers that the C library asks at most (resolv.conf(5), MAXNS)."""


def literal(host: str) -> str | None:
    """The address that a host is, without an interface behind it; None for a name."""
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return None


def resolvers(untrusted_resolv_conf: str) -> tuple[str, ...]:
    """The name servers that a resolv.conf names, as far as they are asked."""
    rows = [row.split() for row in untrusted_resolv_conf.splitlines()]
    named = [literal(row[1]) for row in rows if len(row) > 1 and row[0] == "nameserver"]
    return tuple(address for address in named[:_ASKED] if address is not None)


def text(broker: BrokerSettings, addresses: Iterable[str], asked: Iterable[str], *, has_password: bool) -> str:
    """The drop-in. `addresses` are the broker's; `asked` are the name servers, left out if the host is an address.

    Raises ConfigError for a password file whose path systemd would not take for one.
    """
    lines = [MARK, "[Service]", "# Whatever was allowed elsewhere is not.", _ALLOW, "# The broker."]
    lines.append(_ALLOW + " ".join(_sorted(addresses)))
    if literal(broker.host or "") is None and (servers := _sorted(asked)):
        lines += ["# Those who are asked for its name, see resolv.conf.", _ALLOW + " ".join(servers)]
    if broker.password_file is not None and has_password:
        lines += ["# Read by systemd as root; the uplink gets a copy that is in memory and its own."]
        lines.append(f"LoadCredential=broker-password:{_escaped(broker.password_file)}")
    return "\n".join([*lines, ""])


def allowed(untrusted_text: str) -> tuple[str, ...]:
    """The broker's addresses in a drop-in that was written before; none in any other text."""
    values = [line.removeprefix(_ALLOW) for line in untrusted_text.splitlines() if line.startswith(_ALLOW)]
    words = next((value.split() for value in values if value), [])
    return tuple(address for word in words if (address := literal(word)) is not None)


def _sorted(addresses: Iterable[str]) -> list[str]:
    """Each once, IPv4 before IPv6: a name server answers in another order every time."""
    known = {ipaddress.ip_address(address) for address in addresses}
    return [str(address) for address in sorted(known, key=lambda each: (each.version, int(each)))]


def _escaped(path: Path) -> str:
    plain = str(path.absolute())
    if not plain.isprintable() or "\\" in plain or plain != plain.strip():
        hint = "give the file a plain name, such as /etc/keepmum/secrets/broker-password"
        raise ConfigError(f"broker.password_file {plain!r} cannot be written into a unit", hint)
    return plain.replace("%", "%%")
