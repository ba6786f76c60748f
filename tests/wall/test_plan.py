"""What the settings mean for systemd: which files there are, what they say, and what becomes of others' files."""

from __future__ import annotations

import pytest

from keepmum.errors import ConfigError, WallError
from keepmum.settings import BrokerSettings, QuietSettings, Settings
from keepmum.wall import dropin, hours, plan
from keepmum.wall.plan import EVERY, TIMER, UPLINK, Around

NIGHT = QuietSettings(hours=("22:30-06:30",))
NAMED = Settings(broker=BrokerSettings(host="broker.home"))
FOUND = Around(("192.168.1.7", "fd00::7", "192.168.1.7"), ("192.168.1.1",))
NOTHING = dict.fromkeys(EVERY)


def allowed(text: str) -> list[str]:
    """Every value of IPAddressAllow=, in its order."""
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith("IPAddressAllow=")]


def test_a_speaker_that_nobody_has_set_up_writes_nothing() -> None:
    """No broker, no hours: no file, so the uplink's condition keeps it from starting."""
    assert plan.wanted(Settings(), Around(())) == NOTHING


def test_a_broker_that_is_an_address_is_all_that_may_be_reached() -> None:
    """No name server, no loopback, and nothing that was allowed elsewhere."""
    settings = Settings(broker=BrokerSettings(host="192.168.1.7"))
    text = plan.wanted(settings, Around(("192.168.1.7",), ("192.168.1.1",)))[UPLINK]
    assert text is not None
    assert allowed(text) == ["", "192.168.1.7"]


def test_a_broker_that_is_a_name_brings_those_who_are_asked_for_it() -> None:
    """All its addresses, each once, IPv4 first; a local resolver only if it is the one that is asked."""
    text = plan.wanted(NAMED, FOUND)[UPLINK]
    local = plan.wanted(NAMED, Around(("192.168.1.7",), ("127.0.0.53",)))[UPLINK]
    assert text is not None
    assert local is not None
    assert allowed(text) == ["", "192.168.1.7 fd00::7", "192.168.1.1"]
    assert allowed(local) == ["", "192.168.1.7", "127.0.0.53"]


def test_the_order_of_the_answers_makes_no_difference() -> None:
    """A name server turns its list; systemd need not be told anew."""
    turned = Around(tuple(reversed(FOUND.addresses)), FOUND.resolvers)
    assert plan.wanted(NAMED, turned) == plan.wanted(NAMED, FOUND)


def test_what_was_allowed_can_be_read_again() -> None:
    """The doctor compares without asking anybody; another text allows nothing."""
    text = plan.wanted(NAMED, FOUND)[UPLINK]
    assert dropin.allowed(text or "") == ("192.168.1.7", "fd00::7")
    assert dropin.allowed("IPAddressAllow=any\nIPAddressAllow=10.0.0.1\n") == ()
    assert dropin.allowed("") == ()


@pytest.mark.parametrize(
    ("untrusted", "expected"),
    [
        ("nameserver 192.168.1.1\nnameserver fe80::1%eth0\n", ("192.168.1.1", "fe80::1")),
        ("# nameserver 1.1.1.1\nsearch home\noptions edns0\n", ()),
        ("nameserver any\nnameserver 0.0.0.0/0\nnameserver\n", ()),
        ("".join(f"nameserver 10.0.0.{each}\n" for each in range(1, 6)), ("10.0.0.1", "10.0.0.2", "10.0.0.3")),
    ],
)
def test_only_addresses_that_are_asked_count_as_name_servers(untrusted: str, expected: tuple[str, ...]) -> None:
    """The first three, as the C library takes them, and no word that would mean everybody to systemd."""
    assert dropin.resolvers(untrusted) == expected


def test_the_password_is_handed_over_by_systemd_if_it_is_there() -> None:
    """By the name that the uplink looks for, from the path that the settings have."""
    settings = Settings(broker=BrokerSettings(host="10.0.0.1", password_file="/etc/keepmum/100% mine"))
    there = plan.wanted(settings, Around(("10.0.0.1",), (), has_password=True))[UPLINK] or ""
    lost = plan.wanted(settings, Around(("10.0.0.1",)))[UPLINK] or ""
    assert "LoadCredential=broker-password:/etc/keepmum/100%% mine\n" in there
    assert "LoadCredential" not in lost


@pytest.mark.parametrize("path", ["/etc/a\nIPAddressAllow=any", "/etc/a\\", "/etc/a "])
def test_no_path_can_write_a_second_line(path: str) -> None:
    """What systemd would read as something else is an error."""
    settings = Settings(broker=BrokerSettings(host="10.0.0.1", password_file=path))
    with pytest.raises(ConfigError, match="cannot be written into a unit"):
        plan.wanted(settings, Around(("10.0.0.1",), (), has_password=True))


