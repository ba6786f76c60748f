"""Plays a household minute with the real processes, and counts beside them what the broker saw."""
