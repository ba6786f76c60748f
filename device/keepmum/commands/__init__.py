"""What each word after `keepmum` does; `cli.py` puts them together."""
