"""Every path on a speaker that the installer writes, so that what it takes away is what it brought."""

from __future__ import annotations

OPT = "/opt/keepmum"
RELEASES = f"{OPT}/releases"
CURRENT = f"{OPT}/current"
PREVIOUS = f"{OPT}/previous"
JOURNAL = f"{OPT}/installed.json"
BUNDLE = f"{OPT}/bundle"
COMMAND = "/usr/local/bin/keepmum"

ETC = "/etc/keepmum"
SETTINGS = f"{ETC}/keepmum.yaml"
SECRETS = f"{ETC}/secrets"
PASSWORD = f"{SECRETS}/broker-password"
STATE = "/var/lib/keepmum"
RUN = "/run/keepmum"

UNITS = "/usr/local/lib/systemd/system"
SYSUSERS = "/usr/local/lib/sysusers.d/keepmum.conf"
TMPFILES = "/usr/local/lib/tmpfiles.d/keepmum.conf"
DROPINS = "/etc/systemd/system"

BOOT = "/boot/firmware"
