"""A speaker in its own units: stays muted across a boot, comes back when killed, is not to be reached."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from boot_computer import until
from boot_speaker import PROCESSES, Speaker

HEARD = 240.0
"""Seconds until the order has been understood; the scene itself takes 45."""
BACK = 60.0
"""Seconds until a process that was killed is ready again, on a busy computer."""
WATCHDOG = 20.0 + 15.0
"""Seconds that a listener may hang: its WatchdogSec=, and what SIGABRT gets before SIGKILL (TimeoutStopSec=)."""
LISTENING = "0A"
"""The state of a listening socket in /proc/net/tcp."""


def test_what_is_said_goes_in_and_a_home_action_comes_out(speaker: Speaker, tell: Callable[[str], None]) -> None:
    """Sound goes into the listener, and the household's broker gets the order, once somebody has agreed to that."""
    speaker.up()
    begun = time.monotonic()
    speaker.play("order")
    until(lambda: "coffee" in speaker.heard_by_the_hub(), HEARD, speaker.last_words)
    tell(f"{speaker.heard_by_the_hub().strip()!r} after {time.monotonic() - begun:.0f} s")
    assert "commands" in str(speaker.status().get("consents"))


@pytest.mark.parametrize("victim", PROCESSES)
def test_each_process_dies_alone(speaker: Speaker, victim: str, tell: Callable[[str], None]) -> None:
    """Killed, a process comes back with another number; those that do not live off it keep theirs."""
    before = speaker.up()
    begun = time.monotonic()
    speaker.signal("KILL", before[victim])
    until(lambda: speaker.pid(victim) not in {0, before[victim]}, BACK, speaker.last_words)
    after = speaker.up(BACK)
    tell(f"{victim} is back after {time.monotonic() - begun:.1f} s")
    # The skills end with the listener's line, because behind their lock they cannot connect again.
    alone = set(PROCESSES) - {victim} - ({"skills"} if victim == "listener" else set())
    assert {role: after[role] for role in alone} == {role: before[role] for role in alone}


def test_a_listener_that_hangs_is_killed_and_comes_back(speaker: Speaker, tell: Callable[[str], None]) -> None:
    """Stopped in its tracks, the listener is ended by the watchdog and listens again."""
    before = speaker.up()["listener"]
    speaker.signal("STOP", before)
    begun = time.monotonic()
    until(lambda: speaker.pid("listener") != before, WATCHDOG + 15, speaker.last_words)
    gone = time.monotonic() - begun
    speaker.up(BACK)
    tell(f"ended after {gone:.1f} s, ready again after {time.monotonic() - begun:.1f} s")
    assert "watchdog" in speaker.computer.run("journalctl", "-o", "cat", "-u", "keepmum-listener").stdout.lower()


def test_muted_stays_muted_across_a_boot_and_a_held_button_ends_it(speaker: Speaker) -> None:
    """A mute outlives a shutdown and a power cut; then a hand on the button opens the microphone."""
    speaker.play("hold")
    speaker.up()
    until(lambda: speaker.status().get("microphone") == "open", BACK, lambda: f"{speaker.status()}")
    speaker.computer.run("/usr/local/bin/keepmum", "mute")
    until(lambda: speaker.status().get("microphone") != "open", BACK, lambda: f"{speaker.status()}")
    speaker.set_room("silence")
    for off in (speaker.computer.shut_down, speaker.computer.cut):
        off()
        speaker.computer.boot()
        speaker.up()
        assert speaker.status()["microphone"] != "open"
        assert speaker.status()["mutes"]
    speaker.play("hold")
    until(lambda: speaker.status().get("microphone") == "open", BACK, lambda: f"{speaker.status()}")


def test_nothing_listens_on_the_network(speaker: Speaker) -> None:
    """No process of keepmum has a listening socket of the internet, and the panel's is off until somebody wants it."""
    speaker.up()
    passwd = speaker.computer.run("cat", "/etc/passwd").stdout.splitlines()
    ours = {line.split(":")[2] for line in passwd if line.startswith("keepmum-")}
    assert len(ours) == 4
    rows = speaker.computer.run("cat", "/proc/net/tcp", "/proc/net/tcp6").stdout.splitlines()
    listening = [row.split() for row in rows if f" {LISTENING} " in row]
    assert [row[7] for row in listening if row[7] in ours] == []
    assert {int(row[1].rpartition(":")[2], 16) for row in listening} == {1883}, "only the household's broker listens"
    asked = speaker.computer.run("systemctl", "is-active", "keepmum-panel.socket", check=False).stdout
    assert asked.strip() == "inactive"
