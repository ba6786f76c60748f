"""What can be wrong with a machine: one change to the description of a healthy one, and what the doctor must say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Words = dict[str, Any]
BOOT = "/boot/firmware/config.txt"
V1 = "hardware:\n  board: respeaker-2mic-v1\n"
XVF3800 = "hardware:\n  board: respeaker-xvf3800-usb\n"
LAMPS_OF_THE_KERNEL = "hardware:\n  ring:\n    driver: ws2812\n    path: /dev/leds0\n"


class Defect(NamedTuple):
    """`check` must end in `verdict`, with `found` in what it found and `hint` in what it says to do."""

    what: str
    check: str
    verdict: str
    found: str
    hint: str
    change: Callable[[Words], object]


def put(path: str, text: str) -> Callable[[Words], object]:
    return lambda words: words["files"].update({path: text})


def gone(path: str) -> Callable[[Words], object]:
    return lambda words: words["files"].pop(path)


def boot(old: str, new: str = "") -> Callable[[Words], object]:
    def change(words: Words) -> None:
        assert old in words["files"][BOOT]
        words["files"][BOOT] = words["files"][BOOT].replace(old, new)

    return change


def says(**keys: object) -> Callable[[Words], object]:
    return lambda words: words.update(keys)


def lacks(*keys: str) -> Callable[[Words], object]:
    return lambda words: [words.pop(key) for key in keys]


def card(**keys: object) -> Callable[[Words], object]:
    """The HAT's card, as it could also be; None takes a key away."""

    def change(words: Words) -> None:
        hat = words["cards"][2] | keys
        words["cards"][2] = {key: value for key, value in hat.items() if value is not None}

    return change


def both(*changes: Callable[[Words], object]) -> Callable[[Words], object]:
    return lambda words: [change(words) for change in changes]


def settings(more: str) -> Callable[[Words], object]:
    return lambda words: words.update(settings=more)


def in_hardware(more: str) -> Callable[[Words], object]:
    """More lines below `hardware:` of the owner's file."""
    return lambda words: words.update(settings=words["settings"].replace("hardware:\n", f"hardware:\n{more}"))


SILENT = "listener"
USB_ARRAY = both(
    settings(XVF3800),
    says(
        usb=["1d6b:0002", "2886:001a"],
        cards=[{"number": 0, "id": "Array", "ways": "cp", "usb": "2886:001a", "channels": 2}],
        mixer={0: {}},
    ),
    lacks(SILENT),
)

