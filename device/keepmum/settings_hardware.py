"""The settings of the hardware: which driver stands for each role, and what it has to know about the board.

They are kept apart from the others because board profiles (`config/boards/`) are written in them too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

CARD = r"^([A-Za-z0-9_-]{1,32}|[0-9a-f]{4}:[0-9a-f]{4}(/[\x21-\x7e]{1,64})?)$"
"""An ALSA id, or USB numbers with a serial where there are two."""

Pin = Annotated[int, Field(ge=0, le=53)]
"""A BCM number."""

Word = Annotated[str, Field(min_length=1, max_length=60)]


class Section(BaseModel):
    """What all sections share."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class MicrophoneSettings(Section):
    """Where sound comes from."""

    driver: Literal["sounddevice", "wav"] = "sounddevice"
    """`sounddevice` is a real microphone; `wav` plays a scene instead."""
    device: str | None = None
    """A part of the ALSA name, as `python -m sounddevice` lists it; the system's default when absent."""
    card: Annotated[str, Field(pattern=CARD)] | None = None
    """The ALSA card by a name that survives a reboot: its id (`seeed2micvoicec`), or its USB numbers (`2886:001a`, with
    `/SERIAL` where there are two). Instead of `device`; with a card, ALSA itself is asked whether it is closed."""
    channels: Annotated[int, Field(ge=1, le=8)] = 1
    """How many the array delivers."""
    channel: Annotated[int, Field(ge=0, le=7)] | Literal["mean", "beam"] = 0
    """Which one to use, `mean` of all, or `beam`: the array's microphones, aligned towards whoever speaks."""
    dead_after: Annotated[float, Field(ge=0, le=60)] | None = None
    """Seconds of nothing but digital zeros after which a microphone counts as broken; 0 never. When absent, 5 for a
    real one and never for a scene. A board that gates its noise to zero needs 0."""

    @model_validator(mode="after")
    def _channel_is_there(self) -> Self:
        if isinstance(self.channel, int) and self.channel >= self.channels:
            raise ValueError(f"channel {self.channel} of {self.channels} is not there; they are counted from 0")
        if self.card is not None and self.device is not None:
            raise ValueError("card and device both name the microphone; keep one")
        return self


class MicPowerSettings(Section):
    """A switch in the microphones' supply, if the board has one. It must be wired so that a floating line means off."""

    driver: Literal["none", "gpio", "xvf3800", "recorder"] = "none"
    """`gpio` is a pin of ours, `xvf3800` that board's own mute line over USB, `recorder` one that only remembers."""
    pin: Pin | None = None
    """BCM number of the output, for `gpio`."""
    on_high: bool = True
    """Whether a high level switches the microphones on; a line that floats must not."""
    readback_pin: Pin | None = None
    """BCM number of an input that sees the microphones' supply itself (low is off), for `gpio`."""
    settle: Annotated[float, Field(ge=0, le=2)] = 0.05
    """Seconds until the microphones work after being switched on."""

    @model_validator(mode="after")
    def _pin_is_named(self) -> Self:
        if self.driver == "gpio" and self.pin is None:
            raise ValueError("driver gpio needs a pin")
        return self


class ArraySettings(Section):
    """Where the microphones of an array stand; only needed for `channel: beam` and `compass: phat`."""

    microphones: Annotated[
        dict[Annotated[str, Field(pattern=r"^[0-7]$")], tuple[float, float]], Field(max_length=8)
    ] = {}
    """Channel number to its place in millimetres: right and forward of the middle, seen from above."""
    compass: Literal["none", "phat", "xvf3800", "usb4mic"] = "none"
    """Who says where a voice comes from: the sound itself (GCC-PHAT, for raw channels) or the board."""

    @model_validator(mode="after")
    def _there_are_two(self) -> Self:
        if self.compass == "phat" and len(self.microphones) < 2:
            raise ValueError("compass phat needs the places of at least two microphones")
        return self


