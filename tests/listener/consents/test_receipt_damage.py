"""A receipt that is cut, changed, another device's or from another version stands behind nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from consents_desk import IDENTITY, NOW, NUMBER, consent, given, receipts

from keepmum.errors import ReceiptError
from keepmum.listener.consents import receipt as paper
from keepmum.listener.consents.identity import Identity
from keepmum.listener.consents.receipt import canonical
from keepmum.listener.consents.receipts import found, objection


def problem(folder: Path) -> str:
    """Why the consent of these tests does not count."""
    return objection(folder, IDENTITY.device_key, consent(), NOW)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A receipt that counts."""
    given(tmp_path)
    assert problem(tmp_path) == ""
    return tmp_path / f"{NUMBER}.json"


def test_every_changed_byte_ends_it(file: Path) -> None:
    """One flipped bit anywhere in the file, and the consent is over."""
    whole = file.read_bytes()
    for n in range(len(whole)):
        file.write_bytes(whole[:n] + bytes([whole[n] ^ (1 << n % 8)]) + whole[n + 1 :])
        assert problem(file.parent), f"byte {n}"
    file.write_bytes(whole)
    assert not problem(file.parent)


def test_cut_anywhere_it_is_over(file: Path) -> None:
    """Half a receipt is none; neither is one with something after it."""
    whole = file.read_bytes()
    for size in range(0, len(whole), 7):
        file.write_bytes(whole[:size])
        assert problem(file.parent) == "is damaged: it is not what keepmum wrote"
    file.write_bytes(whole + b" ")
    assert problem(file.parent) == "is damaged: it is not what keepmum wrote"


def test_another_devices_receipt_is_none(tmp_path: Path) -> None:
    """Whole, and signed, by somebody else: both keys are named."""
    other = Identity(bytes(32))
    book = receipts(tmp_path, other)
    book.sign(consent(), "given", NOW)
    assert problem(tmp_path) == (
        f"was signed by another device ({other.device_key[:8]}…), not by this one ({IDENTITY.device_key[:8]}…)"
    )
    with pytest.raises(ReceiptError, match="was signed by another device"):
        receipts(tmp_path).sign(consent(), "re-confirmed", NOW)


def test_a_receipt_that_names_this_device_without_its_signature_is_none(file: Path) -> None:
    """Whoever writes our key over another's cannot sign for it."""
    told = json.loads(file.read_text())
    told["keepmum"]["quota_per_day"] = 60
    file.write_bytes(canonical(told) + b"\n")
    assert problem(file.parent) == "was changed since this device signed it"


def test_another_consents_receipt_is_none(file: Path) -> None:
    """A copy under another number stands behind nobody."""
    other = consent("f" * 32)
    (file.parent / f"{other.id}.json").write_bytes(file.read_bytes())
    assert objection(file.parent, IDENTITY.device_key, other, NOW) == "is another consent's receipt"
    assert [each.receipt is None for each in found(file.parent)] == [False, True]


@pytest.mark.parametrize("where", ["", "pii_processing", "party_identification", "keepmum", "events"])
def test_an_unknown_key_makes_it_none(file: Path, where: str) -> None:
    """Even signed by this device: what this keepmum does not know, it cannot promise."""
    told = json.loads(file.read_text())
    section = told[where] if where else told
    (section[0] if isinstance(section, list) else section)["extra"] = "word"
    file.write_bytes(canonical(told) + b"\n")
    assert problem(file.parent) == "is damaged: it is not what keepmum wrote"


def test_an_unknown_version_is_named(file: Path) -> None:
    """A receipt of a newer keepmum is no damage, and counts as little."""
    told = json.loads(file.read_text())
    told["schema_version"] = "ISO/IEC TS 27560:2031, keepmum 9"
    file.write_bytes(canonical(told) + b"\n")
    assert problem(file.parent) == "is of the unknown version 'ISO/IEC TS 27560:2031, keepmum 9'"


def test_the_same_facts_in_another_form_are_none(file: Path) -> None:
    """There is one way to write a receipt: no spaces, no other order, no second key of the same name."""
    whole = file.read_text()
    told = json.loads(whole)
    twice = whole.replace('"record_id":', f'"record_id":"{NUMBER}","record_id":', 1)
    for other in (
        json.dumps(told),
        json.dumps(told, indent=1),
        whole.rstrip("\n"),
        twice,
        whole.replace("\\n", "\\u000a", 1),
    ):
        file.write_text(other)
        assert problem(file.parent), other[:80]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"null", b"{}", b'"given"', b"\xff\xfe", b"[" * 50_000, b"{" * 70_000, b'{"schema_version":1}'],
    ids=["empty", "list", "null", "object", "word", "bytes", "deep", "large", "version"],
)
def test_what_is_no_receipt_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes) -> None:
    """Whatever lies there, one line says which file and what to do, and nothing is valid."""
    path = tmp_path / f"{NUMBER}.json"
    path.write_bytes(content)
    assert receipts(tmp_path).valid([consent()], NOW) == frozenset()
    (line,) = caplog.messages
    assert re.fullmatch(
        rf"{path} is .*; that consent is over: ask for it again; `keepmum consents` shows all receipts", line
    )


def test_a_folder_in_its_place_is_none(tmp_path: Path) -> None:
    """What cannot be read means no."""
    (tmp_path / f"{NUMBER}.json").mkdir()
    assert problem(tmp_path) == "cannot be read: Is a directory"


def test_a_damaged_receipt_is_never_signed_anew(file: Path) -> None:
    """A consent cannot be re-confirmed over it, and what is there stays for whoever looks into it."""
    file.write_bytes(file.read_bytes()[:-100])
    before = file.read_bytes()
    for event in ("given", "re-confirmed", "withdrawn"):
        with pytest.raises(ReceiptError, match=f"{file} is damaged"):
            receipts(file.parent).sign(consent(), event, NOW)
    receipts(file.parent).close_others([], NOW)
    assert file.read_bytes() == before


def test_a_signature_over_less_than_everything_would_be_noticed(file: Path) -> None:
    """Each leaf of the receipt, changed and written in its one form, breaks the signature."""
    told = json.loads(file.read_text())
    leaves = 0
    for path in _leaves(told):
        if path == ("signature",):
            continue
        copy = json.loads(file.read_text())
        section = copy
        for step in path[:-1]:
            section = section[step]
        section[path[-1]] = _other(section[path[-1]])
        try:
            receipt = paper.parse(canonical(copy) + b"\n")
        except ReceiptError:
            continue
        leaves += 1
        assert not receipt.holds() or path == ("device_key",), path
    assert leaves > 25


def _leaves(node: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    if isinstance(node, dict):
        return [leaf for key, value in node.items() for leaf in _leaves(value, (*path, key))]
    if isinstance(node, list):
        return [leaf for n, value in enumerate(node) for leaf in _leaves(value, (*path, n))]
    return [path]


def _other(value: object) -> object:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case None:
            return 1.0
        case str() if re.fullmatch(r"[0-9a-f]{32,}", value):
            return ("0" if value[0] != "0" else "1") + value[1:]
        case _:
            return f"{value} "
