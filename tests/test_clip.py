"""A clip packed to be sealed is the same clip when it is unpacked, and nothing else passes for one."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepmum.clip import Clip, Word, new_id, pack, unpack
from keepmum.errors import SealError
from keepmum.sound import RATE
from keepmum.terms import Rung

ID = "0" * 32
texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))).filter(str.isprintable)
numbers = st.floats(0, 60)
named = {
    "id": st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    "pseudonym": st.from_regex(r"([0-9a-f]{16})?", fullmatch=True),
    "language": texts,
    "model": texts,
}
sounds = st.binary(max_size=500).map(lambda pcm: pcm + pcm)
heard = st.lists(st.builds(Word, texts, numbers, numbers, numbers), max_size=5).map(tuple)
counted = st.dictionaries(st.from_regex(r"[a-z][a-z0-9_.]{0,63}", fullmatch=True), st.integers(0, 2**53))
voices = st.sampled_from((Rung.DISGUISED, Rung.VOICE))
clips = st.one_of(
    st.builds(Clip, **named, rung=st.just(Rung.METRICS), counts=counted),
    st.builds(Clip, **named, rung=st.just(Rung.TEXT), text=texts),
    st.builds(Clip, **named, rung=st.just(Rung.RESPOKEN), text=texts, pcm=sounds),
    st.builds(Clip, **named, rung=voices, phrase=texts, words=heard, pcm=sounds),
)


@settings(deadline=None)
@given(clips)
def test_a_clip_survives_packing(clip: Clip) -> None:
    """Whatever its rung holds comes back the same: counts, text, sound, phrase and every word with its times."""
    assert unpack(pack(clip)) == clip


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_never_a_clip(untrusted_bytes: bytes) -> None:
    """What nobody packed is refused with our own error, whatever it is, also behind the right first line."""
    for untrusted in (untrusted_bytes, b"keepmum-clip 2\n" + untrusted_bytes):
        with pytest.raises(SealError):
            unpack(untrusted)


@settings(deadline=None)
@given(clips.map(pack), st.data())
def test_a_changed_description_is_refused(packed: bytes, data: st.DataObject) -> None:
    """One byte of the description changed gives another clip or our own error, never another error."""
    end = packed.index(b"\n", 15)
    at = data.draw(st.integers(0, end))
    changed = packed[:at] + bytes([packed[at] ^ data.draw(st.integers(1, 255))]) + packed[at + 1 :]
    with suppress(SealError):
        assert unpack(changed) != unpack(packed)


def test_a_clip_knows_how_long_it_lasts() -> None:
    """Sixteen thousand samples of two bytes are one second."""
    assert Clip(ID, Rung.VOICE, pcm=bytes(2 * RATE)).seconds == 1.0


def test_ids_are_random_and_say_nothing() -> None:
    """Every new id is another one, and 32 hexadecimal digits."""
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(bytes.fromhex(each)) == 16 for each in ids)


FULL = {"phrase": "alexa", "text": "on", "words": (Word("on", 0.0, 0.1, 1.0),), "counts": {"wakes": 1}, "pcm": b"\0\0"}
HOLDS = {
    Rung.METRICS: {"counts"},
    Rung.TEXT: {"text"},
    Rung.RESPOKEN: {"text", "pcm"},
    Rung.DISGUISED: {"phrase", "words", "pcm"},
    Rung.VOICE: {"phrase", "words", "pcm"},
}


@pytest.mark.parametrize("rung", Rung)
def test_a_clip_holds_no_more_than_its_rung(rung: Rung) -> None:
    """Day counters carry no sound, text no times, respoken text nothing that shows how the speaker spoke."""
    for name, value in FULL.items():
        clip = replace(Clip(ID, rung), **{name: value})
        if name in HOLDS[rung]:
            assert getattr(unpack(pack(clip)), name) == value
        else:
            with pytest.raises(SealError, match=f"{name} do not belong to the rung {rung.name.lower()}"):
                pack(clip)


@pytest.mark.parametrize(
    "clip",
    [
        Clip("me", Rung.TEXT),
        Clip(ID, Rung.TEXT, "raspberrypi"),
        Clip(ID, Rung.TEXT, text="\x1b[2J"),
        Clip(ID, Rung.TEXT, text="on " * 1_000),
        Clip(ID, Rung.VOICE, words=(Word("on", 0.0, float("nan"), 1.0),)),
        Clip(ID, Rung.VOICE, words=(Word("on", -1.0, 0.0, 1.0),)),
        Clip(ID, Rung.VOICE, pcm=b"odd"),
        Clip(ID, Rung.METRICS, counts={"wakes": -1}),
        Clip(ID, Rung.METRICS, counts={"Wakes at 7:30": 1}),
    ],
)
def test_what_no_clip_holds_is_not_packed(clip: Clip) -> None:
    """A name, a screen's control characters, impossible times, half a sample and odd counts are our own error."""
    with pytest.raises(SealError, match="cannot be packed") as caught:
        pack(clip)
    assert caught.value.hint


KNOWN = {"id": ID, "language": "en", "model": "", "phrase": "alexa", "pseudonym": "", "rung": "voice", "words": []}
KNOWN |= {"rate": RATE}


def written(known: object, pcm: bytes = b"") -> bytes:
    """A packed clip with this description."""
    return b"keepmum-clip 2\n" + json.dumps(known, separators=(",", ":")).encode() + b"\n" + pcm


def test_the_descriptions_below_are_wrong_for_one_reason_each() -> None:
    """The description from which the wrong ones are made is right."""
    assert unpack(written(KNOWN)).phrase == "alexa"


@pytest.mark.parametrize(
    ("known", "pcm"),
    [
        (KNOWN, b"odd"),
        (KNOWN | {"rate": 8_000}, b""),
        ({name: each for name, each in KNOWN.items() if name != "phrase"}, b""),
        (KNOWN | {"rung": "whisper"}, b""),
        (KNOWN | {"rung": 5}, b""),
        (KNOWN | {"serial": "1000000012345678"}, b""),
        (KNOWN | {"words": [{"text": "on"}]}, b""),
        (KNOWN | {"words": [{"text": "on", "start": "soon", "end": 1.0, "confidence": 1.0}]}, b""),
        (KNOWN | {"words": 3}, b""),
        (KNOWN | {"text": "on"}, b""),
        (KNOWN | {"pcm": "AAAA"}, b""),
        (KNOWN | {"rung": "metrics", "counts": {"wakes": True}}, b""),
        ([], b""),
    ],
)
def test_a_description_that_is_none_is_refused(known: object, pcm: bytes) -> None:
    """Half a sample, another rate, missing, unknown or wrong fields: each is one clear error with a hint."""
    with pytest.raises(SealError, match="the clip's description") as caught:
        unpack(written(known, pcm))
    assert caught.value.hint


def test_the_first_format_is_another_version() -> None:
    """A clip of the first format says so instead of being read as half of one."""
    with pytest.raises(SealError, match="is not a clip"):
        unpack(b"keepmum-clip 1\n{}\n")


def test_endless_brackets_are_refused() -> None:
    """A description that nests without end does not bring the collector down."""
    with pytest.raises(SealError, match="cannot be read"):
        unpack(b"keepmum-clip 2\n" + b"[" * 100_000 + b"\n")
