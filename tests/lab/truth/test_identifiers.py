"""Nothing that leaves tells whose it is; what would tell it is found; and policies say what each party could link."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepmum.cli import app
from keepmum.errors import LabError
from keepmum.lab.experiments.identifiers import HOMES, bits, measure
from keepmum.lab.shelf import Shelf
from keepmum.lab.truth import machine
from keepmum.lab.truth.search import Names


def test_nothing_that_leaves_tells_whose_it_is() -> None:
    """The real uplink and broker: none of this machine's names stands anywhere, and every control is caught."""
    result = measure(1, 7)
    found = {figure.case.partition(" (")[0]: figure.value for figure in result.figures if figure.most is not None}
    assert found == dict.fromkeys(found, 0.0)
    assert len(found) == 5
    assert result.holds, result.missed
    linked = {(each.case, each.name): each.value for each in result.figures}
    assert linked["alexa-2019-default", "reviewer: pairs linked"] == 1.0
    assert linked["ours-share", "reviewer: pairs linked"] == pytest.approx(0.033, abs=0.001)
    assert not any(case == "local-only" for case, _ in linked)


def test_a_name_on_the_wire_breaks_the_promise() -> None:
    """A build whose topics say whose they are: here, that they are keepmum's."""
    result = measure(1, 7, names=Names({"host name": [b"keepmum/clips/"]}))
    broken = {figure.case.partition(" (")[0] for figure in result.broken}
    assert "on the wire" in broken
    assert not result.holds


def test_bits_count_what_lasts() -> None:
    """Twenty bits for each name that lasts, among a million homes; none for those of a single use."""
    alexa = Shelf().policy("alexa-2019-default")
    assert bits(alexa.identifiers, "reviewer") == pytest.approx(3 * 19.93, abs=0.01)
    assert bits(alexa.identifiers, "broker") == 0.0
    assert bits(alexa.identifiers, "reviewer", homes=2) == 3.0
    assert HOMES == 1_000_000


def test_the_command_finds_this_machine_in_a_folder(tmp_path: Path) -> None:
    """It names file, place and kind, never the name itself, and ends with 1; a clean folder ends with 0."""
    kind, names = next(iter(machine.identifiers().items()))
    name = min(names)
    (tmp_path / "log").write_bytes(b"hello " + name.encode())
    found = CliRunner().invoke(app, ["lab", "search", str(tmp_path)])
    assert found.exit_code == 1
    assert kind in found.output
    assert name not in found.output.replace(str(tmp_path), "")
    (tmp_path / "log").write_bytes(b"hello")
    assert CliRunner().invoke(app, ["lab", "search", str(tmp_path)]).exit_code == 0


def test_the_command_looks_for_files_and_recordings(tmp_path: Path) -> None:
    """Any part of them, in any writing."""
    letter = tmp_path / "letter"
    letter.write_bytes(b"Dear Marta, the doctor says that all is well.")
    (tmp_path / "dump").write_bytes(letter.read_bytes().hex().encode())
    words = ["lab", "search", str(tmp_path / "dump"), "--bytes", str(letter)]
    assert CliRunner().invoke(app, words).exit_code == 1
    (tmp_path / "dump").write_bytes(b"nothing of it")
    assert CliRunner().invoke(app, words).exit_code == 0
    missing = CliRunner().invoke(app, ["lab", "search", str(tmp_path), "--bytes", str(tmp_path / "nothing")])
    assert isinstance(missing.exception, LabError)
