"""What can go wrong with the machine itself, as opposed to a test in it."""

from keepmum.errors import KeepmumError


class MachineError(KeepmumError):
    """The machine could not be made, started or heard to its end."""
