"""Where the courier stands.

offline ── the wait is over ─► connecting ── accepted ─► ready ── handed ─► carrying ── last part ─► awaiting
   ▲                              │                       │ ▲                  │                        │
   └──── hung up, refused, told to stop ──────────────────┘ └─ given back ─────┴──── receipt, timeout ──┘
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """One of these at a time; a demand to destroy goes out beside it (`aside.py`)."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    READY = "ready"
    CARRYING = "carrying"
    AWAITING = "awaiting"
