"""What keepmum knows about the boards that it may sit on: profiles in YAML, what clashes on them, and which one fits.

A profile (`config/boards/*.yaml`) is one layer of the settings, between the shipped file and the owner's.
"""
