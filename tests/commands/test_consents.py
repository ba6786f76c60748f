"""`keepmum consents`: the household reads its own papers, and anybody can check them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import segno
from consents_desk import CARD, consent, settings, wished

from keepmum.commands import receipt_page
from keepmum.consent import Mode
from keepmum.listener import latch
from keepmum.listener.consents.agreements import Agreements
from keepmum.listener.consents.receipt import canonical, parse
from keepmum.privacy import State
from keepmum.terms import Consent, Purpose, Rung

Command = Callable[..., Any]
OLD = "0" * 31 + "1"
LIVE = "f0" * 16


@pytest.fixture
def papers(tmp_path: Path) -> Agreements:
    """A speaker that has an identity."""
    (tmp_path / "state").mkdir()
    return Agreements.open(settings(tmp_path), CARD)


@pytest.fixture
def live(papers: Agreements, tmp_path: Path) -> Consent:
    """One consent that counts, and one that was refused the day before."""
    now = time.time()
    terms = next(t for t in papers.offered if (t.purpose, t.rung, t.asks) == (Purpose.RESEARCH, Rung.DISGUISED, True))
    refused = wished(consent(OLD, what=terms))
    papers.book.sign(refused, "requested", now - 90_000)
    papers.book.sign(refused, "refused", now - 86_400)
    mine = consent(LIVE, now - 60, terms)
    papers.book.sign(wished(mine), "requested", now - 70)
    papers.book.sign(mine, "given", now)
    latch.write(tmp_path / "state" / "privacy.json", State(mode=Mode.ASK, consents=(mine,), wall=now), 0.0)
    return mine


def receipt(folder: Path, number: str = LIVE) -> Path:
    """Where a receipt lies."""
    return folder / "state" / "receipts" / f"{number}.json"


# ---- the list


def test_every_receipt_is_one_line_and_says_whether_it_counts(command: Command, live: Consent) -> None:
    """The oldest first: number, what for, rung, to whom, what became of it."""
    ran = command("consents")
    _, first, second = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert first.split()[:3] == ["00000000", "research", "disguised"]
    assert first.rstrip().endswith("no: refused")
    assert "given" in second
    assert second.rstrip().endswith("yes")


def test_the_list_is_json_for_scripts(command: Command, live: Consent) -> None:
    """One line each, with the reason."""
    lines = [json.loads(line) for line in command("consents", "--json").out.splitlines()]
    assert lines == [{"id": OLD, "counts": False, "why": "no: refused"}, {"id": LIVE, "counts": True, "why": "yes"}]


def test_nobody_was_ever_asked(command: Command) -> None:
    """A new speaker has no papers, and looking makes none: no folder, no identity."""
    ran = command("consents")
    assert (ran.code, ran.out) == (0, "Nobody was ever asked for a consent.\n")


def test_looking_makes_no_identity(command: Command, papers: Agreements, live: Consent, tmp_path: Path) -> None:
    """Without one, no receipt counts, and none is made."""
    (tmp_path / "state" / "identity.json").unlink()
    lines = [json.loads(line) for line in command("consents", "--json").out.splitlines()]
    assert [line["counts"] for line in lines] == [False, False]
    assert "there is no identity" in lines[1]["why"]
    assert not (tmp_path / "state" / "identity.json").exists()


def test_a_damaged_receipt_stands_in_the_list(command: Command, live: Consent, tmp_path: Path) -> None:
    """With its problem, and it does not count."""
    receipt(tmp_path).write_bytes(b"{")
    lines = {line["id"]: line for line in map(json.loads, command("consents", "--json").out.splitlines())}
    assert lines[LIVE]["counts"] is False
    assert "is damaged" in lines[LIVE]["why"]
    assert "f0f0f0f0" in command("consents").out


@pytest.mark.parametrize("days", [-91, 1])
def test_one_whose_time_is_over_or_not_yet_come_does_not_count(
    command: Command, papers: Agreements, tmp_path: Path, days: int
) -> None:
    """Neither after its end, nor before it was given."""
    at = time.time() + days * 86_400
    mine = consent(LIVE, at, next(iter(papers.offered)))
    papers.book.sign(mine, "given", at)
    latch.write(tmp_path / "state" / "privacy.json", State(consents=(mine,)), 0.0)
    (line,) = map(json.loads, command("consents", "--json").out.splitlines())
    assert (line["counts"], "time is over" in line["why"] or "future" in line["why"]) == (False, True)


# ---- one of them


def test_one_receipt_is_shown_with_everything(command: Command, live: Consent) -> None:
    """Who, what for, where, for how long, how to end it, what became of it, and the text that was told."""
    out = command("consents", "show", "f0f").out
    for words in ("counts now        yes", "Example Speech Lab", "a server in Ghent", "P30D", "stop sharing", "given"):
        assert words in out
    assert "the equal error rate" in out
    assert "KEEPMUM1:RESEARCH:DISGUISED:GIVEN:" in out


def test_its_json_is_the_file_itself(command: Command, live: Consent, tmp_path: Path) -> None:
    """Byte for byte, so that it can be checked elsewhere."""
    assert command("consents", "show", LIVE, "--json").out.encode() == receipt(tmp_path).read_bytes()


def test_its_code_is_drawn_and_holds_the_text_below_it(command: Command, live: Consent) -> None:
    """Block letters no wider than a terminal, then the same as text."""
    *drawn, text = command("consents", "show", LIVE, "--qr").out.splitlines()
    assert max(map(len, drawn)) <= 80
    assert {letter for line in drawn for letter in line} <= set(" ▀▄█")
    assert len(segno.make(text, error="l").matrix) <= 2 * len(drawn)
    assert command("consents", "verify", "--qr-text", text).code == 0


def test_the_page_needs_nothing_else_and_escapes_what_a_card_says(
    command: Command, papers: Agreements, tmp_path: Path
) -> None:
    """One HTML file without a script or a link, whatever the recipient is called."""
    from consents_desk import card

    rude = Agreements.open(settings(tmp_path), card(name="<script>alert(1)</script>"))
    mine = consent(LIVE, time.time(), next(t for t in rude.offered if t.rung is Rung.VOICE))
    rude.book.sign(mine, "given", 0.0)
    page = command("consents", "show", LIVE, "--print", "html").out
    tags: list[tuple[str, list[tuple[str, str | None]]]] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: tags.append((tag, attrs))  # type: ignore[method-assign]
    reader.feed(page)
    assert {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "a"} == set()
    assert "svg" in {tag for tag, _ in tags}
    assert "&lt;script&gt;alert(1)&lt;/script&gt; asks for your voice" in page
    assert not any(name in {"src", "href"} for _, attrs in tags for name, _ in attrs)


def test_the_printed_text_is_what_is_shown(command: Command, live: Consent) -> None:
    """A printer gets what a person sees."""
    assert command("consents", "show", LIVE, "--print", "text").out == command("consents", "show", LIVE).out


@pytest.mark.parametrize("number", ["", "0f", "zz"])
def test_a_number_that_fits_no_receipt_is_an_error(command: Command, live: Consent, number: str) -> None:
    """Two plain lines, with what to do."""
    ran = command("consents", "show", number)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[1] == "keepmum: hint: `keepmum consents` lists all"


def test_a_number_that_fits_two_is_an_error(command: Command, papers: Agreements) -> None:
    """Nobody is shown one when they may have meant the other."""
    for number in ("ab" + "0" * 30, "ab" + "1" * 30):
        papers.book.sign(wished(consent(number, what=next(iter(papers.offered)))), "requested", 5.0)
    assert "2 receipts begin with 'ab'" in command("consents", "show", "ab").err


def test_what_a_terminal_would_obey_is_escaped(command: Command, live: Consent, tmp_path: Path) -> None:
    """Somebody else's receipt cannot write over the screen."""
    told = json.loads(receipt(tmp_path).read_text())
    told["pii_processing"]["jurisdiction"] = "\x1b[2Jgone"
    receipt(tmp_path).write_bytes(canonical(told) + b"\n")
    out = receipt_page.text(parse(receipt(tmp_path).read_bytes()), "no\r")
    assert not {"\x1b", "\r"} & set(out)
    assert "\\x1b[2Jgone" in out
    assert "was changed since this device signed it" in command("consents", "show", LIVE).out


