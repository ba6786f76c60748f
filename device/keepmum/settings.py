"""Every setting that an owner may turn, with its reason; `config.py` reads them out of YAML.

An option has to be earned: each says who turns it. What nobody would turn is a constant beside the code that
uses it. The models are frozen and refuse unknown keys.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from keepmum.settings_hardware import HardwareSettings, Section

_HERE = Path(__file__).parent
RELEASE = r"^(at once|([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9])$"
TOPIC = r"^[^#+\x00-\x1f]{1,120}$"
"""An MQTT topic that something is published to: no wildcards."""
HOURS = r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"


class WakeSettings(Section):
    """What wakes the speaker."""

    phrases: Annotated[tuple[str, ...], Field(min_length=1, max_length=4)] = ("alexa",)
    """`alexa`, `hey jarvis`, `hey mycroft`, `okay nabu` have trained models; any other phrase is found by the
    speech model alone, if every word is in its vocabulary (`computer`)."""
    trigger: Annotated[float, Field(gt=0, lt=1)] = 0.3
    """First stage (microWakeWord, mean of five steps). Low on purpose: the later stages throw out what is wrong.
    Raise it on a board that wakes its second stage too often to keep up."""
    second: Annotated[float, Field(ge=0, lt=1)] = 0.02
    """Second stage (openWakeWord) over the two seconds around the trigger; only used for `alexa`, where it was
    measured. A researcher comparing engines turns it."""
    confirm: bool = True
    """Whether Vosk must find the phrase in the same audio. Only turned off to measure what it does."""
    storm: Annotated[int, Field(ge=0, le=100)] = 6
    """So many wakes in a row, within `storm_minutes`, that no command followed, and the speaker mutes itself: something
    in the room keeps waking it. 0 turns that off; a household with a talkative television raises it."""
    storm_minutes: Annotated[float, Field(gt=0, le=1440)] = 10.0


class SpeechSettings(Section):
    """How speech becomes words, and words become speech."""

    model: Path = _HERE / "models" / "en-household"
    """A Vosk model's folder. `scripts/fetch-model` brings others."""
    sentences: Path | None = None
    """The owner's sentence file, added to the shipped ones."""
    language: Literal["en"] = "en"
    """Chooses the shipped sentence file and the voice."""
    pause: Annotated[float, Field(ge=0.2, le=3)] = 0.6
    """Seconds of silence that end half a command; three quarters of them end a whole one. Slow speakers raise it."""
    longest: Annotated[float, Field(ge=2, le=15)] = 10.0
    """Seconds after which a command ends in any case."""
    voice: str = "en-gb"
    """An espeak-ng voice."""


class BrokerSettings(Section):
    """The household's MQTT broker. Without a host nothing is ever sent."""

    host: str | None = None
    """Name or address; none by default."""
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    tls: bool = False
    """Whether to speak TLS (port 8883 as a rule)."""
    ca_file: Path | None = None
    """The authority that signed the broker's certificate; the system's when absent."""
    username: str | None = None
    password_file: Path | None = None
    """A file with the password in its first line; never the password itself."""

    @property
    def name(self) -> str:
        """What a consent for home commands names, and nothing without a host."""
        return f"{self.host}:{self.port}" if self.host else ""


class RecipientSettings(Section):
    """Who may open clips. Without a card no clip can be sealed, so none can leave."""

    card: Path | None = None
    """The collector's public card, as `keepmum collect --card` prints it."""
    topic: str = "keepmum"
    """The MQTT prefix that the collector listens on."""


class SharingSettings(Section):
    """How much leaves under a consent, and when. None of it agrees to anything."""

    release: Annotated[str, Field(pattern=RELEASE)] = "03:00-05:00"
    """The time of the day, in the household's clock, in which clips leave: each day at another, random moment of it.
    `at once` for whoever wants to watch; then the moment of a clip tells when somebody spoke."""
    days: Annotated[int, Field(ge=1, le=90)] = 90
    """How long a consent lasts."""
    quota: Annotated[int, Field(ge=1, le=60)] = 20
    """Clips that leave in a day under one consent, at most."""


class HomeSettings(Section):
    """What stands in the house."""

    topic: str = "keepmum/home"
    """Home actions are published below this, unless a thing names its own topic."""
    things: dict[str, str] = Field(default_factory=dict)
    """Spoken name to MQTT topic, for devices that already have one: `kitchen light: zigbee2mqtt/kitchen/set`."""
    weather_topic: str | None = None
    """A retained topic with a sentence about the weather, which the household's own hub fills."""
    status_topic: Annotated[str, Field(pattern=TOPIC)] = "keepmum/status"
    """Where the speaker tells the home whether it is muted, its mode, and what left today; only under a consent."""
    discovery: Annotated[str, Field(pattern=TOPIC)] | None = None
    """Home Assistant's discovery prefix, `homeassistant` as a rule: then the speaker announces itself there."""


class FolderSettings(Section):
    """Where files live; tests and the demo turn these, systemd sets them on a Pi."""

    run: Path = Path("/run/keepmum")
    """Sockets; on tmpfs."""
    state: Path = Path("/var/lib/keepmum")
    """Latch, mode, consents, ledger, the skills' memory. Never audio."""
    outbox: Path = Path("/run/keepmum/outbox")
    """Parcels on their way; on tmpfs unless the owner moves it."""

    @property
    def ledger(self) -> Path:
        """The ledger's folder: written by the listener, read by the `keepmum` command."""
        return self.state / "ledger"

    @property
    def receipts(self) -> Path:
        """The receipts' folder: one file per consent that was ever asked for."""
        return self.state / "receipts"

    @property
    def words(self) -> Path:
        """The household's own words: written by the `keepmum` command, read by the listener."""
        return self.state / "words.txt"

    @property
    def household_model(self) -> Path:
        """The speech model with those words, which the listener makes at its start."""
        return self.state / "household-model"

    @property
    def identity(self) -> Path:
        """The one secret of this device, from which all its keys are made."""
        return self.state / "identity.json"


class QuietSettings(Section):
    """When the speaker mutes itself without being asked."""

    hours: Annotated[tuple[Annotated[str, Field(pattern=HOURS)], ...], Field(max_length=8)] = ()
    """Times of the day, in the household's clock, during which it is muted: `22:30-06:30`. A hand on the button ends
    one early; nothing else does."""
    uplink: bool = False
    """Whether the uplink stays connected during them. A household whose home wants to be told at night that the
    speaker is muted turns it on; otherwise systemd keeps the uplink from running."""


class PanelSettings(Section):
    """What the local page and the `keepmum` command may see."""

    show_words: bool = False
    """Whether `Watch` reports what was heard. The demo turns it on; at home it stays off."""


class Settings(Section):
    """The whole configuration."""

    wake: WakeSettings = WakeSettings()
    hardware: HardwareSettings = HardwareSettings()
    speech: SpeechSettings = SpeechSettings()
    broker: BrokerSettings = BrokerSettings()
    recipient: RecipientSettings = RecipientSettings()
    sharing: SharingSettings = SharingSettings()
    home: HomeSettings = HomeSettings()
    folders: FolderSettings = FolderSettings()
    quiet: QuietSettings = QuietSettings()
    panel: PanelSettings = PanelSettings()
