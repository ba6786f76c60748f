"""Names, bytes and sounds are found wherever and however they stand; what cannot be searched is told."""

from __future__ import annotations

import base64
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from keepmum.errors import LabError
from keepmum.lab.truth import machine
from keepmum.lab.truth.canaries import FORMS, Bytes, Sound
from keepmum.lab.truth.search import BLOCK, Names, control, search, search_bytes

SAMPLES = (np.random.default_rng(1).standard_normal(4_000) * 0.2).astype(np.float32)
PCM = np.clip(np.rint(SAMPLES * 32_768), -32_768, 32_767).astype(np.int16)
SECRET = bytes(range(100, 200))


def fake_machine(root: Path) -> Path:
    """The files of a Pi in which its names stand."""
    for name, text in {
        "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
        "proc/sys/kernel/random/boot_id": "aa0e1b2c-1111-2222-3333-444455556666\n",
        "proc/cpuinfo": "processor : 0\nSerial\t\t: 10000000deadbeef\n",
        "sys/class/net/wlan0/address": "dc:a6:32:01:02:03\n",
        "sys/class/net/lo/address": "00:00:00:00:00:00\n",
        "sys/class/dmi/id/board_serial": "None\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_machine_is_told_by_its_files(tmp_path: Path) -> None:
    """Ids, serial number and MAC addresses in every usual spelling; what stands on a million machines is left out."""
    known = machine.identifiers(fake_machine(tmp_path))
    assert known["machine id"] == {"0123456789abcdef0123456789abcdef"}
    assert known["serial number"] == {"10000000deadbeef"}
    assert known["MAC address"] == {"dca632010203", "dc:a6:32:01:02:03", "dc-a6-32-01-02-03"}
    assert "aa0e1b2c-1111-2222-3333-444455556666" in known["boot id"]
    assert not any(name in machine.ANYBODYS for names in known.values() for name in names)


def test_this_machine_has_something_to_look_for() -> None:
    """Nowhere is a machine without a single name: the search would be empty."""
    assert machine.identifiers()


@pytest.mark.parametrize(
    "form", [b"dc:a6:32:01:02:03", b"DC-A6-32-01-02-03", b"DCA632010203", bytes.fromhex("dca632010203")]
)
def test_a_number_is_found_however_it_is_spelt(form: bytes) -> None:
    """With colons, dashes or none, in capitals, and as the six bytes themselves."""
    names = {"dca632010203", "dc:a6:32:01:02:03", "dc-a6-32-01-02-03"}
    forms = {spelt for name in names for spelt in machine.spellings(name)}
    hits = search_bytes("wire", b"xx" + form + b"yy", [Names({"MAC address": forms})])
    assert [(hit.what, hit.offset) for hit in hits] == [("MAC address", 2)]


@pytest.mark.parametrize("before", [0, 10, BLOCK - 3, 2 * BLOCK - 1, 2 * BLOCK])
def test_a_name_is_found_wherever_it_begins(tmp_path: Path, before: int) -> None:
    """Also across two blocks; the offset is that of its first byte."""
    (tmp_path / "file").write_bytes(b"." * before + b"kitchen-pi" + b"." * 5)
    (hit,) = search([tmp_path], [Names({"host name": [b"kitchen-pi"]})])
    assert (hit.place, hit.offset, hit.what) == (str(tmp_path / "file"), before, "host name")


def test_every_file_below_a_folder_is_searched_and_no_other(tmp_path: Path) -> None:
    """However deep; a file can be named as well."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    for path in (tmp_path / "one", tmp_path / "a" / "b" / "two", tmp_path / "clean"):
        path.write_bytes(b"" if path.name == "clean" else b"kitchen-pi")
    wanted = [Names({"host name": [b"kitchen-pi"]})]
    assert len(search([tmp_path], wanted)) == 2
    assert search([tmp_path / "clean"], wanted) == []


def test_a_place_that_is_not_there_is_told(tmp_path: Path) -> None:
    """What was not read was not searched."""
    with pytest.raises(LabError, match="there is no"):
        search([tmp_path / "nothing"], [])


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file, so no file can be closed to it")
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Likewise."""
    (tmp_path / "closed").write_bytes(b"x")
    (tmp_path / "closed").chmod(0)
    with pytest.raises(LabError, match="Permission denied"):
        search([tmp_path], [Names({"x": [b"x"]})])


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (lambda some: some, "raw"),
        (lambda some: some.hex().encode(), "hexadecimal"),
        (lambda some: some.hex().upper().encode(), "hexadecimal"),
        (base64.b64encode, "base64"),
        (lambda some: base64.urlsafe_b64encode(b"12" + some), "base64"),
    ],
)
def test_bytes_are_found_however_they_are_written(write: object, told: str) -> None:
    """Raw, hexadecimal and base64, wherever a group of it begins."""
    content = b"before" + write(SECRET) + b"behind"  # type: ignore[operator]
    assert [hit.what for hit in search_bytes("x", content, [Bytes("the letter", SECRET)])] == [f"the letter, {told}"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shift", range(0, 9, 3))
def test_sound_is_found_in_every_form_and_at_every_byte(form: str, shift: int) -> None:
    """Four milliseconds of it are enough, wherever they begin."""
    content = bytes(shift) + FORMS[form](PCM[1_000:1_064]) + b"end"
    hits = search_bytes("x", content, [Sound("the command", SAMPLES)])
    assert f"the command, {form}" in [hit.what for hit in hits]


@pytest.mark.parametrize("letters", ["base64", "hexadecimal"])
def test_sound_in_letters_is_found(letters: str) -> None:
    """As a JSON file would hold it."""
    part = FORMS["16 bit"](PCM[500:700])
    written = base64.b64encode(part) if letters == "base64" else part.hex().encode()
    hits = search_bytes("x", b'{"sound": "' + written + b'"}', [Sound("the command", SAMPLES)])
    assert f"the command, 16 bit, in {letters}" in [hit.what for hit in hits]


def test_other_sound_is_not_found() -> None:
    """Nor silence, nor a packed file: what cannot be seen is not claimed."""
    sought = [Sound("the command", SAMPLES)]
    others = (np.random.default_rng(2).standard_normal(40_000) * 5_000).astype("<i2").tobytes()
    for content in (others, bytes(10_000), gzip.compress(FORMS["16 bit"](PCM))):
        assert search_bytes("x", content, sought) == []


@pytest.mark.parametrize(
    ("make", "told"),
    [(lambda: Bytes("x", b"too short"), "no canary"), (lambda: Sound("x", SAMPLES * 0), "told from silence")],
)
def test_what_cannot_be_told_apart_is_refused(make: object, told: str) -> None:
    """Too few bytes, and a silent recording, would be found anywhere or nowhere."""
    with pytest.raises(LabError, match=told):
        make()  # type: ignore[operator]


def test_the_control_finds_everything_that_it_plants() -> None:
    """Each spelling of a name, each way to write bytes, each form of a sound, across the end of a block."""
    sought = (Names({"a": [b"kitchen-pi", b"KITCHEN-PI"]}), Bytes("b", SECRET), Sound("c", SAMPLES))
    assert control(sought) == (17, 17)


def test_a_search_that_is_blind_is_caught() -> None:
    """The control of the control: one that finds no base64 does not find all that was planted."""

    class Blind(Bytes):
        def found_in(self, content: bytes):  # type: ignore[no-untyped-def]
            return (each for each in super().found_in(content) if "base64" not in each[0])

    assert control([Blind("b", SECRET)]) == (2, 3)
