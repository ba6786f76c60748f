"""The numbers of a day leave once it is over, if somebody agreed before it was, and tell nothing that was private."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from listener_core import MICROPHONE, RECIPIENT, CoreKeeper, agreed, consent, terms

from keepmum.clip import Clip
from keepmum.consent import DAY, Mode, Purpose, Rung
from keepmum.errors import LedgerError
from keepmum.ledger import Row
from keepmum.listener.daily import EVERY, Daily
from keepmum.listener.offer import Sender
from keepmum.listener.rungs.metrics import Day
from keepmum.privacy import Owner, events

NUMBERS = terms(Purpose.DIAGNOSTICS, Rung.METRICS)
MIDNIGHT = 1_790_035_200.0
"""The first one after the tests' beginning."""


def row(at: float, what: str, **facts: Any) -> Row:
    """A row of the ledger."""
    return Row(0, at, what, facts, "", "")


class Table:
    """A house whose ledger is a list, and in which it is just before midnight."""

    recipient = RECIPIENT

    def __init__(self, *consents: Any, mode: Mode = Mode.SHARE) -> None:
        self.keeper = CoreKeeper(agreed(*consents, mode=mode))
        self.keeper.pass_time(MIDNIGHT - self.keeper.wall - 60)
        self.rows = [row(self.keeper.wall - 1, "release", consent="c" * 32)]  # yesterday's numbers are out already
        self.reads = 0
        self.torn = False
        self.clips: list[Clip] = []
        self.day = Day()
        self.daily = self.new()
        self.daily.look()
        self.rows, self.reads = [], 0

    def new(self) -> Daily:
        """As a new run has it."""
        sender = Sender(lambda purpose: f"{purpose.value:0<16}"[:16], MICROPHONE)
        return Daily(self, self.keeper, self.read, self.day, sender)  # type: ignore[arg-type]

    def read(self, since: float) -> Iterable[Row]:
        self.reads += 1
        if self.torn:
            raise LedgerError("line 7 is damaged")
        return [each for each in self.rows if each.at >= since]

    def hold_clip(self, clip: Clip, pcm: bytearray, aloud: bytearray | None = None) -> None:
        assert (pcm, aloud) == (bytearray(), None)
        self.clips.append(clip)

    def midnight_passes(self) -> None:
        self.keeper.pass_time(120)
        self.daily.look()


def given(days: float) -> Any:
    """Somebody agreed to send numbers, so many days before midnight."""
    return consent(NUMBERS, given=MIDNIGHT - days * DAY)


def test_the_numbers_of_yesterday_leave_after_midnight_once() -> None:
    """Under their own consent and in today's name; not before, and not twice."""
    table = Table(given(3))
    table.rows = [row(MIDNIGHT - 100, "refusal", reason="no_consent"), row(MIDNIGHT + 5, "refusal", reason="too_long")]
    assert table.clips == []
    table.midnight_passes()
    [clip] = table.clips
    assert (clip.rung, dict(clip.counts), clip.pseudonym) == (
        Rung.METRICS,
        {"refused.no_consent": 1},
        "diagnostics00000",
    )
    assert [(each["purpose"], each["rung"]) for each in table.keeper.seen("release")] == [("diagnostics", "metrics")]
    table.keeper.pass_time(EVERY)
    table.daily.look()
    table.keeper.pass_time(DAY / 2)
    table.daily.look()
    assert len(table.clips) == 1
    table.keeper.pass_time(DAY / 2)
    table.daily.look()
    assert len(table.clips) == 2


def test_wakes_and_commands_of_the_day_are_told_too() -> None:
    """They are counted in memory alone, and begin anew."""
    table = Table(given(3))
    table.day.watch("wake", {"accepted": True})
    table.midnight_passes()
    assert (dict(table.clips[0].counts), table.day.counts) == ({"wakes.confirmed": 1}, {})


@pytest.mark.parametrize("consents", [(), (consent(terms(Purpose.DIAGNOSTICS, Rung.VOICE)),)])
def test_without_a_consent_to_numbers_none_are_counted(consents: tuple[Any, ...]) -> None:
    """The ledger is not even read, and no row says that anything was refused."""
    table = Table(*consents)
    table.midnight_passes()
    assert (table.reads, table.clips, table.keeper.rows) == (0, [], [])


def test_what_was_counted_before_somebody_agreed_is_not_told() -> None:
    """Neither a day that was over, nor the hours before, nor what memory counted in them."""
    table = Table(given(0.25))
    table.day.watch("wake", {"accepted": True})
    table.daily._since = MIDNIGHT - DAY / 2
    table.rows = [row(MIDNIGHT - DAY * part, "refusal", reason="no_consent") for part in (0.9, 0.5, 0.3, 0.1)]
    table.midnight_passes()
    assert dict(table.clips[0].counts) == {"refused.no_consent": 1}
    late = Table(given(-0.0001))
    late.midnight_passes()
    assert late.clips == []


def test_how_private_somebody_was_is_not_told() -> None:
    """Neither mutes, nor that somebody spoke to a speaker that was muted or local."""
    table = Table(given(3))
    reasons = ("muted", "local_mode", "unconfirmed_wake")
    table.rows = [row(MIDNIGHT - 9, "refusal", reason=reason) for reason in reasons]
    table.rows += [row(MIDNIGHT - 8, "mute", owner="button")]
    table.midnight_passes()
    assert dict(table.clips[0].counts) == {"refused.unconfirmed_wake": 1}


def test_an_earlier_run_that_sent_them_today_is_believed() -> None:
    """A speaker that starts ten times a day sends the numbers once."""
    table = Table(given(3))
    table.midnight_passes()
    table.rows = [row(MIDNIGHT + 60, "release", parcel="a", consent="c" * 32, rung="metrics")]
    table.daily = table.new()
    table.keeper.pass_time(EVERY)
    table.daily.look()
    assert len(table.clips) == 1


def test_muted_at_midnight_they_wait_for_the_first_moment_after_it() -> None:
    """Nothing leaves and no row is written while it is muted."""
    table = Table(given(3))
    table.keeper.tell(events.Quieter(*table.keeper.moment(), "mute", Owner.PANEL))
    table.keeper.rows.clear()
    table.midnight_passes()
    assert (table.clips, table.keeper.rows) == ([], [])
    table.keeper.state = table.keeper.state.__class__(**{**vars(table.keeper.state), "mutes": frozenset()})
    table.keeper.pass_time(3_600)
    table.daily.look()
    assert len(table.clips) == 1


def test_in_local_mode_they_are_refused_once() -> None:
    """With a row; and tomorrow anew."""
    table = Table(given(3), mode=Mode.LOCAL)
    table.midnight_passes()
    table.keeper.pass_time(EVERY)
    table.daily.look()
    assert [each["reason"] for each in table.keeper.seen("refusal")] == ["local_mode"]


def test_a_ledger_that_cannot_be_read_is_not_called_an_empty_day(caplog: pytest.LogCaptureFixture) -> None:
    """No numbers leave, and the log says why."""
    table = Table(given(3))
    table.torn = True
    table.midnight_passes()
    assert table.clips == []
    assert "line 7 is damaged" in caplog.text
