"""plan(): what leaves because of an event, under a policy, in a state; and nothing else decides it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.lab.event import DAY, Event, Kind
from keepmum.lab.plan import BYTES_A_SECOND, Margins, State, Why, length, plan, replay, why_not
from keepmum.lab.policy import Policy
from keepmum.lab.shelf import Shelf

Mine = Callable[..., Policy]
Wake = Callable[..., Event]
POLICIES = Shelf().policies()

EVENTS = st.builds(
    Event,
    at=st.floats(0, 60 * DAY),
    kind=st.sampled_from(Kind),
    seconds=st.floats(0, 43),
    others=st.just(0.0),
    words=st.integers(0, 50),
    private_words=st.just(0),
    confirmed=st.booleans(),
    approved=st.booleans(),
)


def test_a_wake_leaves_with_its_margins(mine: Mine, wake: Wake) -> None:
    """Sound with what was before and after it; the transcript with what it is kept for."""
    sound, text = plan(wake(words=6), mine(), State())
    assert sound.what == "audio"
    assert sound.seconds == pytest.approx(5.3)
    assert sound.bytes == pytest.approx(5.3 * BYTES_A_SECOND)
    assert (text.what, text.seconds, text.bytes) == ("transcript", 0, 36)
    assert (sound.retention, text.retention) == (math.inf, 30)
    assert (sound.review_p, text.review_p) == (0.002, 0), "one clip is listened to once"
    assert [identifier.name for identifier in sound.identifiers] == ["account"]


def test_the_same_recording_for_every_policy_can_be_asked_for(mine: Mine, wake: Wake) -> None:
    """Then the policy's own margins do not count."""
    flow = plan(wake(), mine(), State(Margins(0.1, 0.2)))[0]
    assert flow.seconds == pytest.approx(4.3)


@pytest.mark.parametrize(
    ("when", "event", "leaves"),
    [
        ("wake", {}, True),
        ("wake", {"kind": Kind.FALSE_WAKE}, False),
        ("false_wake", {"kind": Kind.FALSE_WAKE}, True),
        ("button", {"kind": Kind.BUTTON}, True),
        ("confirmed", {"confirmed": True}, True),
        ("confirmed", {"confirmed": False}, False),
        ("confirmed", {"kind": Kind.FALSE_WAKE, "confirmed": True}, True),
        ("approved", {"confirmed": True}, False),
        ("approved", {"approved": True}, True),
        ("always", {}, False),
        ("always", {"kind": Kind.DAY, "seconds": DAY}, True),
        ("wake", {"kind": Kind.DAY, "seconds": DAY}, False),
        ("daily", {"kind": Kind.DAY, "seconds": DAY}, True),
    ],
)
def test_a_policy_waits_for_what_it_says(
    mine: Mine, wake: Wake, when: str, event: dict[str, object], leaves: bool
) -> None:
    """Each word of `when`, with an event that it means and one that it does not."""
    policy = mine(("when: [wake, false_wake]", f"when: [{when}]"))
    assert bool(plan(wake(**event), policy, State())) == leaves
    assert (why_not(wake(**event), policy, State()) is None) == leaves


def test_a_false_wake_may_be_kept_for_less(mine: Mine, wake: Wake) -> None:
    """Its sound and its text; a command keeps its own time."""
    policy = mine(("transcript_days: 30", "transcript_days: 30\n  false_wake_days: 60 s"))
    false = plan(wake(kind=Kind.FALSE_WAKE), policy, State())
    assert [flow.retention for flow in false] == [60 / DAY, 60 / DAY]
    assert [flow.retention for flow in plan(wake(), policy, State())] == [math.inf, 30]


def test_a_cloud_that_rejects_cuts_false_wakes_alone(mine: Mine, wake: Wake) -> None:
    """What was before it has left already."""
    policy = mine(("  tail_ms:", "  cloud_reject: {value: 0.5, conf: A}\n  tail_ms:"))
    assert length(wake(kind=Kind.FALSE_WAKE), policy, State()) == pytest.approx(0.5 + 0.5 * 4.8)
    assert length(wake(), policy, State()) == pytest.approx(5.3)


def test_a_quota_holds_for_a_day(mine: Mine, wake: Wake) -> None:
    """The third clip of a day stays; the next day begins anew, and so does whoever asks without limits."""
    policy = mine(("mute:", "limits: {clips_per_day: {value: 2, conf: A}}\nmute:"))
    events = [wake(at=day * DAY + hour) for day in (0, 1) for hour in (1.0, 2.0, 3.0)]
    assert [flow.event.at for flow in replay(events, policy) if flow.is_sound] == [1, 2, DAY + 1, DAY + 2]
    assert len(replay(events, policy, limits=False)) == 12
    assert why_not(events[2], policy, State(clips=2)) is Why.QUOTA_USED


def test_what_does_not_leave_uses_no_quota(mine: Mine, wake: Wake) -> None:
    """Nor does a day that goes by."""
    policy = mine(
        ("mute:", "limits: {clips_per_day: {value: 1, conf: A}, longest_s: {value: 6, conf: A}}\nmute:"),
        ("[wake, false_wake]", "[wake, daily]"),
    )
    day, long, short = wake(0.0, Kind.DAY, DAY), wake(1.0, seconds=20.0), wake(2.0)
    assert why_not(long, policy, State()) is Why.TOO_LONG
    assert {flow.event for flow in replay([day, long, short], policy)} == {day, short}


@given(event=EVENTS, clips=st.integers(0, 70))
def test_the_plan_depends_on_nothing_else(event: Event, clips: int) -> None:
    """Whatever happens, twice the same; a silent policy stays silent; and nothing leaves without a reason to."""
    for policy in POLICIES:
        state = State(clips=clips, day=event.day)
        flows = plan(event, policy, state)
        assert flows == plan(event, policy, state)
        assert bool(flows) == (why_not(event, policy, state) is None)
        assert bool(flows) <= bool(event.triggers & set(policy.upload.when))
        assert all(flow.seconds >= 0 and flow.retention >= 0 and 0 <= flow.review_p <= 1 for flow in flows)


def test_the_control_sends_everything(shipped_policies: Mapping[str, Policy], wake: Wake) -> None:
    """A positive control that were silent would prove nothing."""
    day = wake(0.0, Kind.DAY, DAY)
    assert sum(flow.seconds for flow in replay([day, wake()], shipped_policies["always-stream"])) == DAY
    assert replay([day, wake()], shipped_policies["local-only"]) == ()
