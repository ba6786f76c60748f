"""What a desk can tell in public: how much it has, how often somebody listened, what went. Counts, and no names."""

from __future__ import annotations

from collections import Counter
from typing import Any

from keepmum.desk.records import Why
from keepmum.desk.store import Store


def report(store: Store) -> dict[str, Any]:
    """The counts of a whole store, from its first day on; nothing in it is about one household or one clip."""
    gone = Counter(each.why for each in store.all_gone())
    here = len(store.clips())
    went = gone[Why.DEMAND] + gone[Why.RETENTION]
    return {
        "clips": {"received": here + went, "kept": here},
        "plays": store.plays(),
        "deletions": {
            "demanded": gone[Why.DEMAND],
            "retention_ended": gone[Why.RETENTION],
            "demanded_and_never_came": gone[Why.UNKNOWN],
        },
        "destroyed_weeks": len({week.epoch for week in store.weeks() if week.done is not None}),
        "keys_not_yet_destroyed": sum(week.done is None for week in store.weeks()),
        "refusals": len(store.refusals()),
        "alarms": len(store.alarms()),
    }


def lines(told: dict[str, Any]) -> list[str]:
    """The same for people."""
    clips, deletions = told["clips"], told["deletions"]
    return [
        f"clips            {clips['received']} received, {clips['kept']} kept",
        f"plays            {told['plays']}",
        f"deletions        {deletions['demanded']} asked for by households, "
        f"{deletions['retention_ended']} when their time was over, "
        f"{deletions['demanded_and_never_came']} asked for and never here",
        f"destroyed weeks  {told['destroyed_weeks']}",
        *([f"not yet          {left} keys"] if (left := told["keys_not_yet_destroyed"]) else []),
        f"refusals         {told['refusals']}",
        f"alarms           {told['alarms']}",
    ]
