"""The one door out: what may leave is sealed, what may not is overwritten, and nothing else gets to the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from keepmum.clip import Clip, unpack
from keepmum.consent import Flow, Kind, Purpose, Rung
from keepmum.errors import OutboxError, SealError
from keepmum.listener.release import Release, boxed
from keepmum.outbox import Item, Outbox
from keepmum.privacy import Boxed
from keepmum.seal import Keys, Opened, label_of, open_seal

CONSENT = "d" * 32
NOW = 1_790_000_000.0
ACTION = Flow(Kind.ACTION, Purpose.COMMANDS, "hub:1883", 0.0, True, True, Rung.TEXT)
PAYLOAD = '{"state": "ON"}'
SAMPLES = b"\x12\x34" * 50
"""A stretch of every clip here."""

MakeClip = Callable[[], tuple[Clip, bytearray]]


def secret(parcel: str) -> bytes:
    """What recalls a parcel."""
    return hashlib.sha256(parcel.encode()).digest()


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    """An empty outbox."""
    return Outbox(tmp_path / "outbox")


@pytest.fixture
def release(outbox: Outbox, keys: Keys) -> Release:
    """A door with a recipient behind it."""
    return Release(outbox, keys.card, secret)


def wiped(pcm: bytearray) -> bool:
    """Whether a clip's memory is as long as it was and says nothing."""
    return len(pcm) == 32_000 and not any(pcm)


def on_disk(folder: Path) -> bytes:
    """Every byte and every name below a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return b"".join(path.name.encode() + path.read_bytes() for path in files)


class Forgetful(Release):
    """Planted: forgets where the sound is, not the sound."""

    def _wipe(self, parcel: str) -> None:
        self._clips.pop(parcel, None)


@pytest.mark.parametrize("how", ["forget", "forget_all"])
def test_a_refused_clip_is_overwritten(release: Release, clip: MakeClip, outbox: Outbox, how: str) -> None:
    """Its memory is all zeros when the call returns, and nothing waits."""
    one, pcm = clip()
    release.hold_clip(one, pcm)
    release.forget(one.id) if how == "forget" else release.forget_all()
    assert wiped(pcm)
    assert outbox.waiting() == []


def test_forgetting_one_clip_leaves_the_others(release: Release, clip: MakeClip) -> None:
    """Only the one that was refused; an unknown one is nothing."""
    (one, first), (other, second) = clip(), clip()
    release.hold_clip(one, first)
    release.hold_clip(other, second)
    release.forget(one.id)
    release.forget("0" * 32)
    assert (wiped(first), wiped(second)) == (True, False)


@pytest.mark.parametrize("how", ["forget", "seal"])
def test_a_planted_door_that_only_forgets_where_the_sound_is_is_caught(
    outbox: Outbox, keys: Keys, clip: MakeClip, clip_flow: Flow, how: str
) -> None:
    """The same check finds memory that still speaks."""
    release = Forgetful(outbox, keys.card, secret)
    one, pcm = clip()
    release.hold_clip(one, pcm)
    release.forget(one.id) if how == "forget" else release.seal(one.id, clip_flow, CONSENT, NOW)
    assert not wiped(pcm)


def test_a_sealed_clip_opens_for_its_recipient_and_is_overwritten_here(
    release: Release, keys: Keys, clip: MakeClip, clip_flow: Flow
) -> None:
    """The recipient gets the very samples and words; the open copy is all zeros."""
    one, pcm = clip()
    samples = bytes(pcm)
    release.hold_clip(one, pcm)
    shut = release.seal(one.id, clip_flow, CONSENT, NOW)
    assert wiped(pcm)
    opened, inside = open_seal(keys, shut.body)
    assert opened == Opened(label_of(shut.body), CONSENT, "asr-improvement")
    assert opened.label.deletion == hashlib.sha256(secret(one.id)).hexdigest()
    assert unpack(inside) == replace(one, pcm=samples)
    assert (shut.topic, shut.sha256) == (one.id, hashlib.sha256(shut.body).hexdigest())


def test_a_sealed_clip_opens_for_nobody_else(release: Release, clip: MakeClip, clip_flow: Flow) -> None:
    """Other keys than the card's do not open it."""
    one, pcm = clip()
    release.hold_clip(one, pcm)
    shut = release.seal(one.id, clip_flow, CONSENT, NOW)
    other = Keys.generate("other", "other@example.org", "here", "Utopia", 1, 30, 0, ("asr-improvement",), NOW)
    with pytest.raises(SealError, match="other keys"):
        open_seal(other, shut.body)


