"""The lab hears with the speaker's own ears: what is said is found where it was said, and nothing while muted."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepmum.errors import ConfigError, LabError
from keepmum.lab.corpus.reading import open_corpus
from keepmum.lab.marks import Mark, MarkKind, Truth, TruthKind
from keepmum.lab.pipeline import pieces as cutting
from keepmum.lab.pipeline.ears import Ears
from keepmum.lab.pipeline.listen import listen
from keepmum.lab.pipeline.pieces import pieces
from keepmum.lab.pipeline.tuning import Tuning

USUAL = Tuning()


def heard(folder: Path, tuning: Tuning = USUAL) -> list[Mark]:
    """Everything that the speaker does in a corpus."""
    corpus = open_corpus(folder)
    found = pieces(corpus.sounds, corpus.recordings, tuning, corpus.channel)
    return [mark for piece in found for mark in listen(piece)]


@pytest.fixture(scope="module")
def marks(spoken: Path) -> list[Mark]:
    """What it does in the spoken household."""
    return heard(spoken)


def of(marks: list[Mark], *kinds: MarkKind) -> list[Mark]:
    """Those of some kinds."""
    return [mark for mark in marks if mark.kind in kinds]


def commands(folder: Path) -> list[Truth]:
    """Every order that somebody gives while the microphone is open."""
    found = []
    for sound in open_corpus(folder).sounds:
        mutes = [(one.begins, one.ends) for one in sound.happenings]
        for truth in sound.told():
            muted = any(truth.begins < ends and truth.ends > begins for begins, ends in mutes)
            if truth.kind is TruthKind.COMMAND and not muted:
                found.append(truth)
    return found


def test_orders_are_heard_where_they_are_given(spoken: Path, marks: list[Mark]) -> None:
    """Where no television plays, nearly all are found within a fifth of a second, and mean what they mean."""
    quiet = [truth for truth in commands(spoken) if "breakfast" in truth.recording or "dinner" in truth.recording]
    said, clips = quiet, of(marks, MarkKind.COMMAND)
    found = [
        (truth, clip)
        for truth in said
        for clip in clips
        if clip.recording == truth.recording and abs(clip.begins - truth.begins) < 0.2
    ]
    assert len(said) >= 2
    assert len(found) == len(said)
    right = [clip.what == truth.what and abs(clip.ends - truth.ends) < 0.5 for truth, clip in found]
    assert all(right)


def test_each_wake_has_its_candidate_and_each_clip_its_wake(marks: list[Mark]) -> None:
    """The stages stand in their order, and every candidate got an answer from Vosk."""
    candidates, answers = of(marks, MarkKind.CANDIDATE), of(marks, MarkKind.CONFIRMED, MarkKind.REFUSED)
    assert len(candidates) == len(answers) > 0
    wakes, clips = of(marks, MarkKind.CONFIRMED), of(marks, MarkKind.COMMAND)
    assert len(clips) <= len(wakes)
    for clip in clips:
        assert any(wake.recording == clip.recording and wake.begins == clip.begins for wake in wakes)
        assert all(
            clip.begins <= word.begins and word.ends <= clip.ends + 0.01
            for word in of(marks, MarkKind.WORD)
            if word.recording == clip.recording and clip.begins <= word.begins < clip.ends
        )


def test_the_ring_shows_that_it_hears_from_the_wake_to_the_end(marks: list[Mark]) -> None:
    """So what a vendor's speaker would have sent is known, too: from the wake until it stops listening."""
    rings = [mark for mark in of(marks, MarkKind.RING) if mark.what == "hearing you"]
    for clip in of(marks, MarkKind.COMMAND):
        assert any(ring.recording == clip.recording and clip.begins < ring.begins <= ring.ends for ring in rings)
    assert all(0.3 < ring.ends - ring.begins < 11.0 for ring in rings)


def test_nothing_is_heard_while_somebody_has_muted_it(spoken: Path, marks: list[Mark]) -> None:
    """No voice, no candidate, no clip; and the ring says that it is muted."""
    (mute,) = of(marks, MarkKind.MUTE)
    assert mute.what == "button"
    inside = [
        mark
        for mark in marks
        if mark.recording == mute.recording and mark.begins < mute.ends - 0.08 and mark.ends > mute.begins + 0.08
    ]
    assert {mark.kind for mark in inside} == {MarkKind.MUTE, MarkKind.RING}
    (ring,) = of(inside, MarkKind.RING)
    assert "muted" in ring.what
    talk = [
        truth for sound in open_corpus(spoken).sounds for truth in sound.told() if truth.recording == mute.recording
    ]
    assert any(truth.begins < mute.ends and truth.ends > mute.begins for truth in talk), "somebody talked meanwhile"


@pytest.mark.parametrize("longest", [19.2, 24.0])
def test_a_cut_changes_nothing_that_is_heard(
    spoken: Path, marks: list[Mark], monkeypatch: pytest.MonkeyPatch, longest: float
) -> None:
    """Wakes and clips are the same in pieces: where a cut goes through a command, and where it follows one."""
    calls = [wake for wake in of(marks, MarkKind.CONFIRMED) if 19.2 - 1.5 < wake.begins < 19.2]
    assert calls, "somebody calls it just before the first cut"
    monkeypatch.setattr(cutting, "LONGEST", longest)
    parted = heard(spoken)
    kinds = (MarkKind.CANDIDATE, MarkKind.CONFIRMED, MarkKind.REFUSED, MarkKind.COMMAND, MarkKind.WORD)
    plain = [
        [(mark.recording, mark.kind, mark.begins, mark.ends, mark.what) for mark in of(some, *kinds)]
        for some in (parted, marks)
    ]
    assert sorted(plain[0]) == sorted(plain[1])


def test_what_was_heard_before_leaves_no_trace(spoken: Path) -> None:
    """The same piece gives the same marks, whatever the same ears heard before it."""
    corpus = open_corpus(spoken)
    tuning = Tuning(seed=9)
    parts = [pieces([sound], [one], tuning, "")[0] for sound, one in zip(corpus.sounds, corpus.recordings, strict=True)]
    forwards = [listen(part) for part in parts]
    backwards = [listen(part) for part in reversed(parts)]
    assert forwards == backwards[::-1]


def test_without_the_confirmation_every_candidate_wakes_it(spoken: Path) -> None:
    """Then nobody has confirmed or refused anything."""
    marks = heard(spoken, Tuning(confirm=False))
    assert of(marks, MarkKind.CONFIRMED, MarkKind.REFUSED) == []
    assert len(of(marks, MarkKind.COMMAND)) >= len(of(marks, MarkKind.CANDIDATE)) - 1 > 0


def test_a_phrase_that_cannot_wake_is_refused() -> None:
    """With the words that the model does not know."""
    with pytest.raises(ConfigError, match="xylophagous"):
        Ears(Tuning("xylophagous"))


def test_another_model_than_the_runs_is_refused() -> None:
    """A worker with another model would hear something else."""
    with pytest.raises(LabError, match="is another speech model here"):
        Ears(Tuning(model_sha256="0" * 64))
