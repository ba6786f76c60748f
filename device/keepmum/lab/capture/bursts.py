"""Finds uploads in what a device sent, as somebody outside would: seconds in which it sent more than when idle.

This is what LeakyPick does (Mitev et al., 2020): sizes and times are enough, and what is sent may be sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from keepmum.lab.capture.outgoing import Sent

IDLE = 0.25
"""Which part of the seconds, the quietest, tells how much it sends when idle."""
MOST_IDLE = 300.0
"""Bytes a second; a device that always sends more is never idle: it streams. Speech needs 750 at the very least."""
OVER = 1_000.0
"""Bytes a second above idle in which something is sent; speech coded with 16,000 bits a second is 2,000."""
LEAST = 2_500
"""Bytes above idle of an upload: a bit more than a second of such speech."""
GAP = 2
"""Quiet seconds that an upload may have in it."""


@dataclass(frozen=True)
class Upload:
    """One burst."""

    begins: float
    ends: float
    """Seconds since the capture began, whole ones."""
    bytes: float
    """Above what the device sends when idle."""

    @property
    def seconds(self) -> float:
        """How long it took. That is no length of sound: a fast line sends a second of it in less."""
        return self.ends - self.begins


def per_second(sent: Iterable[Sent], seconds: float) -> list[int]:
    """Bytes of each second; one at least."""
    bins = [0] * max(1, ceil(seconds))
    for each in sent:
        if each.at < len(bins):
            bins[int(each.at)] += each.size
        else:
            bins[-1] += each.size
    return bins


def idle(bins: Sequence[int]) -> float:
    """Bytes a second that the device sends when nothing happens: the average of its quietest seconds."""
    quiet = sorted(bins)[: max(1, round(len(bins) * IDLE))]
    return min(sum(quiet) / len(quiet), MOST_IDLE)


def uploads(bins: Sequence[int], idle_rate: float) -> list[Upload]:
    """Every burst, in its order."""
    loud = [second for second, sent in enumerate(bins) if sent > idle_rate + OVER]
    groups: list[list[int]] = []
    for second in loud:
        if groups and second - groups[-1][-1] <= GAP + 1:
            groups[-1].append(second)
        else:
            groups.append([second])
    found = [_upload(bins, idle_rate, group[0], group[-1] + 1) for group in groups]
    return [each for each in found if each.bytes >= LEAST]


def _upload(bins: Sequence[int], idle_rate: float, begin: int, end: int) -> Upload:
    return Upload(float(begin), float(end), sum(bins[begin:end]) - idle_rate * (end - begin))
