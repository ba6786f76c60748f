"""Where the files that ship with keepmum are, in a clone and after an installation alike.

Owners look for them in `config/` at the top of the repository. `shipped_config` beside this file is a link to that
folder; a wheel carries its contents in the link's place. So there is one path to know and nothing to search.
"""

from pathlib import Path


def folder() -> Path:
    """The folder with `keepmum.yaml`, `keepmum.schema.json` and `sentences/`."""
    return Path(__file__).parent / "shipped_config"
