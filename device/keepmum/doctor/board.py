"""The group `board`: the configuration, what is connected, which profile fits, and the board's part of config.txt."""

from __future__ import annotations

from dataclasses import replace

from keepmum.boards.fits import Fit, fits, ranked, told
from keepmum.boards.fits import Verdict as Match
from keepmum.doctor import boot
from keepmum.doctor.boot import Boot
from keepmum.doctor.case import I2C_BUS, Case
from keepmum.doctor.finding import Finding, not_asked, note, ok, problem

_CODECS = {
    "respeaker-2mic-v1_0": "snd-soc-wm8960",
    "wm8960-soundcard": "snd-soc-wm8960",
    "respeaker-2mic-v2_0": "snd-soc-tlv320aic3x-i2c",
    "seeed-4mic-voicecard": "snd-soc-ac108",
    "seeed-8mic-voicecard": "snd-soc-ac108",
}
"""The kernel's module of the codec that an overlay asks for: the `compatible` of its codec, and that driver's name."""

_SOUND_OVERLAYS = {*_CODECS, "seeed-2mic-voicecard", "googlevoicehat-soundcard"}
"""Overlays that claim the header's sound bus, of which a board can have one. The last two are old ones of the 2-Mics
HAT, which leave it without a clock on kernel 6.12."""

_AGAIN = "restart; some cards need it twice after their overlay was installed"


def configuration(case: Case) -> Finding:
    """Whether the owner's files say what can be."""
    if case.owner.trouble is not None:
        what = " ".join(case.owner.trouble.what.split())
        return problem(f"{what}; what follows is about the shipped settings", case.owner.trouble.hint)
    board = f"board {case.board.id}" if case.board else "no board is named"
    changed = case.owner.changed
    return ok(f"{board}, {changed} key{'' if changed == 1 else 's'} not as shipped")


def connected(case: Case) -> Finding:
    """The sound cards and USB devices that are there."""
    ears = [str(card) for card in case.cards if card.capture]
    mouths = [str(card) for card in case.cards if not card.capture]
    usb = sorted(case.usb - {card.usb for card in case.cards} - {"1d6b:0002", "1d6b:0003"})  # hubs of the kernel's own
    parts = {"can record": ears, "can only play": mouths, "other USB devices": usb}
    what = "; ".join(f"{name}: {', '.join(those) or 'none'}" for name, those in parts.items())
    if case.settings.hardware.microphone.driver == "wav" or ears:
        return ok(what)
    return problem(what, "plug the board in; a HAT needs its overlay in config.txt, see below")


def i2c(case: Case) -> Finding:
    """Which known chips answer on the header's bus; only asked for."""
    if case.i2c is None:
        return not_asked("which chips sit on the header's I2C bus", "--i2c reads one byte from each that is known")
    if isinstance(case.i2c, OSError):
        why = case.i2c.strerror or str(case.i2c)
        return problem(f"{I2C_BUS}: {why}", "put dtparam=i2c_arm=on into config.txt, `sudo modprobe i2c-dev`")
    return ok(f"answers: {', '.join(sorted(case.i2c)) or 'none of the known ones'}")


def profile(case: Case) -> Finding:
    """Which profile fits what is connected, and whether it is the one that is named."""
    best = next((fit for fit in ranked(case.owner.boards, case.evidence) if fit.verdict is not Match.NO), None)
    if case.board is None:
        if best is None:
            return note("no profile fits what is connected", "`keepmum boards` lists those that there are")
        return note(_fits(best), f"write `board: {best.board.id}` below `hardware:` in your file")
    fit = fits(case.board, case.evidence)
    reasons = _reasons(fit)
    if fit.verdict is Match.FITS:
        return ok(f"{case.board.id} fits: {reasons}")
    if fit.verdict is Match.PERHAPS:
        return note(f"{case.board.id} fits perhaps: {reasons}", "what is missing stands in the lines below")
    better = f"{_fits(best)}; name it in hardware.board" if best else "`keepmum boards` lists the others"
    return problem(f"{case.board.id} does not fit: {reasons or 'nothing speaks for it'}", better)


def _fits(fit: Fit) -> str:
    sure = "fits" if fit.verdict is Match.FITS else "fits perhaps"
    return f"{fit.board.id} {sure}: {_reasons(fit)}"


def _reasons(fit: Fit) -> str:
    """What speaks for it without a word before it, then the rest as the boards' own words have it."""
    return "; ".join([", ".join(fit.found), *told(replace(fit, found=()))]).lstrip("; ")


def overlay(case: Case) -> Finding:
    """Whether the board's overlay is asked for, there, active, and has made a sound card."""
    name = case.board.boot.overlay if case.board else None
    if case.board is None or name is None:
        return ok("none is needed" if case.board else "no board is named, so none is expected")
    config = boot.read(case.model or "", case.machine.text)
    if config is None:
        return problem(f"there is no config.txt to ask for {name} in", "this board needs a Raspberry Pi")
    return _asked_for(case, name, config) or _active(case, name)


