"""The owner's settings: written once, out of the answers to three questions, and never again."""

from __future__ import annotations

import answers
import files
import places
from answers import Answers
from trouble import InstallError

from steps import release
from steps.step import Case


class Settings:
    """The step."""

    name = "settings"
    why = "your own file, written once"

    def wanted(self, case: Case) -> list[str]:
        if not case.machine.at(places.SETTINGS).exists():
            return [f"write {places.SETTINGS}, where every consent is off"]
        self._leaves(case)
        return []

    def do(self, case: Case) -> None:
        machine = case.machine
        if machine.at(places.SETTINGS).exists():
            return
        said = self._usable(case)
        if said.password:
            machine.at(places.SECRETS).mkdir(mode=0o700, exist_ok=True)
            files.place(machine.at(places.PASSWORD), f"{said.password}\n".encode(), 0o600)
        files.place(machine.at(places.SETTINGS), answers.yaml(said).encode())
        machine.at(places.ETC).chmod(0o755)

    def undo(self, case: Case) -> None:
        machine = case.machine
        if case.wishes.keep_state:
            case.notes.append(f"{places.ETC} and {places.STATE} stay: settings, consents and ledger, for root alone")
            _give_to_root(case)
        else:
            files.remove(machine.at(places.ETC))
            files.remove(machine.at(places.STATE))
        files.remove(machine.at(places.RUN))

    def _leaves(self, case: Case) -> None:
        said = [
            f"--{name}"
            for name in ("board", "wake", "broker")
            if getattr(case.wishes, name) not in {None, answers.NONE}
        ]
        if said:
            case.notes.append(
                f"{places.SETTINGS} is yours and stays as it is: write {', '.join(said)} into it yourself"
            )

    def _answers(self, case: Case) -> Answers:
        known = boards(case)
        found = _found(case, known)
        return (answers.asked if case.asks else answers.told)(case.wishes, known, found)

    def _usable(self, case: Case) -> Answers:
        """Answers that the release can work with; whoever sits at a terminal may try again."""
        while True:
            said = self._answers(case)
            try:
                _try(case, said)
            except InstallError as error:
                if not case.asks:
                    raise
                print(f"  {error.what}; {error.hint}")
            else:
                return said


def _try(case: Case, said: Answers) -> None:
    tried = f"{places.SETTINGS}.keepmum-tried"
    try:
        files.place(case.machine.at(tried), answers.yaml(said).encode())
        release.check(case.machine, case.target, tried)
    finally:
        files.remove(case.machine.at(tried))


def boards(case: Case) -> list[str]:
    """The names of all boards: those of the checkout, and the owner's own."""
    folders = [case.machine.checkout / "config/boards", case.machine.at(f"{places.ETC}/boards")]
    return sorted({file.stem for folder in folders for file in folder.glob("*.yaml")})


def _found(case: Case, known: list[str]) -> str | None:
    """The board that the release's doctor believes to see: `respeaker-lite-usb fits: …`."""
    for check in release.findings(case.machine, case.target, []):
        if check["check"] == "profile":
            name = check["found"].partition(" fits")[0]
            return name if name in known else None
    return None


def _give_to_root(case: Case) -> None:
    """The user that owned the state goes; its number must not make it somebody else's some day."""
    state = case.machine.at(places.STATE)
    if state.is_dir():
        case.machine.must(
            "the kept state cannot be given to root", "run it with sudo", ("chown", "-R", "0:0", str(state))
        )
