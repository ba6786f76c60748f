"""The speaker's own ears over recordings, in pieces that any number of processes can share."""
