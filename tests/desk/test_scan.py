"""The search for bytes that should be gone: it finds them where they are, and says so if it could not look."""

from __future__ import annotations

import base64
import random
from pathlib import Path

import pytest

from keepmum.desk import scan as module
from keepmum.desk.scan import PIECE, canaries, scan

CONTENT = random.Random(7).randbytes(5_000)


def test_canaries_are_pieces_from_beginning_to_end() -> None:
    """One every thousand bytes, the last ones included; too little to be told from chance is an error."""
    pieces = canaries(CONTENT)
    assert pieces[0] == CONTENT[:PIECE]
    assert pieces[-1] == CONTENT[-PIECE:]
    assert len(pieces) == 6
    assert {len(piece) for piece in pieces} == {PIECE}
    with pytest.raises(ValueError, match="no canary"):
        canaries(b"short")


@pytest.mark.parametrize("skipped", [0, 1, 2])
@pytest.mark.parametrize(
    ("written", "encode"),
    [
        ("raw", bytes),
        ("hexadecimal", lambda content: content.hex().encode()),
        ("hexadecimal", lambda content: content.hex().upper().encode()),
        ("base64", base64.b64encode),
        ("base64", base64.urlsafe_b64encode),
    ],
)
def test_a_copy_is_found_however_it_is_written(tmp_path: Path, written: str, encode: object, skipped: int) -> None:
    """In the middle of a file, in a folder below, wherever the encoding's own boundaries fall."""
    assert callable(encode)
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    file = tmp_path / "deep" / "deeper" / "backup.tar"
    file.write_bytes(b"before" + encode(CONTENT[1_000 - skipped : 1_100]) + b"after")
    [hit] = scan([tmp_path], canaries(CONTENT))
    assert (hit.file, hit.written) == (file, written)


def test_a_piece_across_two_blocks_is_found_at_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read block by block; nothing falls between two."""
    monkeypatch.setattr(module, "_BLOCK", 100)
    file = tmp_path / "f"
    for offset in range(150, 350):
        file.write_bytes(bytes(offset) + CONTENT[:PIECE] + bytes(300))
        assert [hit.offset for hit in scan([file], [CONTENT[:PIECE]])] == [offset]


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    """No canary, no hit: other bytes, empty files, empty folders."""
    (tmp_path / "other").write_bytes(random.Random(8).randbytes(100_000))
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    assert scan([tmp_path], canaries(CONTENT)) == []


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """A place that was not searched is not called clean."""
    with pytest.raises(OSError, match="nowhere"):
        scan([tmp_path / "nowhere"], canaries(CONTENT))


def test_as_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1 for a hit, 0 for none, 2 with one line for what cannot be searched."""
    wanted, place = tmp_path / "wanted", tmp_path / "place"
    wanted.write_bytes(CONTENT)
    place.write_bytes(b"xy" + CONTENT)
    assert module.main([str(wanted), str(place)]) == 1
    assert capsys.readouterr().out == f"{place}: at byte 2, raw\n1 hit\n"
    place.write_bytes(b"xy")
    assert module.main([str(wanted), str(place)]) == 0
    assert module.main([str(wanted)]) == 2
    assert module.main([str(wanted), str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.count("\n") == 2