def test_a_host_is_never_written() -> None:
    """Only addresses are, so that no name can mean anything to systemd."""
    settings = Settings(broker=BrokerSettings(host="x\nIPAddressAllow=any"))
    assert "any" not in (plan.wanted(settings, Around(("10.0.0.1",)))[UPLINK] or "")


def test_quiet_hours_have_a_timer_that_the_target_starts() -> None:
    """Three files; none of them if the uplink may stay connected."""
    texts = plan.wanted(Settings(quiet=NIGHT), Around(()))
    assert {name for name, text in texts.items() if text is not None} == set(EVERY) - {UPLINK}
    stays = QuietSettings(hours=NIGHT.hours, uplink=True)
    assert plan.wanted(Settings(quiet=stays), Around(())) == NOTHING


def test_what_makes_it_quieter_does_not_wait_for_a_name() -> None:
    """Without the broker's addresses nothing is said about its drop-in, and the hours are seen to."""
    texts = plan.wanted(NAMED.model_copy(update={"quiet": NIGHT}), None)
    assert UPLINK not in texts
    assert texts[TIMER] is not None


def test_every_beginning_and_end_is_looked_at_and_the_full_hour_after_it() -> None:
    """At midnight too; the full hour is for the night in which clocks are set forward."""
    assert hours.looks(("22:30-06:30", "06:30-23:15")) == [
        "00:00",
        "06:30",
        "07:00",
        "22:30",
        "23:00",
        "23:15",
    ]


@pytest.mark.parametrize(
    ("quiet", "clock", "may"),
    [
        (NIGHT, 22.4, True),
        (NIGHT, 22.5, False),
        (NIGHT, 6.49, False),
        (NIGHT, 6.5, True),
        (QuietSettings(hours=NIGHT.hours, uplink=True), 23.0, True),
        (QuietSettings(hours=("08:00-08:00",)), 12.0, False),
        (QuietSettings(), 3.0, True),
    ],
)
def test_the_uplink_may_run_by_the_households_clock(quiet: QuietSettings, clock: float, may: bool) -> None:
    """At the very second at which the timer looks it is decided already."""
    midnight_utc, berlin = 1_790_035_200.0, 7200.0
    assert hours.may_send(quiet, midnight_utc + clock * 3600 - berlin, berlin) is may


def test_nothing_is_changed_that_is_as_it_should_be() -> None:
    """Twice is once."""
    texts = plan.wanted(NAMED, FOUND)
    assert plan.changes(texts, texts) == ()


@pytest.mark.parametrize("name", EVERY)
def test_a_file_of_that_name_by_somebody_else_is_an_error(name: str) -> None:
    """Also where nothing would be written: the uplink would start with it."""
    theirs = {**NOTHING, name: "[Service]\nIPAddressAllow=any\n"}
    with pytest.raises(WallError, match="was not written by keepmum") as caught:
        plan.changes(plan.wanted(Settings(), Around(())), theirs)
    assert name in caught.value.hint


def test_a_change_tells_its_lines_and_a_new_file_its_name() -> None:
    """Whoever reads `--check` sees what is different."""
    before, after = plan.wanted(NAMED, FOUND), plan.wanted(NAMED, Around(("192.168.1.9",), FOUND.resolvers))
    (change,) = plan.changes(after, before)
    assert list(change.told(done=False)) == [
        f"to be written: {plan.PLACE}/{UPLINK}",
        "    -IPAddressAllow=192.168.1.7 fd00::7",
        "    +IPAddressAllow=192.168.1.9",
    ]
    (gone,) = plan.changes(NOTHING, before)
    assert list(gone.told(done=True)) == [f"removed: {plan.PLACE}/{UPLINK}"]


def test_a_new_broker_restarts_the_uplink_and_no_hours_end_the_quiet() -> None:
    """What was changed is in force at once, and nothing else is touched."""
    restart = ["systemctl", "--no-block", "restart", "keepmum-uplink.service"]
    look = ["systemctl", "--no-block", "restart", TIMER]
    quiet = plan.wanted(Settings(quiet=NIGHT), Around(()))
    other = plan.wanted(Settings(quiet=QuietSettings(hours=("12:00-13:00",))), Around(()))
    broker = plan.changes(plan.wanted(NAMED, FOUND), NOTHING)
    begins, moves, ends = (plan.changes(*pair) for pair in ((quiet, NOTHING), (other, quiet), (NOTHING, quiet)))
    assert [plan.after_it(done) for done in (broker, begins, moves, ends)] == [[restart], [look], [look], [restart]]
    assert plan.before_it(ends) == [["systemctl", "stop", TIMER]]
    assert plan.before_it(begins) == plan.before_it(broker) == []
