"""A bundle is opened if every byte is what was put in; otherwise one error says what is wrong, and nothing is left."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file, so this one is found by folder

import small_bundles
from bundle import Bundle, opened, target_of
from small_bundles import CONTENT, PINNED, Members, meddled, named, whole
from target import Target
from trouble import InstallError


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """Where bundles are unpacked."""
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def refused(file: Path, into: Path) -> str:
    """What is said about a bundle that is no good; asserts that nothing of it is left."""
    with pytest.raises(InstallError) as caught:
        opened(file, into, PINNED)
    assert list(into.iterdir()) == []
    assert caught.value.hint
    return caught.value.what


def contents(bundle: Bundle) -> dict[str, bytes]:
    """Everything that was unpacked."""
    files = (file for file in bundle.folder.rglob("*") if file.is_file())
    return {str(file.relative_to(bundle.folder)): file.read_bytes() for file in files}


def test_what_was_put_in_comes_out(tmp_path: Path, into: Path) -> None:
    """Every file with its bytes, the system that it is for, and an installer that can be started."""
    found = opened(whole(tmp_path), into, PINNED)
    assert contents(found) == CONTENT
    assert (found.codename, found.machine, found.python) == ("trixie", "aarch64", "3.13")
    assert (found.source / "scripts/install").stat().st_mode & 0o111
    assert (found.debs.name, found.wheels.name) == ("debs", "wheels")


def test_a_closed_bundle_leaves_nothing(tmp_path: Path, into: Path) -> None:
    """Neither closed once nor closed twice."""
    found = opened(whole(tmp_path), into, PINNED)
    found.close()
    found.close()
    assert list(into.iterdir()) == []


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whenever it is written, and in whichever folder."""
    (tmp_path / "other").mkdir()
    assert whole(tmp_path).read_bytes() == whole(tmp_path / "other").read_bytes()


def test_the_manifest_alone_tells_what_it_is_for(tmp_path: Path) -> None:
    """Even where the rest is missing, as on a card that is being looked at."""
    file = whole(tmp_path)
    file.write_bytes(file.read_bytes()[:4096])
    assert target_of(file) == Target("trixie", "aarch64")


@pytest.mark.parametrize("part", [0.0, 0.01, 0.2, 0.4, 0.6])
def test_a_bundle_that_was_cut_short_is_refused(tmp_path: Path, into: Path, part: float) -> None:
    """Wherever the copying ended."""
    file = whole(tmp_path)
    file.write_bytes(file.read_bytes()[: int(part * file.stat().st_size)])
    assert "keepmum.bundle" in refused(file, into)


def test_no_flipped_byte_changes_what_comes_out(tmp_path: Path, into: Path) -> None:
    """Of 200 bytes flipped one at a time each is refused, or was one that says nothing, such as padding."""
    file = whole(tmp_path)
    good = file.read_bytes()
    chance = random.Random(5)
    caught = 0
    for at in chance.sample(range(len(good)), 200):
        file.write_bytes(good[:at] + bytes([good[at] ^ 1 << chance.randrange(8)]) + good[at + 1 :])
        try:
            found = opened(file, into, PINNED)
        except InstallError:
            caught += 1
            assert list(into.iterdir()) == []
            continue
        assert contents(found) == CONTENT
        found.close()
    assert caught > 30


@pytest.mark.parametrize("name", sorted(CONTENT))
def test_a_flipped_byte_in_a_file_is_named(tmp_path: Path, into: Path, name: str) -> None:
    """The error says which file it is in."""

    def flip(members: Members) -> Members:
        return [(member, content[:-2] + b"?\n" if member.name == name else content) for member, content in members]

    assert refused(meddled(whole(tmp_path), flip), into) == f"{name} is not what was put into the bundle"


def _promising(members: Members, name: str, content: bytes) -> Members:
    """A manifest that knows one file more."""
    (member, text), *rest = members
    said = json.loads(text)
    said["files"][name] = [len(content), hashlib.sha256(content).hexdigest()]
    return [(member, json.dumps(said).encode()), *rest]


STRANGE: dict[str, Callable[[Members], Members]] = {
    "up and away": lambda members: [*members, named("../../etc/passwd", b"root::0:0\n")],
    "from the root": lambda members: [*members, named("/etc/passwd", b"root::0:0\n")],
    "up in the middle": lambda members: [*members, named("source/../../etc/passwd", b"root::0:0\n")],
    "hidden": lambda members: [*members, named("source/.bashrc", b"id\n")],
    "another folder": lambda members: [*members, named("keys/root", b"key\n")],
    "a newline": lambda members: [*members, named("debs/a\nb", b"key\n")],
    "not in the manifest": lambda members: [*members, named("debs/plum_1_all.deb", b"more\n")],
    "twice": lambda members: [*members, members[-1]],
    "a link": lambda members: [*members[:-1], named(members[-1][0].name, kind=tarfile.SYMTYPE, to="/etc/passwd")],
    "a hard link": lambda members: [*members[:-1], named(members[-1][0].name, kind=tarfile.LNKTYPE, to="/etc/passwd")],
    "a device": lambda members: [*members[:-1], named(members[-1][0].name, kind=tarfile.CHRTYPE)],
    "a folder": lambda members: [*members[:-1], named(members[-1][0].name, kind=tarfile.DIRTYPE)],
    "longer": lambda members: [*members[:-1], (members[-1][0], members[-1][1] + b"more")],
    "missing": lambda members: members[:-1],
    "no manifest": lambda members: members[1:],
    "manifest last": lambda members: [*members[1:], members[0]],
    "nothing": lambda members: [],
    "a link for an empty file": lambda members: [
        *_promising(members, "debs/empty", b""),
        named("debs/empty", kind=tarfile.SYMTYPE, to="/etc/passwd"),
    ],
}
LEADING_OUT = ("up and away", "from the root", "up in the middle", "hidden", "another folder", "a newline")


