"""Compiles the forward-backward sums for this machine when they are first needed, and keeps them in a folder."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import subprocess
from pathlib import Path

from keepmum.errors import ForgeError

COMPILER = "cc"
SOURCES = ("denominator.c", "numerator.c")
HEADER = "forward_backward.h"
FLAGS = ("-O3", "-march=native", "-std=c11", "-fPIC", "-shared")
LOOSE = (
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-signed-zeros",
    "-fassociative-math",
    "-freciprocal-math",
)
"""What lets sums run in vectors. Not -ffast-math: it would change how the whole process, PyTorch included, rounds."""


def compiled(folder: Path, phones: int) -> ctypes.CDLL:
    """The library for so many phones (with silence), from the folder or newly compiled into it.

    Raises ForgeError if there is no C compiler, or if it fails.
    """
    library = folder / f"forward-backward-{_digest(phones)}.so"
    if not library.exists():
        _compile(library, phones)
    try:
        loaded = ctypes.CDLL(str(library))
    except OSError as error:
        raise ForgeError(f"{library} cannot be loaded: {error}", "delete it: it is made again") from error
    return _declared(loaded)


def _compile(library: Path, phones: int) -> None:
    unfinished = library.with_name(f".{library.name}.{os.getpid()}")
    here = Path(__file__).parent
    command = [COMPILER, *FLAGS, *LOOSE, f"-DPHONES={phones}", *(str(here / source) for source in SOURCES)]
    try:
        library.parent.mkdir(parents=True, exist_ok=True)
        result = subprocess.run([*command, "-o", str(unfinished), "-lm"], capture_output=True, text=True, check=False)
        if result.returncode:
            complaint = (result.stderr.strip().splitlines() or ["it says nothing"])[0]
            raise ForgeError(f"the C compiler {COMPILER} fails: {complaint}", "sudo apt install gcc libc6-dev")
        unfinished.replace(library)
    except FileNotFoundError as error:
        raise ForgeError(f"there is no C compiler ({COMPILER})", "sudo apt install gcc libc6-dev") from error
    except OSError as error:
        raise ForgeError(f"{library} cannot be written: {error.strerror}", "choose another --work") from error


def _digest(phones: int) -> str:
    """What the machine code depends on: the sources, the flags, and the processor that -march=native looks at."""
    here = Path(__file__).parent
    code = b"".join((here / name).read_bytes() for name in (*SOURCES, HEADER))
    said = " ".join((*FLAGS, *LOOSE, str(phones), platform.machine(), _processor()))
    return hashlib.sha256(code + said.encode()).hexdigest()[:16]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line for line in lines if line.lower().startswith(("flags", "features"))), "")


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    number, address = ctypes.c_int, ctypes.c_void_p
    logarithm = ctypes.POINTER(ctypes.c_double)
    library.denominator.argtypes = (address, number, address, address, address, address, logarithm)
    library.numerator.argtypes = (address, number, address, number, number, number, address, logarithm)
    library.denominator.restype = library.numerator.restype = number
    return library
