"""The group `button and lights`: the header's chip and the library for it, who has a pin, and where the lamps are."""

from __future__ import annotations

from keepmum.boards.pins import Use, uses
from keepmum.doctor import boot
from keepmum.doctor.case import Case
from keepmum.doctor.finding import Finding, Verdict, note, ok, problem
from keepmum.errors import HardwareError, UsbError
from keepmum.hardware.pins import Chip, chips, header, holder
from keepmum.hardware.usb.nodes import Wanted, find_node

_BROKEN_GPIOZERO = {"2.0", "2.0.1", "2.0.1.post1", "2.0.1.post2"}
"""They do not find the header's chip on a current Pi 5 (gpiozero issues 1166 and 1229)."""
_STUB = "0.0.0.2"
"""An empty lgpio of 2020, with which pip is content where there is no wheel, as for Python 3.13."""
_APT = "sudo apt install python3-lgpio, and a venv made with --system-site-packages"

_PIN_WORDS = ("gpio", "gpiopin", "gpio_pin", "gpio_in_pin", "gpio_out_pin", "pin")
"""What overlays call a pin that they take (the overlays' own README)."""

_USB_BOARDS = {"xvf3800": Wanted(0x2886, 0x001A), "usb4mic": Wanted(0x2886, 0x0018)}


def _pins(case: Case) -> list[Use]:
    """The pins that are asked for one by one; SPI's are the kernel's."""
    return [use for use in uses(case.settings.hardware) if use.key != "hardware.ring.bus"]


def _header(case: Case) -> Chip:
    return header(chips(case.machine.at("/dev"), case.machine.ioctl))


def chip(case: Case) -> Finding:
    """The chip with the header's pins, which has another number on every other kernel."""
    if not _pins(case):
        return ok("no pin is used")
    try:
        found = _header(case)
    except HardwareError as error:
        return problem(error.what, error.hint)
    return ok(f"/dev/{found.path.name} is {found.label} with {found.lines} lines")


def library(case: Case) -> Finding:
    """gpiozero, and lgpio below it."""
    if not _pins(case):
        return ok("no pin is used, so none is needed")
    lgpio, gpiozero = case.machine.version("lgpio"), case.machine.version("gpiozero")
    if lgpio is None:
        return problem("lgpio is missing", _APT)
    if lgpio == _STUB:
        python = ".".join(map(str, case.machine.python[:2]))
        what = f"lgpio {lgpio} has nothing in it: there is no wheel of the real one for Python {python}"
        return problem(what, f"pip uninstall lgpio, then {_APT}")
    if gpiozero is None or gpiozero.startswith("1.") or gpiozero in _BROKEN_GPIOZERO:
        what = f"gpiozero {gpiozero} does not find the pins of a current Pi 5" if gpiozero else "gpiozero is missing"
        return problem(what, "install keepmum again: it needs 2.0.1.post3 or newer")
    return ok(f"gpiozero {gpiozero} with lgpio {lgpio}")


def pins(case: Case) -> Finding:
    """Whether each pin that the settings want is free."""
    wanted = _pins(case)
    if not wanted:
        return ok("no pin is used")
    try:
        found = _header(case)
    except HardwareError:
        return note("nobody can tell who has them", "see the line about the chip")
    taken = [(use, who) for use in wanted if (who := holder(use.pin, found, case.machine.ioctl))]
    said = ", ".join(f"GPIO{use.pin} for {use.what}" for use in wanted)
    if not taken:
        return ok(f"free: {said}")
    who_has = "; ".join(f"GPIO{use.pin} for {use.what} is in use by {who!r}" for use, who in taken)
    if case.runs:
        return ok(f"the listener runs. {who_has}")
    lines = [line for use, _ in taken for line in _claims(case, use.pin)]
    overlay = f"take {' and '.join(lines)} out of config.txt and restart" if lines else "end that program"
    return problem(who_has, f"{overlay}, or name another pin")


