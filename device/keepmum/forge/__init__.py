"""Makes a speech model that Vosk loads: its words on the speaker itself, its ear on a larger computer."""
