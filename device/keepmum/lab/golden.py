"""The golden table: figures that this lab must give again, so that a change in its counting cannot go unseen.

The table was made once, from random draws that were not written down. Its household is therefore built here the other
way round: drawn from the same seed under the same assumptions, each part thrown again until it adds up to the totals
that the table states or implies. So the table proves the policies and the counting, and nothing about the draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from keepmum.lab.dice import Total
from keepmum.lab.event import Timeline
from keepmum.lab.figure import Conf, Days
from keepmum.lab.household import Habits, household
from keepmum.lab.metrics import Metrics, measure
from keepmum.lab.plan import Margins, replay
from keepmum.lab.policy import Policy

SEED = 20261122
MARGINS = Margins(lead=0.5, tail=0.8)
"""The table gives every policy the same recording, with Alexa's margins: so what differs is the policy alone."""
WITHIN = 0.01
"""Of the number; or half of its last printed digit, where that is more."""

TOTALS: Mapping[str, Total] = {
    "commands": Total(614, 0),
    "false wakes": Total(141),
    "pairs of commands in a day": Total(12_390, 0.01),
    "days left after commands": Total(9_397),
    "seconds of commands": Total(2_926.6, 0.001),
    "exposure to commands": Total(44_789),
    "approved clips": Total(73),
    "seconds approved": Total(358.4, 0.004),
    "exposure approved": Total(5_395, 0.005),
    "private words in commands": Total(72),
    "private words in approved commands": Total(10),
    "others in commands": Total(148.8, 0.005),
    "others in approved commands": Total(21, 0.03),
    "days left after false wakes": Total(2_320),
    "seconds of false wakes": Total(899.2),
    "exposure to false wakes": Total(14_793),
    "private words in false wakes": Total(114),
    "slipped clips": Total(22),
    "seconds slipped": Total(143.1, 0.004),
    "longest slipped": Total(14, 0.4),
    "private words slipped": Total(18),
}

COLUMNS = (
    "clips_per_day",
    "seconds_per_day",
    "megabytes_per_day",
    "false_share",
    "bystander_s_per_day",
    "private_words_per_day",
    "exposure_run",
    "exposure_10y",
    "linkability",
    "reviews_per_year",
    "reviews_capped",
)

_VENDOR = "25.2 127.5 4.08 0.187 28.8 6.2"
_SILENT = "0 0 0 - 0 0 0 0 0 0"
TABLE: Mapping[str, str] = {
    "always-stream": "- 86400 2765 - - - - - 1.00 0 -",
    "alexa-2019-default": f"{_VENDOR} 59583 13964133 1.00 18.4 -",
    "alexa-2019-08-opted-out": f"{_VENDOR} 59583 13964133 1.00 0 -",
    "alexa-2019-autodelete-90": f"{_VENDOR} 59583 344321 1.00 18.4 -",
    "alexa-2025-dont-save": f"{_VENDOR} 3 3 1.00 0 -",
    "siri-2019-after-default": f"{_VENDOR} 3 3 1.00 0 -",
    "google-2019-after-default": f"{_VENDOR} 3 3 1.00 0 -",
    "siri-2019-before-august": f"{_VENDOR} 59583 2792827 1.00 18.4 -",
    "google-2020-optin": f"{_VENDOR} 44790 263397 1.00 18.4 -",
    "alexa-do-not-send": "0 0 0 - 0 0 0 0 - 0 -",  # of sound; its transcripts leave, and link everything
    "local-only": f"{_SILENT} -",
    "ours-local": f"{_SILENT} -",
    "ours-ask": "2.4 11.9 0.38 0.000 0.7 0.33 5395 10751 0 888 48",
    "ours-share": "21.2 102.3 3.27 0.035 8.8 3.0 44933 87942 0.033 387 48",
}
"""One line for each policy, below COLUMNS; a dash is what the table leaves open."""

ASSUMED = {
    "ours-share": {"false_wake_days": Days(value=1, conf=Conf.ASSUMED, note="whoever listens destroys a false wake")},
}
"""What the table assumes of our own retention. The collector does not do it, so the policy does not say it."""
UNNAMED = {"ours-ask"}
"""Policies whose clips share no name in the table. The speaker names a day's clips alike, and so says the policy."""


@dataclass(frozen=True)
class Golden:
    """One policy of the table: what this lab says, and what the table says."""

    policy: Policy
    metrics: Metrics
    stated: Mapping[str, str] = field(default_factory=dict)
    """As printed; a column without a number is not there."""

    def misses(self) -> Iterator[str]:
        """One sentence for each number that is not met."""
        for column, text in self.stated.items():
            got = getattr(self.metrics, column)
            if got is None or abs(got - float(text)) > tolerance(text):
                yield f"{self.policy.id}: {column} is {got}, and the golden table has {text}"


def tolerance(text: str) -> float:
    """How far a number may be from one that was printed so."""
    if float(text) == 0:
        return 0.0  # nothing is nothing
    return max(WITHIN * abs(float(text)), 0.5 / float(10 ** len(text.partition(".")[2])))


def stated(name: str) -> dict[str, str]:
    """What the table says about a policy, as printed; a column that it leaves open is not there."""
    return {column: text for column, text in zip(COLUMNS, TABLE[name].split(), strict=True) if text != "-"}


@cache
def timeline() -> Timeline:
    """The golden household: 30 days, 614 commands, 141 false wakes."""
    return household(Habits(), SEED, TOTALS, MARGINS)


def golden(policies: Iterable[Policy]) -> list[Golden]:
    """The table again, for those of the policies that stand in it, in its order."""
    known = {policy.id: policy for policy in policies}
    return [_golden(_as_assumed(known[name])) for name in TABLE if name in known]


def _golden(policy: Policy) -> Golden:
    whole = timeline()
    metrics = measure(policy, replay(whole.events, policy, MARGINS, limits=False), whole.days)
    return Golden(policy, metrics, stated(policy.id))


def _as_assumed(policy: Policy) -> Policy:
    retention = policy.retention.model_copy(update=ASSUMED.get(policy.id, {}))
    names = () if policy.id in UNNAMED else policy.identifiers
    return policy.model_copy(update={"retention": retention, "identifiers": names})
