"""A house for the zero-byte test: the real processes with a tap on every way out, and a long scene to live through."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts" / "prover"))  # the proof plays and seeks the same sounds

import sound_windows
from household_talk import BEGIN, OPEN, household_sound
from sound_windows import Windows, holds, played

from agreed_household import COMMANDS, AgreedHousehold, Choice
from keepmum.terms import Purpose, Rung
from zero_bytes_taps import Eye, carried, published, unix_tap

HERE = Path(__file__).parent

AGREED = (COMMANDS, Choice(Purpose.ASR_IMPROVEMENT, Rung.VOICE))
"""What a household of this test agrees to, if it agrees to anything."""

CANARIES = ("americano", "cappuccino", "espresso", "latte", "mocha", "roast", "sugar", "kitchen", "sharing")
"""Words that people say in the scene and that no file of ours has a reason to contain."""

CONFIGURATION = ("keepmum.yaml", "uplink.yaml", "scene.txt")
"""What this test wrote itself: the kitchen light stands in it."""


class House(AgreedHousehold):
    """The whole household, with taps on both sides of the uplink, and perhaps a listener with a defect.

    Without a consent nobody has ever set the speaker up: a hand has to open its ears.
    """

    def __init__(self, scene: str, *, consent: bool = False, defect: str = "") -> None:
        planted = (str(HERE / "zero_bytes_defects.py"), defect)
        super().__init__(scene, AGREED if consent else None, listener=planted if defect else ("-m", "keepmum.listener"))

    def lived(self) -> House:
        """Start everything, live through the scene, and stop at its end with everything still running."""
        self.listener()
        self._tap()
        self.eye = Eye([self.run, *(self.outbox / name for name in (".", "new", "tmp"))])
        self.peers("uplink.yaml")
        self.follow({})
        self.settle()
        return self

    def _tap(self) -> None:
        settings = yaml.safe_load((self.folder / "keepmum.yaml").read_text())
        (self.run / "tap").mkdir()
        self.line = unix_tap(self.run / "tap" / "uplink.sock", self.run / "uplink.sock")
        settings["folders"]["run"] = str(self.run / "tap")
        (self.folder / "uplink.yaml").write_text(yaml.safe_dump(settings))

    def leave(self) -> None:
        """End everything that was started."""
        self.__exit__(None, None, None)
        for one in ("line", "eye"):
            if hasattr(self, one):
                getattr(self, one).close()

    # ---- what came out

    @property
    def heard(self) -> list[str]:
        """Every transcript, in order."""
        return [str(facts["words"]) for facts in self.seen_of("heard")]

    @property
    def seconds(self) -> float:
        """How long the scene was, by the listener's own clock."""
        return self.seen[-1].at - self.seen[0].at

    def wire_carried(self) -> list[tuple[str, int]]:
        """Topic and bytes of everything that the uplink published, as it went over the wire."""
        return [(one.topic, len(one.payload)) for one in published(self.wire)]

    def parcels(self) -> list[bytes]:
        """What the listener gave to the uplink."""
        return [content for _, behind in self.line.far for content in behind]

    def facts(self, what: str) -> list[Mapping[str, Any]]:
        """What the ledger's rows of one kind say."""
        return [row.facts for row in self.rows(what)]

    def files(self) -> Iterator[Path]:
        """Every file of the run, wherever it lies."""
        for folder in (self.folder, self.run, self.outbox):
            yield from (path for path in folder.rglob("*") if path.is_file() and path.name not in CONFIGURATION)

    def leaks(self) -> set[str]:
        """Every place in which something shows that was derived from speech, or the bare sign of it."""
        found = {f"mosquitto saw {topic}" for topic, _ in self.mosquitto_saw()}
        found |= {f"the wire carried {topic}" for topic, _ in self.wire_carried()}
        found |= {"the uplink got a parcel"} if self.parcels() else set()
        found |= {"the outbox was used"} if self.eye.seen() else set()
        found |= {f"the ledger has a {what}" for what in ("release", "handover") if self.rows(what)}
        said = carried(self.line) + carried(self.wire)
        places = {"what the uplink said or was told": said}
        places |= {str(path.relative_to(path.parents[1])): of_this_house(path) for path in self.files()}
        sounds = windows(self.folder / "scene.txt")
        for place, content in places.items():
            found |= {f"the word {word!r} in {place}" for word in CANARIES if word.encode() in content.lower()}
            found |= {f"sound in {place}"} if holds(content, sounds) else set()
        return found


def of_this_house(path: Path) -> bytes:
    """A file without what is printed in it: a receipt's notice and its advice are the same in every house."""
    content = path.read_bytes()
    if path.parent.name != "receipts":
        return content
    told = json.loads(content)
    told["pii_processing"] |= {"privacy_notice": "", "withdrawal_method": ""}
    return json.dumps(told).encode()


def windows(scene: Path) -> Windows:
    """What is looked for of a scene: 16 bytes of every 10 ms that are not all too quiet."""
    return sound_windows.windows(played(scene), hop=320)


__all__ = ["BEGIN", "CANARIES", "OPEN", "House", "holds", "household_sound", "windows"]
