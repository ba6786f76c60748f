"""The jig's own pins, by gpiozero: one that pulls the button's line down, one that sees the microphones' supply."""

from __future__ import annotations

from gpiozero import DigitalInputDevice, Factory, OutputDevice
from jig.history import History
from jig.roles import Beat, RigError, Sighting

from keepmum.errors import HardwareError
from keepmum.hardware.pins import failures, lgpio_factory, told_as


class PinHand:
    """A pin of the bench through a 2N7000 or an optocoupler: driven, it pulls the speaker's button line to ground."""

    def __init__(self, pin: int, beat: Beat, *, active_high: bool = True, factory: Factory | None = None) -> None:
        """Raises RigError. The line is let go of at first, whatever it was."""
        self._beat = beat
        self._name = f"GPIO{pin}"
        try:
            with told_as(HardwareError, pin, "cannot press the button", "hand.pin is a BCM number of this computer"):
                self._pin = OutputDevice(
                    pin, active_high=active_high, initial_value=False, pin_factory=factory or lgpio_factory()
                )
        except HardwareError as error:
            raise RigError(error.what, error.hint) from error

    def push(self, seconds: float) -> None:
        self.pulse(seconds, 1, 0.0)

    def pulse(self, seconds: float, times: int, gap: float) -> None:
        try:
            for one in range(times):
                self._turn(down=True)
                self._beat.pause(seconds)
                self._turn(down=False)
                if one + 1 < times:
                    self._beat.pause(gap)
        finally:
            # Whatever happened: a button that stays down would be a hand that nobody is.
            self._turn(down=False)

    def switch(self, *, down: bool) -> None:
        self._turn(down=down)

    def check(self) -> None:
        self._turn(down=False)

    def close(self) -> None:
        if not self._pin.closed:
            self._turn(down=False)
            self._pin.close()

    def _turn(self, *, down: bool) -> None:
        try:
            self._pin.on() if down else self._pin.off()
        except failures() as error:
            raise RigError(f"{self._name} cannot press the button: {error}", "look at the bench's wires") from error


class PinMeter:
    """A pin of the bench at the microphones' supply, through 10 kΩ: whatever is not low is on."""

    def __init__(self, pin: int, beat: Beat, *, on_high: bool = True, factory: Factory | None = None) -> None:
        """Raises RigError. The line is pulled to where the microphones would be on: a loose wire must not say off."""
        self._beat = beat
        self._name = f"GPIO{pin}"
        try:
            with told_as(HardwareError, pin, "cannot see the supply", "meter.pin is a BCM number of this computer"):
                self._pin = DigitalInputDevice(pin, pull_up=on_high, pin_factory=factory or lgpio_factory())
        except HardwareError as error:
            raise RigError(error.what, error.hint) from error
        # With pull_up, gpiozero calls a low line active.
        self._history = History(beat, self._reads())
        self._pin.when_activated = self._pin.when_deactivated = lambda: self._history.add(self._reads())

    def on(self, since: float, until: float) -> Sighting | None:
        return self._history.first(lambda state: state is True, since, until)

    def off(self, since: float, until: float) -> Sighting | None:
        return self._history.first(lambda state: state is False, since, until)

    def check(self) -> None:
        if self._reads() != self._history.state:
            raise RigError(f"{self._name} reads otherwise than its edges say", "edges are lost: look at the wire")

    def close(self) -> None:
        self._pin.close()

    def _reads(self) -> bool:
        try:
            return not self._pin.is_active
        except failures() as error:
            raise RigError(f"{self._name} cannot be read: {error}", "look at the bench's wires") from error
