"""A witness signs only what goes on from what it has seen, and remembers before it signs."""

from __future__ import annotations

import json
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_books import MOMENT, SIGNER, grow, opened

from keepmum.disk_fragile import LEFT, FragileDisk, PowerCut
from keepmum.errors import LedgerError
from keepmum.ledger import Ledger, What, verify, witnessed
from keepmum.ledger.checkpoint import Checkpoint, key_of
from keepmum.ledger.note import Key
from keepmum.ledger.witness import Witness


class House:
    """A speaker's ledger and somebody who remembers it."""

    def __init__(self, folder: Path) -> None:
        self.book = folder / "ledger"
        self.store = folder / "w.json"
        self.ledger = opened(self.book)
        Witness(self.store).trust(str(key_of(SIGNER)))

    def sign(self, rows: int) -> None:
        """So many rows more, and a checkpoint."""
        grow(self.ledger, rows)
        self.ledger.checkpoint(MOMENT)

    def ask(self, since: int | None = None, at: float = MOMENT) -> str:
        """What the witness answers to the newest checkpoint."""
        return Witness(self.store).cosign(witnessed.request(self.book, since), at)

    def add(self, note: str) -> witnessed.Cosigned:
        """Keep what it answered."""
        return witnessed.add(self.book, note, Witness(self.store).key)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Three rows, signed; the witness knows the speaker's key and has seen nothing."""
    made = House(tmp_path)
    made.sign(3)
    return made


def test_a_witness_follows_a_growing_ledger(house: House) -> None:
    """Again and again, through several files; what it gives back is kept, and says how far the next proof has to go."""
    for rows, size in ((0, 3), (1, 4), (1, 5), (9, 14), (0, 14)):
        house.sign(rows)
        kept = house.add(house.ask(at=MOMENT + size))
        assert (kept.checkpoint.size, kept.at) == (size, MOMENT + size)
        assert len(kept.checkpoint.note.signatures) == 2
    assert (verify(house.book).problem, verify(house.book).witnessed) == (None, 14)
    assert [each.checkpoint.size for each in witnessed.cosigned(house.book)] == [14]


def test_the_request_is_that_of_other_witnesses(house: House) -> None:
    """C2SP tlog-witness: the old size, the proof in base64, an empty line, the checkpoint."""
    house.ask()
    house.sign(4)
    first, *proof = witnessed.request(house.book, 3).partition("\n\n")[0].split("\n")
    assert first == "old 3"
    assert [len(step) for step in proof] == [44] * 4
    assert witnessed.request(house.book, 3).endswith(str(witnessed.newest(house.book).note))


def test_a_bare_checkpoint_is_enough_at_first(house: House) -> None:
    """There is nothing yet that it has to go on from."""
    note = str(witnessed.newest(house.book).note)
    assert Checkpoint.parse(Witness(house.store).cosign(note, MOMENT)).size == 3


def test_a_cut_ledger_is_refused(house: House) -> None:
    """A speaker that shows fewer rows than before has lost some."""
    request = witnessed.request(house.book, 0)
    house.sign(2)
    house.ask()
    with pytest.raises(LedgerError, match="shows 3 rows, and had shown 5: its newest rows were cut off"):
        Witness(house.store).cosign(request, MOMENT)


def test_a_ledger_that_was_written_anew_is_refused(house: House, tmp_path: Path) -> None:
    """The same speaker, the same key, other rows; with and without a proof of its own."""
    house.ask()
    other = opened(tmp_path / "other")
    for n in range(6):
        other.add(What.REFUSAL, MOMENT + n, {"reason": "nothing"})
    other.checkpoint(MOMENT)
    with pytest.raises(LedgerError, match="do not go on from the 3 that it had shown"):
        Witness(house.store).cosign(witnessed.request(tmp_path / "other", 3), MOMENT)
    with pytest.raises(LedgerError, match=r"3 rows of keepmum/.+ are known here, not 0\n  hint: .+--since 3"):
        Witness(house.store).cosign(witnessed.request(tmp_path / "other", 0), MOMENT)
    same_size = Ledger(tmp_path / "same", signer=SIGNER)
    for n in range(3):
        same_size.add(What.REFUSAL, MOMENT + n, {"reason": "nothing"})
    same_size.checkpoint(MOMENT)
    with pytest.raises(LedgerError, match="do not go on from"):
        Witness(house.store).cosign(witnessed.request(tmp_path / "same", 3), MOMENT)


def test_only_known_speakers_are_welcome(house: House, tmp_path: Path) -> None:
    """Whose key nobody gave is unknown; who cannot sign with it is somebody else; a key is never exchanged."""
    stranger = opened(tmp_path / "other", signer=Ed25519PrivateKey.generate())
    grow(stranger, 1)
    stranger.checkpoint(MOMENT)
    with pytest.raises(LedgerError, match="nobody here knows the speaker"):
        Witness(house.store).cosign(witnessed.request(tmp_path / "other", 0), MOMENT)
    note = str(witnessed.newest(house.book).note).replace("\n3\n", "\n4\n")
    with pytest.raises(LedgerError, match="has not signed this checkpoint"):
        Witness(house.store).cosign(note, MOMENT)
    with pytest.raises(LedgerError, match="is a witness, not a speaker"):
        Witness(house.store).trust(str(Witness(house.store).key))
    ours = key_of(SIGNER)
    impostor = Key(ours.name, ours.kind, key_of(Ed25519PrivateKey.generate()).public)
    with pytest.raises(LedgerError, match="another speaker is known as"):
        Witness(house.store).trust(str(impostor))


