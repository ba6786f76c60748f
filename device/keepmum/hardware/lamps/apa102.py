"""The bytes of an APA102 strip (DotStar, SK9822): a start frame, four bytes for each lamp, and clocks until the last.

Sources: the APA102 data sheet; https://cpldcpu.com/2014/11/30/understanding-the-apa102-superled/ for the end frame;
https://cpldcpu.com/2016/12/13/sk9822-a-clone-of-the-apa102/ for its clone.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepmum.hardware.lamps import Rgb

START = bytes(4)
LATCH = bytes(4)
"""An SK9822 shows a picture only when the next start frame begins; an APA102 takes these for one and does nothing."""
FULL = 0xE0 | 31
"""Three marking bits, and the lamp's own dimmer fully open: it flickers at 600 Hz where the colours do at 19 kHz."""


def encode(lamps: Sequence[Rgb]) -> bytes:
    """One picture, lamps of (red, green, blue) 0–255, as bytes to be sent with the highest bit first.

    Each lamp passes the data on half a clock later, so the last of n needs n/2 clocks more. They carry zeros: ones
    would light a lamp beyond the last in full white.
    """
    colours = b"".join(bytes((FULL, blue, green, red)) for red, green, blue in lamps)
    return START + colours + LATCH + bytes(-(-len(lamps) // 16))
