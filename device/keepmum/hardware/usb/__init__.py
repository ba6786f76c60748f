"""Microphone arrays that are also spoken to over USB: their rings, their mute lines, their sense of direction."""