MACHINE = [
    Defect("an old Python", "computer", "problem", "Python 3.9.2", "3.11 or newer", says(python=[3, 9, 2])),
    Defect("a 32-bit system", "computer", "note", "32 bit", "best effort", says(bits=32)),
    Defect(
        "a first Pi",
        "computer",
        "note",
        "Raspberry Pi Zero W",
        "no board profile",
        put("/proc/device-tree/model", "Raspberry Pi Zero W Rev 1.1\0"),
    ),
    Defect(
        "too little memory",
        "memory",
        "problem",
        "97 MB of 416 MB",
        "1 GB or more",
        both(put("/proc/meminfo", "MemTotal: 426000 kB\nMemAvailable: 100000 kB\n"), lacks(SILENT)),
    ),
    Defect("a kernel that hides its memory", "memory", "note", "does not say", "", gone("/proc/meminfo")),
    Defect(
        "a warm Pi", "temperature", "note", "72 °C", "slows down", put("/sys/class/thermal/thermal_zone0/temp", "72000")
    ),
    Defect(
        "a hot Pi",
        "temperature",
        "problem",
        "84 °C",
        "heat sink",
        put("/sys/class/thermal/thermal_zone0/temp", "84100"),
    ),
    Defect(
        "a broken thermometer",
        "temperature",
        "note",
        "no thermometer",
        "",
        put("/sys/class/thermal/thermal_zone0/temp", "hot"),
    ),
    Defect(
        "a user without rights",
        "user",
        "problem",
        "the groups audio, gpio, spi",
        "usermod -aG audio,gpio,spi $USER",
        both(put("/proc/self/status", "Uid:\t1000\t1000\nGroups:\t1000\n"), lacks(SILENT)),
    ),
    Defect(
        "root", "user", "note", "root", "as the user that runs", put("/proc/self/status", "Uid:\t0\t0\nGroups:\t0\n")
    ),
    Defect(
        "a system without the group",
        "user",
        "note",
        "no the group spi",
        "",
        put("/etc/group", "audio:x:29:anna\ngpio:x:986:anna\nanna:x:1000:\n"),
    ),
    Defect(
        "a folder that cannot be written",
        "folders",
        "problem",
        "/var/lib/keepmum cannot be written",
        "install -d -o $USER /var/lib/keepmum",
        both(says(denied=["/var/lib/keepmum"]), lacks(SILENT)),
    ),
    Defect(
        "a root that is in memory",
        "folders",
        "note",
        "in memory (overlay)",
        "partition",
        put("/proc/mounts", "overlay / overlay rw 0 0\ntmpfs /run tmpfs rw 0 0\n"),
    ),
    Defect(
        "an outbox on a disk",
        "folders",
        "note",
        "is on a disk",
        "/run",
        put("/proc/mounts", "/dev/sda / ext4 rw 0 0\n"),
    ),
    Defect(
        "a state file from the future",
        "kept state",
        "problem",
        "version 99, from a newer keepmum",
        "begins muted",
        put("/var/lib/keepmum/privacy.json", '{"version": 99}'),
    ),
    Defect(
        "a damaged state file",
        "kept state",
        "problem",
        "not what keepmum wrote",
        "begins muted",
        put("/var/lib/keepmum/privacy.json", '{"version": 2, "mutes": ['),
    ),
    Defect("no listener", "listener", "note", "does not run", "keepmum run listener", lacks(SILENT)),
    Defect(
        "a listener in alarm",
        "listener",
        "problem",
        "muted by fault",
        "its log",
        lambda words: words["listener"].update(mutes=["fault"], microphone="closed"),
    ),
]

