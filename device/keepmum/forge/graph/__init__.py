"""Turns words and their pronunciations into the files in which Vosk searches; pure Python, so that a Pi can do it."""
