"""Tries every part of the speaker in turn, with the listener's own classes: it lights, listens and speaks.

Sound is measured block by block and dropped; nothing is kept, written or sent.
"""
