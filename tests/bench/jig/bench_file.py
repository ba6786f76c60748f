"""Reads `bench.yaml`: which driver stands for each role of a bench, and what it has to know about its wires."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, model_validator

from keepmum import layers
from keepmum.layers import Layers
from keepmum.settings_hardware import Pin, Section

EXPLAINED_IN = "tests/bench/bench.example.yaml"

Setup = TypeVar("Setup", bound=Section)

Command = Annotated[str, Field(min_length=1, max_length=400)]
"""A command line, cut into words as a shell would; no shell reads it."""

Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:_-]{0,99}$")]


def _needs(setup: Setup, driver: str, *keys: str) -> Setup:
    missing = [key for key in keys if getattr(setup, key) is None]
    if getattr(setup, "driver", "") == driver and missing:
        raise ValueError(f"driver {driver} needs {', '.join(missing)}")
    return setup


class SpeakerSetup(Section):
    """The speaker on the bench."""

    settings: dict[Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)+$")], str | int | float | bool] = Field(
        default_factory=dict
    )
    """What of its settings differs from what ships; scenarios that need others are skipped."""
    closed_within: Annotated[float, Field(gt=0, le=1)] = 0.1
    """Seconds that a mute by hand may take. A board with `bounce_seconds: 0.2` needs 0.3."""
    up_seconds: Annotated[float, Field(gt=0, le=600)] = 90.0
    """Seconds that it may take to start."""


class HandSetup(Section):
    """Who presses the button."""

    driver: Literal["none", "gpiozero", "human"] = "none"
    pin: Pin | None = None
    """For `gpiozero`: the BCM number, on this computer, of the pin that pulls the button's line down."""
    active_high: bool = True
    """Whether a high pin presses (2N7000, optocoupler)."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        return _needs(self, "gpiozero", "pin")


class EyeSetup(Section):
    """Who sees the light."""

    driver: Literal["none", "tcs34725", "human"] = "none"
    bus: Annotated[int, Field(ge=0, le=30)] = 1
    """The I2C bus: 1 is /dev/i2c-1."""
    dark: Annotated[int, Field(ge=1, le=60_000)] = 60
    """What the sensor counts at most when the lamp is off."""


class MeterSetup(Section):
    """Who sees whether the microphones work."""

    driver: Literal["none", "gpiozero", "human"] = "none"
    pin: Pin | None = None
    """For `gpiozero`: the BCM number of the pin at the microphones' supply."""
    on_high: bool = True
    """Whether a high line is a microphone that works."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        return _needs(self, "gpiozero", "pin")


class MouthSetup(Section):
    """Who makes sounds."""

    driver: Literal["none", "aplay"] = "none"
    device: Annotated[str, Field(pattern=r"^[A-Za-z0-9_:=,.-]{1,80}$")] = "default"
    """As `aplay -L` lists it."""


class WireSetup(Section):
    """Who counts what leaves. The bench is the speaker's broker."""

    driver: Literal["none", "capture"] = "none"
    speaker: Host | None = None
    """The speaker's address."""
    bench: Host | None = None
    """This computer's address on the speaker's network."""
    interface: Host = "eth0"
    username: Host | None = None
    """Who may read everything on the broker, and ask for quiet."""
    password_file: Path | None = None
    """A file with the password in its first line."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        return _needs(self, "capture", "speaker", "bench")


class MainsSetup(Section):
    """Who cuts the power and kills the listener."""

    driver: Literal["none", "commands", "human"] = "none"
    cut: Command | None = None
    restore: Command | None = None
    kill: Command | None = None
    """Sends SIGKILL to the listener."""
    up: Command | None = None
    """Ends well if the listener runs."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        return _needs(self, "commands", "cut", "restore", "kill", "up")


class PlugSetup(Section):
    """Who pulls the microphone's plug."""

    driver: Literal["none", "commands", "human"] = "none"
    out: Command | None = None
    back: Command | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        return _needs(self, "commands", "out", "back")


class BookSetup(Section):
    """Who reads the speaker's ledger."""

    driver: Literal["none", "command"] = "none"
    ledger: Command | None = None
    """Prints the rows as JSON lines: `keepmum ledger export` on the speaker."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        return _needs(self, "command", "ledger")


class Bench(Section):
    """A whole bench."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] = "bench"
    """For the reports."""
    speaker: SpeakerSetup = SpeakerSetup()
    hand: HandSetup = HandSetup()
    eye: EyeSetup = EyeSetup()
    meter: MeterSetup = MeterSetup()
    mouth: MouthSetup = MouthSetup()
    wire: WireSetup = WireSetup()
    mains: MainsSetup = MainsSetup()
    plug: PlugSetup = PlugSetup()
    book: BookSetup = BookSetup()

    @model_validator(mode="after")
    def _one_pin_each(self) -> Self:
        if self.hand.pin is not None and self.hand.pin == self.meter.pin:
            raise ValueError(f"hand and meter are both on GPIO{self.hand.pin}")
        return self


def read(path: Path) -> Bench:
    """The bench in a file. Raises ConfigError with every mistake at once, by line."""
    tree = layers.file(path, str(path), "give --bench the path of a file like tests/bench/bench.example.yaml")
    said = Layers(Bench)
    said.lay(tree, path.parent)
    layers.refuse(said.problems(), EXPLAINED_IN)
    return said.built()
