"""The self-test: each part passes where all works and fails where it does not; nothing that is heard stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from selftest_room import LIGHTS, Forgetful, Jammed, Rehearsal, Tried, power_of
from simulated_machine import Simulated

from keepmum.doctor.selftest import run
from keepmum.doctor.selftest.level import Level
from keepmum.doctor.selftest.outcome import ORDER
from keepmum.errors import ButtonError, PeerError, SpeakerError
from keepmum.hardware.drivers import Hardware
from keepmum.hardware.microphone_wav import RoomWitness
from keepmum.hardware.ring_recorder import RecorderRing
from keepmum.listener.look import ALARM, LADDER, MUTED
from keepmum.settings import Settings
from keepmum.sound import RATE

Try = Callable[..., Tried]


@pytest.fixture
def tried(tmp_path: Path, built: Callable[..., Simulated]) -> Try:
    """Runs the self-test in a room where a scene plays."""
    return Rehearsal(tmp_path, built)


# ---- all is well


def test_every_part_passes_where_all_is_well(tried: Try, tmp_path: Path) -> None:
    """In order, with the level, the witnesses and the length of what was said."""
    left = tried(broker=True)
    assert {part: outcome.ended for part, outcome in left.ended.items()} == dict.fromkeys(ORDER, "pass")
    assert list(left.ended) == list(ORDER)
    assert left["recording"].found.startswith("2.0 s, -28 dBFS, ")
    assert left["mute"].found.endswith("the microphones' power (recorder), the witness 'room'")
    assert soundfile.info(tmp_path / "replies.wav").duration > 1


def test_the_lights_go_through_the_whole_ladder(tried: Try) -> None:
    """Every look of the listener's own table, each for its moment, and red again once the mute is proven."""
    left = tried()
    assert left.looks[: len(LADDER)] == [rung.look for rung in LADDER]
    assert left.looks.count(MUTED) >= 2
    assert left.looks.count(ALARM) == 1, "only in the sweep"


def test_nothing_is_heard_before_the_lock_and_the_broker_is_asked_before_it(tried: Try) -> None:
    """What has a microphone has no network."""
    assert tried(broker=True).order == ["knock", "open", "lock, 0 times heard"]


def test_the_microphone_ends_closed_and_no_file_has_its_sound(tried: Try, tmp_path: Path) -> None:
    """Two openings, both closed; the only file that was written is the loudspeaker's."""
    left = tried()
    assert [what for _, what in left.heard if what != "read"] == ["open", "close", "open", "close"]
    written = {path.name for path in tmp_path.iterdir()} - {"hum.wav", "scene.txt", "root", "keepmum.yaml"}
    assert written == {"replies.wav"}
    assert left.hardware is not None
    assert power_of(left.hardware).is_off()


def test_scripts_get_every_part(tried: Try) -> None:
    """With the number of failures and the reasons."""
    told = json.loads(run.as_json(list(tried(without=("hold",)).ended.values())))
    assert (told["schema"], told["failed"]) == (run.SCHEMA, 0)
    assert [part["part"] for part in told["parts"]] == list(ORDER)
    assert {part["part"]: part["found"] for part in told["parts"] if part["ended"] == "skipped"} == {
        "broker": "not asked: --broker",
        "hold": "as you wished",
    }


# ---- the microphone


def test_digital_silence_fails(tried: Try) -> None:
    """A codec that woke up silent delivers zeros at the right pace."""
    outcome = tried(sound=np.zeros(RATE, "<i2"))["recording"]
    assert (outcome.ended, "digital silence, 100 % zeros" in outcome.found) == ("fail", True)


def test_a_board_that_gates_its_noise_may_deliver_zeros(tried: Try) -> None:
    """Its profile says so with `dead_after: 0`; the silence is remarked upon."""
    outcome = tried(sound=np.zeros(RATE, "<i2"), microphone={"dead_after": 0.0})["recording"]
    assert (outcome.ended, "very quiet" in outcome.hint) == ("pass", True)


