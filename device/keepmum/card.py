"""Who may open a clip: the collector's public card, and the private keys behind it."""

from __future__ import annotations

import base64
import binascii
import difflib
import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from keepmum.errors import SealError

KEY_BYTES = 32

_CARD = ("keepmum_card", "name", "contact", "sealing_key", "signing_key", "fingerprint")
_KEYS = ("keepmum_keys", "name", "contact", "sealing_key", "signing_key")
_LONGEST_FILE = 4_096
_LONGEST_TEXT = 200
_PRIME = 2**255 - 19
_WEAK_HEIGHT = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_WEAK_HEIGHTS = (0, 1, _PRIME - 1, _WEAK_HEIGHT, _PRIME - _WEAK_HEIGHT)
"""The y coordinates of Ed25519's eight points of small order: under such a key anybody can sign."""


@dataclass(frozen=True)
class Card:
    """The public half: whom the household trusts with its clips. The two keys are 32 bytes each."""

    name: str
    contact: str
    sealing_key: bytes
    """X25519: clips are sealed to it."""
    signing_key: bytes
    """Ed25519: receipts are checked with it."""

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits over everything on the card; a consent names them."""
        told = json.dumps([self.name, self.contact, _text(self.sealing_key), _text(self.signing_key)])
        return hashlib.sha256(b"keepmum-card 1\n" + told.encode()).hexdigest()[:32]

    def to_json(self) -> str:
        """The card as text for a file, to be given to the household."""
        keys = (_text(self.sealing_key), _text(self.signing_key))
        return _written(_CARD, (1, self.name, self.contact, *keys, self.fingerprint))

    @classmethod
    def parse(cls, untrusted_text: str) -> Card:
        """The card in a text; raises SealError that names everything that is wrong with it."""
        told, problems = _read(untrusted_text, _CARD)
        sealing, signing = (_key(told, name, problems) for name in ("sealing_key", "signing_key"))
        _raise(problems)
        card = cls(told["name"], told["contact"], sealing, signing)
        _raise(_weak(card))
        if card.fingerprint != told["fingerprint"]:
            raise SealError("the card does not have the fingerprint it claims", "ask the collector for a fresh copy")
        return card


@dataclass(frozen=True)
class Keys:
    """The private half, which never leaves the collector. The two keys are 32 bytes each."""

    name: str
    contact: str
    sealing_key: bytes = field(repr=False)
    signing_key: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str, contact: str) -> Keys:
        """Fresh random keys; `name` and `contact` are what a household reads on the card."""
        _raise(_unreadable({"name": name, "contact": contact}), "a household must be able to read them")
        sealing, signing = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        return cls(name, contact, sealing.private_bytes_raw(), signing.private_bytes_raw())

    @property
    def card(self) -> Card:
        """The public half."""
        sealing = X25519PrivateKey.from_private_bytes(self.sealing_key).public_key()
        signing = Ed25519PrivateKey.from_private_bytes(self.signing_key).public_key()
        return Card(self.name, self.contact, sealing.public_bytes_raw(), signing.public_bytes_raw())

    def save(self, path: Path) -> None:
        """Write the keys, mode 0600. Raises SealError rather than replace a file: what was sealed to its keys
        could never be opened again."""
        told = _written(_KEYS, (1, self.name, self.contact, _text(self.sealing_key), _text(self.signing_key)))
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(told)
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            raise SealError(f"{path} is there already", "keys are never replaced: choose another name") from None
        except OSError as error:
            raise SealError(f"{path} cannot be written: {error.strerror}", "see who owns the folder") from error

    @classmethod
    def load(cls, path: Path) -> Keys:
        """The keys in a file; raises SealError if they cannot be used, or if others on the machine can read them."""
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise SealError(f"others can read the private keys in {path}", f"chmod 600 {path}")
                untrusted_text = file.read(_LONGEST_FILE + 1).decode()
        except FileNotFoundError:
            raise SealError(f"there are no keys at {path}", "`keepmum collect --new-keys FILE` makes some") from None
        except OSError as error:
            raise SealError(f"{path} cannot be read: {error.strerror}", "see who owns it") from error
        except UnicodeDecodeError:
            raise SealError(f"{path} is no text", "it must be what `keepmum collect --new-keys FILE` wrote") from None
        told, problems = _read(untrusted_text, _KEYS)
        sealing, signing = (_key(told, name, problems) for name in ("sealing_key", "signing_key"))
        _raise(problems)
        return cls(told["name"], told["contact"], sealing, signing)


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _written(names: tuple[str, ...], values: tuple[object, ...]) -> str:
    return json.dumps(dict(zip(names, values, strict=True)), indent=2) + "\n"


def _read(untrusted_text: str, names: tuple[str, ...]) -> tuple[dict[str, str], list[str]]:
    """The texts of a card or a key file, and what is wrong with them; raises SealError for anything else."""
    kind = names[0].removeprefix("keepmum_")
    try:
        told = json.loads(untrusted_text) if len(untrusted_text) <= _LONGEST_FILE else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or told.get(names[0]) != 1:
        mixed_up = isinstance(told, dict) and "keepmum_keys" in told
        hint = "these are private keys: give them to nobody" if mixed_up else "`keepmum collect --card` prints one"
        raise SealError(f"this is not a keepmum {kind}", hint)
    problems = [f"{name!r} is missing" for name in names if name not in told]
    problems += [f"{name!r} is unknown{_did_you_mean(name, names)}" for name in told if name not in names]
    return told, problems + _unreadable({name: told.get(name, "-") for name in ("name", "contact")})


def _did_you_mean(name: str, names: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, names, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _unreadable(texts: dict[str, object]) -> list[str]:
    def readable(text: object) -> bool:
        return isinstance(text, str) and text.isprintable() and 0 < len(text) <= _LONGEST_TEXT

    return [f"{name!r} is no printable text" for name, text in texts.items() if not readable(text)]


def _key(told: dict[str, str], name: str, problems: list[str]) -> bytes:
    """A key of 32 bytes; what is wrong with it goes into `problems`."""
    try:
        key = base64.b64decode(told.get(name, _text(bytes(KEY_BYTES))), validate=True)
    except (binascii.Error, TypeError, ValueError):
        problems.append(f"{name!r} is not base64")
        return b""
    if len(key) != KEY_BYTES:
        problems.append(f"{name!r} has {len(key)} bytes, not {KEY_BYTES}")
    elif name in told and _text(key) != told[name]:
        problems.append(f"{name!r} is not the only way to write that key")
    return key


def _weak(card: Card) -> list[str]:
    """Public keys that anybody could open or sign with, and second ways to write a key."""
    problems = []
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(card.sealing_key))
    except ValueError:
        problems.append("'sealing_key' is a key that anybody could open")
    if int.from_bytes(card.sealing_key, "little") >= _PRIME:
        problems.append("'sealing_key' is no X25519 key")
    height = int.from_bytes(card.signing_key, "little") % 2**255
    if height in _WEAK_HEIGHTS or height >= _PRIME:
        problems.append("'signing_key' is a key that anybody could sign with")
    return problems


def _raise(problems: list[str], hint: str = "ask the collector for a fresh copy") -> None:
    if problems:
        raise SealError("; ".join(problems), hint)
