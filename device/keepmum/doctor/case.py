"""One visit of the doctor: the machine, the settings, what was asked for, and what several checks want to know."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keepmum.boards import fits
from keepmum.boards.fits import Evidence
from keepmum.boards.profile import Board
from keepmum.doctor.finding import Finding, note, plain, problem
from keepmum.doctor.machine import Machine
from keepmum.errors import CardError, ConfigError, HardwareError, MicrophoneError, ModelError, PeerError
from keepmum.forge.household import in_use
from keepmum.hardware.alsa import cards as alsa
from keepmum.hardware.alsa import mixer
from keepmum.hardware.alsa.controls import Control
from keepmum.messages import StatusReport
from keepmum.settings import Settings

I2C_BUS = "/dev/i2c-1"
"""The bus of the header's pins 2 and 3, on every Pi."""


@dataclass(frozen=True)
class Asked:
    """Looks that are more than looks."""

    i2c: bool = False
    broker: bool = False


@dataclass(frozen=True)
class Owner:
    """What the owner's files say."""

    settings: Settings
    """Those in force; the shipped ones where the owner's cannot be."""
    boards: tuple[Board, ...]
    """All profiles that can be named."""
    changed: int = 0
    """How many keys are not as shipped."""
    trouble: ConfigError | None = None
    """What is wrong with the owner's files."""


@dataclass
class Case:
    """What is looked at more than once is looked at once."""

    machine: Machine
    owner: Owner
    asked: Asked = Asked()

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.owner.settings

    @property
    def board(self) -> Board | None:
        """The profile that the owner named."""
        return next((board for board in self.owner.boards if board.id == self.settings.hardware.board), None)

    @functools.cached_property
    def model(self) -> str | None:
        """What the computer calls itself; None where it has no device tree, as a laptop has none."""
        untrusted_model = self.machine.text("/proc/device-tree/model")
        return None if untrusted_model is None else plain(untrusted_model)

    @property
    def is_pi(self) -> bool:
        """Whether this is a Raspberry Pi of any kind."""
        return "Raspberry Pi" in (self.model or "")

    @functools.cached_property
    def kernel(self) -> str:
        """The running kernel's release; nothing where it does not say."""
        untrusted_version = re.match(r"Linux version (\S+)", self.machine.line("/proc/version"))
        return plain(
            self.machine.line("/proc/sys/kernel/osrelease") or (untrusted_version[1] if untrusted_version else "")
        )

    @functools.cached_property
    def cards(self) -> tuple[alsa.Card, ...]:
        """The sound cards; none where the kernel shows none."""
        try:
            return alsa.cards(self.machine.at("/proc/asound"), self.machine.at("/sys/class/sound"))
        except CardError:
            return ()

    def controls(self, card: str) -> tuple[Control, ...]:
        """The mixer of a card. Raises CardError, and MicrophoneError where there is no amixer."""
        return mixer.controls(card, self._amixer, lambda: self.cards)

    def _amixer(self, words: Sequence[str]) -> tuple[int, str, str]:
        answer = self.machine.run(["amixer", *words])
        if answer is None:
            raise MicrophoneError("amixer is missing, so nobody can see the mixer", "sudo apt install alsa-utils")
        return answer

    @functools.cached_property
    def usb(self) -> frozenset[str]:
        """Vendor and product of every USB device."""
        folder = "/sys/bus/usb/devices"
        numbers = (
            f"{self.machine.line(f'{folder}/{one}/idVendor')}:{self.machine.line(f'{folder}/{one}/idProduct')}"
            for one in self.machine.names(folder)
        )
        return frozenset(one for one in numbers if re.fullmatch(r"[0-9a-f]{4}:[0-9a-f]{4}", one))

    @functools.cached_property
    def i2c(self) -> frozenset[str] | OSError | None:
        """Which of the addresses that a profile knows answer; an error if the bus cannot be had; None if not asked."""
        if not self.asked.i2c:
            return None
        known = {address for board in self.owner.boards for address in (*board.detect.i2c, *board.detect.i2c_absent)}
        bus = self.machine.at(I2C_BUS)
        try:
            return frozenset(address for address in sorted(known) if self.machine.i2c(bus, int(address, 16)))
        except OSError as error:
            return error

    @functools.cached_property
    def evidence(self) -> Evidence:
        """What the board profiles are held against."""
        answered = self.i2c
        return Evidence(
            pi=fits.pi_of(self.model),
            cards=tuple(self._cards()),
            usb=self.usb,
            i2c=answered if isinstance(answered, frozenset) else None,
        )

    def _cards(self) -> Iterator[fits.Card]:
        for card in self.cards:
            try:
                names = frozenset(control.name for control in self.controls(card.id))
            except HardwareError:
                names = None
            yield fits.Card(card.id, card.usb, names, self._channels(card))

    def _channels(self, card: alsa.Card) -> int | None:
        """What a USB card says that it delivers at most."""
        untrusted_stream = self.machine.text(f"/proc/asound/card{card.number}/stream0") or ""
        capture = untrusted_stream.partition("Capture:")[2]
        return max((int(each) for each in re.findall(r"Channels: (\d{1,2})\b", capture)), default=None)

    @functools.cached_property
    def words(self) -> frozenset[str] | ModelError:
        """What the speech model knows, or why it cannot be opened."""
        try:
            return self.machine.words(in_use(self.settings.speech.model, self.settings.folders.household_model))
        except ModelError as error:
            return error

    @functools.cached_property
    def listener(self) -> StatusReport | PeerError:
        """What the listener says of itself, or why it does not."""
        try:
            return self.machine.listener(self.machine.at(self.settings.folders.run))
        except PeerError as error:
            return error

    def barred(self, what: str, hint: str) -> Finding:
        """Something that this user may not use: a problem unless the listener runs, for then its user may."""
        if self.runs:
            return note(what, "the listener runs, so its user may; whoever asks here need not")
        return problem(what, hint)

    @property
    def runs(self) -> bool:
        """Whether a listener runs."""
        return isinstance(self.listener, StatusReport)