def test_no_plaintext_comes_near_the_disk(
    release: Release, outbox: Outbox, clip: MakeClip, clip_flow: Flow, tmp_path: Path
) -> None:
    """Neither the samples nor the words of a clip stand in the outbox folder, under its names or in its temporaries."""
    one, pcm = clip()
    heard = one.words[0].text.encode()
    release.hold_clip(one, pcm)
    assert on_disk(tmp_path) == b""
    release.seal(one.id, clip_flow, CONSENT, NOW)
    assert on_disk(tmp_path) == b""
    release.put(Boxed(one.id, clip_flow, CONSENT))
    written = on_disk(tmp_path)
    assert len(written) > 32_000
    assert (written.count(SAMPLES), written.count(heard)) == (0, 0)
    (tmp_path / "planted.wav").write_bytes(bytes(44) + SAMPLES + heard)
    written = on_disk(tmp_path)
    assert (written.count(SAMPLES), written.count(heard)) == (1, 1)


def test_a_parcel_is_put_with_everything_that_is_needed_to_decide_again(
    release: Release, outbox: Outbox, clip: MakeClip, clip_flow: Flow
) -> None:
    """After a restart the outbox says who may have it, for what, under which consent and until when."""
    one, pcm = clip()
    release.hold_clip(one, pcm)
    shut = release.seal(one.id, clip_flow, CONSENT, NOW)
    sure = replace(clip_flow, approved=True)
    parcel = Boxed(one.id, sure, CONSENT, NOW + 10.0, NOW, NOW + 5.0)
    release.put(parcel)
    item = outbox.get(one.id)
    assert item == Item(
        one.id,
        "clip",
        one.id,
        "asr-improvement",
        CONSENT,
        NOW + 10.0,
        shut.body,
        clip_flow.recipient,
        clip_flow.seconds,
        "voice",
        clip_flow.microphone,
        True,
        NOW,
        NOW + 5.0,
    )
    assert boxed(item) == parcel


def test_a_home_action_goes_as_it_is(release: Release, outbox: Outbox) -> None:
    """Its text is for the household's own broker; saying it was the approval, after a restart too."""
    release.hold_action("a" * 32, "home/light/set", PAYLOAD)
    shut = release.seal("a" * 32, ACTION, CONSENT, NOW)
    assert (shut.body, shut.topic) == (PAYLOAD.encode(), "home/light/set")
    release.put(Boxed("a" * 32, ACTION, CONSENT, 5.0))
    item = outbox.get("a" * 32)
    assert item is not None
    assert (item.kind, item.topic, item.body) == ("action", "home/light/set", PAYLOAD.encode())
    assert boxed(item) == Boxed("a" * 32, ACTION, CONSENT, 5.0)


@pytest.mark.parametrize("sealed", [False, True])
def test_what_was_refused_cannot_be_put_any_more(release: Release, outbox: Outbox, sealed: bool) -> None:
    """Refused before or after it was sealed: nothing is left that could be put."""
    release.hold_action("a" * 32, "home/light/set", PAYLOAD)
    if sealed:
        release.seal("a" * 32, ACTION, CONSENT, NOW)
    release.forget("a" * 32)
    with pytest.raises(KeyError):
        release.put(Boxed("a" * 32, ACTION, CONSENT))
    with pytest.raises(KeyError):
        release.seal("a" * 32, ACTION, CONSENT, NOW)
    assert outbox.waiting() == []


