"""Every policy over one run: the figures agree with the golden counting, and chance allows each its interval."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from keepmum.errors import LabError
from keepmum.lab.evaluate.evaluation import Evaluation, evaluate
from keepmum.lab.evaluate.figures import PARTIES
from keepmum.lab.evaluate.linking import linked
from keepmum.lab.evaluate.resampling import MOST, Groups, Resampling
from keepmum.lab.evaluate.row import Difference, Row, read, told, written
from keepmum.lab.event import Event, Kind
from keepmum.lab.events import Home
from keepmum.lab.intervals import garwood
from keepmum.lab.marks import Mark, MarkKind, Recording, Truth, TruthKind
from keepmum.lab.metrics import measure
from keepmum.lab.plan import replay
from keepmum.lab.policy import Policy
from keepmum.lab.shelf import Shelf

sys.path.insert(0, str(Path(__file__).parent))
import _golden_run

ALWAYS = Home(hours=24, longest=43)


@cache
def golden_evaluation() -> Evaluation:
    """A fortnight of the golden household under every shipped policy."""
    days = 14
    run = SimpleNamespace(
        recordings=_golden_run.recordings(days), marks=_golden_run.found(days), truth=_golden_run.true(days)
    )
    return evaluate(run, Shelf().policies(), ALWAYS, seed=1)


def heard(*woken: tuple[float, bool], groups: int = 4, said: bool = False) -> Any:
    """Recordings of an hour, with wakes at these seconds of each: confirmed or not, all false or all meant."""
    recordings = tuple(Recording(id=f"{one}.wav", seconds=3600, words=5_000) for one in range(groups))
    marks, truth = [], []
    for recording in recordings:
        for at, confirmed in woken:
            kind = MarkKind.CONFIRMED if confirmed else MarkKind.REFUSED
            marks.append(Mark(recording=recording.id, begins=at, ends=at + 0.5, kind=kind))
            marks.append(Mark(recording=recording.id, begins=at, ends=at + 4, kind=MarkKind.SPEECH))
            if confirmed:
                marks.append(Mark(recording=recording.id, begins=at, ends=at + 4, kind=MarkKind.COMMAND, what="time"))
            if said:
                truth.append(Truth(recording=recording.id, begins=at, ends=at + 4, kind=TruthKind.COMMAND))
    return SimpleNamespace(recordings=recordings, marks=tuple(marks), truth=tuple(truth))


@pytest.mark.parametrize("name", Shelf().names())
def test_the_figures_are_those_of_the_golden_counting(name: str) -> None:
    """Two pieces of code count the same flows: per hour here, per day there."""
    whole = golden_evaluation()
    policy = Shelf().policy(name)
    other = measure(policy, replay(whole.timeline.events, policy), whole.timeline.days)
    stream = name == "always-stream"
    for metric, meant in {
        "clips_per_h": None if stream else other.clips_per_day / 24,
        "upload_s_per_h": other.seconds_per_day / 24,
        "false_activation_share": other.false_share,
        "bystander_s_per_h": whole.row(name, "bystander_s_per_h").value if stream else other.bystander_s_per_day / 24,
        "private_words_per_h": whole.row(name, "private_words_per_h").value
        if stream
        else other.private_words_per_day / 24,
        "texts_per_h": other.texts_per_day / 24,
        "exposure_s_d_per_h": other.exposure_10y / whole.timeline.days / 24,
        "reviews_per_year": other.reviews_per_year,
        "reviews_capped_per_year": other.reviews_per_year if other.reviews_capped is None else other.reviews_capped,
    }.items():
        assert whole.row(name, metric).value == (None if meant is None else pytest.approx(meant)), metric
    if other.clips_per_day and not stream:
        assert whole.row(name, "linkability").value == pytest.approx(other.linkability)


def test_what_lasts_tells_the_home_to_whoever_sees_it() -> None:
    """20 bits for each name that lasts, to those who see it; none where nothing leaves, or where all is for one use."""
    whole = golden_evaluation()
    for policy in Shelf().policies():
        for party in PARTIES:
            lasting = [each for each in policy.identifiers if each.scope != "single-use" and party in each.seen_by]
            leaves = whole.row(policy.id, "linkability").n > 0
            value = whole.row(policy.id, f"id_bits_{party}").value
            assert value == pytest.approx(math.log2(1_000_000) * len(lasting) * leaves), (policy.id, party)
    assert whole.row("alexa-2019-default", "id_bits_reviewer").value > 19
    assert whole.row("local-only", "id_bits_service").value == 0


def test_every_interval_holds_its_figure() -> None:
    """And what is a share stays one."""
    for row in golden_evaluation().rows:
        if row.lo is not None:
            assert row.lo <= row.value <= row.hi, row  # type: ignore[operator]
        if row.unit == "share" and row.hi is not None:
            assert 0 <= row.lo <= row.hi <= 1, row  # type: ignore[operator]


def test_every_row_says_what_it_is(shipped_policies: Mapping[str, Policy]) -> None:
    """As its policy; and where nobody listened, keepmum's own figures are simulated as well."""
    run = heard((10, True))
    for is_synthetic in (False, True):
        rows = evaluate(run, list(shipped_policies.values()), is_synthetic=is_synthetic).rows
        kinds = {row.policy: row.kind for row in rows}
        assert kinds["alexa-2019-default"] == "simulated"
        assert kinds["always-stream"] == "control"
        assert kinds["ours-share"] == kinds["*"] == ("simulated" if is_synthetic else "measured")


