"""I16: every number in every shipped policy bears a mark and a source, and whatever is printed says what it is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from keepmum import shipped
from keepmum.lab.figure import figures
from keepmum.lab.golden import golden
from keepmum.lab.page import GOLDEN_HEADINGS, KINDS, SIMULATED, explained, golden_csv, golden_row, overview
from keepmum.lab.policy import SIMULATES, Policy
from keepmum.lab.shelf import Shelf

FOLDER = shipped.folder() / "policies"
FILES = sorted(FOLDER.glob("*.yaml"))
EACH = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
VENDORS = ("alexa", "amazon", "siri", "apple", "google", "microsoft", "sonos", "snips")


def numbers(value: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The dotted key of every number in a file, ranges aside: `inf` and `60 s` are numbers too."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in ("range", "date"):
                yield from numbers(each, path if key == "value" else (*path, key))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from numbers(each, (*path, str(place)))
    elif (isinstance(value, int | float) and not isinstance(value, bool)) or re.fullmatch("inf|[0-9]+ s", str(value)):
        yield ".".join(path)


def test_every_policy_that_was_promised_is_there() -> None:
    """The vendors' as they stated them, one for nobody, and our own."""
    assert sorted(file.stem for file in FILES) == [
        "alexa-2019-04-opted-out",
        "alexa-2019-08-opted-out",
        "alexa-2019-autodelete-540",
        "alexa-2019-autodelete-90",
        "alexa-2019-default",
        "alexa-2025-default",
        "alexa-2025-dont-save",
        "alexa-do-not-send",
        "always-stream",
        "google-2019-after-default",
        "google-2019-before-september",
        "google-2020-optin",
        "local-only",
        "microsoft-2020-optin",
        "ours-ask",
        "ours-local",
        "ours-metrics",
        "ours-share",
        "ours-share-text",
        "siri-2019-after-default",
        "siri-2019-after-optin",
        "siri-2019-before-august",
    ]


@EACH
def test_every_number_has_a_mark_and_a_source(file: Path) -> None:
    """No number of the file stands outside the figures, and the source of each is told in the same file."""
    policy = Shelf().policy(file.stem)
    marked = dict(figures(policy))
    written = {key for key in numbers(yaml.safe_load(file.read_text())) if not key.startswith("valid.")}
    assert written == marked.keys()
    assert written, "a policy without a number says nothing"
    for key, figure in marked.items():
        assert figure.conf in "DRIAM", key
        assert figure.src in policy.sources, key
    for identifier in policy.identifiers:
        assert identifier.src in policy.sources


@EACH
def test_every_source_is_used(file: Path) -> None:
    """For a number, an identifier or in a note; nobody is quoted for decoration."""
    policy = Shelf().policy(file.stem)
    cited = {figure.src for _, figure in figures(policy)} | {identifier.src for identifier in policy.identifiers}
    said = " ".join([*policy.notes, *(figure.note or "" for _, figure in figures(policy))])
    assert {name for name in policy.sources if name not in cited and name not in said} == set()


@EACH
def test_what_is_only_measured_here_is_ours(file: Path) -> None:
    """The mark M and the kind `measured` belong to keepmum's own policies; a vendor is simulated, with a date."""
    policy = Shelf().policy(file.stem)
    is_ours = file.stem.startswith("ours-")
    assert (policy.kind == "measured") == is_ours
    assert any(figure.conf == "M" for _, figure in figures(policy)) == is_ours
    if policy.kind == "simulated":
        told, _, date = policy.label.partition(SIMULATES)
        assert told
        assert any(year in date for year in ("2019", "2020", "2022", "2025"))
    assert not (is_ours and any(vendor in policy.label.lower() for vendor in VENDORS))


@EACH
def test_what_is_told_about_a_policy_says_what_it_is(file: Path) -> None:
    """In the list and in the page: simulated, measured or a control, in words."""
    policy = Shelf().policy(file.stem)
    assert policy.kind in overview(policy)
    page = list(explained(policy))
    assert page[1] == f"{policy.kind}: {KINDS[policy.kind]}"
    assert any(word in page[1] for word in ("simulated", "measured"))
    for key, figure in figures(policy):
        assert any(line.startswith(f"{key}: ") and f"[{figure.conf}, {figure.src}]" in line for line in page), key


def test_every_line_of_the_golden_table_says_simulated(shipped_policies: Mapping[str, Policy]) -> None:
    """Ours too: its household is nobody's."""
    rows = golden(shipped_policies.values())
    place = GOLDEN_HEADINGS.index("figures")
    assert {golden_row(row)[place] for row in rows} == {"simulated"}
    heading, *told = golden_csv(rows).splitlines()
    column = heading.split(",").index("figures")
    assert {line.split(",")[column] for line in told} == {"simulated"}
    assert "simulated" in SIMULATED


@EACH
def test_editors_find_the_schema_and_take_the_file(file: Path) -> None:
    """The first line names it."""
    assert file.read_text().startswith("# yaml-language-server: $schema=../policies.schema.json\n")


def test_a_number_says_for_ever_or_seconds_in_words(shipped_policies: Mapping[str, Policy]) -> None:
    """As the file says it."""
    assert math.isinf(shipped_policies["alexa-2019-default"].retention.audio_days.value)
    assert shipped_policies["alexa-2025-dont-save"].retention.audio_days.value == 60 / 86_400
    assert any("for ever" in line for line in explained(shipped_policies["alexa-2019-default"]))
    assert any("audio_days: 60 s" in line for line in explained(shipped_policies["alexa-2025-dont-save"]))
