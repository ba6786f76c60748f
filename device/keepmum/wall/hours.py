"""Writes the units of the quiet hours: a timer that knows when to look, and a service that looks and stops the uplink.

Looking is all that is timed; what the hours are decided by is the clock at that moment, in `may_send`. So nothing
depends on an event that came late, twice, or never, because a clock was set.
"""

from __future__ import annotations

from collections.abc import Iterable

from keepmum.quiet_hours import ends, left
from keepmum.settings import QuietSettings
from keepmum.wall.dropin import MARK

_MAY_SEND = (
    "/opt/keepmum/current/bin/python3 -I -B -m keepmum.cli --config /etc/keepmum/keepmum.yaml units --may-send-now"
)


def stop_the_uplink(quiet: QuietSettings) -> bool:
    """Whether there is ever an hour in which the uplink may not run."""
    return bool(quiet.hours) and not quiet.uplink


def may_send(quiet: QuietSettings, wall: float, utc_offset: float) -> bool:
    """Whether the uplink may run at this moment; `wall` and `utc_offset` in seconds, as `quiet_hours.left` has them."""
    return not stop_the_uplink(quiet) or left(quiet.hours, wall, utc_offset) == 0


def looks(hours: Iterable[str]) -> list[str]:
    """The times of the day at which to look: each beginning and end, and the full hour after it.

    In the night in which clocks are set forward systemd leaves out a time that does not exist (measured, systemd 252:
    `02:30` is next due a day later). The full hour after it exists.
    """
    times = {end for each in hours for end in ends(each)}
    return sorted(times | {f"{(int(time[:2]) + 1) % 24:02}:00" for time in times})


def timer(hours: tuple[str, ...]) -> str:
    """keepmum-quiet.timer."""
    calendar = "\n".join(f"OnCalendar=*-*-* {time}:00" for time in looks(hours))
    return f"""\
{MARK}
[Unit]
Description=keepmum: when the quiet hours {", ".join(hours)} begin and end
PartOf=keepmum.target

[Timer]
Unit=keepmum-quiet.service
# Also when keepmum starts: it may be in the middle of them.
OnActiveSec=0
# In the household's own time. The full hours are for the night in which clocks are set forward.
{calendar}
# A Pi has no clock that runs without power: the right time comes later, from the network, and all at once.
OnClockChange=yes
OnTimezoneChange=yes
# Left alone, systemd would be up to a minute late.
AccuracySec=1s
# There is nothing to catch up with: whoever looks decides by the clock of that moment.
Persistent=no
"""


def service() -> str:
    """keepmum-quiet.service."""
    return f"""\
{MARK}
[Unit]
Description=keepmum: whether the uplink may run at this hour
# An uplink that starts asks for itself whether it may. Stopped in the middle of that it would count as failed.
After=keepmum-uplink.service
# Whatever goes wrong here means quiet.
OnFailure=keepmum-quiet.target

[Service]
Type=oneshot
TimeoutStartSec=60
# The target stops the uplink, and starting the uplink ends the target (Conflicts=). Nothing is waited for: the uplink
# may take its time to leave. Whoever has disabled the uplink does not get it back in the morning.
ExecStart=/bin/sh -c '{_MAY_SEND} || exec systemctl --no-block start keepmum-quiet.target; \\
  systemctl --no-block stop keepmum-quiet.target; \\
  systemctl is-enabled --quiet keepmum-uplink.service || exit 0; \\
  exec systemctl --no-block start keepmum-uplink.service'

# It must be root to start and stop, and nothing else that root may: no capability, no network, nothing to write.
CapabilityBoundingSet=
NoNewPrivileges=yes
PrivateNetwork=yes
RestrictAddressFamilies=AF_UNIX
IPAddressDeny=any
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateIPC=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources @aio
SystemCallErrorNumber=EPERM
LimitCORE=0
UMask=0077
"""


def wants() -> str:
    """keepmum.target's drop-in."""
    return f"{MARK}\n[Unit]\nWants=keepmum-quiet.timer\n"