def _asked_for(case: Case, name: str, config: Boot) -> Finding | None:
    """What is wrong before Linux starts."""
    lines = config.overlays(name)
    if not lines:
        return problem(f"{config.path} has no dtoverlay={name}", f"put it below [all] there, then {_AGAIN}")
    if not any(line.holds for line in lines):
        what = f"dtoverlay={name} stands below {lines[-1].heading} in {config.path}, which is not for this computer"
        return problem(what, f"put it below [all], then {_AGAIN}")
    file = f"{config.path.rpartition('/')[0]}/overlays/{name}.dtbo"
    if not case.machine.is_there(file):
        source = case.board.boot.overlay_from if case.board else None
        return problem(f"{file} is not there", f"it comes from {source or 'the firmware: sudo apt full-upgrade'}")
    return None


def _active(case: Case, name: str) -> Finding:
    """What is wrong since Linux started."""
    assert case.board is not None
    card = case.board.detect.alsa_card
    missing = [address for address in case.board.detect.i2c if not _in_device_tree(case, address)]
    if missing:
        what = f"{name} is asked for and not active: the device tree has no chip at I2C {', '.join(missing)}"
        return problem(what, f"{_AGAIN}; `sudo vclog --msg` says what the firmware thought of it")
    if card is not None and card not in {one.id for one in case.cards}:
        what = f"{name} is active, and no sound card {card} came of it"
        return problem(what, f"{_AGAIN}; `sudo dmesg | grep -i -e codec -e asoc` says what the kernel thought of it")
    return ok(f"{name} is active" + (f" and made the sound card {card}" if card else ""))


def _in_device_tree(case: Case, address: str) -> bool:
    """Whether a chip at this address hangs on any I2C bus of the tree that the kernel was given."""
    return any(
        one.endswith(f"@{address.removeprefix('0x')}") for bus in _buses(case) for one in case.machine.names(bus)
    )


def _buses(case: Case) -> list[str]:
    """Every I2C bus in the device tree; on a Pi 5 they lie five folders deep, behind PCI Express."""
    found, waiting = [], ["/proc/device-tree"]
    for _ in range(6):
        waiting = [f"{place}/{name}" for place in waiting for name in case.machine.names(place) if _leads_on(name)]
        found += [place for place in waiting if place.rpartition("/")[2].startswith("i2c@")]
    return found


def _leads_on(name: str) -> bool:
    return name.partition("@")[0] in {"soc", "axi", "pcie", "rp1", "i2c", "i2c0mux"}


def other_overlays(case: Case) -> Finding:
    """Overlays of other boards, and old ones of this: two that claim the same bus make no card, or a silent one."""
    config = boot.read(case.model or "", case.machine.text)
    if config is None:
        return ok("there is no config.txt to look at")
    own = case.board.boot.overlay if case.board else None
    strange = sorted({line.name for line in config.overlays(*_SOUND_OVERLAYS) if line.holds} - {own})
    if not strange:
        return ok("no other board's sound overlay is asked for")
    lines = " and ".join(f"dtoverlay={name}" for name in strange)
    if case.board is not None and "i2s" in case.board.buses:
        return problem(f"{config.path} has {lines} beside the board's own", "remove that, then restart")
    return note(f"{config.path} has {lines}", "remove it unless such a board is there")


def parameters(case: Case) -> Finding:
    """The buses that the board needs switched on."""
    config = boot.read(case.model or "", case.machine.text)
    wanted = case.board.boot.dtparams if case.board else ()
    if config is None:
        return ok("there is no config.txt to look at")
    missing = [parameter for parameter in wanted if not config.has(parameter)]
    if not missing:
        return ok(", ".join(wanted) or "none is asked for by a profile")
    lines = " and ".join(f"dtparam={parameter}" for parameter in missing)
    hint = f"put {lines} below [all], then restart"
    if missing == ["strict_gpiod"] and case.settings.hardware.mic_power.driver != "gpio":
        return note(f"{config.path} has no {lines}: a killed listener leaves its pins as they were", hint)
    return problem(f"{config.path} has no {lines}", hint)


def codec(case: Case) -> Finding:
    """Whether the running kernel has the module of the board's codec."""
    name = case.board.boot.overlay if case.board else None
    module = _CODECS.get(name or "")
    if module is None:
        return ok("no codec of a HAT is needed")
    folder = f"/lib/modules/{case.kernel}"
    if not case.machine.is_there(folder):
        what = f"{folder} is not there: the kernel was updated under the running one"
        return problem(what, "restart")
    listed = "\n".join(case.machine.text(f"{folder}/{file}") or "" for file in ("modules.dep", "modules.builtin"))
    if f"/{module}.ko" in listed.replace("_", "-"):
        return ok(f"kernel {case.kernel} has {module}")
    source = case.board.boot.overlay_from if case.board else None
    hint = "take the Pi's own kernel: sudo apt full-upgrade, then restart"
    if module == "snd-soc-ac108":
        hint = f"build it: {source}"
    return problem(f"kernel {case.kernel} has no module {module}", hint)
