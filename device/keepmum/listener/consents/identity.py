"""The one secret of this device, and every key that is made from it; whoever has it could be this speaker."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keepmum import kept
from keepmum.disk import REAL, Disk
from keepmum.errors import StateError
from keepmum.listener import latch

log = logging.getLogger(__name__)

_BYTES = 32
_LARGEST = 1_024
_SECRET = re.compile(rb'"secret":"([0-9a-f]{64})"')
_BEGIN_ANEW = "`keepmum reset` begins anew; until then nothing can be agreed to, and nothing heard leaves"


class Identity:
    """Every key of the device. None of them is the secret itself, and none tells anything about another."""

    def __init__(self, secret: bytes) -> None:
        """`secret` is 32 random bytes."""
        self.signing_key = Ed25519PrivateKey.from_private_bytes(_made(secret, "signing"))
        """Signs receipts and the ledger's checkpoints."""
        self._pseudonyms = _made(secret, "pseudonyms")
        self._deletions = _made(secret, "deletions")
        self._microphones = _made(secret, "microphones")

    @classmethod
    def open(cls, path: Path, disk: Disk = REAL) -> Identity:
        """The identity in a file; one is made where nothing tells of an earlier one.

        Raises StateError if it cannot be read, is damaged, or is gone although beside it stand receipts, or a state
        with consents: those were this speaker's, and a new identity in silence would hide that they are lost.
        """
        known = cls.read(path)
        if known is not None:
            return known
        traces = _traces(path.parent)
        if traces:
            raise StateError(f"{path} is gone, and {traces} tells of an earlier one", _BEGIN_ANEW)
        secret = os.urandom(_BYTES)
        kept.write(path, _written(secret), disk)
        log.info("%s is new: a speaker that nobody knows yet", path)
        return cls(secret)

    @classmethod
    def read(cls, path: Path) -> Identity | None:
        """The identity in a file, or None if there is no such file. Raises StateError; it never makes one."""
        untrusted = kept.read(path, _LARGEST)
        if untrusted is None:
            return None
        found = _SECRET.search(untrusted)
        secret = bytes.fromhex(found[1].decode()) if found else b""
        if not secret or _written(secret) != untrusted:
            raise StateError(f"{path} is damaged: it is not what keepmum wrote", _BEGIN_ANEW)
        try:
            others = path.stat().st_mode & 0o077
        except OSError as error:
            raise StateError(f"{path} cannot be read: {error.strerror}", "see who owns it") from error
        if others:
            raise StateError(f"others can read the secret in {path}", f"chmod 600 {path}, or `keepmum reset`")
        return cls(secret)

    @property
    def device_key(self) -> str:
        """The public half of the signing key, 64 hexadecimal digits. It stands on receipts, which do not leave."""
        return self.signing_key.public_key().public_bytes_raw().hex()

    def pseudonym(self, purpose: str, wall: float, utc_offset: float) -> str:
        """Who this speaker is for one purpose on one day: 16 hexadecimal digits that nobody can link to another day's.

        `wall` is Unix time, `utc_offset` the household's, both in seconds. The day begins at another hour for each
        purpose, so that a change of name does not tell where in the world midnight is.
        """
        hour = int.from_bytes(_mac(self._pseudonyms, f"hour\n{purpose}")[:8], "big") % 24
        day = int((wall + utc_offset - hour * 3600.0) // 86_400)
        return _mac(self._pseudonyms, f"day\n{purpose}\n{day}")[:8].hex()

    def secret(self, parcel: str) -> bytes:
        """The 32 bytes that destroy a clip wherever it is; its SHA-256 goes with the clip."""
        return _mac(self._deletions, parcel)

    def microphone(self, name: str) -> str:
        """32 hexadecimal digits for a microphone's name, which say nothing to whoever lacks the secret."""
        return _mac(self._microphones, name)[:16].hex()


def _made(secret: bytes, use: str) -> bytes:
    """One key for one use: HKDF-SHA256 (RFC 5869); the version stands in it, so that a later one makes other keys."""
    return HKDF(SHA256(), _BYTES, salt=None, info=f"keepmum identity 1 {use}".encode()).derive(secret)


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _written(secret: bytes) -> bytes:
    """The file's only form: a worn card that flips any bit of it is found out."""
    told = {"keepmum_identity": 1, "secret": secret.hex()}
    check = hashlib.sha256(b"keepmum identity 1\n" + secret).hexdigest()
    return json.dumps({**told, "check": check}, separators=(",", ":")).encode() + b"\n"


def _traces(folder: Path) -> str:
    """What in a state folder only a speaker with an identity can have written; nothing if there is no such thing.

    The ledger is none: it outlives a reset.
    """
    try:
        if any((folder / "receipts").iterdir()):
            return str(folder / "receipts")
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise StateError(f"{folder / 'receipts'} cannot be read: {error.strerror}", "see who owns it") from error
    return str(folder / "privacy.json") if latch.read(folder / "privacy.json", 0.0).consents else ""