def _claims(case: Case, pin: int) -> list[str]:
    """The lines of config.txt that give this pin to a driver of the kernel, as far as their words tell."""
    config = boot.read(case.model or "", case.machine.text)
    lines = [line for line in config.lines if line.key == "dtoverlay" and line.holds] if config else []
    return [f"dtoverlay={line.value}" for line in lines if str(pin) in {line.words.get(word) for word in _PIN_WORDS}]


def lamps(case: Case) -> Finding:
    """Whether the light can be reached."""
    ring = case.settings.hardware.ring
    match ring.driver:
        case "terminal" | "recorder":
            return ok("drawn in the terminal" if ring.driver == "terminal" else "recorded, not shown")
        case "ws2812":
            return _device(case, str(ring.path), _ws2812_line(case))
        case "apa102" if ring.data_pin is None:
            return _spi(case, f"/dev/spidev{ring.bus}.{ring.device}")
        case "apa102":
            return ok(f"on the pins {ring.data_pin} and {ring.clock_pin}")
        case _:
            return ok("on the board behind USB")


def _spi(case: Case, path: str) -> Finding:
    hint = "put dtparam=spi=on below [all] in config.txt and restart, or correct hardware.ring.bus and device"
    found = _device(case, path, hint)
    if found.verdict is Verdict.OK and case.machine.version("spidev") is None:
        hint = "sudo apt install python3-spidev, and a venv made with --system-site-packages"
        return problem(f"{path} is there, and the library spidev is missing", hint)
    return found


def _device(case: Case, path: str, hint: str) -> Finding:
    if not case.machine.is_there(path):
        return problem(f"{path} is not there", hint)
    if not case.machine.usable(path):
        return case.barred(f"this user may not use {path}", "the line about the user's groups says what to do")
    return ok(f"{path} is there")


def _ws2812_line(case: Case) -> str:
    lamps_ = case.settings.hardware.ring.lamps
    return f"on a Pi 5, put dtoverlay=ws2812-pio,gpio=PIN,num_leds={lamps_},brightness=0 below [all], then restart"


def gamma(case: Case) -> Finding:
    """The kernel's own gamma table for WS2812 lamps, which makes amber nearly red."""
    if case.settings.hardware.ring.driver != "ws2812":
        return ok("not the kernel's lamps")
    config = boot.read(case.model or "", case.machine.text)
    lines = [line for line in config.overlays("ws2812-pio") if line.holds] if config else []
    if not lines:
        return problem("config.txt has no dtoverlay=ws2812-pio", _ws2812_line(case))
    if any(line.words.get("brightness") != "0" for line in lines):
        what = "ws2812-pio bends colours: an amber alarm can look like a red mute"
        return problem(what, "add ,brightness=0 to its line in config.txt, then restart")
    return ok("ws2812-pio has brightness=0, so colours are what they should be")


def usb_board(case: Case) -> Finding:
    """The board behind USB that lamps, mute line or compass are on."""
    hardware = case.settings.hardware
    drivers = {hardware.ring.driver, hardware.mic_power.driver, hardware.array.compass}
    wanted = sorted(drivers & _USB_BOARDS.keys())
    for name in wanted:
        devices, nodes = case.machine.at("/sys/bus/usb/devices"), case.machine.at("/dev/bus/usb")
        try:
            node = find_node(_USB_BOARDS[name], devices, nodes)
        except UsbError as error:
            return problem(error.what, error.hint)
        if not case.machine.access(node, 6):
            rule = f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="2886", ATTR{{idProduct}}=="{_USB_BOARDS[name].product:04x}"'
            file = "/etc/udev/rules.d/60-keepmum-usb.rules"
            hint = f'put {rule}, GROUP="plugdev", MODE="0660" into {file}, add this user to plugdev, plug it in again'
            return case.barred(f"this user may not speak to the USB device {_USB_BOARDS[name]}", hint)
    return ok(f"{', '.join(str(_USB_BOARDS[name]) for name in wanted)} may be spoken to" if wanted else "none is used")
