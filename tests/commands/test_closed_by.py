"""Who holds the microphone closed, as people read it."""

from __future__ import annotations

import pytest

from keepmum.commands.owners import CLOSED_BY, closed_by
from keepmum.privacy import Owner


def test_every_owner_has_words() -> None:
    """And nobody has words who is no owner."""
    assert list(CLOSED_BY) == [owner.value for owner in Owner]


@pytest.mark.parametrize(
    ("owners", "words"),
    [([], "nobody"), (["guest", "quiet"], "guest mode, quiet hours"), (["a newer one"], "a newer one")],
)
def test_they_are_named_in_their_order(owners: list[str], words: str) -> None:
    """One line, whoever they are."""
    assert closed_by(owners) == words
