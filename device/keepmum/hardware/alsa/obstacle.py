"""Says why a card that is there cannot be opened, which PortAudio does not: it only leaves the card out of its list."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from keepmum.hardware.alsa.cards import DEV, PROC
from keepmum.hardware.alsa.substreams import substreams


def obstacle(number: int, way: Literal["c", "p"], proc: Path = PROC, dev: Path = DEV) -> str:
    """What stands between us and the card, and what to do about it; nothing if nothing is seen. Never raises.

    Permissions are looked at first: who may not open a card is not helped by hearing who else has it.
    """
    try:
        nodes = [node for node in dev.iterdir() if node.name.startswith(f"pcmC{number}D") and node.name.endswith(way)]
        barred = [node for node in nodes if not os.access(node, os.R_OK | os.W_OK)]
        owners = {one.owner for one in substreams(number, way, proc) if not one.closed}
    except OSError:
        return ""
    if barred:
        return f"this user may not open {barred[0]}: `sudo usermod -aG audio $USER`, then log in again"
    if owners:
        who = ", ".join(str(owner) for owner in sorted(owner for owner in owners if owner is not None))
        return f"another program has it: end it (process {who or 'unknown'}; `ps -p {who or 'PID'}` names it)"
    if not nodes:
        return f"there is no {dev}/pcmC{number}D*{way}: has udev made the card's devices?"
    return ""
