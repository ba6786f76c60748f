"""The policies in the rows in which captures are told, so that both stand in one table."""

from __future__ import annotations

from collections.abc import Iterator

from keepmum.lab.evaluate.row import Row
from keepmum.lab.golden import golden
from keepmum.lab.metrics import MEGABYTE
from keepmum.lab.shelf import Shelf

_HOURS = 24.0


def policies() -> Iterator[Row]:
    """Every policy of the golden table over the golden household, per hour of whole days.

    All of it is simulated, keepmum's own too: nobody lives in that household. A stream has no clips.
    """
    for row in golden(Shelf().policies()):
        metrics = row.metrics
        kind = "control" if row.policy.kind == "control" else "simulated"
        for metric, value, unit in (
            ("clips_per_h", metrics.clips_per_day / _HOURS, "1/h"),
            ("upload_s_per_h", metrics.seconds_per_day / _HOURS, "s/h"),
            ("wire_bytes_per_h", metrics.megabytes_per_day * MEGABYTE / _HOURS, "B/h"),
        ):
            yield Row(row.policy.id, metric, value, None, None, 0, unit, kind)
