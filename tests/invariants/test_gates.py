"""I25: no gate of the policy can be removed without a case of the policy's own table noticing."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from gates import every

from test_consent import OBSTACLES

POLICY = [gate for gate in every() if gate.file == "consent.py"]


@pytest.mark.parametrize("gate", POLICY, ids=lambda gate: gate.what)
def test_i25_a_removed_gate_is_missed(gate: Any) -> None:
    """Without it, at least one household and flow is decided otherwise than the table says."""
    without = ModuleType("keepmum.consent_without")
    sys.modules[without.__name__] = without
    try:
        exec(compile(gate.without, f"<without {gate.what}>", "exec"), without.__dict__)
        wrong = [
            reason
            for reason, household, flow, now in OBSTACLES
            if without.decide(household, flow, now).reason.value != reason.value
        ]
    finally:
        del sys.modules[without.__name__]
    assert wrong


def test_i25_every_reason_has_its_gate() -> None:
    """The script that removes them knows them all: one row for each reason to say no but the missing consent itself."""
    assert len(POLICY) == len({gate.what for gate in POLICY}) == len({reason for reason, *_ in OBSTACLES}) - 2


def test_i25_the_script_finds_the_gates_of_every_file_that_it_names() -> None:
    """A file that moves away does not drop out in silence, and there are a hundred of them at least."""
    found = list(every())
    assert len(found) >= 100
    assert {gate.file for gate in found} >= {"privacy/asking.py", "privacy/outside.py", "listener/question.py"}
    assert all(compile(gate.without, f"<without {gate.what}>", "exec") for gate in found)