class RingSettings(Section):
    """The light."""

    driver: Literal["terminal", "recorder", "apa102", "ws2812", "xvf3800", "usb4mic"] = "terminal"
    """`terminal` draws it on the screen; `recorder` keeps a history and shows nothing; `apa102` (also DotStar, SK9822)
    hangs on SPI or two pins; `ws2812` is the kernel's own device; `xvf3800` and `usb4mic` are rings behind USB."""
    lamps: Annotated[int, Field(ge=1, le=64)] = 12
    """How many."""
    brightness: Annotated[float, Field(gt=0, le=1)] = 0.31
    """The brightest that any lamp gets. Twelve lamps at 1 draw more current than a small Pi can spare."""
    bus: Annotated[int, Field(ge=0, le=9)] = 0
    """SPI bus, for `apa102`: 0 and device 1 are /dev/spidev0.1."""
    device: Annotated[int, Field(ge=0, le=9)] = 0
    """SPI device, for `apa102`."""
    data_pin: Pin | None = None
    """For `apa102` on two ordinary pins instead of SPI: BCM number of the data line."""
    clock_pin: Pin | None = None
    """And of the clock line."""
    power_pin: Pin | None = None
    """A pin that must be high for the lamps to have power."""
    path: Path = Path("/dev/leds0")
    """The kernel's device, for `ws2812`."""
    first_lamp: Annotated[float, Field(ge=0, lt=360)] = 0.0
    """Where the first lamp stands, in degrees clockwise from the array's mark."""
    clockwise: bool = True
    """Whether the lamps are counted clockwise."""

    @model_validator(mode="after")
    def _pins_come_in_pairs(self) -> Self:
        if (self.data_pin is None) != (self.clock_pin is None):
            raise ValueError("data_pin and clock_pin go together")
        return self


class ButtonSettings(Section):
    """The mute button."""

    driver: Literal["gpio", "keyboard", "scripted"] = "keyboard"
    """`gpio` is a real one; `keyboard` is the space bar; `scripted` obeys a scene."""
    kind: Literal["push", "switch"] = "push"
    """`push` mutes when pressed and unmutes when held; `switch` stays where it was put, and down is muted."""
    pin: Pin = 17
    """BCM number, for `gpio`."""
    pull_up: bool = True
    """Whether the button connects the pin to ground."""
    bounce_seconds: Annotated[float, Field(ge=0, le=0.5)] = 0.03
    """How long contacts bounce after the first edge, which is told at once. From 0.1 on, the line is one that a codec
    pulses as well (0.2 for ReSpeaker 2-Mics v1): then only a level that was stable for so long counts."""


class SpeakerSettings(Section):
    """The loudspeaker."""

    driver: Literal["sounddevice", "wav"] = "sounddevice"
    """`sounddevice` is a real one; `wav` writes what would be heard into a file."""
    device: str | None = None
    """A part of its name; the system's default when absent."""
    card: Annotated[str, Field(pattern=CARD)] | None = None
    """The ALSA card by its id or USB numbers, as for the microphone. Instead of `device`."""
    file: Path = Path("replies.wav")
    """For `wav`."""

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if self.card is not None and self.device is not None:
            raise ValueError("card and device both name the loudspeaker; keep one")
        return self


class HardwareSettings(Section):
    """Which driver stands for each role. There is no fallback from one to another."""

    board: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] | None = None
    """A profile in `config/boards/`: it sets what the board needs below, and what the owner says still wins."""
    microphone: MicrophoneSettings = MicrophoneSettings()
    mic_power: MicPowerSettings = MicPowerSettings()
    array: ArraySettings = ArraySettings()
    ring: RingSettings = RingSettings()
    button: ButtonSettings = ButtonSettings()
    speaker: SpeakerSettings = SpeakerSettings()
    mixer: dict[
        Annotated[str, Field(min_length=1, max_length=60)], Annotated[str, Field(min_length=1, max_length=60)]
    ] = {}
    """Settings of the microphone's card, made at each start: an ALSA control's name to its value in the words of
    `amixer sset` (`PGA: 80% cap`). Boards whose codec wakes up silent need them."""
    scene: Path | None = None
    """The scene that `wav` and `scripted` play."""
    fast: bool = False
    """Whether the scene runs as fast as the engines can go."""
