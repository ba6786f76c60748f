"""Every message between two processes, from the listener's point of view, and who may send which.

The listener is the only server. Each peer has its own socket, so the path is the role: what a peer may send
is `TABLE[role].receives`, what the listener may send it is `TABLE[role].sends`. Anything else is refused and
logged by its type alone. No message can loosen: there is no word for it in this file.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keepmum.errors import BadMessage

LARGEST = 65_536
"""Bytes in one packet; the skills' memory travels in one (a shopping list, timers)."""

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Text = Annotated[str, Field(max_length=2_000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,63}$")]
Purpose = Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,39}$")]
Topic = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^#+\x00-\x1f]+$")]
Blob = Annotated[str, Field(max_length=32_000)]
Slot = str | int | float | bool

Want = Literal["mute", "guest", "local", "withdraw", "forget", "forget_today", "forget_last"]
"""What anyone may ask for: each makes the speaker quieter. `guest` is private for twelve hours; `forget` is everything
that ever left, `forget_today` and `forget_last` a part of it."""


class Message(BaseModel):
    """What all messages share: frozen, unknown fields refused, no coercion of types, no infinite times."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


# ---- uplink → listener


class UplinkHello(Message):
    """The uplink is here."""

    type: Literal["uplink_hello"] = "uplink_hello"
    version: Literal[1] = 1
    broker: Text = ""
    """The one that it speaks to, as a consent would name it: both processes must have read the same settings."""


class Next(Message):
    """The broker is connected and the uplink's hands are empty: it can take one parcel."""

    type: Literal["next"] = "next"


class Delivered(Message):
    """A parcel arrived: a clip with the collector's signed receipt, an action with the broker's PUBACK."""

    type: Literal["delivered"] = "delivered"
    parcel: Id
    receipt: Annotated[str, Field(max_length=4_000)] = ""


class Deleted(Message):
    """Somebody answered the demand to destroy a clip, with a signed receipt; whether it is genuine is checked here."""

    type: Literal["deleted"] = "deleted"
    parcel: Id
    receipt: Annotated[str, Field(max_length=4_000)]


class Failed(Message):
    """One attempt failed. `final` means that trying again cannot help (too large, refused for good)."""

    type: Literal["failed"] = "failed"
    parcel: Id
    reason: Annotated[str, Field(max_length=200)]
    final: bool = False


class Tighten(Message):
    """Somebody outside asks for more quiet; nothing outside can ask for less."""

    type: Literal["tighten"] = "tighten"
    want: Want


class HomeFact(Message):
    """A retained value that the household's own hub keeps for us (the weather)."""

    type: Literal["home_fact"] = "home_fact"
    name: Name
    value: Text


class BrokerState(Message):
    """Whether the broker answers; `why` is for the owner's eyes."""

    type: Literal["broker_state"] = "broker_state"
    online: bool
    why: Annotated[str, Field(max_length=200)] = ""


# ---- listener → uplink


