"""The written form that cards and key files share: JSON with known names only, and keys in base64."""

from __future__ import annotations

import base64
import binascii
import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from keepmum.errors import SealError

VERSION = 2
KEY_BYTES = 32
SIGNATURE_BYTES = 64
LONGEST_FILE = 131_072
"""Characters; a card with the most keys that one can have, and the longest texts, has under 50,000."""

_MOST_TOLD = 12
_PRIME = 2**255 - 19
_WEAK_HEIGHT = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_WEAK_HEIGHTS = (0, 1, _PRIME - 1, _WEAK_HEIGHT, _PRIME - _WEAK_HEIGHT)
"""The y coordinates of Ed25519's eight points of small order: under such a key anybody can sign."""


def canonical(told: object) -> bytes:
    """The one way to write something that is signed."""
    return json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def laid_out(told: Mapping[str, object]) -> str:
    """The text of a file: one line for each name, and for each key of a list."""
    lines = [f"  {json.dumps(name)}: {_value(value)}" for name, value in told.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _value(value: object) -> str:
    if not isinstance(value, list):
        return json.dumps(value)
    return "[\n" + ",\n".join(f"    {json.dumps(each)}" for each in value) + "\n  ]"


def read(untrusted_text: str, kind: str) -> dict[str, Any]:
    """What a card or a key file of this version says; raises SealError for anything else, and for other versions."""
    told = _json(untrusted_text, kind)
    version = told.get(f"keepmum_{kind}")
    if type(version) is int and version != VERSION:
        age, hint = ("an earlier", _ANEW[kind]) if version < VERSION else ("a later", "bring keepmum up to date")
        raise SealError(f"this {kind} file is of {age} version of keepmum ({version}; this one reads {VERSION})", hint)
    if type(version) is not int:
        hint = "these are private keys: give them to nobody" if "keepmum_keys" in told else _MAKE[kind]
        raise SealError(f"this is not a keepmum {kind} file", hint)
    return told


_MAKE = {"card": "`keepmum collect --card` prints one", "keys": "`keepmum collect --new-keys FILE` writes one"}
_ANEW = {
    "card": "ask the recipient for a new card: it has to make new keys, with `keepmum collect --new-keys FILE`",
    "keys": "`keepmum collect --new-keys FILE` makes new ones; give the households the new card",
}


def _json(untrusted_text: str, kind: str) -> dict[str, Any]:
    try:
        whole = len(untrusted_text) <= LONGEST_FILE
        told = json.loads(untrusted_text, object_pairs_hook=_once, parse_constant=_no_number) if whole else None
    except SealError:
        raise
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise SealError(f"this is not a keepmum {kind} file, or not all of it", _MAKE[kind])
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        raise SealError("a name stands there twice", "ask for a fresh copy")
    return told


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def strangers(told: Mapping[str, Any], names: Iterable[str], where: str = "") -> list[str]:
    """The names that are missing, and those that nobody knows."""
    known = tuple(names)
    missing = [f"{where}{name!r} is missing" for name in known if name not in told]
    return missing + [f"{where}{name!r} is unknown{did_you_mean(name, known)}" for name in told if name not in known]


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The end of a sentence about an unknown name."""
    near = difflib.get_close_matches(name, [str(each) for each in names], 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def written(key: bytes) -> str:
    """A key or signature as text."""
    return base64.b64encode(key).decode()


def key_in(told: Mapping[str, Any], name: str, problems: list[str], where: str = "", size: int = KEY_BYTES) -> bytes:
    """A key or signature of `size` bytes; what is wrong with it goes into `problems`, unless it is missing."""
    if name not in told:
        return b""
    try:
        key = base64.b64decode(told[name], validate=True)
    except (binascii.Error, TypeError, ValueError):
        problems.append(f"{where}{name!r} is not base64")
        return b""
    if len(key) != size:
        problems.append(f"{where}{name!r} has {len(key)} bytes, not {size}")
    elif written(key) != told[name]:
        problems.append(f"{where}{name!r} is not the only way to write that key")
    return key


def weak_seal(key: bytes) -> str:
    """Why nothing may be sealed to an X25519 key, or nothing."""
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(key))
    except ValueError:
        return "is a key that anybody could open"
    return "is no X25519 key" if int.from_bytes(key, "little") >= _PRIME else ""


def weak_signer(key: bytes) -> str:
    """Why nothing signed by an Ed25519 key may be believed, or nothing."""
    height = int.from_bytes(key, "little") % 2**255
    return "is a key that anybody could sign with" if height in _WEAK_HEIGHTS or height >= _PRIME else ""


def refuse(problems: list[str], hint: str) -> None:
    """Raise SealError with all problems, if there are any; of very many, the first."""
    more = [f"and {len(problems) - _MOST_TOLD} more"] if len(problems) > _MOST_TOLD else []
    if problems:
        raise SealError("; ".join([*problems[:_MOST_TOLD], *more]), hint)
