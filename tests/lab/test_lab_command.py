"""`keepmum lab`: the list, one policy, the golden table, and what scripts and editors get."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from keepmum import cli, shipped
from keepmum.errors import ConfigError
from keepmum.lab.shelf import Shelf

SHIPPED = Shelf().policies()
WIDE = {"COLUMNS": "200", "TERM": "dumb"}


def keepmum(*words: str) -> Result:
    return CliRunner().invoke(cli.app, list(words), env=WIDE, catch_exceptions=False)


def told(*words: str) -> str:
    result = keepmum(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_list_has_one_line_for_each_policy() -> None:
    """With its kind, and below it what the kinds mean."""
    lines = told("lab", "policies").splitlines()
    line = next(line for line in lines if line.startswith("alexa-2019-default "))
    assert [part.strip() for part in line.split("  ") if part.strip()] == [
        "alexa-2019-default",
        "simulated",
        "wake, false wake",
        "audio, transcript",
        "for ever",
        "for ever",
        "0.2 %",
    ]
    assert [name for name in Shelf().names() if not any(line.startswith(f"{name} ") for line in lines)] == []
    assert any(line.startswith("simulated: ") for line in lines)


def test_one_policy_tells_every_number_with_its_source() -> None:
    """In the words of its file."""
    shown = told("lab", "policies", "alexa-2019-default")
    for line in (
        "Alexa, default settings (simulation of public statements, April 2019)",
        "upload.preroll_ms: 500  [D, avs-wake-word]",
        "upload.tail_ms: 800, 300 to 2000  [A, assumed]",
        "retention.audio_days: for ever  [R, amazon-letter-2019-06-28]",
        "named by: account_number (persistent), seen by service, reviewer  [R, bloomberg-2019-04-10]",
        "  D: documented by the maker",
    ):
        assert f"{line}\n" in shown
    assert "https://developer.amazon.com/" in shown


def test_the_golden_table_is_printed_and_held() -> None:
    """Every line says that it is simulated; the last word is how many numbers were compared."""
    result = keepmum("lab", "golden")
    assert result.exit_code == 0
    rows = [
        line for line in result.stdout.splitlines() if line.startswith(("alexa", "ours", "siri", "google", "local"))
    ]
    assert len(rows) == 13
    assert all("simulated" in row for row in rows)
    assert "All figures are simulated" in result.stdout
    assert "132 numbers are as they were printed" in result.stderr


def test_a_narrow_screen_cuts_no_number_and_no_mark() -> None:
    """A line may break, but each row still says that it is simulated, and of what kind its policy is."""
    narrow = {**WIDE, "COLUMNS": "60"}
    table = CliRunner().invoke(cli.app, ["lab", "golden"], env=narrow).stdout
    listed = CliRunner().invoke(cli.app, ["lab", "policies"], env=narrow).stdout
    assert "…" not in table
    assert table.count("  simulated  ") == 14
    assert all(any(f"{policy.id} " in row and policy.kind in row for row in listed.splitlines()) for policy in SHIPPED)


def test_scripts_get_csv() -> None:
    """One number a line."""
    lines = told("lab", "golden", "--csv").splitlines()
    assert lines[0] == "policy,kind,figures,metric,value,unit,golden,within"
    assert len(lines) == 1 + 14 * 11
    assert "ours-share,measured,simulated,reviews_capped,48.000000,1/yr,48,0.5" in lines


def test_scripts_get_json() -> None:
    """The policies with every mark; one of them alone, and the same."""
    everything = {policy["id"]: policy for policy in json.loads(told("lab", "policies", "--json"))}
    [one] = json.loads(told("lab", "policies", "siri-2019-before-august", "--json"))
    assert one == everything["siri-2019-before-august"]
    assert one["retention"]["identified_days"] == {"value": 180.0, "conf": "R", "src": "appleinsider-2013"}


def test_policies_of_ones_own_are_listed(my_folder: Callable[..., Path]) -> None:
    """From the folder that is given; a mistake in one is told with file and line."""
    folder = str(my_folder())
    assert "mine " in told("lab", "policies", "--policies", folder)
    assert "A speaker of mine" in told("lab", "policies", "mine", "--policies", folder)
    my_folder(("mute:", "mutes:"))
    with pytest.raises(ConfigError) as caught:
        keepmum("lab", "policies", "--policies", folder)
    assert "mine.yaml:22: mutes: there is no such key" in caught.value.what
    assert "lab/README.md explains every key" in caught.value.told_by("keepmum")


def test_the_schema_is_what_lies_in_config() -> None:
    """Whoever changes a policy's form writes it with this option."""
    assert told("lab", "policies", "--schema") == (shipped.folder() / "policies.schema.json").read_text()


def test_every_help_teaches_with_an_example() -> None:
    """And `keepmum` itself names the lab."""
    for words in (["lab", "policies"], ["lab", "golden"]):
        page = told(*words, "--help")
        assert "Examples" in page
        assert f"keepmum {' '.join(words)}" in page
    assert "lab" in told("--help")
