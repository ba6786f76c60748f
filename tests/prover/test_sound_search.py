"""The search for sound finds sixteen bytes of it anywhere and in every form, and nothing in what is not that sound."""

from __future__ import annotations

import base64

import numpy as np
import pytest
import trace_log
from sound_windows import FORMS, Ear, Samples


def noise(seed: int, count: int = 4_000) -> Samples:
    return np.random.default_rng(seed).integers(-9_000, 9_000, count).astype(np.int16)


@pytest.fixture(scope="module")
def ear() -> Ear:
    return Ear(noise(1))


@pytest.mark.parametrize("offset", range(9))
@pytest.mark.parametrize("form", FORMS)
def test_sound_is_found_in_every_form_at_every_offset(ear: Ear, form: str, offset: int) -> None:
    """Ten samples or so, somewhere in the middle of something else."""
    sound = FORMS[form](noise(1)[1_001:1_020]).tobytes()
    assert form in ear.found_in(b"#" * (100 + offset) + sound + b"#" * 77)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("offset", range(4))
def test_sound_in_letters_is_found(ear: Ear, form: str, offset: int) -> None:
    """As a JSON message would carry it: base64 at any phase, or hexadecimal of either kind."""
    sound = b"abc"[:offset] + FORMS[form](noise(1)[1_003:1_063]).tobytes()
    assert f"{form}, in base64" in ear.found_in(b'{"s": "' + base64.b64encode(sound) + b'"}')
    assert f"{form}, in hexadecimal" in ear.found_in(b'"' + sound.hex().encode() + b'"')
    assert f"{form}, in hexadecimal" in ear.found_in(b'"' + sound.hex().upper().encode() + b'"')


def test_other_sound_is_not_found(ear: Ear) -> None:
    """Of another run's noise there is not a window, in no form; nor in zeros, of which there may be many."""
    for form in FORMS.values():
        assert ear.found_in(form(noise(2, 60_000)).tobytes()) == set()
    assert ear.found_in(bytes(1_000_000)) == set()


def test_silence_is_not_looked_for() -> None:
    """Zeros stand in every file."""
    assert Ear(np.zeros(4_000, np.int16)).count == 0
    assert Ear(np.zeros(4_000, np.int16)).found_in(bytes(5_000)) == set()


def test_a_great_many_half_hits_take_no_time() -> None:
    """A window that begins with zeros meets every byte of a file of zeros, and is compared quickly all the same."""
    samples = noise(3)
    samples[8:12] = 0
    assert Ear(samples).found_in(bytes(600_000)) == set()


# ---- what strace wrote down


def hexed(content: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in content)


def traced(tmp_path: object, *lines: str) -> trace_log.Written:
    file = tmp_path / "log"  # type: ignore[operator]
    file.write_text("\n".join(lines) + "\n")
    return trace_log.read(file)


def test_every_buffer_is_read_with_where_it_went(tmp_path: object) -> None:
    """Plain, in pieces, in a message; also of a call that another thread interrupted."""
    path = f"7<{hexed(b'/state/heard.raw')}>"
    pieces = f'{{iov_base="{hexed(b"de")}", iov_len=2}}, {{iov_base="{hexed(b"f")}", iov_len=1}}'
    message = f'{{msg_name=NULL, msg_iov=[{{iov_base="{hexed(b"{}")}", iov_len=2}}]}}'
    found = traced(
        tmp_path,
        f'12 write({path}, "{hexed(b"abc")}", 3) = 3',
        f"12 writev({path}, [{pieces}], 2) = 3",
        f"13 sendmsg(4<UNIX-SEQPACKET:[9]>, {message}, 0) = 2",
        f'13 write({path}, "{hexed(b"ghi")}", 3 <unfinished ...>',
        "13 <... write resumed>) = 3",
        "13 +++ exited with 0 +++",
    )
    assert dict(found.together()) == {"/state/heard.raw": b"abcdefghi", "UNIX-SEQPACKET:[9]": b"{}"}
    assert (found.size, found.unseen, found.calls["write"]) == (11, {}, 2)


@pytest.mark.parametrize(
    "line",
    [
        "1 sendfile(4<TCP:[1]>, 5</x>, NULL, 9) = 9",
        "1 io_uring_setup(4, {}) = 3",
        f'1 write(3</x>, "{hexed(b"abc")}"..., 90) = 90',
        "1 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 5</state/x>, 0) = 0x7f",
    ],
)
def test_what_cannot_be_seen_whole_is_said(tmp_path: object, line: str) -> None:
    """Bytes that pass strace by, or that it cut, may hold anything."""
    assert traced(tmp_path, line).unseen.total() == 1


def test_shared_memory_counts_once_it_is_handed_over(tmp_path: object) -> None:
    """A memfd that is mapped goes nowhere by itself; its descriptor in a message is a way out."""
    memory = f"5<{hexed(b'/memfd:clip')}>(deleted)"
    mapped = f"1 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_NORESERVE, {memory}, 0) = 0x7f"
    handed = f"1 sendmsg(4<UNIX>, {{msg_control=[{{cmsg_type=SCM_RIGHTS, cmsg_data=[{memory}]}}]}}, 0) = 1"
    assert +traced(tmp_path, mapped).unseen == {}
    assert traced(tmp_path, mapped, handed).unseen.total() == 1
    assert +traced(tmp_path, handed).unseen == {}


def test_sockets_are_counted_by_family(tmp_path: object) -> None:
    """So that a listener that makes one of the internet's shows."""
    found = traced(
        tmp_path, "1 socket(AF_INET, SOCK_STREAM, 0) = 3", "1 connect(3<TCP:[1]>, {sa_family=AF_INET}, 16) = 0"
    )
    assert found.families == {"socket AF_INET": 1, "connect AF_INET": 1}