@pytest.mark.parametrize("change", STRANGE.values(), ids=STRANGE)
def test_a_strange_member_is_refused(tmp_path: Path, into: Path, change: Callable[[Members], Members]) -> None:
    """Paths that lead out, links, devices, strangers and gaps: nothing is written outside, and nothing stays."""
    file = meddled(whole(tmp_path), change)
    before = set(tmp_path.rglob("*"))
    assert refused(file, into)
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", LEADING_OUT)
def test_a_path_that_leads_out_is_called_so(tmp_path: Path, into: Path, name: str) -> None:
    """Such a bundle is no accident of copying, so the error does not speak of one."""
    assert "where it does not belong" in refused(meddled(whole(tmp_path), STRANGE[name]), into)


SAID: dict[str, tuple[Callable[[dict[str, object]], object], str]] = {
    "another Python": (lambda said: said | {"python": "3.11"}, "Python '3.11'"),
    "another Debian": (lambda said: said | {"codename": "buster"}, "'buster'"),
    "another machine": (lambda said: said | {"machine": "armv7l"}, "'armv7l'"),
    "a later format": (lambda said: said | {"format": 2}, "format 2"),
    "no files": (lambda said: said | {"files": 3}, "cannot be read"),
    "a list": (lambda _: [], "cannot be read"),
    "a machine of a list": (lambda said: said | {"machine": []}, "cannot be read"),
    "a bad hash": (lambda said: said | {"files": {"debs/a": [1, "00"]}}, "'debs/a'"),
    "a length below nothing": (lambda said: said | {"files": {"debs/a": [-1, "0" * 64]}}, "'debs/a'"),
    "too large": (lambda said: said | {"files": {"debs/a": [3_000_000_000, "0" * 64]}}, "3000000000|2000000000"),
    "a path that leads out": (lambda said: said | {"files": {"../../etc/passwd": [1, "0" * 64]}}, "etc/passwd"),
}


@pytest.mark.parametrize(("change", "told"), SAID.values(), ids=SAID)
def test_a_manifest_that_cannot_be_is_refused(
    tmp_path: Path, into: Path, change: Callable[[dict[str, object]], object], told: str
) -> None:
    """And the error names the value."""

    def rewrite(members: Members) -> Members:
        (member, content), *rest = members
        return [(member, json.dumps(change(json.loads(content))).encode()), *rest]

    what = refused(meddled(whole(tmp_path), rewrite), into)
    assert any(word in what for word in told.split("|"))


@pytest.mark.parametrize("content", [b"", b"\0" * 10240, b"PK\3\4 a zip", b"\x1f\x8b\x08 packed" * 99], ids=repr)
def test_another_kind_of_file_is_refused(tmp_path: Path, into: Path, content: bytes) -> None:
    """An empty one, one of zeros, a zip, a compressed one."""
    file = tmp_path / "keepmum.bundle"
    file.write_bytes(content)
    assert "is no bundle" in refused(file, into)


def test_a_bundle_that_is_not_there_is_named(tmp_path: Path, into: Path) -> None:
    """And so is a folder in its place."""
    assert str(tmp_path / "gone") in refused(tmp_path / "gone", into)
    assert str(tmp_path) in refused(tmp_path, into)


def test_wheels_of_another_keepmum_are_refused(tmp_path: Path, into: Path) -> None:
    """Because pip would only find out in the middle; the hint names the keepmum inside."""
    with pytest.raises(InstallError, match="plum") as caught:
        opened(whole(tmp_path), into, {})
    assert "source/" in caught.value.hint
    assert list(into.iterdir()) == []


def test_without_room_it_says_how_much_is_missing(tmp_path: Path, into: Path) -> None:
    """Before anything is written."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4k", "keepmum-test", str(into)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("only root can mount a small disk")
    try:
        file = meddled(whole(tmp_path), lambda members: _promising(members, "debs/large", bytes(1_000_000)))
        assert "MB are needed" in refused(file, into)
    finally:
        subprocess.run(["umount", str(into)], check=True)


@pytest.mark.parametrize(
    ("codename", "machine", "hint"),
    [("trixi", "aarch64", "did you mean trixie?"), ("bookworm", "arm64", "aarch64"), ("noble", "x86_64", "bookworm")],
)
def test_a_bundle_can_be_made_for_known_systems_only(codename: str, machine: str, hint: str) -> None:
    """Others are refused, with the nearest name."""
    with pytest.raises(InstallError) as caught:
        Target(codename, machine)
    assert hint in caught.value.hint


def test_the_small_bundle_is_like_a_real_one() -> None:
    """These tests would show nothing if it lacked a part that a real one has."""
    assert {name.split("/")[0] for name in small_bundles.CONTENT} == {"debs", "source", "wheels"}
