"""What a bench.yaml may say; everything else is refused at once, by line, with what was probably meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from jig import bench_file, workshop
from jig.bench_file import Bench
from jig.human import HumanEye, HumanHand
from jig.programs import CommandBook, CommandMains
from jig.roles import RigError

from keepmum.errors import ConfigError

EXAMPLE = Path(__file__).parent / "bench.example.yaml"
Read = Callable[[str], Bench]


@pytest.fixture
def bench(tmp_path: Path) -> Read:
    """Reads a bench from its text."""

    def read(text: str) -> Bench:
        (tmp_path / "bench.yaml").write_text(text)
        return bench_file.read(tmp_path / "bench.yaml")

    return read


def test_the_example() -> None:
    """The example that people copy is right, and names a driver for every role."""
    example = bench_file.read(EXAMPLE)
    roles = ("hand", "eye", "meter", "mouth", "wire", "mains", "plug", "book")
    assert [getattr(example, role).driver for role in roles if getattr(example, role).driver == "none"] == []
    assert (example.hand.pin, example.meter.pin, example.eye.bus) == (23, 24, 1)
    assert example.wire.password_file == EXAMPLE.parent / "witness.password"


def test_all_mistakes_at_once(bench: Read) -> None:
    """An unknown role, an unknown driver, a pin that is none and a missing command come in one error."""
    with pytest.raises(ConfigError) as caught:
        bench(
            "name: b\nhnad: {driver: human}\neye: {driver: tcs34735}\nmeter: {driver: gpiozero, pin: 99}\nwires: {}\n"
        )
    for said in ("bench.yaml:2", "did you mean hand?", "bench.yaml:3", "did you mean tcs34725?", "bench.yaml:4"):
        assert said in caught.value.what


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hand: {driver: gpiozero}", "driver gpiozero needs pin"),
        ("mains: {driver: commands, cut: a, up: b}", "driver commands needs restore, kill"),
        ("plug: {driver: commands}", "driver commands needs out, back"),
        ("book: {driver: command}", "driver command needs ledger"),
        ("wire: {driver: capture}", "driver capture needs speaker, bench"),
        ("hand: {driver: gpiozero, pin: 5}\nmeter: {driver: gpiozero, pin: 5}", "both on GPIO5"),
        ("mouth: {driver: aplay, device: 'default; rm x'}", "cannot be"),
        ("wire: {driver: capture, speaker: '1.2.3.4 or true', bench: b}", "cannot be"),
        ("speaker: {settings: {storm: 3}}", "cannot be"),
        ("hand: {driver: gpiozero, pin: '17'}", "cannot be"),
    ],
)
def test_one_mistake(bench: Read, text: str, says: str) -> None:
    """Each is told with its key."""
    with pytest.raises(ConfigError, match=says):
        bench(text)


def test_a_bench_without_a_file(tmp_path: Path) -> None:
    """A path that leads nowhere says what --bench is."""
    with pytest.raises(ConfigError, match="cannot be read"):
        bench_file.read(tmp_path / "none.yaml")


def test_roles_without_a_driver_are_none(bench: Read) -> None:
    """Only what was named is built; the person of a bench presses no pulses."""
    jig = workshop.build(bench("hand: {driver: human}\neye: {driver: human}\nspeaker: {settings: {wake.storm: 2}}"))
    assert isinstance(jig.hand, HumanHand)
    assert isinstance(jig.eye, HumanEye)
    assert set(jig.parts) == {"beat", "hand", "eye"}
    assert jig.unable == {"pulses"}
    assert jig.settings == {"wake.storm": "2"}
    jig.close()


def test_commands_are_built(bench: Read) -> None:
    """The switched socket and the ledger are commands, and none is run before it is asked."""
    mains = "mains: {driver: commands, cut: /bad, restore: /bad, kill: /bad, up: /bad}"
    jig = workshop.build(bench(f"{mains}\nbook: {{driver: command, ledger: /bad}}"))
    assert isinstance(jig.mains, CommandMains)
    assert isinstance(jig.book, CommandBook)
    with pytest.raises(RigError, match=r"mains: /bad cannot be run.*book: /bad cannot be run"):
        jig.check()


@pytest.mark.parametrize("text", ["eye: {driver: tcs34725, bus: 29}", "hand: {driver: gpiozero, pin: 23}"])
def test_hardware_that_this_computer_has_not(bench: Read, text: str) -> None:
    """A bus or a header that is not there is a broken bench, not a wrong file."""
    with pytest.raises(RigError):
        workshop.build(bench(text))
