"""Compares what the settings want of systemd with what lies there, and says what follows from the difference."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keepmum.errors import WallError
from keepmum.settings import Settings
from keepmum.wall import dropin, hours

PLACE = "/etc/systemd/system"
"""Where the administrator's units are; systemd takes them before all others."""
UPLINK = "keepmum-uplink.service.d/50-keepmum.conf"
TIMER = "keepmum-quiet.timer"
_WANTS = "keepmum.target.d/50-keepmum.conf"
_SERVICE = "keepmum-quiet.service"
EVERY = (UPLINK, TIMER, _SERVICE, _WANTS)
"""All that is ever written, by its name below PLACE."""

Found = Mapping[str, str | None]
"""The text of each of these names; None where there is no such file."""


@dataclass(frozen=True)
class Around:
    """What the settings do not say themselves."""

    addresses: tuple[str, ...]
    """All of the broker's."""
    resolvers: tuple[str, ...] = ()
    has_password: bool = False
    """Whether the file with the broker's password is there."""


@dataclass(frozen=True)
class Change:
    """One file that is to be written, or removed."""

    name: str
    before: str | None
    after: str | None

    def told(self, *, done: bool) -> Iterator[str]:
        """What has changed, or would, for people."""
        verbs = ("written", "removed") if done else ("to be written", "to be removed")
        yield f"{verbs[self.after is None]}: {PLACE}/{self.name}"
        if self.before is not None and self.after is not None:
            both = self.before.splitlines(), self.after.splitlines()
            marked = list(difflib.unified_diff(*both, n=0, lineterm=""))[2:]
            yield from (f"    {line}" for line in marked if not line.startswith("@@"))


def wanted(settings: Settings, around: Around | None) -> dict[str, str | None]:
    """The text of each file, None for one that must not be there.

    Without `around` the broker's addresses are not known, and nothing is said about the uplink's drop-in. Raises
    ConfigError.
    """
    stops = hours.stop_the_uplink(settings.quiet)
    texts: dict[str, str | None] = {
        TIMER: hours.timer(settings.quiet.hours) if stops else None,
        _SERVICE: hours.service() if stops else None,
        _WANTS: hours.wants() if stops else None,
    }
    if settings.broker.host is None:
        return {UPLINK: None, **texts}
    if around is None:
        return texts
    asked, password = around.resolvers, around.has_password
    return {UPLINK: dropin.text(settings.broker, around.addresses, asked, has_password=password), **texts}


def changes(wanted: Found, found: Found) -> tuple[Change, ...]:
    """What is not as it should be. Raises WallError for a file of one of these names that somebody else wrote."""
    for name, untrusted_text in found.items():
        if untrusted_text is not None and not is_ours(untrusted_text):
            hint = f"look at it, and move it out of the way: `sudo rm {PLACE}/{name}`, or give it another name"
            raise WallError(f"{PLACE}/{name} was not written by keepmum", hint)
    return tuple(Change(name, found.get(name), after) for name, after in wanted.items() if found.get(name) != after)


def is_ours(untrusted_text: str) -> bool:
    """Whether a file begins as all of ours do."""
    return untrusted_text.partition("\n")[0] == dropin.MARK


def before_it(done: tuple[Change, ...]) -> list[list[str]]:
    """What systemd is to do before the files change: a timer without its file could not be stopped by its name."""
    goes = any(change.name == TIMER and change.after is None for change in done)
    return [["systemctl", "stop", TIMER]] if goes else []


def after_it(done: tuple[Change, ...]) -> list[list[str]]:
    """What systemd is to do afterwards, as long as keepmum runs: begin anew with what was changed."""
    names = {change.name: change.after for change in done}
    orders = []
    if UPLINK in names or names.get(TIMER, "") is None:
        # Out of the quiet hours that are no more, too: its own conditions decide whether it starts.
        orders.append(["systemctl", "--no-block", "restart", "keepmum-uplink.service"])
    if names.get(TIMER):
        orders.append(["systemctl", "--no-block", "restart", TIMER])
    return orders
