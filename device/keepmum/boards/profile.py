"""What a board profile says: which board it is, how it is found, and the `hardware:` settings that it needs."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from keepmum.settings_hardware import HardwareSettings, Section

BoardId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Pi = Literal["zero2", "pi3", "pi4", "pi5", "laptop"]
"""A computer that a board is for; models that share a chip count as one (a Pi 400 is a `pi4`)."""

Sentence = Annotated[str, Field(min_length=8, max_length=400)]
Address = Annotated[str, Field(pattern=r"^0x[0-7][0-9a-f]$")]
UsbNumbers = Annotated[str, Field(pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}$")]
Line = Annotated[str, Field(pattern=r"^[a-z0-9_-]+(=[A-Za-z0-9_,.=-]+)?$")]
HeaderPin = Annotated[str, Field(pattern=r"^([0-9]|1[0-9]|2[0-7])$")]

TIERS = {
    "A": "runs with drivers that the kernel has, or needs none",
    "B": "runs with drivers that the kernel has, with traps that its profile handles",
    "C": "best effort: its driver is not in the kernel",
    "D": "known not to work; listed so that nobody has to find out",
}


class Detect(Section):
    """What the board looks like to the kernel. Everything that is given must be there."""

    alsa_card: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    """Its ALSA id, once its overlay is active."""
    alsa_control: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    """A mixer control that tells it from another board with the same id."""
    capture_channels: Annotated[int, Field(ge=1, le=8)] | None = None
    """How many channels it delivers, where that tells one firmware from another."""
    usb: UsbNumbers | Literal["any"] | None = None
    """Vendor and product, or `any` sound card behind USB."""
    i2c: tuple[Address, ...] = ()
    """Addresses on the header's I2C bus at which its chips answer, in quotes: `["0x1a"]`."""
    i2c_absent: tuple[Address, ...] = ()
    """Addresses at which a sister board would answer, and this one does not."""

    @model_validator(mode="after")
    def _control_has_a_card(self) -> Self:
        if self.alsa_control is not None and self.alsa_card is None:
            raise ValueError("alsa_control needs the alsa_card that it belongs to")
        return self


class Boot(Section):
    """What the board needs in the Pi's config.txt."""

    overlay: Line | None = None
    """Its device tree overlay."""
    overlay_from: Sentence | None = None
    """Where the overlay and its driver come from, if the Pi's own kernel does not have them."""
    dtparams: tuple[Line, ...] = ()
    """Device tree parameters, such as `spi=on`."""

    def lines(self) -> list[str]:
        """The lines for config.txt, to stand below `[all]`."""
        overlay = [f"dtoverlay={self.overlay}"] if self.overlay else []
        return [f"dtparam={param}" for param in self.dtparams] + overlay


class Board(Section):
    """A board profile."""

    id: BoardId
    """The name of its file, and what `hardware.board` says."""
    name: Annotated[str, Field(min_length=3, max_length=80)]
    """As it stands on the box."""
    maker: Annotated[str, Field(min_length=2, max_length=60)]
    """Whose it is."""
    also: tuple[Annotated[str, Field(min_length=3, max_length=80)], ...] = ()
    """Boards of other names that are the same."""
    link: Annotated[str, Field(pattern=r"^https://[^\s]{4,200}$")] | None = None
    """The maker's page."""
    tier: Literal["A", "B", "C", "D"]
    """How well it is supported, `A` to `D`."""
    pis: Annotated[tuple[Pi | Literal["any"], ...], Field(min_length=1)]
    """The computers that it works with: `zero2`, `pi3`, `pi4`, `pi5`, `laptop`, or `any` where USB is all it needs."""
    detect: Detect = Detect()
    """What it looks like to the kernel:"""
    boot: Boot = Boot()
    """What it needs in the Pi's config.txt, below `[all]`:"""
    buses: tuple[Literal["i2c", "i2s"], ...] = ()
    """Buses of the header that the board's own chips use: `i2c` takes pins 2 and 3, `i2s` 18 to 21."""
    reserved_pins: dict[HeaderPin, Sentence] = Field(default_factory=dict)
    """Further pins that the board or its driver owns, each with the reason."""
    own_button: bool = False
    """Whether the button of `hardware` is on the board; otherwise it is one that the owner adds."""
    hardware: HardwareSettings = HardwareSettings()
    """Its part of the settings, as in the owner's file, without `board`, `scene` and `fast`."""
    limits: tuple[Sentence, ...] = ()
    """What does not work, or has to be known."""
    uncertain: tuple[Sentence, ...] = ()
    """What nobody has measured yet, or only one source says."""
    sources: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    """Where the values come from."""

    @model_validator(mode="after")
    def _says_only_what_a_board_can(self) -> Self:
        if {"board", "scene", "fast"} & self.hardware.model_fields_set:
            raise ValueError("hardware: board, scene and fast are not a board's to say; remove them")
        return self

    def works_with(self, pi: Pi) -> bool:
        """Whether it is made for this computer."""
        return "any" in self.pis or pi in self.pis
