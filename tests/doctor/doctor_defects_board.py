"""What can be wrong with the settings and with config.txt, and what the doctor must say then."""

from __future__ import annotations

from doctor_changes import BOOT, V1, Defect, boot, both, gone, in_hardware, lacks, put, says, settings

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
