"""Checks that need nobody's word: where a clip comes from, whose name stands in it, and what may stand nowhere."""
