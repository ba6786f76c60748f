"""Who may speak to the page: by address, by the name that they call it, and by where a wish comes from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.panel import gate
from keepmum.panel.gate import MOST_HEADERS, refusal
from keepmum.panel.visitors import is_from_here, is_near, is_ours

US = [(b"host", b"pi.local:8321")]
HERE = [*US, (b"origin", b"http://pi.local:8321"), (b"content-length", b"0")]


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.7", "169.254.3.4"),
        *("::1", "fe80::1", "fe80::1%eth0", "fd12::5", "::ffff:192.168.0.7"),
    ],
)
def test_the_local_network_is_near(address: str) -> None:
    """This machine, private and link-local addresses, also where IPv4 arrives on an IPv6 socket."""
    assert is_near(address)


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "172.32.0.1", "172.15.9.9", "11.0.0.1", "192.169.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
        *("2001:db8::1", "2a00::1", "::", "::ffff:8.8.8.8", "ff02::1", "64:ff9b::c0a8:1"),
        *("", "localhost", "192.168.0", "192.168.0.7:80", " 10.0.0.1", "0x0a000001", "fe80::1%", "010.0.0.1"),
    ],
)
def test_everything_else_is_not(address: str) -> None:
    """Public addresses, other people's private ones, and what is no address."""
    assert not is_near(address)


@given(st.text(max_size=60))
def test_no_text_makes_the_rules_fall_over(text: str) -> None:
    """Whatever a visitor sends is judged, and never raises."""
    assert is_near(text) in (True, False)
    assert is_ours(text, "pi") in (True, False)


@pytest.mark.parametrize(
    "host",
    [
        *("192.168.0.7", "192.168.0.7:8321", "[fe80::1]:8321", "[::1]", "8.8.8.8", "localhost", "localhost:8321"),
        *("pi", "PI:8321", "pi.local", "Pi.Local.:8321", "kitchen.lan", "speaker.home.arpa:80", "a.b.local"),
    ],
)
def test_names_of_this_machine_are_ours(host: str) -> None:
    """Addresses, localhost, its own name, and names that no public name server answers for."""
    assert is_ours(host, "pi")


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "pi.evil.example", "local", "lan", ".local", "evil.local.example", "evil-local", "xlan"),
        *("", ":8321", "pi:", "pi:123456", "pi:80:80", "pi local", "pi.local/evil", "evil.example#.local", "user@pi"),
        *("fe80::1", "[192.168.0.7]", "[evil.local]", "[]", "192.168.0.7.evil.example", "pi.local\r\nX: y", "pi\x00"),
        *("pi.local:-1", "pi.local:8321.evil.example", "ｐｉ", "pi,evil.example", "127.1", "2130706433"),
    ],
)
def test_every_other_name_is_somebody_elses(host: str) -> None:
    """A name that a web site chose for us (DNS rebinding), and what only looks like one of ours."""
    assert not is_ours(host, "pi")


def test_a_request_with_another_name_is_turned_away() -> None:
    """Before any page sees it, with a sentence that says what to do; so is one with no name or two."""
    assert refusal("1.1", "GET", "/", US, "pi") is None
    for hosts in ([(b"host", b"evil.example")], [], [*US, *US], [*US, (b"host", b"evil.example")]):
        no = refusal("1.1", "GET", "/", hosts, "pi")
        assert no is not None
        assert no[0] == 421


def test_only_the_pages_own_form_may_ask() -> None:
    """With the origin that the browser names being the very host that it speaks to."""
    assert refusal("1.1", "POST", "/ask/mute", HERE, "pi") is None
    assert refusal("1.1", "POST", "/ask/mute", [*HERE, (b"sec-fetch-site", b"same-origin")], "pi") is None


@pytest.mark.parametrize(
    "more",
    [
        [],
        [(b"origin", b"null")],
        [(b"origin", b"http://evil.example")],
        [(b"origin", b"http://pi.local")],
        [(b"origin", b"https://pi.local:8321")],
        [(b"origin", b"http://pi.local:8321"), (b"origin", b"http://evil.example")],
        [(b"origin", b"http://pi.local:8321"), (b"sec-fetch-site", b"cross-site")],
        [(b"origin", b"http://pi.local:8321"), (b"sec-fetch-site", b"same-site")],
        [(b"origin", b"http://pi.local:8321"), (b"sec-fetch-site", b"none")],
        [(b"origin", b"http://pi.local:8321"), (b"sec-fetch-site", b"same-origin"), (b"sec-fetch-site", b"cross-site")],
        [(b"referer", b"http://pi.local:8321/")],
    ],
)
def test_a_wish_that_another_page_sent_is_turned_away(more: list[tuple[bytes, bytes]]) -> None:
    """Another site, another port, a page without an origin, a browser that contradicts itself, or nothing said."""
    assert not is_from_here([*US, *more])
    no = refusal("1.1", "POST", "/ask/mute", [*US, *more], "pi")
    assert no is not None
    assert no[0] == 403


@pytest.mark.parametrize(
    "more", [[(b"content-length", b"1")], [(b"content-length", b"00")], [(b"transfer-encoding", b"chunked")]]
)
def test_a_wish_has_no_body(more: list[tuple[bytes, bytes]]) -> None:
    """It stands in the address: there is nothing to read, to limit or to misread."""
    headers = [*US, (b"origin", b"http://pi.local:8321"), *more]
    assert refusal("1.1", "POST", "/ask/mute", headers, "pi") == (
        413,
        "The wish stands in the address; nothing else is read.",
    )


def test_only_this_version_and_so_many_headers() -> None:
    """HTTP/1.0 has no Host, and nobody needs hundreds of lines."""
    assert refusal("1.0", "GET", "/", US, "pi") == (505, "This page speaks HTTP/1.1.")
    assert refusal("1.1", "GET", "/", [*US, *[(b"x", b"y")] * MOST_HEADERS], "pi") == (431, "Too many header lines.")


@pytest.mark.parametrize(("site", "may"), [(b"same-origin", True), (b"none", True), (b"cross-site", False)])
def test_another_site_cannot_hold_places_for_viewers(site: bytes, may: bool) -> None:
    """It could not read a word of it; but the household would find no place."""
    assert (refusal("1.1", "GET", "/events", [*US, (b"sec-fetch-site", site)], "pi") is None) is may


# ---- planted


REBINDING = ("evil.example", "pi.evil.example", "evil.local.example", "user@pi", "")


def shown_to() -> list[str]:
    """The names of other people's for us under which the page could be read."""
    return [host for host in REBINDING if refusal("1.1", "GET", "/", [(b"host", host.encode())], "pi") is None]


def obeyed_from() -> list[bytes]:
    """The origins of other people's from which a wish would count."""
    origins = [b"null", b"http://evil.example", b"https://pi.local:8321"]
    return [each for each in origins if refusal("1.1", "POST", "/ask/forget", [*US, (b"origin", each)], "pi") is None]


def test_a_planted_missing_check_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the look at the Host, every name leads in; without the one at the Origin, every page may ask."""
    assert (shown_to(), obeyed_from()) == ([], [])
    monkeypatch.setattr(gate, "is_ours", lambda _host, _machine: True)
    assert shown_to() == list(REBINDING)
    monkeypatch.setattr(gate, "is_from_here", lambda _headers: True)
    assert len(obeyed_from()) == 3