def test_events_have_garwoods_interval(shipped_policies: Mapping[str, Policy]) -> None:
    """One false wake in each of four hours."""
    whole = evaluate(heard((10, False)), [shipped_policies["alexa-2019-default"], shipped_policies["ours-share"]])
    low, high = garwood(4)
    for name in ("alexa-2019-default", "*"):
        row = whole.row(name, "false_clips_per_h" if name != "*" else "first_look_false_per_h")
        assert (row.value, row.lo, row.hi, row.n) == (1.0, low / 4, high / 4, 4)
    words = whole.row("*", "first_look_false_per_10k_words")
    assert (words.value, words.hi) == (pytest.approx(2.0), pytest.approx(high / 2))


def test_nothing_seen_is_not_never(shipped_policies: Mapping[str, Policy]) -> None:
    """Ours sent no false wake in four hours; how many it might have, its interval says. What cannot be, is zero."""
    whole = evaluate(heard((10, False)), [shipped_policies[name] for name in ("ours-share", "ours-local", "ours-ask")])
    share = whole.row("ours-share", "false_s_per_h")
    assert (share.value, share.lo) == (0.0, 0.0)
    assert share.hi == pytest.approx(garwood(0)[1] * 4.0 / 4)
    assert whole.row("ours-share", "false_clips_per_h").hi == pytest.approx(garwood(0)[1] / 4)
    for name in ("ours-local", "ours-ask"):
        assert whole.row(name, "false_s_per_h").hi == 0.0
    assert whole.row("ours-share", "preroll_s_per_h").hi == 0.0, "its policy says that there is none"


def test_one_group_says_nothing_about_others(shipped_policies: Mapping[str, Policy]) -> None:
    """Its seconds have no interval; its events still have one."""
    whole = evaluate(heard((10, False), (60, False), groups=1), [shipped_policies["alexa-2019-default"]])
    seconds, clips = whole.row("alexa-2019-default", "upload_s_per_h"), whole.row("alexa-2019-default", "clips_per_h")
    assert (seconds.value, seconds.lo, seconds.hi) == (pytest.approx(10.6), None, None)
    assert clips.lo is not None


def test_whole_groups_are_drawn() -> None:
    """Two parts of one show move together: their interval is wider than that of as many shows."""
    apart = tuple(Recording(id=f"{one}.wav", seconds=3600, group=f"{one}") for one in range(8))
    together = tuple(recording.model_copy(update={"group": f"{place // 2}"}) for place, recording in enumerate(apart))

    def width(recordings: tuple[Recording, ...]) -> float:
        groups = Groups(recordings)
        sums = np.zeros(groups.count)
        for recording, seconds in zip(recordings, (9, 9, 0, 0, 5, 5, 1, 1), strict=True):
            sums[groups.place(recording.group)] += seconds
        low, high = Resampling(groups.count, seed=3).interval(Resampling(groups.count, seed=3).sums(sums)) or (0, 0)
        return high - low

    assert width(together) > 1.2 * width(apart)


def test_a_corpus_of_any_size_is_drawn_in_bounded_memory() -> None:
    """Blocks of its groups, in their order, with all of its hours."""
    groups = Groups(tuple(Recording(id=f"{one}.wav", seconds=36) for one in range(1_001)))
    assert groups.count == MOST
    assert groups.hours.sum() == pytest.approx(10.01)
    assert [groups.place("0.wav"), groups.place("1000.wav")] == [0, MOST - 1]


