"""What the listener opens at its start: whatever is damaged, the speaker works on, and agrees to less."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from consents_desk import CARD, NOW, NUMBER, consent, settings, wished

from keepmum.errors import ReceiptError
from keepmum.listener.consents.agreements import Agreements
from keepmum.terms import Purpose, Rung, Terms


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder in which a speaker lives."""
    (tmp_path / "state").mkdir()
    return tmp_path


def opened(house: Path) -> Agreements:
    """One start of the listener."""
    return Agreements.open(settings(house), CARD)


def one(known: Agreements) -> Terms:
    """Something that is offered."""
    return next(t for t in known.offered if (t.purpose, t.rung, t.asks) == (Purpose.RESEARCH, Rung.VOICE, True))


def test_what_was_given_in_one_run_counts_in_the_next(house: Path) -> None:
    """The same identity, the same offer, the same microphone; and the sentence that is said before it."""
    first = opened(house)
    mine = consent(what=one(first))
    first.book.sign(wished(mine), "requested", NOW - 5)
    first.book.sign(mine, "given", NOW)
    second = opened(house)
    assert second.book.valid((mine,), NOW) == {NUMBER}
    assert second.offered == first.offered
    assert mine.terms in second.offered
    assert mine.terms.microphone == second.microphone
    assert second.notices.spoken(mine.terms).startswith("Example Speech Lab asks for your voice")


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, None], ids=["empty", "zeros", "gone"])
def test_without_its_identity_the_speaker_works_on_and_agrees_to_nothing(
    house: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    """Damaged or lost: nothing is offered, valid, signed or made anew, and the log says why."""
    first = opened(house)
    mine = consent(what=one(first))
    first.book.sign(mine, "given", NOW)
    path = house / "state" / "identity.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    before = sorted(each.name for each in (house / "state").rglob("*"))
    second = opened(house)
    assert (second.identity, second.offered, second.microphone) == (None, frozenset(), "")
    assert second.book.valid((mine,), NOW) == frozenset()
    with pytest.raises(ReceiptError, match="cannot be signed"):
        second.book.sign(mine, "withdrawn", NOW)
    assert sorted(each.name for each in (house / "state").rglob("*")) == before
    (line,) = caplog.messages
    assert line.startswith(f"{path} ")
    assert "`keepmum reset` begins anew" in line


def test_another_identity_in_its_place_resurrects_nothing(house: Path) -> None:
    """Receipts of the one before are another device's."""
    first = opened(house)
    mine = consent(what=one(first))
    first.book.sign(mine, "given", NOW)
    other = house / "other"
    (other / "state").mkdir(parents=True)
    opened(other)
    (other / "state" / "identity.json").rename(house / "state" / "identity.json")
    second = opened(house)
    assert second.book.valid((mine,), NOW) == frozenset()
    assert mine.terms not in second.offered


def test_a_start_ends_in_writing_what_the_state_has_lost(house: Path) -> None:
    """After a damaged state file the household's own opened_ones do not say that something is given."""
    first = opened(house)
    mine = consent(what=one(first))
    first.book.sign(mine, "given", NOW)
    second = opened(house)
    second.book.close_others((), NOW + 1)
    assert second.book.valid((mine,), NOW + 1) == frozenset()
    assert b'"invalidated"' in (house / "state" / "receipts" / f"{NUMBER}.json").read_bytes()


_LOCKED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from consents_desk import CARD, NOW, consent, settings, wished
from keepmum import lockdown
from keepmum.listener.consents.agreements import Agreements
known = Agreements.open(settings(Path(sys.argv[2])), None)
mine = consent(what=next(iter(known.offered)))
lockdown.lock_listener()
known.book.sign(wished(mine), "requested", NOW)
known.book.sign(mine, "given", NOW)
print(*known.book.valid((mine,), NOW))
"""


def test_receipts_are_written_behind_the_lock(house: Path) -> None:
    """Signing needs files and nothing else, so it works when the listener has locked itself."""
    here = str(Path(__file__).parent)
    ran = subprocess.run([sys.executable, "-c", _LOCKED, here, house], capture_output=True, text=True, check=False)
    assert (ran.stdout.strip(), ran.stderr) == (NUMBER, "")
