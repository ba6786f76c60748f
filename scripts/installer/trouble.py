"""What the installer says when it cannot go on: one line what, one line what to do next."""

from __future__ import annotations


class InstallError(Exception):
    """What went wrong, with the value in question; `hint` says what to do next."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def told(self) -> str:
        """The two lines in which the installer ends."""
        return f"install: error: {self.what}\ninstall: hint: {self.hint}"


class Interrupted(BaseException):
    """Somebody wants it to end now; `signal` is the number of the signal that said so."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal
