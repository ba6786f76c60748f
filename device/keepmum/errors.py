"""Every error that keepmum raises on purpose, each saying what is wrong and what to do next.

KeepmumError
├── ConfigError (ValueError)        the owner's YAML, a board, a sentence file
├── HardwareError (OSError)         a driver
│   ├── CardError                   the sound card that is meant is not there
│   ├── MicrophoneError
│   ├── MicPowerError
│   ├── RingError
│   ├── ButtonError
│   ├── SpeakerError
│   └── UsbError                    a board behind USB; each role makes its own error of it
│       └── UsbGone                 it is unplugged, or starting again
├── ModelError (ValueError)         a speech or wake-word model
├── CorpusError (ValueError)        what a model is made from: recordings, voices, noises, features
├── ForgeError (ValueError)         a word, a pronunciation or a step in the making of a speech model
├── SceneError (ValueError)         a scene or scenario file
├── PeerError (ConnectionError)     another process of ours
│   ├── BadMessage (ValueError)     it said something that is not in the table
│   └── PeerGone                    it hung up
├── LedgerError (ValueError)        the ledger does not chain
├── OutboxError (OSError)           the outbox could not take or keep a parcel
├── StateError (OSError)            a small kept file (latch, mode, consents) cannot be read or written
├── SealError (ValueError)          a key, a seal or a recipient's signed word that is not one
├── ReceiptError (ValueError)       a consent's receipt, or a notice, that is not one
├── BrokerError (ConnectionError)   MQTT
├── WallError (OSError)             a file for systemd that is somebody else's, or cannot be written
└── LockdownError (OSError)         the kernel did not take a lock
"""


class KeepmumError(Exception):
    """What went wrong, with the value in question; `hint` says what to do next."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}\n  hint: {self.hint}" if self.hint else self.what

    def told_by(self, who: str) -> str:
        """The plain lines in which a command or a process ends: the error, and the hint if there is one."""
        lines = [f"{who}: error: {self.what}", *([f"{who}: hint: {self.hint}"] if self.hint else [])]
        return "\n".join(lines)


class ConfigError(KeepmumError, ValueError):
    """A configuration file says something that cannot be."""


class HardwareError(KeepmumError, OSError):
    """A driver cannot do what it was asked."""


class CardError(HardwareError):
    """The sound card that is meant is not there, or nobody can tell which one it is."""


class MicrophoneError(HardwareError):
    """No sound can be had."""


class MicPowerError(HardwareError):
    """The microphones cannot be switched, or nobody can tell whether they are off."""


class RingError(HardwareError):
    """The light cannot be set."""


class ButtonError(HardwareError):
    """The button cannot be read."""


class SpeakerError(HardwareError):
    """Nothing can be played."""


class UsbError(HardwareError):
    """A board behind USB refused, did not answer, or answered nonsense."""


class UsbGone(UsbError):
    """The board is not there now. It may come back, and will then have forgotten everything."""


class ModelError(KeepmumError, ValueError):
    """A model is missing, cut short or of another kind."""


class CorpusError(KeepmumError, ValueError):
    """Recordings, voices, noises or features that no model can be made from."""


class ForgeError(KeepmumError, ValueError):
    """A word, a pronunciation or a step in the making of a speech model that cannot be."""


class LabError(KeepmumError, ValueError):
    """A policy, a corpus's truth or a run of the lab that is not one, or an experiment that cannot be made."""


class SceneError(KeepmumError, ValueError):
    """A scene file cannot be played as it stands."""


class PeerError(KeepmumError, ConnectionError):
    """Another process of ours misbehaved or is not there."""


class BadMessage(PeerError, ValueError):
    """A message that its sender may not send, or that is not well formed."""


class PeerGone(PeerError):
    """The other end hung up."""


class LedgerError(KeepmumError, ValueError):
    """The ledger does not chain, or cannot be written."""


class OutboxError(KeepmumError, OSError):
    """The outbox cannot take or keep a parcel."""


class StateError(KeepmumError, OSError):
    """A small file that must survive a power cut cannot be read or written."""


class SealError(KeepmumError, ValueError):
    """A key, a seal or a recipient's signed word that is not one."""


class ReceiptError(KeepmumError, ValueError):
    """A consent's receipt, or a notice, that is not one."""


class BrokerError(KeepmumError, ConnectionError):
    """The MQTT broker refused or cannot be reached."""


class WallError(KeepmumError, OSError):
    """A file that systemd is to read is somebody else's, or cannot be read or written."""


class LockdownError(KeepmumError, OSError):
    """The kernel did not take a lock; the process must not go on."""
