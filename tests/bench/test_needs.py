"""What a scenario needs is read off its steps, and a bench that lacks it says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from jig import needs
from written_parts import Parts

from keepmum.errors import SceneError
from keepmum.hardware.scenes.scene import Scene

Load = Callable[[str], Scene]


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("press", ("button",)),
        ("pulse 0.008 times=5", ("button", "pulses")),
        ("switch mute", ("button",)),
        ("unplug", ("plug",)),
        ("deaf stall", ("faults",)),
        ("kill", ("mains",)),
        ("mains off\ntear\nmains on", ("mains", "faults")),
        ('mqtt keepmum/tighten "mute"', ("wire",)),
        ('say "hello"\n 0.1 press', ("button", "mouth")),
        ("expect ring red", ("eye",)),
        ("expect frames none", ("meter",)),
        ("expect sent bytes=0", ("wire",)),
        ("expect row mute", ("book",)),
        ("clock 2026-03-01 22:29:50\npause 1", ("clock",)),
        ('title "x"\npause 1', ()),
    ],
)
def test_features(scene: Load, text: str, needed: tuple[str, ...]) -> None:
    """What a scenario needs is read off its steps."""
    assert needs.features(scene(text)) == needed


def test_what_a_bench_lacks(parts: Parts, scene: Load) -> None:
    """A scenario that needs more than there is, or a speaker that is set up otherwise, is skipped with the reason."""
    jig = parts.jig()
    assert needs.lacking(scene("press\nexpect ring red"), jig) == ""
    assert needs.lacking(scene("press\nkill\nunplug"), jig) == "the written jig has no mains, plug"
    storm = scene("speaker wake.storm=2\npress")
    assert needs.lacking(storm, jig) == "this speaker is not set up with wake.storm=2"
    jig.settings = {"wake.storm": "2"}
    assert needs.lacking(storm, jig) == ""


def test_what_no_bench_can_see(scene: Load) -> None:
    """An owner or a row that does not exist, and a report that only the listener sees, are mistakes, all at once."""
    with pytest.raises(SceneError) as caught:
        needs.check(scene("await delivered\nexpect muted by=nobody\nexpect row mutes\npress"))
    assert [line.split(": ")[0] for line in caught.value.what.splitlines()] == [f"scene.txt:{one}" for one in (1, 2, 3)]


def test_the_page_tells_every_promise() -> None:
    """The table in README.md has each scenario with its first line and its needs, word for word."""
    here = Path(__file__).parent
    told = [
        line
        for line in (here / "README.md").read_text().splitlines()
        if line.startswith("| `") and line.count("|") == 4
    ]
    rows = {line.split("`")[1]: line for line in told}
    for file in sorted((here.parent / "scenarios").glob("*.txt")):
        promise = file.read_text().splitlines()[0].removeprefix("# ")
        needed = ", ".join(needs.features(Scene.load(file)))
        assert rows.get(file.stem) == f"| `{file.stem}` | {promise} | {needed} |"
