"""The bench that measures understanding reads its labels and its figures right."""

import json
import sys
from pathlib import Path

import pytest

from keepmum.listener.sentences.understand import Intent

BENCHES = Path(__file__).parents[3] / "scripts" / "benches"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch):
    """The module as `scripts/bench commands` imports it."""
    monkeypatch.syspath_prepend(BENCHES)
    import commands

    yield commands
    sys.modules.pop("commands")


def test_a_label_is_our_intent(bench, tmp_path: Path) -> None:
    """An order in Picovoice's words becomes the slots of coffee.order; recordings without a label are left out."""
    recordings = Path(__file__).parents[2] / "audio" / "command"
    name = sorted(recordings.iterdir())[0].stem
    slots = {
        "coffeeDrink": "iced mocha",
        "numberOfShots": "triple shot",
        "roast": "dark roast",
        "size": "twelve ounce",
        "milkAmount": " cream",
        "sugarAmount": "a little bit of brown sugar",
    }
    labels = tmp_path / "label.json"
    labels.write_text(json.dumps({f"{name}.wav": {"intent": "orderDrink", "slots": slots}, "other.wav": {"slots": {}}}))
    (spoken,) = bench.people(labels, recordings)
    assert spoken.name == name
    assert spoken.meant == Intent(
        "coffee.order",
        {
            "drink": "iced mocha",
            "shots": 3,
            "roast": "dark",
            "size": "twelve ounce",
            "milk": "cream",
            "sugar": "brown sugar",
            "sugar_amount": "a little",
        },
    )


def test_a_share_stands_with_its_uncertainty(bench) -> None:
    """The Wilson interval of 8 in 10 and of 0 in 10 is the one in the textbooks."""
    from _figures import percentage

    assert percentage(8, 10) == "   8 of   10    80.0 % (49.0 to 94.3)"
    assert percentage(0, 10) == "   0 of   10     0.0 % (0.0 to 27.8)"
    assert percentage(0, 0) == "none"
