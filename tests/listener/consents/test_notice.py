"""What people are told: the shipped notices say all that the specification asks for; without one nothing is offered."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from consents_desk import BOOK, CARD, NOW, OFFER, card, notices, offer, terms

from keepmum import shipped
from keepmum.errors import ReceiptError
from keepmum.listener.consents.notice import Notices, lasting
from keepmum.terms import HOUSEHOLD, Purpose, Rung, Terms

EVERY = sorted(OFFER, key=lambda each: (each.purpose, each.rung, each.asks))


def named(each: Terms) -> str:
    """For the names of tests."""
    return f"{each.purpose}-{each.rung.name.lower()}{'-asks' * each.asks}"


# ---- the shipped ones


@pytest.mark.parametrize("each", EVERY, ids=named)
def test_the_spoken_form_is_short_and_says_how_to_end_it(each: Terms) -> None:
    """At most 40 words with everything filled in, how long it lasts, and the sentence that ends it."""
    spoken = BOOK.spoken(each)
    assert len(spoken.split()) <= 40
    assert "90 days" in spoken
    assert spoken.endswith("To end it, say: stop sharing.")
    assert "\n" not in spoken


@pytest.mark.parametrize("each", EVERY, ids=named)
def test_the_text_holds_the_spoken_form_and_all_ways_to_end_it(each: Terms) -> None:
    """One hash covers both, nothing is left unfilled, and ending is described with all four ways."""
    notice = BOOK.of(each)
    assert notice.sha256 == each.notice
    assert notice.spoken in notice.text
    assert "$" not in notice.text
    for way in ('"stop sharing"', "three times in a row", "`keepmum withdraw`", "home\nsend the same wish"):
        assert way in notice.text


@pytest.mark.parametrize("each", [each for each in EVERY if each.purpose not in HOUSEHOLD], ids=named)
def test_a_recipient_is_named_with_everything_on_its_card(each: Terms) -> None:
    """Who, contact, where, which law, how long, how many people, how often a month, how many a day."""
    text = BOOK.of(each).text
    for fact in ("Example Speech Lab", "privacy@lab.example", "a server in Ghent", "Belgium, GDPR", "30 days"):
        assert fact in text
    for fact in ("3 people", "at most 2 times a month", "At most 20 a day", "network address", "in danger"):
        assert fact in text
    assert ("says yes to that very one" in text) == each.asks


@pytest.mark.parametrize("each", EVERY, ids=named)
def test_a_voice_is_called_what_it_is(each: Terms) -> None:
    """Where a voice leaves, the notice says that it identifies a person, aloud too; no notice promises anonymity."""
    notice = BOOK.of(each)
    assert ("voice identifies a person" in " ".join(notice.text.split())) == (each.rung >= Rung.DISGUISED)
    assert "anonym" not in notice.text.lower()
    assert any(word in notice.spoken for word in ("identifies", "recognisable")) == (each.rung >= Rung.DISGUISED)


def test_the_disguise_comes_with_the_figures_that_were_measured() -> None:
    """Equal error rate 8.7 to 23 % against somebody who knows the method, where 50 % would be safe."""
    text = " ".join(BOOK.of(terms(Purpose.RESEARCH, Rung.DISGUISED)).text.split())
    assert (
        "knows the method, the equal error rate of recognising the speaker was 8.7 to 23 %, where 50 % would be safe"
        in text
    )


def test_a_recipient_whose_people_never_listen_is_told_so() -> None:
    """No review is a sentence, not a zero."""
    book = notices()
    quiet = offer(book, card(reviews=0))
    texts = [book.of(each).text for each in quiet if each.purpose not in HOUSEHOLD]
    assert texts
    assert all("Nobody. Programs alone work on it." in text for text in texts)


@pytest.mark.parametrize(
    "other",
    [{"people": 4}, {"reviews": 1}, {"retention_days": 31}, {"storage": "a cloud"}, {"jurisdiction": "none"}],
    ids=lambda other: next(iter(other)),
)
def test_whatever_a_card_says_differently_is_another_notice(other: dict[str, object]) -> None:
    """Also what the terms have no field for, such as how many people can listen."""
    before = {each.notice for each in OFFER if each.purpose not in HOUSEHOLD}
    after = {each.notice for each in offer(notices(), card(**other)) if each.purpose not in HOUSEHOLD}
    assert len(after) == len(before)
    assert before & after == set()


def test_the_recipients_words_are_never_a_template() -> None:
    """A name with a dollar in it stays what it is."""
    book = notices()
    odd = offer(book, card(name="$contact & ${who}", contact="$who"))
    text = book.of(next(each for each in odd if each.rung is Rung.VOICE)).text
    assert "**Who gets it.** $contact & ${who}. Contact: $who." in text


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "no time at all"), (86_400, "1 day"), (5 * 86_400, "5 days"), (5400, "1.5 hours")]
)
def test_durations_are_words(seconds: float, words: str) -> None:
    """Whole days where it is that."""
    assert lasting(seconds) == words


# ---- what is missing or damaged


def planted(tmp_path: Path, name: str, content: bytes | None) -> Notices:
    """The shipped notices with another file among them, or without one."""
    shutil.copytree(shipped.folder() / "notices", tmp_path / "notices")
    path = tmp_path / "notices" / "en" / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    return Notices.load(tmp_path / "notices", "en")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "is not there"),
        (b"\xff\xfe", "is not text in UTF-8"),
        (b"", "has no spoken form or no text"),
        (b"# A title\n\ntext", "has no spoken form or no text"),
        (b"Spoken: words\n\n", "has no spoken form or no text"),
        (b"Spoken: words\n\n$wohin", "names 'wohin', which is no fact"),
        (b"Spoken: for $5\n\ntext", "has a $ that begins no fact"),
        (b"x" * 70_000, "is larger than"),
    ],
    ids=["missing", "bytes", "empty", "unspoken", "bare", "unknown", "dollar", "large"],
)
def test_what_cannot_be_explained_is_not_offered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None, why: str
) -> None:
    """One file that cannot be used takes out what it explains, and nothing else; the log names it once."""
    left = offer(planted(tmp_path, "as-voice.md", content))
    assert left == {each for each in OFFER if each.rung is not Rung.VOICE}
    (line,) = caplog.messages
    assert why in line
    assert "as-voice.md" in line
    assert "cannot be agreed to" in line


@pytest.mark.parametrize(
    ("name", "gone"),
    [("commands.md", {Purpose.COMMANDS}), ("status.md", {Purpose.STATUS}), ("for-research.md", {Purpose.RESEARCH})],
)
def test_a_missing_purpose_takes_only_itself_out(tmp_path: Path, name: str, gone: set[Purpose]) -> None:
    """The others stand."""
    assert offer(planted(tmp_path, name, None)) == {each for each in OFFER if each.purpose not in gone}


def test_without_the_frame_no_recipient_gets_anything(tmp_path: Path) -> None:
    """What stays in the house is still offered."""
    assert {each.purpose for each in offer(planted(tmp_path, "clips.md", None))} == HOUSEHOLD


def test_a_language_without_notices_offers_nothing(tmp_path: Path) -> None:
    """Nobody agrees to what they were told in no language at all."""
    assert offer(Notices.load(tmp_path, "en")) == frozenset()


def test_terms_that_were_never_explained_have_no_notice() -> None:
    """The speaker says nothing about them, and no receipt can be written."""
    with pytest.raises(ReceiptError, match="no notice with the hash"):
        notices().spoken(terms())


def test_every_file_is_used_and_named_as_the_page_says() -> None:
    """A file that nobody reads would be a promise to nobody."""
    files = {path.name for path in (shipped.folder() / "notices" / "en").iterdir()}
    expected = {"clips.md", "commands.md", "status.md"} | {f"as-{rung.name.lower()}.md" for rung in Rung}
    assert files == expected | {f"for-{purpose}.md" for purpose in set(Purpose) - HOUSEHOLD}
    assert CARD.epoch_key("research", NOW)
