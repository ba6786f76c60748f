"""What a watcher on the line learns: the sizes are keepmum's own, the guesses are caught, and so is a blind watcher."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from keepmum.cli import app
from keepmum.clip import new_id
from keepmum.errors import LabError
from keepmum.lab.capture.outgoing import Sent
from keepmum.lab.experiments import fingerprint, probe, traces
from keepmum.lab.experiments.guessing import GUESSERS, right
from keepmum.lab.experiments.traces import COMMANDS, SPEAKERS, Said, Trace, parts, said, sealed_size
from keepmum.seal import Keys, seal
from keepmum.seal.padding import SOUND_BUCKET, is_size
from keepmum.terms import Purpose
from keepmum.uplink import chunks


@pytest.fixture(scope="module")
def spoken() -> list[Said]:
    """Four commands, three times each."""
    return said(4, 3, seed=1)


def test_there_are_a_hundred_commands() -> None:
    """No two of them alike."""
    assert len(set(COMMANDS)) == len(COMMANDS) >= 100


def test_more_commands_than_there_are_is_told() -> None:
    """With how many there are."""
    with pytest.raises(LabError, match=f"there are {len(COMMANDS)} commands"):
        said(10_000, 2, 1)


def test_sizes_are_those_of_a_real_seal(spoken: list[Said]) -> None:
    """As many bytes as the speaker seals, and as many packets as its uplink cuts that into."""
    keys = Keys.generate("Lab", "lab@example.org", "a disk", "Utopia", 2, 30, 2, (Purpose.RESEARCH,), 0.0, 2)
    for one in spoken[:3]:
        packed = traces._packed(one)
        real = seal(keys.card, new_id(), Purpose.RESEARCH.value, new_id(), "0" * 64, packed, 0.0, SOUND_BUCKET)
        assert sealed_size(one) == len(real)
        assert is_size(len(real) - traces.OVERHEAD)
        cut = chunks.cut("0" * 32, "0" * 64, real, chunks.PART)
        assert [size - len(traces._TOPIC) - traces._MQTT for size in parts(len(real))] == [len(part) for part in cut]


def test_padding_leaves_few_sizes(spoken: list[Said]) -> None:
    """One or two for commands of two seconds, where every unpadded one has its own."""
    dice = Random(1)
    sizes = {name: {speaker(one, dice).bytes for one in spoken} for name, speaker in SPEAKERS.items()}
    assert len(sizes["sealed, not padded"]) == len(spoken)
    assert len(sizes["sealed and padded"]) <= 2
    assert sizes["sealed and padded"] == sizes["sealed, padded, at night"]


def test_sending_at_night_hides_the_hour(spoken: list[Said]) -> None:
    """Between three and five, whenever it was said."""
    hours = [SPEAKERS["sealed, padded, at night"](one, Random(1)).hour for one in spoken]
    assert all(3.0 <= hour <= 5.0 for hour in hours)
    assert {one.hour for one in spoken}.isdisjoint(hours)


@pytest.mark.parametrize("guesser", GUESSERS)
def test_what_differs_is_guessed_and_what_does_not_is_not(guesser: str) -> None:
    """Ten commands of ten sizes: all; ten of one size: no better than chance."""
    told = [Trace(n % 10, 12.0, (Sent(0.0, 1_000 * (n % 10) + 1),)) for n in range(100)]
    hidden = [Trace(n % 10, 12.0, (Sent(0.0, 64_000),)) for n in range(100)]
    assert right(guesser, told, 1) == (50, 50)
    assert right(guesser, hidden, 1)[0] <= 12
    assert right(guesser, told, 1, mixed=True)[0] <= 25


def test_the_fingerprint_is_caught_and_hidden() -> None:
    """Whoever sends while somebody speaks is guessed far above chance; what keepmum sends at night is not."""
    result = fingerprint.measure(12, 8, 3)
    assert result.holds, result.missed
    found = {(each.case, each.name): each for each in result.figures}
    live = found[fingerprint.LIVE, "right, by nearest neighbours"]
    night = found["sealed, padded, at night", "right, by nearest neighbours"]
    assert live.value is not None
    assert night.low is not None
    assert live.value > 0.4
    assert night.low < 1 / 12 + 0.1
    assert found["sealed and padded", "bytes, of those without padding"].value == pytest.approx(1.5, abs=0.3)


def test_a_watcher_sees_who_sends_and_not_who_does_not() -> None:
    """Both controls are seen; keepmum is seen when it shares at once, and neither locally nor at night."""
    result = probe.measure(6, 3)
    assert result.holds, (result.broken, result.missed)
    seen = {each.case: each.value for each in result.figures if each.name == "commands that a burst follows"}
    assert seen == {
        "always streams": 1.0,
        "sends while spoken": 1.0,
        "keepmum, local": 0.0,
        "keepmum, shares at once": 1.0,
        "keepmum, shares at night": 0.0,
    }


def test_a_blind_watcher_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """One who sees no bursts misses the controls, and nothing that he says of keepmum holds."""
    monkeypatch.setattr(probe, "bursts", lambda _pcap, _seconds: [])
    result = probe.measure(4, 3)
    assert [control.caught for control in result.controls] == [False, False]
    assert not result.holds


def test_a_leaking_build_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keepmum that sends while it says that it is local breaks its promise."""
    monkeypatch.setitem(probe.DEVICES, "keepmum, local", probe.sharing)
    assert [figure.name for figure in probe.measure(4, 3).broken] == ["commands that a burst follows"]


def test_the_commands_write_their_figures(tmp_path: Path) -> None:
    """As JSON, with the same seed the same bytes."""
    files = [tmp_path / name for name in ("one.json", "two.json")]
    for file in files:
        words = ["lab", "probe", "--probes", "4", "--json", str(file)]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
    assert json.loads(files[0].read_text())["experiment"] == "probe"
    assert files[0].read_bytes() == files[1].read_bytes()
