"""What is counted: every figure of a policy is one sum over another, with its unit and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Measure:
    """A sum of a Tally over another one."""

    name: str
    unit: str
    what: str
    """In words, for people."""
    top: str
    bottom: str = "hours"
    chance: Literal["groups", "events", "share"] = "groups"
    """Where its interval comes from: drawing groups, counting events (Garwood), or counting some of them."""


MEASURES = (
    Measure("clips_per_h", "1/h", "recordings that left", "clips", chance="events"),
    Measure("false_clips_per_h", "1/h", "recordings that nobody meant for the speaker", "false clips", chance="events"),
    Measure("upload_s_per_h", "s/h", "seconds of sound that left", "seconds"),
    Measure("false_s_per_h", "s/h", "of them, seconds that nobody meant for the speaker", "false seconds"),
    Measure("false_activation_share", "share", "false recordings, of all that left", "false clips", "clips", "share"),
    Measure("speech_s_per_h", "s/h", "seconds in which anybody spoke", "speech"),
    Measure("bystander_s_per_h", "s/h", "seconds of people who had not spoken to the speaker", "others"),
    Measure("media_s_per_h", "s/h", "seconds of television or radio", "media"),
    Measure("private_words_per_h", "words/h", "words that name or describe somebody", "private words"),
    Measure("preroll_s_per_h", "s/h", "seconds from before the wake word", "before"),
    Measure("tail_s_per_h", "s/h", "seconds after the last word", "after"),
    Measure("megabytes_per_h", "MB/h", "what is inside, before sealing and padding", "megabytes"),
    Measure("texts_per_h", "1/h", "transcripts that left", "texts"),
    Measure("exposure_s_d_per_h", "s*d/h", "seconds of sound times days for which they are kept", "exposure"),
    Measure("exposure_words_d_per_h", "words*d/h", "words of transcripts times days", "text exposure"),
    Measure(
        "commands_sent_share", "share", "real commands that left in any form", "commands sent", "commands", "share"
    ),
    Measure(
        "commands_kept_share",
        "share",
        "real commands that somebody keeps for a day or longer, and can learn from",
        "commands kept",
        "commands",
        "share",
    ),
)

YEARLY = (
    Measure("reviews_per_year", "1/yr", "clips of one household that somebody listens to in a year", "reviews"),
    Measure("heard_s_per_year", "s/yr", "seconds of one household that somebody listens to in a year", "heard"),
)
"""Per hour, to be taken times the hours of a year that a household sounds like the corpus."""
