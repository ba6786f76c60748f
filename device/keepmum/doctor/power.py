"""The group `clock and power`: whether the wall clock is right, and whether the power supply and the heat are."""

from __future__ import annotations

import re
import time

from keepmum.doctor.case import Case
from keepmum.doctor.finding import Finding, note, ok, plain, problem

_SYNCHRONISED = "/run/systemd/timesync/synchronized"
_BUILT = 1_767_225_600.0
"""2026-01-01, before the first release: no right clock says less."""

_NOW = {0: "too little voltage", 1: "the processor is held back", 2: "it is throttled", 3: "it is near its heat limit"}
"""The bits of `vcgencmd get_throttled`, from the Raspberry Pi documentation; 16 higher, the same since the start."""


def clock(case: Case) -> Finding:
    """Whether the time is right: consents end by it, and certificates are judged by it."""
    today = time.strftime("%Y-%m-%d", time.gmtime(case.machine.now))
    if case.machine.now < _BUILT:
        what = f"it says {today}, which cannot be"
        return problem(what, "connect the network and wait: `timedatectl` says when it is synchronised")
    keeps = any(name.startswith("rtc") for name in case.machine.names("/sys/class/rtc"))
    if case.machine.is_there(_SYNCHRONISED):
        lost = "" if keeps else "; this computer has no clock that runs without power"
        return ok(f"{today}, synchronised{lost}")
    if _other_timekeeper(case):
        return ok(f"{today}, kept by {_other_timekeeper(case)}")
    what = f"{today}, and nobody has synchronised it since the start"
    hint = "`timedatectl` says why; without a right time no TLS connection is believed and consents end at a wrong day"
    return problem(what, hint) if case.is_pi and not keeps else note(what, hint)


def _other_timekeeper(case: Case) -> str:
    """A daemon that keeps the time without telling systemd."""
    running = {case.machine.line(f"/proc/{name}/comm") for name in case.machine.names("/proc") if name.isdecimal()}
    return next((daemon for daemon in ("chronyd", "ntpd") if daemon in running), "")


def power(case: Case) -> Finding:
    """Voltage and throttling, as the firmware has seen them."""
    if not case.is_pi:
        return ok("no Raspberry Pi's firmware to ask")
    answer = case.machine.run(["vcgencmd", "get_throttled"])
    if answer is None:
        return note("vcgencmd is missing, so nobody can tell", "sudo apt install raspi-utils")
    found = re.fullmatch(r"throttled=0x([0-9a-fA-F]{1,8})", answer[1].strip())
    if answer[0] or found is None:
        hint = "sudo usermod -aG video $USER, then log in again"
        return note(f"vcgencmd does not tell: {plain(answer[2] or answer[1])}", hint)
    bits = int(found[1], 16)
    now = [words for bit, words in _NOW.items() if bits >> bit & 1]
    before = [words for bit, words in _NOW.items() if bits >> (bit + 16) & 1 and words not in now]
    return _judged(now, before)


def _judged(now: list[str], before: list[str]) -> Finding:
    hint = "take the Pi's own power supply and a short cable; a USB array draws up to 900 mA"
    if _NOW[0] not in [*now, *before]:
        hint = "give it a heat sink or a fan"
    since = f"since the start also: {', '.join(before)}" if now else f"since the start: {', '.join(before)}"
    if now:
        return problem(f"now: {', '.join(now)}" + (f"; {since}" if before else ""), hint)
    return note(since, hint) if before else ok("enough voltage, nothing was throttled since the start")
