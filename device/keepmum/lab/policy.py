"""What a policy file says: when something leaves, what it is, what names it, how long it is kept and who may listen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from keepmum.lab.figure import (
    Count,
    Days,
    Marked,
    Milliseconds,
    Part,
    Seconds,
    Section,
    Sentence,
    Share,
    SourceName,
)

PolicyId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Trigger = Literal["wake", "false_wake", "confirmed", "approved", "button", "always", "daily"]
Payload = Literal["audio", "disguised_audio", "respoken_audio", "transcript", "redacted_transcript", "metrics"]
Kind = Literal["simulated", "measured", "control"]
Party = Literal["service", "reviewer", "some_staff", "broker"]
Extent = Literal["all", "partial", "none", "not-kept"]

Day = Annotated[str, Field(pattern=r"^(19|20)[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$")]

SOUND: frozenset[Payload] = frozenset({"audio", "disguised_audio", "respoken_audio"})
"""What can be listened to."""
SIMULATES = "simulation of public statements, "
"""Whoever is named in a label of kind `simulated` is named with these words and a date; nobody measured them."""


class Upload(Section):
    """What leaves, and when."""

    when: tuple[Trigger, ...]
    """`wake` (meant for the speaker), `false_wake` (not meant for it), `confirmed` (the device itself found the wake
    word again, and a command that it knows), `approved` (somebody said yes to this clip), `button`, `always`,
    `daily`. Empty: never."""
    payload: Annotated[tuple[Payload, ...], Field(validate_default=True)] = ()
    """What leaves then."""
    preroll_ms: Milliseconds | None = None
    """Sound from before the wake word that leaves with it."""
    tail_ms: Milliseconds | None = None
    """Sound from after the last word that leaves with it."""
    endpoint: Literal["device", "cloud"] | None = None
    """Who decides that a recording is over."""
    cloud_reject: Share | None = None
    """How much of a false wake does not leave because the cloud stops it; what left until then has left."""

    @field_validator("payload")
    @classmethod
    def _is_something(cls, payload: tuple[Payload, ...], info: ValidationInfo) -> tuple[Payload, ...]:
        if bool(payload) != bool(info.data.get("when", payload)):
            raise ValueError("when and payload go together: both say something, or both are empty")
        return payload


class Identifier(Marked):
    """Something by which two clips can be told to come from one household."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,39}$")]
    scope: Literal["persistent", "rotating", "single-use"]
    """`persistent` never changes, `rotating` after `days`, `single-use` with every clip."""
    days: Annotated[Days | None, Field(validate_default=True)] = None
    """For `rotating`: days until it changes."""
    seen_by: Annotated[tuple[Party, ...], Field(min_length=1)]
    """Who gets to see it."""

    @field_validator("days")
    @classmethod
    def _if_it_rotates(cls, days: Days | None, info: ValidationInfo) -> Days | None:
        if (info.data.get("scope") == "rotating") != (days is not None and days.value > 0):
            raise ValueError("is what a rotating identifier needs, above 0, and no other has")
        return days


class Retention(Section):
    """How long it is kept."""

    audio_days: Days
    transcript_days: Days
    false_wake_days: Days | None = None
    """For what a false wake left, if that goes sooner."""
    identified_days: Days | None = None
    """Until when it is kept together with its identifiers, if that ends sooner."""


class Review(Section):
    """Who listens."""

    rate: Share
    """How likely a clip is to be listened to."""
    cap_per_month: Count | None = None
    """How many clips of one household are listened to in a month at most."""
    can_listen: Count | None = None
    """How many people could."""
    who: tuple[Literal["employee", "contractor", "recipient"], ...] = ()
    distorted: bool = False
    """Whether the voice is changed first."""


class Consent(Section):
    """What was asked."""

    form: Literal["none", "opt-out", "opt-in", "each-clip"]
    given: bool
    """Whether clips are kept or listened to if nobody does anything, or, in an opt-in policy, whether it was given."""
    stops_sending: bool
    """Whether saying no means that nothing leaves."""
    stops_review: bool
    """Whether saying no means that nobody listens."""
    lasts_days: Days | None = None
    """Until it ends by itself."""


class Limits(Section):
    """What the device itself does not exceed."""

    clips_per_day: Count | None = None
    longest_s: Seconds | None = None
    """A longer recording does not leave at all."""


class Deletion(Part):
    """What the household can have destroyed."""

    by: Literal["user", "maker", "timer", "nobody"]
    audio: Extent
    transcript: Extent
    derived: Extent
    """What was made from it: models, corrected text."""
    receipt: Literal["none", "signed"] = "none"


class Mute(Part):
    """How it is made not to listen."""

    kind: Literal["hardware-button", "software", "unknown", "none"]


class Source(Part):
    """Who says something."""

    what: Sentence
    url: Annotated[str, Field(pattern=r"^https://[^\s]{4,200}$")] | None = None
    date: Day | None = None
    """As exactly as it is known: a day, a month or a year, in quotes."""


class Policy(Part):
    """One policy for what a smart speaker lets out."""

    schema_: Annotated[Literal["speaker-policy/1"], Field(alias="schema")]
    """The form of this file."""
    id: PolicyId
    """The name of its file."""
    kind: Kind
    """`simulated`: what somebody said in public. `measured`: read from keepmum's own code. `control`: nobody's, to see
    that the lab can tell."""
    label: Annotated[str, Field(min_length=8, max_length=120)]
    """What it is, in words."""
    valid: tuple[Day | None, Day | None]
    """From when until when it was so, as exactly as it is known; null is a beginning that is not, or until today."""
    device_class: tuple[Literal["speaker", "phone", "computer"], ...] = ("speaker",)
    setting: tuple[Literal["home", "office"], ...] = ("home",)
    upload: Upload
    identifiers: tuple[Identifier, ...] = ()
    retention: Retention
    review: Review
    consent: Consent
    limits: Limits | None = None
    deletion: Deletion
    mute: Mute
    notes: tuple[Sentence, ...] = ()
    """What the keys cannot say."""
    sources: Annotated[dict[SourceName, Source], Field(min_length=1)]
    """Everybody whom this file quotes."""

    @field_validator("id")
    @classmethod
    def _is_its_file(cls, untrusted_id: str, info: ValidationInfo) -> str:
        name = (info.context or {}).get("name", untrusted_id)
        if untrusted_id != name:
            raise ValueError(f"{untrusted_id} stands in {name}.yaml; make them one")
        return untrusted_id

    @field_validator("label")
    @classmethod
    def _says_what_it_is(cls, label: str, info: ValidationInfo) -> str:
        if info.data.get("kind") == "simulated" and SIMULATES not in label:
            raise ValueError(f"nobody measured it, so it says so: “… ({SIMULATES}April 2019)”")
        return label

    @field_validator("valid")
    @classmethod
    def _in_order(cls, valid: tuple[Day | None, Day | None]) -> tuple[Day | None, Day | None]:
        if None not in valid and str(valid[1]) < str(valid[0]):
            raise ValueError("it ends before it begins")
        return valid
