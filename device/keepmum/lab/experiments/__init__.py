"""The experiments: each asks one question of the real speaker, and tells its figures with their intervals.

Each is one file with one `measure(...)`, which returns a `Result`. Each plants the defects that it claims to find: an
experiment that has never caught anything proves nothing.
"""