BOARD = [
    Defect(
        "a wrong key",
        "configuration",
        "problem",
        "there is no such key",
        "did you mean pin?",
        settings("hardware:\n  button:\n    pinn: 17\n"),
    ),
    Defect(
        "a wrong pin",
        "configuration",
        "problem",
        "BCM pin 40 is not on the header",
        "free",
        in_hardware("  button:\n    pin: 40\n"),
    ),
    Defect(
        "two roles on one pin",
        "configuration",
        "problem",
        "two roles on BCM pin 24",
        "free by this board's profile",
        in_hardware("  mic_power:\n    driver: gpio\n    pin: 24\n    readback_pin: 24\n"),
    ),
    Defect(
        "a board that is none",
        "configuration",
        "problem",
        "there is no board",
        "did you mean",
        settings("hardware:\n  board: respeaker-2mic\n"),
    ),
    Defect("no sound card", "connected", "problem", "can record: none", "overlay", says(cards=[])),
    Defect(
        "another board",
        "profile",
        "problem",
        "no control Left Input Mixer Boost",
        "respeaker-2mic-v2 fits",
        settings(V1),
    ),
    Defect("a mixer that nobody can see", "profile", "note", "fits perhaps", "below", lacks("mixer")),
    Defect("no board is named", "profile", "note", "respeaker-2mic-v2 fits", "board: respeaker-2mic-v2", settings("")),
    Defect(
        "no line for the overlay",
        "overlay",
        "problem",
        "has no dtoverlay=respeaker-2mic-v2_0",
        "[all]",
        boot("dtoverlay=respeaker-2mic-v2_0"),
    ),
    Defect(
        "a commented line",
        "overlay",
        "problem",
        "has no dtoverlay=respeaker-2mic-v2_0",
        "restart",
        boot("dtoverlay=resp", "#dtoverlay=resp"),
    ),
    Defect(
        "a line below another Pi's heading", "overlay", "problem", "stands below [cm5]", "[all]", boot("[all]", "[cm5]")
    ),
    Defect(
        "an overlay that was never built",
        "overlay",
        "problem",
        "respeaker-2mic-v2_0.dtbo is not there",
        "seeed-linux-dtoverlays@fe6b8c8",
        gone("/boot/firmware/overlays/respeaker-2mic-v2_0.dtbo"),
    ),
    Defect(
        "an overlay that is not active",
        "overlay",
        "problem",
        "no chip at I2C 0x18",
        "restart; some cards need it twice",
        gone("/proc/device-tree/axi/pcie@1000120000/rp1/i2c@74000/tlv320aic3104@18/compatible"),
    ),
    Defect(
        "an overlay without a card", "overlay", "problem", "no sound card seeed2micvoicec", "restart", says(cards=[])
    ),
    Defect("a HAT's profile on a laptop", "overlay", "problem", "no config.txt", "Raspberry Pi", gone(BOOT)),
    Defect(
        "an old overlay",
        "other overlays",
        "problem",
        "dtoverlay=googlevoicehat-soundcard",
        "remove that",
        boot("dtoverlay=resp", "dtoverlay=googlevoicehat-soundcard\ndtoverlay=resp"),
    ),
    Defect(
        "an old overlay in an included file",
        "other overlays",
        "problem",
        "dtoverlay=seeed-2mic-voicecard",
        "remove that",
        both(
            boot("[all]", "[all]\ninclude hats.txt"), put("/boot/firmware/hats.txt", "dtoverlay=seeed-2mic-voicecard\n")
        ),
    ),
    Defect("SPI is off", "parameters", "problem", "no dtparam=spi=on", "restart", boot("spi=on", "spi=off")),
    Defect(
        "pins that stay as they were",
        "parameters",
        "note",
        "no dtparam=strict_gpiod",
        "restart",
        boot("dtparam=strict_gpiod"),
    ),
    Defect(
        "a kernel without the codec",
        "codec",
        "problem",
        "no module snd-soc-tlv320aic3x-i2c",
        "full-upgrade",
        put("/lib/modules/6.12.47+rpt-rpi-2712/modules.dep", "kernel/sound/soc/codecs/snd-soc-tlv320aic3x.ko.xz:\n"),
    ),
    Defect(
        "a kernel that was updated",
        "codec",
        "problem",
        "updated under the running one",
        "restart",
        put("/proc/sys/kernel/osrelease", "6.18.34+rpt-rpi-2712\n"),
    ),
]

SOUND = [
    Defect(
        "no such card",
        "microphone",
        "problem",
        "no sound card is 'seeed2micvoicec'",
        "here are: vc4hdmi0",
        lambda words: words["cards"].pop(),
    ),
    Defect("a card that cannot record", "microphone", "problem", "cannot record", "there is none", card(ways="p")),
    Defect(
        "a card without devices", "microphone", "problem", "has no /dev/snd/pcmC2D*c", "udev", card(without_nodes=True)
    ),
    Defect(
        "a card that may not be opened",
        "microphone",
        "problem",
        "may not open /dev/snd/pcmC2D0c",
        "usermod -aG audio",
        both(says(denied=["/dev/snd/pcmC2D0c"]), lacks(SILENT)),
    ),
    Defect("no card is named", "microphone", "note", "the default is meant", "hardware.microphone.card", settings("")),
    Defect(
        "two cards of one name",
        "microphone",
        "problem",
        "more than one",
        "",
        lambda words: words["cards"].append({"number": 4, "id": "seeed2micvoicec", "ways": "c"}),
    ),
    Defect("somebody else listens", "held by", "problem", "process 777 (unknown)", "end that one", card(owner=777)),
    Defect("no card to ask about", "held by", "note", "no such card", "", says(cards=[])),
    Defect(
        "a silent mixer behind the listener's back",
        "mixer",
        "problem",
        "PGA is 0% off, wanted 80% cap",
        "restart the listener",
        lambda words: words["mixer"][2].update(PGA="Capture 0 [0%] [0.00dB] [off]"),
    ),
    Defect(
        "a silent mixer before the first start",
        "mixer",
        "note",
        "PGA is 0% off, wanted 80% cap",
        "the listener sets it",
        both(lambda words: words["mixer"][2].update(PGA="Capture 0 [0%] [0.00dB] [off]"), lacks(SILENT)),
    ),
    Defect(
        "a control that is not there",
        "mixer",
        "problem",
        "no control 'PGA'",
        "hardware.mixer",
        lambda words: words["mixer"][2].pop("PGA"),
    ),
    Defect("no amixer", "mixer", "problem", "amixer is missing", "alsa-utils", lacks("mixer")),
    Defect("a loudspeaker that cannot play", "loudspeaker", "problem", "cannot play", "vc4hdmi0", card(ways="c")),
    Defect("no PortAudio", "portaudio", "problem", "PortAudio is missing", "libportaudio2", lacks("devices", SILENT)),
    Defect(
        "a card that PortAudio leaves out",
        "portaudio",
        "problem",
        "does not list the card seeed2micvoicec",
        "",
        lacks(SILENT),
    ),
    Defect(
        "a name that no device has",
        "portaudio",
        "problem",
        "no sound input is called 'jabra'",
        "mic",
        both(
            settings("hardware:\n  microphone:\n    device: jabra\n"), lacks(SILENT), says(devices={"mic (hw:0,0)": 1})
        ),
    ),
]