def test_the_same_seed_draws_the_same() -> None:
    """And another one others."""
    first, again, other = (Resampling(5, seed, times=20).weights for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    assert (first.sum(axis=1) == 5).all()


def test_differences_are_paired(shipped_policies: Mapping[str, Policy]) -> None:
    """What two policies share cancels out: two that send the same differ by nothing, however the corpus varies."""
    whole = golden_evaluation()
    same = next(d for d in whole.differences if (d.policy, d.metric) == ("alexa-2019-autodelete-90", "upload_s_per_h"))
    assert (same.value, same.lo, same.hi, same.against) == (0.0, 0.0, 0.0, "alexa-2019-default")
    less = next(d for d in whole.differences if (d.policy, d.metric) == ("ours-share", "upload_s_per_h"))
    mine, theirs = whole.row("ours-share", "upload_s_per_h"), whole.row("alexa-2019-default", "upload_s_per_h")
    assert less.value == pytest.approx(mine.value - theirs.value)  # type: ignore[operator]
    assert less.hi - less.lo < (theirs.hi - theirs.lo) + (mine.hi - mine.lo)  # type: ignore[operator]
    assert less.kind == "simulated", "one of the two is"
    none = evaluate(heard((10, True)), [shipped_policies["ours-share"]])
    assert none.differences == ()


def test_a_missed_command_lowers_recall() -> None:
    """Whoever was not heard at all, and whoever was refused by the second look."""
    run = heard((10, True), (60, False), said=True)
    run.truth += (Truth(recording="0.wav", begins=900, ends=903, kind=TruthKind.COMMAND),)
    whole = evaluate(run, [])
    assert whole.row("*", "first_look_recall").value == pytest.approx(8 / 9)
    assert whole.row("*", "wake_recall").value == pytest.approx(4 / 9)
    assert whole.row("*", "commands_said").value == 9


def test_what_can_be_learnt_is_what_is_kept_a_day(shipped_policies: Mapping[str, Policy]) -> None:
    """Sixty seconds in a cloud teach nobody; a transcript does."""
    names = ("alexa-2019-default", "google-2019-after-default", "local-only", "always-stream")
    whole = evaluate(heard((10, True), said=True), [shipped_policies[name] for name in names])
    kept = {name: whole.row(name, "commands_kept_share").value for name in names}
    assert kept["alexa-2019-default"] == kept["always-stream"] == 1.0
    assert kept["local-only"] == 0.0


def test_a_rotating_name_links_the_clips_of_its_day(shipped_policies: Mapping[str, Policy]) -> None:
    """Two and two on two days are two pairs of six; the interval holds it."""
    names = shipped_policies["ours-share"].identifiers
    groups = Groups(tuple(Recording(id=f"{one}", seconds=3600) for one in range(4)))
    events = [Event(day * 86_400 + one, Kind.WAKE, 3.0, group=f"{2 * day + one}") for day in (0, 1) for one in (0, 1)]
    value, interval = linked(names, events, None, groups, Resampling(4, seed=1))
    assert value == pytest.approx(1 / 3)
    assert interval is not None
    assert interval[0] <= 1 / 3 <= interval[1]
    assert linked(names, events[:1], None, groups, Resampling(4, seed=1)) == (None, None)
    assert linked(names, events, "broker", groups, Resampling(4, seed=1)) == (0.0, (0.0, 0.0))


def test_a_run_without_sound_has_no_figures() -> None:
    """A rate needs an hour of something."""
    silent = SimpleNamespace(recordings=(), marks=(), truth=())
    with pytest.raises(LabError, match="there is no sound"):
        evaluate(silent, [])


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    """So that a table measured elsewhere can stand beside them; a table that is none is refused."""
    rows = [Row("a", "m", 1.5, None, None, 3, "s", "measured"), Row("b", "m", None, 0.0, 1.0, 0, "s", "control")]
    file = tmp_path / "measured.csv"
    file.write_text(written(rows))
    assert read(file) == rows
    for broken in ("policy\nx\n", written(rows).replace("control", "true"), written(rows).replace("1.5", "many")):
        file.write_text(broken)
        with pytest.raises(LabError, match="no table of figures"):
            read(file)
    assert written([]) == "policy,metric,value,lo,hi,n,unit,kind\n"
    assert written([Difference("a", "m", 0.0, None, None, 0, "s", "measured", "b")]).endswith("measured,b\n")


@pytest.mark.parametrize(
    ("number", "text"),
    [(None, "–"), (0.0, "0"), (float("inf"), "for ever"), (13_964_133.2, "13,964,133"), (0.0321, "0.0321"), (5.0, "5")],
)
def test_numbers_are_told_without_powers_of_ten(number: float | None, text: str) -> None:
    """As people read them."""
    assert told(number) == text


def test_longer_wakes_are_counted_as_dubois_does(wake: Callable[..., Event]) -> None:
    """Those of six seconds or more, and of ten."""
    whole = golden_evaluation()
    lengths = [event.seconds for event in whole.timeline.events if event.is_false]
    assert whole.row("*", "false_clip_share_6s").value == sum(each >= 6 for each in lengths) / len(lengths)
    assert whole.row("*", "false_clip_s_longest").value == max(lengths)
