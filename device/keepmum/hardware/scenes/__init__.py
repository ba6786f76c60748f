"""Scenes: what is said, played and pressed in a room, as a text file, and the room in which it happens."""