LIGHTS = [
    Defect(
        "no header",
        "chip",
        "problem",
        "no GPIO chip has a Pi's header",
        "pinctrl-rp1",
        lambda words: words["chips"].pop("gpiochip0"),
    ),
    Defect("no pins at all", "chip", "problem", "no GPIO pins", "keyboard", says(chips={})),
    Defect(
        "no lgpio",
        "pin library",
        "problem",
        "lgpio is missing",
        "python3-lgpio",
        lambda words: words["libraries"].pop("lgpio"),
    ),
    Defect(
        "an lgpio with nothing in it",
        "pin library",
        "problem",
        "lgpio 0.0.0.2 has nothing in it: there is no wheel of the real one for Python 3.13",
        "pip uninstall lgpio",
        lambda words: words["libraries"].update(lgpio="0.0.0.2"),
    ),
    Defect(
        "an old gpiozero",
        "pin library",
        "problem",
        "gpiozero 2.0.1.post2",
        "post3",
        lambda words: words["libraries"].update(gpiozero="2.0.1.post2"),
    ),
    Defect(
        "a pin that is in use",
        "pins",
        "problem",
        "GPIO17 for the button is in use by 'w1'",
        "dtoverlay=w1-gpio,gpiopin=17",
        both(
            lambda words: words["chips"]["gpiochip0"]["lines"].update({17: "w1"}),
            boot("dtoverlay=resp", "dtoverlay=w1-gpio,gpiopin=17\ndtoverlay=resp"),
            lacks(SILENT),
        ),
    ),
    Defect("pins that nobody can see", "pins", "note", "nobody can tell", "the chip", says(chips={})),
    Defect("no SPI device", "lamps", "problem", "/dev/spidev0.0 is not there", "spi=on", gone("/dev/spidev0.0")),
    Defect(
        "an SPI device of others",
        "lamps",
        "problem",
        "may not use /dev/spidev0.0",
        "groups",
        both(says(denied=["/dev/spidev0.0"]), lacks(SILENT)),
    ),
    Defect(
        "no library for SPI",
        "lamps",
        "problem",
        "spidev is missing",
        "python3-spidev",
        lambda words: words["libraries"].pop("spidev"),
    ),
    Defect(
        "no lamps of the kernel's",
        "lamps",
        "problem",
        "/dev/leds0 is not there",
        "num_leds=12,brightness=0",
        settings(LAMPS_OF_THE_KERNEL),
    ),
    Defect(
        "colours that the kernel bends",
        "lamps' colours",
        "problem",
        "amber alarm",
        "brightness=0",
        both(settings(LAMPS_OF_THE_KERNEL), boot("[all]", "[all]\ndtoverlay=ws2812-pio,gpio=18,num_leds=12")),
    ),
    Defect(
        "no lines for the kernel's lamps",
        "lamps' colours",
        "problem",
        "no dtoverlay=ws2812-pio",
        "brightness=0",
        settings(LAMPS_OF_THE_KERNEL),
    ),
    Defect(
        "a board that is unplugged", "usb board", "problem", "no USB device 2886:001a", "plug it in", settings(XVF3800)
    ),
    Defect(
        "a board that nobody may speak to",
        "usb board",
        "problem",
        "may not speak to the USB device 2886:001a",
        'ATTR{idProduct}=="001a"',
        both(USB_ARRAY, says(denied=["/dev/bus/usb/001/002"])),
    ),
]