def test_sound_at_the_end_of_the_scale_fails(tried: Try) -> None:
    """It is of no use to the speech model."""
    square = np.where(np.arange(RATE) // 8 % 2, 32_767, -32_768).astype("<i2")
    outcome = tried(sound=square)["recording"]
    assert (outcome.ended, "lower the capture level" in outcome.hint) == ("fail", True)


def test_a_microphone_that_cannot_be_opened_fails_and_proves_no_mute(tried: Try) -> None:
    """Closing what was never open shows nothing."""

    def jammed(hardware: Hardware) -> Hardware:
        return replace(hardware, mic_power=Jammed())

    left = tried(change=jammed)
    assert (left["recording"].ended, left["recording"].found) == ("fail", "the supply cannot be switched")
    assert left["mute"].ended == "skipped"
    assert left["hold"].ended == "fail", "it cannot be opened by a hand either"


def test_the_level_of_a_known_sound() -> None:
    """A full-scale sine has -3 dBFS; nothing heard is silence, not an error."""
    sine = (32_767 * np.sin(np.arange(RATE) / RATE * 2 * np.pi * 440)).astype("<i2")
    level = Level()
    level.hear(sine.tobytes())
    assert (round(level.dbfs, 1), level.seconds, level.zeros) == (-3.0, 1.0, int((sine == 0).sum()))
    assert str(Level()) == "0.0 s, digital silence, 0 % zeros, 0 samples clipped"


# ---- mute


def test_a_witness_that_sees_somebody_listening_fails_the_mute(tried: Try) -> None:
    """Never red then, and the alarm instead."""

    def claims(hardware: Hardware) -> Hardware:
        (witness,) = hardware.witnesses
        assert isinstance(witness, RoomWitness)
        witness.claim = "somebody else captures"
        return hardware

    left = tried(change=claims)
    assert (left["mute"].ended, "somebody else captures" in left["mute"].found) == ("fail", True)
    after_the_sweep = left.looks[len(LADDER) :]
    assert (ALARM in after_the_sweep, MUTED in after_the_sweep) == (True, False)


def test_power_that_stays_on_fails_the_mute(tried: Try) -> None:
    """The switch says off, and the read-back says on."""

    def stuck(hardware: Hardware) -> Hardware:
        power_of(hardware).on()
        power_of(hardware).stuck = True
        return hardware

    outcome = tried(change=stuck)["mute"]
    assert (outcome.ended, outcome.found) == ("fail", "not shown to be closed: the microphones still have power")


def test_a_mute_without_a_witness_says_so(tried: Try) -> None:
    """Our own word alone is worth a remark."""
    outcome = tried(change=lambda hardware: replace(hardware, witnesses=()))["mute"]
    assert (outcome.ended, "only our own stream says so" in outcome.hint) == ("pass", True)


def test_power_that_comes_back_by_itself_fails_the_mute(tried: Try) -> None:
    """Half a second later everything is asked once more."""

    def forgetful(hardware: Hardware) -> Hardware:
        return replace(hardware, mic_power=Forgetful())

    outcome = tried(change=forgetful)["mute"]
    assert (outcome.ended, "power" in outcome.found) == ("fail", True)


# ---- the button


def test_nobody_holds_the_button(tried: Try) -> None:
    """After twenty seconds of the room's time, with a countdown."""
    left = tried(scene="noise hum.wav\npause 100\n")
    assert (left["hold"].ended, left["hold"].found) == ("fail", "no hold was seen within 20 seconds")
    assert left.told[-3:] == ["15 seconds left.", "10 seconds left.", "5 seconds left."]
    assert [what for _, what in left.heard].count("open") == 1, "muted all the time"


def test_a_short_press_does_not_unmute(tried: Try) -> None:
    """It is told so, and the hold that follows counts."""
    left = tried(scene=f"noise hum.wav\npause {LIGHTS + 4}\npress\npause 1\nhold 0.6\npause 1\nhold 1\npause 1\n")
    assert left["hold"].ended == "pass"
    assert sum("too short" in line for line in left.told) == 2
    opened = [at for at, what in left.heard if what == "open"]
    assert opened[1] > LIGHTS + 4 + 0.1 + 1 + 0.6 + 1 + 0.7


def test_a_button_that_is_down_at_the_start_fails(tried: Try) -> None:
    """It is stuck, or wired the other way; it opens nothing."""
    left = tried(scene="noise hum.wav\nhold 100\n")
    assert (left["hold"].ended, "down before anybody was asked" in left["hold"].found) == ("fail", True)
    assert [what for _, what in left.heard].count("open") == 1


def test_a_switch_is_put_over(tried: Try) -> None:
    """Down is muted; up for long enough listens."""
    left = tried(scene=f"noise hum.wav\nhold {LIGHTS + 6}\npause 5\n", button={"kind": "switch"})
    assert left["hold"].ended == "pass", left["hold"]
    assert any(line.startswith("Put the switch to mute") for line in left.told)


def test_a_button_that_cannot_be_read_fails(tried: Try) -> None:
    """With the driver's own words."""

    class Unreadable:
        def watch(self, changed: Callable[[bool], None]) -> None:
            """Nobody will hear of it."""

        def is_down(self) -> bool:
            raise ButtonError("GPIO17 cannot be read", "look at the button's cable")

        def close(self) -> None:
            """Nothing is held."""

    left = tried(change=lambda hardware: replace(hardware, button=Unreadable()))
    assert (left["hold"].ended, left["hold"].found) == ("fail", "GPIO17 cannot be read")


# ---- ring, loudspeaker, hardware, broker


def test_a_ring_that_stops_accepting_data_fails_and_the_rest_goes_on(tried: Try) -> None:
    """The look at which it stopped is named."""

    class Stops(RecorderRing):
        def show(self, look: Any) -> None:
            self.broken = len(self.history) == 3
            super().show(look)

    left = tried(change=lambda hardware: replace(hardware, ring=Stops(hardware.clock)))
    where = LADDER[3].look.meaning
    assert (left["lights"].ended, left["lights"].found) == ("fail", f"at “{where}”: the ring takes no data")
    assert [left[part].ended for part in ("recording", "mute", "loudspeaker")] == ["pass"] * 3


def test_a_loudspeaker_that_cannot_play_fails(tried: Try) -> None:
    """With the driver's own words."""

    class Mute:
        def play(self, pcm: bytes, volume: float) -> None:
            raise SpeakerError("no sound output is called 'jabra'", "name one")

        def remaining(self) -> float:
            return 0.0

        def stop(self) -> None:
            """It is quiet."""

        def close(self) -> None:
            """Nothing is held."""

    outcome = tried(change=lambda hardware: replace(hardware, speaker=Mute()))["loudspeaker"]
    assert (outcome.ended, outcome.found) == ("fail", "no sound output is called 'jabra'")


def test_hardware_that_cannot_be_opened_is_one_failure_and_nothing_else_is_tried(tried: Try) -> None:
    """No lock, no sound, no light."""

    def refuses(hardware: Hardware) -> Hardware:
        raise ButtonError("this machine has no GPIO pins", "it takes a Pi")

    left = tried(change=refuses)
    assert (left["hardware"].ended, left["hardware"].found) == ("fail", "this machine has no GPIO pins")
    assert {left[part].ended for part in ("lights", "recording", "mute", "hold", "loudspeaker")} == {"skipped"}
    assert left.order == ["open"]


def test_a_broker_that_refuses_fails_its_part_alone(tried: Try) -> None:
    """The speaker works without one."""
    left = tried(broker=True, said=lambda words: words.update(broker_refuses="not authorised"))
    assert (left["broker"].ended, left["broker"].found) == ("fail", "not authorised")
    assert left["loudspeaker"].ended == "pass"


def test_it_is_refused_while_a_listener_runs(built: Callable[..., Simulated]) -> None:
    """Two programs cannot have one microphone, and the listener's proof would see the other."""
    machine = built()
    with pytest.raises(PeerError, match="the listener runs"):
        run.refuse_while_it_runs(machine.machine(), Settings())


def test_it_may_begin_where_no_listener_answers(built: Callable[..., Simulated]) -> None:
    """A door that nobody opens is no listener."""
    machine = built("laptop").machine()
    run.refuse_while_it_runs(machine, Settings())
    with pytest.raises(PeerError):
        machine.listener(Path("/run/keepmum"))