def test_without_a_recipient_nothing_can_be_sealed(outbox: Outbox, clip: MakeClip, clip_flow: Flow) -> None:
    """There is no fingerprint to agree to, and sealing says what is missing."""
    release = Release(outbox, None, secret)
    one, pcm = clip()
    release.hold_clip(one, pcm)
    assert release.recipient == ""
    with pytest.raises(SealError, match=r"no recipient to seal to\n  hint: set recipient.card"):
        release.seal(one.id, clip_flow, CONSENT, NOW)
    release.forget(one.id)
    assert wiped(pcm)


def test_a_clip_that_cannot_be_sealed_is_overwritten(release: Release, clip: MakeClip, clip_flow: Flow) -> None:
    """Even if sealing fails, the open copy does not stay."""
    one, pcm = clip()
    release.hold_clip(one, pcm)
    with pytest.raises(SealError):
        release.seal(one.id, clip_flow, "A CONSENT THAT CANNOT STAND OUTSIDE", NOW)
    assert wiped(pcm)


def test_the_recipient_is_the_card(release: Release, keys: Keys) -> None:
    """A consent names the fingerprint of the card that clips are sealed to."""
    assert release.recipient == keys.card.fingerprint


def test_a_full_outbox_keeps_nothing_back(tmp_path: Path, keys: Keys) -> None:
    """What the outbox did not take is not kept for a second try behind the core's back."""
    release = Release(Outbox(tmp_path / "outbox", largest=10), keys.card, secret)
    release.hold_action("a" * 32, "home/light/set", PAYLOAD)
    release.seal("a" * 32, ACTION, CONSENT, NOW)
    with pytest.raises(OutboxError, match="full"):
        release.put(Boxed("a" * 32, ACTION, CONSENT))
    with pytest.raises(KeyError):
        release.put(Boxed("a" * 32, ACTION, CONSENT))


def test_a_clip_that_somebody_is_asked_about_is_closed_and_comes_back(
    release: Release, keys: Keys, clip: MakeClip, clip_flow: Flow
) -> None:
    """It can be played, and leaves as it was heard; meanwhile its own memory is all zeros."""
    one, pcm = clip()
    samples = bytes(pcm)
    release.hold_clip(one, pcm)
    release.shelve(one.id)
    assert wiped(pcm)
    assert release.aloud(one.id) == samples
    shut = release.seal(one.id, clip_flow, CONSENT, NOW)
    assert unpack(open_seal(keys, shut.body)[1]) == replace(one, pcm=samples)
    with pytest.raises(SealError, match="does not wait"):
        release.aloud(one.id)


def test_a_text_is_asked_about_with_the_voice_that_reads_it(release: Release, clip: MakeClip) -> None:
    """What is played is not what leaves, and both memories are overwritten."""
    one, _ = clip()
    text = Clip(one.id, Rung.TEXT, text="turn on the light")
    pcm, aloud = bytearray(), bytearray(SAMPLES)
    release.hold_clip(text, pcm, aloud)
    release.shelve(one.id)
    assert not any(aloud)
    assert release.aloud(one.id) == SAMPLES


def test_a_mute_leaves_what_waits_for_an_answer_to_the_core(release: Release, clip: MakeClip) -> None:
    """A finger that is down may be about to say yes: only the core's own word forgets it."""
    one, pcm = clip()
    release.hold_clip(one, pcm)
    release.shelve(one.id)
    release.forget_all()
    assert release.aloud(one.id)
    release.forget(one.id)
    with pytest.raises(SealError):
        release.aloud(one.id)


def test_the_demand_to_destroy_is_the_secret_under_its_hash(release: Release) -> None:
    """Nothing else: neither the purpose nor the consent, and not the clip."""
    item = release.demand("a" * 32)
    assert item.body == secret("a" * 32)
    assert item == Item("a" * 32, "deletion", hashlib.sha256(item.body).hexdigest(), "", "", None, item.body)


def test_a_clip_that_is_not_here_cannot_be_asked_about(release: Release) -> None:
    """A mute came between."""
    with pytest.raises(SealError, match="no clip"):
        release.shelve("a" * 32)