SPEECH = [
    Defect("no model", "model", "problem", "no speech model", "speech.model", lacks("vocabulary")),
    Defect(
        "a phrase that the model does not know",
        "wake phrases",
        "problem",
        "'keepmum'",
        "trained phrase",
        settings("wake:\n  phrases: [hey keepmum]\n"),
    ),
    Defect("phrases without a model", "wake phrases", "note", "nobody can tell", "", lacks("vocabulary")),
    Defect(
        "no espeak-ng",
        "voice",
        "problem",
        "espeak-ng is missing",
        "apt install espeak-ng",
        lambda words: words["programs"].pop("espeak-ng --voices"),
    ),
    Defect("no such voice", "voice", "problem", "no voice 'tlh'", "--voices", settings("speech:\n  voice: tlh\n")),
    Defect(
        "an espeak-ng that crashes",
        "voice",
        "problem",
        "status 139",
        "espeak-ng hello",
        lambda words: words["programs"].update({"espeak-ng --voices": {"status": 139}}),
    ),
]

HOUSE = [
    Defect(
        "a recipient's card that is lost",
        "recipient",
        "problem",
        "No such file",
        "ask the recipient",
        settings("recipient:\n  card: lost.card\n"),
    ),
    Defect(
        "a clock that cannot be",
        "clock",
        "problem",
        "1970-01-01",
        "timedatectl",
        lambda words: words.update(now=words["now"].replace(year=1970, month=1, day=1)),
    ),
    Defect(
        "a clock that nobody set",
        "clock",
        "problem",
        "nobody has synchronised it",
        "timedatectl",
        both(gone("/run/systemd/timesync/synchronized"), gone("/sys/class/rtc/rtc0/name")),
    ),
    Defect(
        "a clock that only its battery keeps",
        "clock",
        "note",
        "nobody has synchronised it",
        "timedatectl",
        gone("/run/systemd/timesync/synchronized"),
    ),
    Defect(
        "a weak supply",
        "power",
        "problem",
        "too little voltage, it is throttled",
        "power supply",
        lambda words: words["programs"].update({"vcgencmd get_throttled": "throttled=0x50005\n"}),
    ),
    Defect(
        "a supply that was weak once",
        "power",
        "note",
        "since the start: too little voltage",
        "power supply",
        lambda words: words["programs"].update({"vcgencmd get_throttled": "throttled=0x10000\n"}),
    ),
    Defect(
        "a Pi that was too hot",
        "power",
        "problem",
        "it is near its heat limit",
        "fan",
        lambda words: words["programs"].update({"vcgencmd get_throttled": "throttled=0x80008\n"}),
    ),
    Defect(
        "no vcgencmd",
        "power",
        "note",
        "vcgencmd is missing",
        "raspi-utils",
        lambda words: words["programs"].pop("vcgencmd get_throttled"),
    ),
    Defect(
        "a vcgencmd that may not ask",
        "power",
        "note",
        "Can't open device file",
        "video",
        lambda words: words["programs"].update(
            {"vcgencmd get_throttled": {"status": 255, "err": "Can't open device file: /dev/vcio\n"}}
        ),
    ),
    Defect(
        "a vcgencmd that babbles",
        "power",
        "note",
        "does not tell",
        "",
        lambda words: words["programs"].update({"vcgencmd get_throttled": "throttled=lots\n"}),
    ),
]

DEFECTS = [*MACHINE, *BOARD, *SOUND, *LIGHTS, *SPEECH, *HOUSE]
