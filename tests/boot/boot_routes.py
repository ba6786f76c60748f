"""Tries every route out of a role's sandbox, in a booted machine: the unit as it is, without some lines, or none."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from boot_computer import Computer, until
from boot_units import Line, copy

ROOT = Path(__file__).resolve().parents[2]
NAME, PORT = "keepmum-planted", 7007
ELSEWHERE, BROKER = f"127.0.0.9:{PORT}", "127.0.0.1:1883"
_THERE = f"/usr/local/lib/{NAME}"
_PYTHON = "/opt/keepmum/current/bin/python3 -I -B"
_AT_ONCE = 3

Table = Mapping[str, str]
"""Route to result."""


class Probes:
    """What `scripts/prover/routes.py` finds in this machine."""

    def __init__(self, computer: Computer) -> None:
        self.computer = computer
        self._count = 0

    def plant(self) -> None:
        """Put something behind every wall; once for each boot."""
        run = self.computer.run
        run("mkdir", "-p", _THERE, f"/run/{NAME}-said")
        for file in (ROOT / "scripts/prover/routes.py", ROOT / "tests/boot/boot_planted.py"):
            self.computer.path(f"{_THERE}/{file.name}").write_bytes(file.read_bytes())
        planting = f"/usr/bin/python3 -I {_THERE}/boot_planted.py {NAME} {PORT}"
        run("systemd-run", "--quiet", f"--unit={NAME}", "--collect", *planting.split())
        until(lambda: "planted" in run("journalctl", "-o", "cat", "-u", NAME).stdout, 20, lambda: self._trouble(NAME))

    def outside(self) -> list[dict[str, str]]:
        """Every attempt by root without any wall: what is not open here cannot be shown to be closed elsewhere."""
        command = self._command("/usr/bin/python3 -I", "main", "/var/lib", self._beside("root"))
        return self._each("outside", [copy((), command, "{into}")])[0]

    def attempts(
        self, role: str, lines: Sequence[Line], without: Iterable[Collection[Line]] = ((),), places: str = "main"
    ) -> list[list[dict[str, str]]]:
        """One list of attempts for each copy of the unit that lacks these lines; empty if the copy did not start."""
        state = "/var/lib/keepmum" if any(line.key == "StateDirectory" for line in lines) else ""
        command = self._command(_PYTHON, places, state, self._beside(f"keepmum-{role}"))
        return self._each(role, [copy(lines, command, "{into}", lacking) for lacking in without])

    def _each(self, name: str, texts: Iterable[str]) -> list[list[dict[str, str]]]:
        """Write these units, run each once, and read what it said."""
        units = []
        for text in texts:
            self._count += 1
            units.append(f"{NAME}-{name}-{self._count}")
            file = self.computer.path(f"/run/systemd/system/{units[-1]}.service")
            file.write_text(text.replace("{into}", f"/run/{NAME}-said/{units[-1]}"))
        self.computer.run("systemctl", "daemon-reload")
        with ThreadPoolExecutor(_AT_ONCE) as several:
            return list(several.map(self._said, units))

    def _said(self, unit: str) -> list[dict[str, str]]:
        self.computer.run("systemctl", "start", unit, check=False, timeout=120)
        said = self.computer.path(f"/run/{NAME}-said/{unit}")
        return [json.loads(line) for line in said.read_text().splitlines()] if said.exists() else []

    def _command(self, python: str, places: str, state: str, beside: int) -> str:
        spaces = {kind: self.computer.run("readlink", f"/proc/1/ns/{kind}").stdout.strip() for kind in _SPACES}
        words = (
            f"{python} {_THERE}/routes.py --places={places} --planted={NAME} --elsewhere={ELSEWHERE} --broker={BROKER}"
        )
        said = shlex.quote(json.dumps(spaces, separators=(",", ":")))
        return f"{words} --beside={beside} --state={state} --namespaces={said}"

    def _beside(self, user: str) -> int:
        """The number of a process of the same user that stands outside the wall."""
        unit = f"{NAME}-beside-{user}"
        show = ("systemctl", "show", "--value", "--property=MainPID", unit)
        if self.computer.run(*show).stdout.strip() == "0":
            words = ("systemd-run", "--quiet", f"--unit={unit}", f"--property=User={user}", "sleep", "infinity")
            self.computer.run(*words)
        return int(self.computer.run(*show).stdout)

    def _trouble(self, unit: str) -> str:
        return self.computer.run("journalctl", "--no-pager", "-o", "cat", "-u", unit, check=False).stdout[-2000:]


_SPACES = ("net", "ipc", "mnt", "uts", "user")


def table(attempts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The results of one place, by route."""
    return {attempt["route"]: attempt["result"] for attempt in attempts}
