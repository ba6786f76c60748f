"""Reads a corpus in whichever form it was published, opens every recording, and tells all that is wrong at once."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from keepmum.errors import LabError
from keepmum.lab.corpus import about as abouts
from keepmum.lab.corpus import ami, common_voice, dipco, folder, librispeech, listing
from keepmum.lab.corpus.about import About, Layout
from keepmum.lab.corpus.corpus import Corpus, Listed, Sound
from keepmum.lab.corpus.inspection import Inspected, inspect
from keepmum.lab.pipeline.crew import Crew, Workers

SMALL = 64_000_000
"""Bytes that one process has opened before others have begun."""

MOST = 40
"""Problems that are told; the others are counted."""

_HINT = "correct them, or name what is not to be heard under leave_out in corpus.yaml; device/keepmum/lab/README.md"


def open_corpus(place: Path, phrase: str = "alexa", crew: Workers | None = None) -> Corpus:
    """The corpus in a folder. Raises LabError with everything that is wrong with its lists, its sounds and its truth.

    `phrase` wakes the speaker: what was said to a speaker with another phrase was not said to this one. Every
    recording is decoded once to its end, by the crew if there is one.
    """
    if not place.is_dir():
        raise LabError(f"there is no folder {place}", "a corpus is a folder of recordings")
    about = abouts.read(place)
    listed = list_sounds(place, about, phrase)
    sounds = _kept(listed, about)
    found = _inspected(sounds, about, crew or Crew())
    _refuse(place, [*listed.problems, *(problem for one in found for problem in one.problems)])
    recordings = tuple(one.recording for one in found if one.recording is not None)
    if not recordings:
        raise LabError(f"{place}: there are no recordings in it", f"known endings: {', '.join(sorted(folder.ENDINGS))}")
    sums = tuple(one.truth_sha256 for one in found)
    return Corpus(place.resolve().name, place, sounds, recordings, sums, about.voices, about.channel)


def list_sounds(place: Path, about: About, phrase: str) -> Listed:
    """What a corpus lists, by its own layout. Raises LabError."""
    layout = about.layout or layout_of(place)
    if layout == "manifest":
        return listing.list_sounds(place, about, phrase)
    lister = {
        "librispeech": librispeech.list_sounds,
        "common-voice": common_voice.list_sounds,
        "ami": ami.list_sounds,
        "dipco": dipco.list_sounds,
        "folder": folder.list_sounds,
    }[layout]
    return lister(place, about)


def layout_of(place: Path) -> Layout:
    """In which form the recordings lie, by the files that only one form has."""
    signs: tuple[tuple[Layout, Iterator[Path]], ...] = (
        ("manifest", place.glob(listing.FILE)),
        ("librispeech", place.rglob("*.trans.txt")),
        ("dipco", place.glob("transcriptions/**/*.json")),
        ("ami", place.rglob("*.words.xml")),
    )
    if (place / "clips").is_dir() and any(place.glob("*.tsv")):
        return "common-voice"
    return next((layout for layout, found in signs if next(found, None)), "folder")


def _kept(listed: Listed, about: About) -> tuple[Sound, ...]:
    return tuple(one for one in listed.sounds if not any(fnmatchcase(one.id, each) for each in about.leave_out))


def _inspected(sounds: tuple[Sound, ...], about: About, crew: Workers) -> list[Inspected]:
    size = sum(sound.path.stat().st_size for sound in sounds if sound.path.is_file())
    crew = crew if size > SMALL else Crew(progress=crew.progress)
    found: list[Inspected | None] = [None] * len(sounds)
    for place, one in crew.each("opening recordings", partial(inspect, channel=about.channel), sounds):
        found[place] = one
    return [one for one in found if one is not None]


def _refuse(place: Path, problems: list[str]) -> None:
    if problems:
        more = [f"and {len(problems) - MOST} more"] if len(problems) > MOST else []
        many = f"{place}: {len(problems)} problem{'s' * (len(problems) > 1)} in this corpus"
        raise LabError("\n  ".join([many, *problems[:MOST], *more]), _HINT)
