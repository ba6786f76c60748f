"""What is made of a command before any of it may leave: one file for each step, `make.py` is the door."""
