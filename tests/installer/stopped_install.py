"""Installs or uninstalls, and is killed at one of the moments at which it changes a disk or runs a program.

Run as `stopped_install.py SPEAKER CHECKOUT MOMENT WORDS…`; with moment 0 it goes on to its end and prints how many
there were.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from pretend_speaker import Desk

CHANGES = {
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.symlink",
    "os.chmod",
    "shutil.rmtree",
    "subprocess.Popen",
}


class Moments:
    """Counts what is about to happen, and ends the process just before the one that was named."""

    def __init__(self, speaker: str, last: int) -> None:
        self.seen = 0
        self._speaker = speaker
        self._last = last

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if not (writes or event in CHANGES) or not str(arguments[0]).startswith(self._speaker):
            return
        self.seen += 1
        if self.seen == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    speaker, checkout, moment, *words = sys.argv[1:]
    moments = Moments(speaker, int(moment))
    desk = Desk(Path(speaker), Path(checkout))
    sys.addaudithook(moments)
    (desk.uninstalls if words[:1] == ["--uninstall"] else desk.installs)(*words[words[:1] == ["--uninstall"] :])
    print(moments.seen)
