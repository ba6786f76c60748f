"""The report: a page without anything from elsewhere, plots that follow light and dark, the same bytes every time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
import yaml

from keepmum.errors import LabError
from keepmum.lab.evaluate.evaluation import Evaluation, evaluate
from keepmum.lab.evaluate.replaying import Assumptions, again, replay
from keepmum.lab.events import Home
from keepmum.lab.report import bars, curves, folder, sheet
from keepmum.lab.report.alike import alike, key, label
from keepmum.lab.report.tables import stated
from keepmum.lab.report.told import plots
from keepmum.lab.run import open_run
from keepmum.lab.shelf import Shelf

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "panel"))
import _golden_run
import _small_run
from panel_browser import CHROMIUM, Browser

PLOTS = ("exposure", "seconds", "strip", "durations", "linkability", "reviewers")


@cache
def week() -> Evaluation:
    """A week of the golden household."""
    marked = SimpleNamespace(
        recordings=_golden_run.recordings(7), marks=_golden_run.found(7), truth=_golden_run.true(7)
    )
    return evaluate(marked, Shelf().policies(), Home(hours=24, longest=43), seed=1)


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder with a report of the golden household's first week."""
    place = tmp_path_factory.mktemp("run")
    _small_run.write_small_run(
        place,
        facts=_golden_run.FACTS,
        recordings=_golden_run.recordings(7),
        found=_golden_run.found(7),
        truth=_golden_run.true(7),
    )
    run = open_run(place)
    assumptions = Assumptions(Home(hours=24, longest=43))
    folder.write(run, replay(run, assumptions), assumptions)
    return place


def test_the_page_needs_nothing_else(reported: Path) -> None:
    """No script, no font, no picture, no address of anybody: not even in what the drawings say of themselves."""
    page = (reported / "report.html").read_text()
    assert "<script" not in page
    namespaces = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")
    assert set(re.findall(r"https?://[^\s\"<')]+", page)) <= set(namespaces)
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert not re.search(r"url\((?!#)", page)
    assert "default-src 'none'" in page


def test_every_plot_is_in_the_page_and_beside_it(reported: Path) -> None:
    """The same drawing: in the page with the page's colours, as a file with its own."""
    page = (reported / "report.html").read_text()
    for name in PLOTS:
        assert f'id="{name}"' in page
        drawn = ElementTree.parse(reported / "plots" / f"{name}.svg")
        assert drawn.getroot().tag.endswith("svg")
    inside = "".join(re.findall(r"<svg.*?</svg>", page, re.S))
    assert not [colour for colour in sheet.NAMED if colour in inside], "a plot would not follow light and dark"
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_what_is_simulated_says_so_beside_every_figure(reported: Path) -> None:
    """Stated and measured stand in columns of their own, and each kind in a table of its own."""
    page, text = (reported / "report.html").read_text(), (reported / "report.md").read_text()
    for told in (page, text):
        for kind in sheet.KINDS:
            assert f"All policies: {kind}" in told
    assert "simulated: s/h uploaded" in text
    assert "measured: s/h uploaded" in text
    rows = {row[0]: row for row in stated(week(), ()).rows}
    assert rows["alexa-2019-default"][1] != ""
    assert rows["alexa-2019-default"][5:] == ("", "", "", "")
    assert rows["ours-share"][1:5] == ("", "", "", "")
    assert rows["ours-share"][5] != ""


def test_a_captured_device_stands_beside_its_simulation(reported: Path) -> None:
    """In the same line and the other column, where somebody put its table into the run's folder."""
    measured = reported / "measured"
    measured.mkdir()
    head = "policy,metric,value,lo,hi,n,unit,kind\n"
    (measured / "echo.csv").write_text(
        head + "alexa-2019-default,upload_s_per_h,7.5,5,11,12,s/h,measured\nan-echo,upload_s_per_h,8,,,3,s/h,measured\n"
    )
    run = open_run(reported)
    evaluation, assumptions = again(run)
    folder.write(run, evaluation, assumptions)
    lines = (reported / "report.md").read_text().splitlines()
    beside = next(line for line in lines if line.startswith("| alexa-2019-default |") and "7.5 (5 to 11)" in line)
    assert beside.split(" | ")[1].strip() not in ("", "–")
    assert any(line.startswith("| an-echo |") and "| 8 |" in line for line in lines)
    (measured / "echo.csv").write_text("nonsense\n1\n")
    with pytest.raises(LabError, match=r"echo\.csv is no table"):
        folder.write(run, evaluation, assumptions)
    (measured / "echo.csv").unlink()
    measured.rmdir()


