"""Several microphones as one: which channel to take, where a voice comes from, and listening in that direction."""
