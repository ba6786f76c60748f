"""LibriSpeech and what is laid out like it: readers, chapters, one file for each sentence, a list for each chapter."""

from __future__ import annotations

from pathlib import Path

from keepmum.lab.corpus import written
from keepmum.lab.corpus.about import About
from keepmum.lab.corpus.corpus import Listed, Sound
from keepmum.lab.corpus.throughout import Throughout


def list_sounds(folder: Path, about: About) -> Listed:
    """Every sentence, reader by reader; a reader is a group."""
    sounds, problems = [], []
    for chapter in sorted(folder.rglob("*.trans.txt")):
        audio = (about.audio / chapter.parent.relative_to(folder)) if about.audio else chapter.parent
        for number, line in enumerate(written.text(chapter).splitlines(), 1):
            name, _, text = line.strip().partition(" ")
            if not text or name.count("-") != 2:
                problems.append(f"{chapter}:{number}: is not `READER-CHAPTER-NUMBER TEXT`")
                continue
            reader = name.partition("-")[0]
            path = audio / f"{name}.flac"
            listed = (chapter.parent / path.name).relative_to(folder).as_posix()
            sounds.append(Sound(listed, path, Throughout(listed, path, reader), reader, words=len(text.split())))
    return Listed(tuple(sounds), tuple(problems))
