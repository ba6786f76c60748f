"""What the tests start as processes of their own, because it ends badly on purpose, locks itself, or holds a device.

It is told on its first line what to do; says `ready`, does it until its input ends, and prints what it found as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from kernel_hand import ITS_BUTTON, ITS_POWER


def ready() -> None:
    """Tell the test, and wait until it closes our input."""
    print("ready", flush=True)
    sys.stdin.read()


def later(calls: list[Any], wanted: int = 3, patience: float = 5.0) -> list[Any]:
    """The calls, once there are as many as wanted or a while has passed: this machine is slow."""
    until = time.monotonic() + patience
    while len(calls) < wanted and time.monotonic() < until:
        time.sleep(0.05)
    return calls


def bare_callback() -> Any:
    """lgpio without keepmum: a callback that raises; returns how often it was called."""
    import lgpio

    calls = []

    def edge(*found: int) -> None:
        calls.append(found)
        raise RuntimeError("planted")

    chip = lgpio.gpiochip_open(0)
    lgpio.gpio_claim_alert(chip, ITS_BUTTON, lgpio.FALLING_EDGE, lgpio.SET_PULL_UP)
    held = lgpio.callback(chip, ITS_BUTTON, lgpio.FALLING_EDGE, edge)
    ready()
    later(calls)
    held.cancel()
    return len(calls)


def raising_listener() -> Any:
    """keepmum's button with a listener that raises; returns what it was told."""
    from keepmum.hardware.button_gpio import GpioButton
    from keepmum.settings_hardware import ButtonSettings

    calls = []

    def changed(down: bool) -> None:
        calls.append(down)
        raise RuntimeError("planted")

    button = GpioButton(ButtonSettings(driver="gpio", pin=ITS_BUTTON), _pins())
    button.watch(changed)
    ready()
    return later(calls, 6)


def microphones_on() -> Any:
    """Switches the microphones on and waits to be killed."""
    from keepmum.hardware.mic_power_gpio import GpioMicPower
    from keepmum.settings_hardware import MicPowerSettings

    power = GpioMicPower(MicPowerSettings(driver="gpio", pin=ITS_POWER, on_high=False), _pins())
    power.on()
    ready()


def listen_behind_the_lock() -> Any:
    """A microphone made before the listener's lock and opened behind it; returns what it heard and what is refused."""
    import errno
    import socket

    from keepmum.hardware.alsa.witness import AlsaWitness
    from keepmum.lockdown import lock_listener

    microphone, witness = _microphone(), AlsaWitness("Loopback")
    lock_listener()
    microphone.open()
    blocks = [_block(microphone) for _ in range(5)]
    during = witness.objection()
    microphone.close()
    try:
        socket.socket()
        refused = ""
    except OSError as error:
        refused = errno.errorcode[error.errno or 0]
    microphone.open()
    again = len(_block(microphone))
    microphone.close()
    return {"blocks": [len(one) for one in blocks], "loud": any(map(any, blocks)), "during": during,
            "after": witness.objection(), "socket": refused, "again": again}  # fmt: skip


def capture_until_killed() -> Any:
    """Captures and waits to be killed."""
    microphone = _microphone()
    microphone.open()
    _block(microphone)
    ready()


def until_pulled(behind: float = 0.0) -> Any:
    """Captures until it comes out that the card is gone, having read nothing for a while first if `behind`."""
    from kernel_sound import until_noticed

    microphone = _microphone()
    microphone.open()
    for _ in range(5):
        _block(microphone)
    print("ready", flush=True)
    time.sleep(behind)
    return until_noticed(microphone)


def until_pulled_with_sound_waiting() -> Any:
    """The same, with half a second of sound waiting when the card goes."""
    return until_pulled(behind=0.5)


def _microphone() -> Any:
    from kernel_sound import microphone

    return microphone()


def _block(microphone: Any) -> bytes:
    from kernel_sound import block

    return block(microphone)


def _pins() -> Any:
    from keepmum.hardware.pins import chips, lgpio_factory

    (chip,) = chips()
    return lgpio_factory((chip.label,))


CHILDREN: dict[str, Callable[[], Any]] = {
    one.__name__: one
    for one in (
        bare_callback,
        raising_listener,
        microphones_on,
        listen_behind_the_lock,
        capture_until_killed,
        until_pulled,
        until_pulled_with_sound_waiting,
    )
}

if __name__ == "__main__":
    # What takes long to load and touches no device is loaded while nobody waits.
    import gpiozero  # noqa: F401

    import keepmum.hardware.array.mixdown
    import keepmum.settings_hardware  # noqa: F401

    if name := sys.stdin.readline().strip():
        print(json.dumps(CHILDREN[name]()), flush=True)
