"""What is needed to reach the broker, read from files before the uplink gives up reading files."""

from __future__ import annotations

import encodings.idna  # noqa: F401  a host's name needs it, and it cannot be loaded any more after the lock
import ipaddress
import logging
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from keepmum.errors import ConfigError
from keepmum.settings import BrokerSettings

log = logging.getLogger(__name__)

CREDENTIAL = "broker-password"
"""What the unit's LoadCredential= calls the password. systemd reads the file as root; the uplink's user cannot."""


@dataclass(frozen=True)
class Access:
    """How to reach one broker."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None


def read(settings: BrokerSettings, environ: Mapping[str, str] = os.environ) -> Access | None:
    """What the settings and the files they name say, or None without a host; raises ConfigError with all faults.

    A credential that systemd passed on stands for broker.password_file, which is not opened then.
    """
    if settings.host is None:
        return None
    faults: list[ConfigError] = []
    password = _password(settings, environ, faults)
    tls = _tls(settings, faults)
    if faults:
        raise ConfigError("\n".join(fault.what for fault in faults), "\n".join(fault.hint for fault in faults))
    if password is not None and tls is None and not _loopback(settings.host):
        log.warning("the broker's password crosses the network readable; broker.tls would hide it")
    return Access(settings.host, settings.port, settings.username, password, tls)


def _password(settings: BrokerSettings, environ: Mapping[str, str], faults: list[ConfigError]) -> str | None:
    passed_on = _passed_on(environ)
    path = passed_on or settings.password_file
    if path is None:
        return None
    name = f"the credential {CREDENTIAL}" if passed_on else f"broker.password_file {path}"
    if settings.username is None:
        faults.append(ConfigError(f"{name} without broker.username", "MQTT wants both"))
    try:
        first = path.read_text().partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        faults.append(ConfigError(f"{name} cannot be read: {_why(error)}", "check path and rights"))
        return None
    if not first:
        faults.append(ConfigError(f"{name} has an empty first line", "write the password there"))
    return first


def _passed_on(environ: Mapping[str, str]) -> Path | None:
    """Where systemd put the password, or None if its unit loads none: systemd.exec(5), LoadCredential=."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    passed_on = Path(folder, CREDENTIAL) if folder else None
    return passed_on if passed_on is not None and os.path.lexists(passed_on) else None


def _tls(settings: BrokerSettings, faults: list[ConfigError]) -> ssl.SSLContext | None:
    if not settings.tls:
        if settings.ca_file is not None:
            faults.append(ConfigError("broker.ca_file without broker.tls", "set broker.tls, or remove the file"))
        return None
    path: Path | None = settings.ca_file
    try:
        context = ssl.create_default_context(cafile=None if path is None else str(path))
    except OSError as error:
        faults.append(ConfigError(f"broker.ca_file {path} cannot be used: {_why(error)}", "it must be a PEM file"))
        return None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _why(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror if isinstance(error, OSError) else error.reason) or str(error)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
