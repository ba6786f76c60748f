"""A policy file with mistakes: all of them at once, each with its line, its key and what would be right."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from pydantic import BaseModel

from keepmum import lab, schema, shipped, strict_yaml
from keepmum.errors import ConfigError
from keepmum.lab.figure import Conf, Figure, figures, model_in
from keepmum.lab.policy import Policy
from keepmum.lab.shelf import Shelf, parsed
from keepmum.strict_yaml import Problem

Complaints = Callable[..., list[Problem]]
FILES = sorted((shipped.folder() / "policies").glob("*.yaml"))


def keys(model: type[BaseModel], above: str = "") -> list[str]:
    """Every dotted key of a policy, without what stands inside a figure."""
    found = []
    for name, field in model.model_fields.items():
        key = f"{above}{field.alias or name}"
        inner = model_in(field.annotation)
        found += keys(inner, f"{key}.") if inner is not None and not issubclass(inner, Figure) else [key]
    return found


def test_a_right_file_says_what_it_says(mine: Callable[..., Policy]) -> None:
    """A bare number bears its section's mark and source; one with a mark of its own stands alone."""
    marked = dict(figures(mine()))
    assert math.isinf(marked["retention.audio_days"].value)
    assert (marked["retention.audio_days"].conf, marked["retention.audio_days"].src) == (Conf.REPORTED, "letter")
    assert (marked["upload.tail_ms"].conf, marked["upload.tail_ms"].src) == (Conf.ASSUMED, None)
    own = mine(("transcript_days: 30", "transcript_days: {value: 30, conf: A}"))
    assert dict(figures(own))["retention.transcript_days"].src is None


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "what", "hint"),
    [
        ("  preroll_ms:", "  prerol_ms:", 9, "upload.prerol_ms", "there is no such key", "did you mean preroll_ms?"),
        ("mute:", "mutes:", 22, "mutes", "there is no such key", "did you mean mute?"),
        (
            "conf: A, range: [300, 2000]",
            "cnf: A",
            10,
            "upload.tail_ms.cnf",
            "there is no such key",
            "did you mean conf?",
        ),
        ("  conf: R\n", "", 15, "retention.audio_days.conf", "is missing", "the section can say it"),
        ("conf: D, src: letter}", "conf: D}", 9, "upload.preroll_ms.src", "is missing: what is marked D", ""),
        ("conf: D, src: letter}", "conf: D, src: lettre}", 9, "upload.preroll_ms.src", "no source 'lettre'", "letter?"),
        (
            "  src: letter\n",
            "  src: leter\n",
            15,
            "retention.src",
            "there is no source 'leter'",
            "did you mean letter?",
        ),
        ("  src: letter\n", "", 15, "retention.audio_days.src", "is missing: what is marked R is reported", ""),
        ("conf: R, src: letter}", "conf: R}", 12, "identifiers.0.src", "is missing: what is marked R", ""),
        ("audio_days: inf", "audio_days: -1", 16, "retention.audio_days", "-1 cannot be: ", ""),
        ("audio_days: inf", "audio_days: forever", 16, "retention.audio_days", '"forever" cannot be: ', ""),
        ("audio_days: inf", 'audio_days: "30"', 16, "retention.audio_days", '"30" cannot be: ', ""),
        ("audio_days: inf", "audio_days: true", 16, "retention.audio_days", "true cannot be: ", ""),
        ("value: 0.002", "value: 1.5", 19, "review.rate.value", "1.5 cannot be: ", ""),
        ("range: [0, 0.01]", "range: [0.01, 0.1]", 19, "review.rate.range", "0.01 to 0.1 does not hold the value", ""),
        ("range: [0, 0.01]", "range: [0, 2]", 19, "review.rate.range.1", "2 cannot be: ", ""),
        (
            "conf: A, range: [0, 0.01]",
            "conf: X",
            19,
            "review.rate.conf",
            "must be one of D, R, I, A, M",
            "D documented",
        ),
        (
            "when: [wake, false_wake]",
            "when: [wake, flase_wake]",
            7,
            "upload.when.1",
            "it must be one of",
            "false_wake?",
        ),
        ("when: [wake, false_wake]", "when: []", 8, "upload.payload", "when and payload go together", ""),
        ("scope: persistent", "scope: rotating", 12, "identifiers.0.days", "is what a rotating identifier needs", ""),
        ("id: mine", "id: yours", 2, "id", "yours stands in mine.yaml", ""),
        ("(simulation of public statements, April 2019)", "", 4, "label", "nobody measured it, so it says so", ""),
        ("[2019-04-10, null]", "[2019-04-10, 2018]", 5, "valid.1", "", ""),
        ("[2019-04-10, null]", '[2019-04-10, "2018"]', 5, "valid", "it ends before it begins", ""),
        ("[2019-04-10, null]", "[2019-13-10, null]", 5, "valid.0", "cannot be", ""),
        ("speaker-policy/1", "speaker-policy/2", 1, "schema", "it must be one of speaker-policy/1", ""),
        ("  when:", "  on: [wake]\n  when:", 7, "upload.on", "YAML may read as true or false", "quotes"),
        ("mute: {kind: unknown}\n", "", 0, "mute", "is missing", ""),
    ],
)
def test_a_mistake_is_told_where_it_stands(
    complaints: Complaints, old: str, new: str, line: int, key: str, what: str, hint: str
) -> None:
    """Unknown keys with the word that was meant, missing marks and sources, and numbers that cannot be."""
    found = [problem for problem in complaints((old, new)) if problem.key == key]
    assert found, complaints((old, new))
    assert what in found[0].what
    assert hint in found[0].hint
    assert found[0].line == line