def test_what_comes_back_is_checked_before_it_is_kept(house: House, tmp_path: Path) -> None:
    """Our signature, our rows, and a witness that somebody has vouched for once."""
    note = house.ask()
    with pytest.raises(LedgerError, match="nobody knows the witness"):
        witnessed.add(house.book, note, None)
    with pytest.raises(LedgerError, match="has not signed this checkpoint"):
        witnessed.add(house.book, note, Witness(tmp_path / "other.json").key)
    with pytest.raises(LedgerError, match="was not signed by this speaker"):
        witnessed.add(house.book, note.replace("\n3\n", "\n4\n"), Witness(house.store).key)
    opened(tmp_path / "empty").add(What.MUTE, MOMENT, {})
    opened(tmp_path / "empty").checkpoint(MOMENT)
    with pytest.raises(LedgerError, match="lines 2 to 3 of the ledger were cut off"):
        witnessed.add(tmp_path / "empty", note, Witness(house.store).key)
    house.add(note)
    assert witnessed.add(house.book, note, None).witness == Witness(house.store).key


def test_a_kept_word_of_a_witness_that_was_changed_is_found(house: House) -> None:
    """Verifying the folder asks for both signatures."""
    house.add(house.ask())
    (file,) = house.book.glob("checkpoints/witnessed/*.txt")
    file.write_text(str(witnessed.newest(house.book).note))
    assert "has not signed this checkpoint" in str(verify(house.book).problem)


def test_two_witnesses_each_have_their_own_place(house: House, tmp_path: Path) -> None:
    """Then somebody has to say from where the proof goes."""
    house.add(house.ask())
    house.sign(2)
    other = Witness(tmp_path / "other.json")
    other.trust(str(key_of(SIGNER)))
    witnessed.add(house.book, other.cosign(witnessed.request(house.book, 0), MOMENT), other.key)
    with pytest.raises(LedgerError, match="several witnesses know different sizes\n  hint: give --since: 3, 5"):
        witnessed.request(house.book, None)
    assert house.add(house.ask(since=3)).checkpoint.size == 5
    assert witnessed.request(house.book, None).startswith("old 5\n")
    with pytest.raises(LedgerError, match="there is no checkpoint of 9 rows or more"):
        witnessed.request(house.book, 9)


def test_a_ledger_that_nobody_signed_has_nothing_to_show(tmp_path: Path) -> None:
    """The listener signs; until then there is no checkpoint to carry away."""
    opened(tmp_path / "ledger")
    with pytest.raises(LedgerError, match="has no checkpoint yet"):
        witnessed.request(tmp_path / "ledger", None)


# ---- its memory


def test_a_witness_keeps_its_key_and_its_secret(house: House) -> None:
    """The same key after every start, in a file for its owner alone."""
    assert Witness(house.store).key == Witness(house.store).key
    assert stat.S_IMODE(house.store.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["{", "[]", '{"form":2}', '{"form":1,"logs":{"a":{}},"secret":""}', "nix"])
def test_a_damaged_memory_is_an_error_and_never_a_new_one(house: House, damage: str) -> None:
    """A fresh memory would sign whatever it is shown first."""
    house.store.write_text(damage)
    with pytest.raises(LedgerError, match="is no witness's memory"):
        Witness(house.store)
    assert house.store.read_text() == damage


def test_no_power_cut_makes_a_witness_sign_two_histories(house: House, tmp_path: Path) -> None:
    """At every disk operation: once a signature is out, the memory that is left knows of it."""
    house.ask()
    house.sign(2)
    request = witnessed.request(house.book, 3)
    for at in range(1, 8):
        root = tmp_path / f"{at}"
        root.mkdir()
        disk = FragileDisk(root)
        file = disk.create(root / "w.json")
        disk.write(file, house.store.read_bytes())
        disk.sync(file)
        disk.close(file)
        disk.sync_folder(root)
        disk.at, disk.how = disk.operations + at, "after"
        answer = ""
        with suppress(PowerCut):
            answer = Witness(root / "w.json", disk).cosign(request, MOMENT)
        for left in LEFT:
            folder = disk.leave(tmp_path / f"{at}-{left}", left).root
            remembered = json.loads((folder / "w.json").read_text())["logs"][key_of(SIGNER).name]["note"]
            assert Checkpoint.parse(remembered).size in ((5,) if answer else (3, 5))
            assert Witness(folder / "w.json").key == Witness(house.store).key


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300) | st.from_regex(r"old -?[0-9]{1,4}\n([A-Za-z0-9+/]{44}\n){0,3}\n.*", fullmatch=True))
def test_whatever_comes_through_the_pipe_is_our_own_error(house: House, untrusted: str) -> None:
    """Nothing of it is signed, and the memory stays what it was."""
    before = house.store.read_bytes()
    with pytest.raises(LedgerError):
        Witness(house.store).cosign(untrusted, MOMENT)
    assert house.store.read_bytes() == before


def test_two_that_share_a_memory_do_not_sign_two_histories(house: House, tmp_path: Path) -> None:
    """Each request is a process of its own, and two can come at once: what the other signed meanwhile counts."""
    fork = opened(tmp_path / "fork")
    grow(fork, 5)
    fork.checkpoint(MOMENT)
    first, second = Witness(house.store), Witness(house.store)
    first.cosign(witnessed.request(house.book, 0), MOMENT)
    with pytest.raises(LedgerError, match=r"3 rows of .* are known here, not 0"):
        second.cosign(witnessed.request(tmp_path / "fork", 0), MOMENT)
