"""Looks at the machine and says what keepmum finds there, what is wrong with it, and what to do next.

HAS: eyes for everything that the listener needs. HAS NO hand: `keepmum doctor` changes nothing. `selftest/` does light
lamps, listen and speak, and only when it was told to.
"""
