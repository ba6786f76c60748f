"""Whoever has not installed the extra `lab` reads in one line what is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("missing", "word", "told"),
    [("scipy", "oracle", "the oracle needs scipy"), ("sklearn", "fingerprint", "an eavesdropper needs scikit-learn")],
)
def test_a_missing_library_is_told_with_what_brings_it(missing: str, word: str, told: str) -> None:
    """An error with a hint, and no traceback."""
    code = f"import sys; sys.modules[{missing!r}] = None; sys.argv = ['keepmum', 'lab', {word!r}]"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; from keepmum.cli import main; main()"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert told in done.stderr
    assert "pip install 'keepmum[lab]'" in done.stderr
    assert "Traceback" not in done.stderr