def test_all_mistakes_are_told_at_once(complaints: Complaints) -> None:
    """In the form and in the content, of keys, marks, sources and numbers."""
    found = complaints(
        ("preroll_ms:", "prerol_ms:"),
        ("audio_days: inf", "audio_days: -1"),
        ("rate: {value: 0.002, conf: A", "rate: {value: 0.002, conf: D"),
        ("id: mine", "id: yours"),
        ("kind: unknown", "kind: no"),
    )
    assert {problem.key for problem in found} >= {
        "id",
        "upload.prerol_ms",
        "retention.audio_days",
        "review.rate.src",
        "mute.kind",
    }


def test_one_wrong_mark_of_a_section_is_one_problem(complaints: Complaints) -> None:
    """However many numbers it would have marked."""
    found = complaints(("  conf: R\n  src", "  conf: Q\n  src"))
    assert [(problem.key, problem.line) for problem in found] == [("retention.conf", 14)]


@pytest.mark.parametrize("text", ["", "- a\n", "a: [\n", "sources: 7\n", "identifiers: 3\nupload: x\nretention: [1]\n"])
def test_what_is_no_policy_at_all_is_refused(text: str) -> None:
    """An empty file, a list, half a line, sections that are none: problems, never a traceback."""
    policy, problems = parsed(strict_yaml.read(text, "mine.yaml"), "mine")
    assert policy is None
    assert len(problems) > 1 or "not YAML" in problems[0].what


def test_a_policy_that_is_not_there_is_told_with_its_neighbours() -> None:
    """With those that begin so, or the nearest."""
    with pytest.raises(ConfigError) as begun:
        Shelf().policy("siri-2019-after")
    assert "did you mean siri-2019-after-default or siri-2019-after-optin?" in begun.value.hint
    with pytest.raises(ConfigError) as near:
        Shelf().policy("ours-locla")
    assert "did you mean ours-local?" in near.value.hint
    with pytest.raises(ConfigError):
        Shelf().policy("../keepmum")


def test_a_file_of_ones_own_wins(my_folder: Callable[..., Path]) -> None:
    """A researcher adds a policy by adding a file, and replaces one by its name."""
    folder = my_folder()
    my_folder(("id: mine", "id: ours-local"), name="ours-local")
    shelf = Shelf(folder)
    assert {"mine", "alexa-2019-default"} < set(shelf.names())
    assert shelf.policy("ours-local").label.startswith("A speaker of mine")
    assert len(shelf.policies()) == len(FILES) + 1


def test_mistakes_of_several_files_are_told_together(my_folder: Callable[..., Path]) -> None:
    """As one error, with file and line."""
    my_folder(("value: 0.002", "value: 2"))
    folder = my_folder(("id: mine", "id: other"), ("mute:", "mutes:"), name="other")
    with pytest.raises(ConfigError) as caught:
        Shelf(folder).policies()
    told = caught.value.what.replace(f"{folder}/", "")
    assert "3 problems" in told
    assert "mine.yaml:19: review.rate.value" in told
    assert "other.yaml:22: mutes" in told


# ---- the schema, and the page


def test_the_schema_is_what_the_program_enforces() -> None:
    """It is written by the program."""
    written = (shipped.folder() / "policies.schema.json").read_text()
    assert written == schema.of(Policy).document(), "run: keepmum lab policies --schema >config/policies.schema.json"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_editors_take_every_shipped_file(file: Path) -> None:
    """And refuse a slip as the program does."""
    editor = jsonschema.Draft202012Validator(json.loads((shipped.folder() / "policies.schema.json").read_text()))
    said = strict_yaml.read(file.read_text(), file.name).values
    assert [error.message for error in editor.iter_errors(said)] == []
    assert not editor.is_valid({**said, "mutes": {}})
    assert not editor.is_valid({**said, "retention": {**said["retention"], "audio_days": -1}})
    assert not editor.is_valid({**said, "retention": {**said["retention"], "audio_days": {"value": 1, "cnf": "A"}}})


def test_what_scripts_get_can_be_read_again(mine: Callable[..., Policy]) -> None:
    """`--json` writes `inf` as a file does, so its output is a policy."""
    policy = mine(("audio_days: inf", "audio_days: 60 s"))
    written = policy.model_dump(mode="json", by_alias=True, exclude_none=True)
    again = {**written, "valid": ["2019-04-10", None]}
    assert Policy.model_validate_json(json.dumps(again), strict=True) == policy
    assert json.loads(json.dumps(mine().model_dump(mode="json")))["retention"]["audio_days"]["value"] == "inf"


def test_the_page_explains_every_key() -> None:
    """The hint of every error leads there."""
    page = (Path(lab.__file__).parent / "README.md").read_text()
    marks = {"conf", "src"}
    missing = [
        key
        for key in keys(Policy)
        if key.rpartition(".")[2] not in marks and f"`{key}`" not in page and f"`{key.rpartition('.')[2]}`" not in page
    ]
    assert missing == []
