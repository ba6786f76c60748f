"""Waking: stages that each throw out what the one before took for the phrase."""