def test_the_same_run_gives_the_same_bytes(reported: Path, tmp_path: Path) -> None:
    """In another process with other hashes: figures, page, text and all plots."""
    other = tmp_path / "again"
    _small_run.write_small_run(
        other,
        facts=_golden_run.FACTS,
        recordings=_golden_run.recordings(7),
        found=_golden_run.found(7),
        truth=_golden_run.true(7),
    )
    code = "from keepmum.cli import app; app()"
    for words in (["replay", str(other), "--hours-a-day", "24", "--longest", "43"], ["report", str(other)]):
        environment = {**os.environ, "PYTHONHASHSEED": "77", "COLUMNS": "100"}
        subprocess.run([sys.executable, "-c", code, "lab", *words], check=True, capture_output=True, env=environment)
    run = open_run(reported)
    evaluation, assumptions = again(run)
    folder.write(run, evaluation, assumptions)
    names = sorted(file.relative_to(reported) for file in reported.rglob("*") if file.is_file())
    assert names == sorted(file.relative_to(other) for file in other.rglob("*") if file.is_file())
    assert [str(name) for name in names if (reported / name).read_bytes() != (other / name).read_bytes()] == []
    assert len([name for name in names if name.suffix == ".svg"]) == len(PLOTS)


def test_a_real_browser_shows_it_light_dark_and_narrow(reported: Path) -> None:
    """Without a complaint, without a sideways bar, and with the text in the colour that fits."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with Browser() as browser:
        for width, dark in ((1200, False), (1200, True), (390, False)):
            browser.look(width, 900, dark=dark)
            browser.open((reported / "report.html").as_uri())
            assert browser.complaints() == []
            assert browser.say("document.documentElement.scrollWidth") <= width
            colour = browser.say("getComputedStyle(document.querySelector('figure svg text')).fill")
            assert colour == ("rgb(232, 235, 238)" if dark else "rgb(27, 31, 36)")


def test_no_two_labels_of_a_plot_lie_on_one_another(reported: Path) -> None:
    """Measured by the browser, in every plot."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    overlapping = """
    (() => { const found = [];
      for (const figure of document.querySelectorAll('figure')) {
        const texts = [...figure.querySelectorAll('svg text')];
        const boxes = texts.map(text => [text.textContent, text.getBoundingClientRect()]);
        boxes.forEach(([name, one], place) => boxes.slice(place + 1).forEach(([other, two]) => {
          const wide = Math.min(one.right, two.right) - Math.max(one.left, two.left);
          const high = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
          if (wide > 1 && high > 3) found.push(name + ' on ' + other); })); }
      return found; })()"""
    with Browser() as browser:
        browser.look(1200, 900)
        browser.open((reported / "report.html").as_uri())
        assert browser.say(overlapping) == []


def test_policies_with_the_same_figures_are_one_mark() -> None:
    """Twenty-two labels on one spot are none; who is in a large group stands below."""
    groups = alike(week(), "upload_s_per_h", "false_s_per_h")
    names = [name for group in groups for name in group.names]
    assert sorted(names) == Shelf().names()
    largest = max(groups, key=lambda group: len(group.names))
    assert len(largest.names) >= 7
    assert label(largest, names).startswith("alexa (7 of 8)")
    assert (largest.kind, ", ".join(largest.names)) in key(groups)
    assert {len({group.kind for group in groups if name in group.names}) for name in names} == {1}


def test_a_family_that_is_whole_says_so() -> None:
    """And up to three are named."""
    groups = alike(week(), "exposure_s_d_per_h")
    everybody = [policy.id for policy in week().policies]
    small = next(group for group in groups if group.names == ("google-2019-after-default", "siri-2019-after-default"))
    assert label(small, everybody).replace("\n", " ") == "google-2019-after-default, siri-2019-after-default"


def test_a_run_in_which_nothing_happened_is_told_too(tmp_path: Path) -> None:
    """Silence has a report: zeros with the intervals that silence allows."""
    silent = _small_run.write_small_run(tmp_path / "silent", found=(), truth=())
    run = open_run(silent)
    folder.write(run, replay(run, Assumptions()), Assumptions())
    assert "0 to " in (silent / "report.md").read_text()
    assert all((silent / "plots" / f"{name}.svg").stat().st_size > 1_000 for name in PLOTS)


def test_the_citation_is_one(reported: Path) -> None:
    """Citation File Format, with what the figures were made from."""
    cited = yaml.safe_load((reported / "CITATION.cff").read_text())
    assert cited["cff-version"] == "1.2.0"
    assert cited["type"] == "dataset"
    assert cited["date-released"] == "2026-11-22"
    assert any("2" * 64 in each["value"] for each in cited["identifiers"])


def test_the_script_to_reproduce_it_compares_the_figures(reported: Path) -> None:
    """It is a shell script that names corpus, seed and options, and checks the sum of the figures."""
    script = (reported / "REPRODUCE.sh").read_text()
    assert subprocess.run(["sh", "-n", str(reported / "REPRODUCE.sh")], check=False).returncode == 0
    assert "--seed 20261122 --date 2026-11-22" in script
    assert "--hours-a-day 24 --longest 43" in script
    sums = re.search(r"<<'SUMS'\n(.*?)SUMS", script, re.S)
    assert sums
    checked = subprocess.run(
        ["sha256sum", "--check"], input=sums[1], text=True, cwd=reported, capture_output=True, check=False
    )
    assert checked.stdout == "metrics.csv: OK\n"


def test_the_hour_that_is_shown_has_both() -> None:
    """Commands and false wakes: an hour of one kind would show nothing."""
    drawn = curves.strip(week())
    commands, false = (int(re.search(rf"(\d+) {what}", drawn)[1]) for what in ("commands", "false wakes"))  # type: ignore[index]
    assert commands > 0
    assert false > 0
    assert "nothing uploaded" in drawn


def test_a_bar_that_is_too_long_is_broken_and_named() -> None:
    """A stream would make every other bar invisible."""
    drawn, groups = bars.seconds(week())
    assert "3,600 →" in drawn
    assert {group.kind for group in groups} == {"simulated", "measured", "control"}


def test_the_plots_are_told_in_the_order_of_a_talk() -> None:
    """Each with a title and words."""
    told = plots(week())
    assert tuple(plot.name for plot in told) == PLOTS
    assert all(plot.title and plot.words for plot in told)


def test_without_matplotlib_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not a traceback."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(LabError) as caught, sheet.sheet(3.0):
        pass
    assert "pip install 'keepmum[lab]'" in caught.value.hint


def test_own_policies_travel_with_the_run(tmp_path: Path, my_folder: Callable[..., Path]) -> None:
    """A report made later, without their folder, tells of them all the same."""
    place = _small_run.write_small_run(tmp_path / "run")
    run = open_run(place)
    own = my_folder()
    replay(run, Assumptions(), own)
    (own / "mine.yaml").unlink()
    evaluation, _ = again(run)
    assert evaluation.row("mine", "clips_per_h").kind == "simulated"
    assert (place / "policies" / "mine.yaml").is_file()
    folder.write(run, evaluation, Assumptions())
    assert '--policies "$here/policies"\n' in (place / "REPRODUCE.sh").read_text()
    assert "--policies RUN/policies" in (place / "report.md").read_text()


def test_colours_can_be_told_apart_without_colour(shipped_policies: Mapping[str, object]) -> None:
    """Each kind has a shape of its own, and no two the same grey."""
    assert len({sheet.SHAPES[kind] for kind in sheet.KINDS}) == len(sheet.KINDS)
    greys = [
        sum(weight * int(sheet.COLOURS[kind][at : at + 2], 16) for weight, at in ((0.3, 1), (0.59, 3), (0.11, 5)))
        for kind in sheet.KINDS
    ]
    assert min(abs(one - other) for place, one in enumerate(greys) for other in greys[place + 1 :]) > 5