# ---- verifying


def test_all_receipts_of_a_speaker_hold(command: Command, papers: Agreements, live: Consent) -> None:
    """Also those that count no more."""
    assert papers.identity
    ran = command("consents", "verify")
    assert (ran.code, ran.out) == (0, f"2 receipts hold, signed by {papers.identity.device_key}\n")


def test_one_that_does_not_hold_is_named(command: Command, live: Consent, tmp_path: Path) -> None:
    """Exit code 1, the file, and why."""
    receipt(tmp_path).write_bytes(receipt(tmp_path).read_bytes().replace(b'"quota_per_day":20', b'"quota_per_day":60'))
    ran = command("consents", "verify")
    assert ran.code == 1
    assert "1 of 2 receipts do not hold" in ran.err
    assert f"{receipt(tmp_path)} was changed since this device signed it" in ran.err


def test_a_copy_is_checked_with_the_key_on_the_page(
    command: Command, papers: Agreements, live: Consent, tmp_path: Path
) -> None:
    """On another computer, where there is no speaker."""
    assert papers.identity
    copy = tmp_path / "copy.json"
    copy.write_bytes(receipt(tmp_path).read_bytes())
    (tmp_path / "state").rename(tmp_path / "elsewhere")
    key = papers.identity.device_key
    ran = command("consents", "verify", "--file", str(copy), "--key", key.upper())
    assert (ran.code, LIVE in ran.out) == (0, True)
    assert "was signed by another device" in command("consents", "verify", "--file", str(copy), "--key", "0" * 64).err
    assert "give --key" in command("consents", "verify", "--file", str(copy)).err


def test_a_code_is_checked_without_the_file(
    command: Command, papers: Agreements, live: Consent, tmp_path: Path
) -> None:
    """It says what it is of; another device's and a changed one do not hold."""
    text = command("consents", "show", LIVE, "--qr").out.splitlines()[-1]
    receipt(tmp_path).unlink()
    ran = command("consents", "verify", "--qr-text", text)
    assert (ran.code, ran.out.startswith(f"it holds: receipt {LIVE}, research as disguised, given ")) == (0, True)
    assert "it was changed" in command("consents", "verify", "--qr-text", text.replace("RESEARCH", "STATUS")).err
    assert "it names the device key" in command("consents", "verify", "--qr-text", text, "--key", "0" * 64).err
    assert command("consents", "verify", "--qr-text", "hello").code == 1


def test_without_anything_to_check_it_says_so(command: Command) -> None:
    """A wrong folder is no success."""
    assert "there are no receipts at" in command("consents", "verify").err


def test_a_consent_that_was_edited_does_not_count(command: Command, live: Consent, tmp_path: Path) -> None:
    """A state file that says anything else than was agreed to has no receipt behind it."""
    more = replace(live, until=live.until - 1)
    latch.write(tmp_path / "state" / "privacy.json", State(consents=(more,)), 0.0)
    lines = {line["id"]: line["why"] for line in map(json.loads, command("consents", "--json").out.splitlines())}
    assert lines[LIVE] == "no: tells of another time"
