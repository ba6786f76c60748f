"""All that can be wrong with a machine, in one list."""

from __future__ import annotations

from doctor_changes import USB_ARRAY, Defect
from doctor_defects_board import BOARD
from doctor_defects_machine import HOUSE, MACHINE
from doctor_defects_parts import LIGHTS, SOUND, SPEECH
from doctor_defects_wall import WALL

DEFECTS = [*MACHINE, *BOARD, *SOUND, *LIGHTS, *SPEECH, *HOUSE, *WALL]

__all__ = ["DEFECTS", "USB_ARRAY", "Defect"]