class Parcel(Message):
    """One parcel to deliver; its bytes come beside it as a sealed memfd."""

    type: Literal["parcel"] = "parcel"
    id: Id
    kind: Literal["clip", "action", "status", "deletion"]
    topic: Topic
    """For a clip, what stands below the collector's topic prefix; for a deletion, the hash of its bytes, which are the
    secret; otherwise the whole topic."""
    size: Annotated[int, Field(ge=0, le=2_000_000)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    expires_in: Annotated[float, Field(gt=0)] | None = None
    """Seconds after which the parcel must not be delivered any more."""


class Stop(Message):
    """Let go of what you hold and do not send it."""

    type: Literal["stop"] = "stop"
    why: Annotated[str, Field(max_length=200)]


class Vanish(Message):
    """Nobody agrees any more that the home is told how we are: let the broker's last word about us go out."""

    type: Literal["vanish"] = "vanish"


# ---- listener → skills


class Ask(Message):
    """A command was understood; the skill whose name stands before the intent's dot should answer."""

    type: Literal["ask"] = "ask"
    id: Annotated[int, Field(ge=0)]
    intent: Name
    slots: dict[str, Slot] = {}
    now: float
    """Unix time in seconds."""
    utc_offset: float = 0.0
    """Seconds to add to UTC for the household's clock."""
    memory: Blob = ""
    """What this skill last asked to be kept, or nothing."""
    facts: dict[str, Blob] = {}
    """What the speaker knows that the intent may need: volume, today's ledger, the weather."""


# ---- skills → listener


class SkillsHello(Message):
    """The skills are here, and these are the intents that one of them answers."""

    type: Literal["skills_hello"] = "skills_hello"
    version: Literal[1] = 1
    intents: list[Name]


class HomeAction(Message):
    """Ask the home to do something; whether it may leave is decided like for any other flow."""

    type: Literal["home_action"] = "home_action"
    topic: Topic
    payload: Text


class SetVolume(Message):
    """Set the loudspeaker."""

    type: Literal["set_volume"] = "set_volume"
    percent: Annotated[int, Field(ge=0, le=100)]


class Propose(Message):
    """Propose a consent, from the skills or the panel. It opens nothing: only the button, held, does."""

    type: Literal["propose"] = "propose"
    purpose: Purpose
    rung: Literal["metrics", "text", "respoken", "disguised", "voice"] = "voice"
    asks: bool = False
    """Whether each clip is to be played back and asked about."""


class Chime(Message):
    """Play the alarm sound before the answer."""

    type: Literal["chime"] = "chime"
    times: Annotated[int, Field(ge=1, le=30)] = 3


Action = Annotated[HomeAction | SetVolume | Tighten | Propose | Chime, Field(discriminator="type")]


class Answer(Message):
    """What to say and do about the Ask with the same id."""

    type: Literal["answer"] = "answer"
    id: Annotated[int, Field(ge=0)]
    speech: Text = ""
    actions: Annotated[list[Action], Field(max_length=8)] = []
    memory: Blob | None = None
    """The skill's new memory; None leaves the old one."""
    due: float | None = None
    """Unix time at which the skill wants to be asked `<skill>.due`; None leaves it, 0 clears it."""


# ---- panel → listener (a local page, the `keepmum` command)


class Status(Message):
    """How are you?"""

    type: Literal["status"] = "status"


class Say(Message):
    """Take this sentence as if it had been heard after a confirmed wake."""

    type: Literal["say"] = "say"
    text: Annotated[str, Field(min_length=1, max_length=500)]


class Watch(Message):
    """Send me every Seen from now on."""

    type: Literal["watch"] = "watch"


class Overview(Message):
    """What does the household see on its page, beside the status?"""

    type: Literal["overview"] = "overview"


# ---- listener → panel


class StatusReport(Message):
    """The answer to Status."""

    type: Literal["status_report"] = "status_report"
    ear: Name
    microphone: Literal["open", "closed"]
    proof: Text = ""
    """Who has seen that it is closed; nothing while it is open or has not been shown to be closed."""
    ring: Text
    mutes: list[str]
    mode: Name
    consents: list[Text]
    proposal: str
    waiting: int
    """Parcels in the outbox."""
    asking: int = 0
    """Clips that wait for an answer."""
    outside: int = 0
    """Clips that somebody else may have."""
    overdue: int = 0
    """Deletions that nobody confirmed in time."""
    peers: list[str]
    broker: Text
    rows: int
    """Lines in the ledger."""


class Offered(Message):
    """Something that can be agreed to; a part of OverviewReport."""

    purpose: Purpose
    rung: Name
    asks: bool = False
    """Whether each clip is played back and asked about."""
    to: Text
    """The recipient's name, or the household's own broker."""
    retention: float = 0.0
    """Seconds for which the recipient keeps it at most; 0 for what is not kept."""


class Agreed(Offered):
    """Something that somebody in the room agreed to."""

    until: float
    """Unix time at which it ends by itself."""


class Left(Message):
    """What left since the household's midnight, of one kind under one purpose. Numbers only."""

    kind: Name
    purpose: Purpose
    parcels: Annotated[int, Field(ge=0)]
    bytes: Annotated[int, Field(ge=0)]


class OverviewReport(Message):
    """The answer to Overview. There is no word in it that anybody said."""

    type: Literal["overview_report"] = "overview_report"
    colour: Name
    """What the ring shows, by `hardware.Colour`; `off` when it does not answer."""
    motion: Name
    """By `hardware.Motion`."""
    proposal: Offered | None = None
    """What a held button would agree to now."""
    question: bool = False
    """Whether a clip was played to the room, which may let it leave now."""
    agreed: Annotated[list[Agreed], Field(max_length=32)] = []
    offered: Annotated[list[Offered], Field(max_length=64)] = []
    left: Annotated[list[Left], Field(max_length=64)] | None = None
    """None if the ledger cannot be read."""


class Done(Message):
    """It was done; `text` is what the speaker would say about it."""

    type: Literal["done"] = "done"
    text: Text = ""


class Seen(Message):
    """One thing that happened, for the panel and the demo. Heard words stand in it only if the owner allows."""

    type: Literal["seen"] = "seen"
    at: float
    """Unix time, of the speaker's clock."""
    kind: Name
    facts: dict[str, Slot | list[int]] = {}


# ---- either way


class Refused(Message):
    """The listener did not do what the peer asked."""

    type: Literal["refused"] = "refused"
    why: Text
    hint: Text = ""


class Role(NamedTuple):
    """What may pass on one socket."""

    receives: tuple[type[Message], ...]
    sends: tuple[type[Message], ...]


TABLE: dict[str, Role] = {
    "uplink": Role(
        (UplinkHello, Next, Delivered, Deleted, Failed, Tighten, HomeFact, BrokerState), (Parcel, Stop, Vanish, Refused)
    ),
    "skills": Role((SkillsHello, Answer), (Ask, Refused)),
    "panel": Role(
        (Status, Overview, Tighten, Propose, Say, Watch), (StatusReport, OverviewReport, Done, Seen, Refused)
    ),
}
"""One row per socket. The peers read it the other way round."""


def type_of(kind: type[Message]) -> str:
    """The word that stands in a message's `type` field."""
    return str(kind.model_fields["type"].default)


def encode(message: Message) -> bytes:
    """The packet for a message; raises BadMessage if it would be too large."""
    packet = message.model_dump_json().encode()
    if len(packet) > LARGEST:
        raise BadMessage(f"a {type_of(type(message))!r} message of {len(packet)} bytes", f"the limit is {LARGEST}")
    return packet


def decode(untrusted_packet: bytes, allowed: tuple[type[Message], ...]) -> Message:
    """The message in a packet, if it is one of `allowed` and well formed; raises BadMessage otherwise.

    The error names the type and the fields that are wrong, never their values.
    """
    if len(untrusted_packet) > LARGEST:
        raise BadMessage(f"a packet of {len(untrusted_packet)} bytes", f"the limit is {LARGEST}")
    try:
        envelope = _Envelope.model_validate_json(untrusted_packet)
    except ValidationError:
        raise BadMessage("a packet that is no message", "only keepmum's own processes should connect here") from None
    for kind in allowed:
        if type_of(kind) == envelope.type:
            return _validated(untrusted_packet, kind)
    known = any(type_of(kind) == envelope.type for role in TABLE.values() for side in role for kind in side)
    name = envelope.type if known else "unknown"
    raise BadMessage(f"a message of type {name!r}, which this peer may not send", "messages.py lists who may send what")


def _validated(untrusted_packet: bytes, kind: type[Message]) -> Message:
    try:
        return kind.model_validate_json(untrusted_packet)
    except ValidationError as error:
        # Only declared names are repeated: a peer could put a heard word into one that it made up.
        named = {str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}
        fields = sorted(name if name in kind.model_fields else "an undeclared field" for name in named)
        raise BadMessage(
            f"a {type_of(kind)!r} message that is wrong in {', '.join(dict.fromkeys(fields)) or 'its shape'}",
            "messages.py says what it must look like",
        ) from None


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    type: Annotated[str, Field(max_length=40)]
    __pydantic_extra__: dict[str, Any]
