"""Draws the page out of its templates. Whatever comes from elsewhere is escaped; a name that is missing is an error."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from keepmum.panel import wording
from keepmum.panel.picture import Agreement, Picture

_HERE = Path(__file__).parent
_LAMPS = 12
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Page:
    """All templates and files, read once: behind the lock nothing more is needed from the disk."""

    def __init__(self) -> None:
        environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals.update(lamps=range(_LAMPS), quieter=wording.QUIETER, sure=wording.SURE)
        self._templates = {name: environment.get_template(name) for name in environment.list_templates()}
        self.files = {
            file.name: (file.read_bytes(), _KINDS[file.suffix]) for file in sorted((_HERE / "static").iterdir())
        }
        """Content and kind of what the page is made of besides."""

    def whole(self, shown: Picture, said: str, clock: str) -> str:
        """The page; `said` is the answer to what was just asked for, `clock` the time of the day."""
        return self._templates["page.html"].render(shown=shown, said=said, clock=clock)

    def moving(self, shown: Picture) -> str:
        """What of it changes, for a page that is open already."""
        return self._templates["moving.html"].render(shown=shown)

    def sure(self, want: str) -> str:
        """A second look before something that cannot be taken back."""
        title, what = wording.SURE[want]
        return self._templates["sure.html"].render(title=title, what=what, want=want)

    def offers(self, offered: list[Agreement]) -> str:
        """Everything that can be proposed."""
        return self._templates["offers.html"].render(offered=offered)

    def propose(self, offer: Agreement) -> str:
        """What proposing means, for one of them."""
        return self._templates["propose.html"].render(offer=offer)

    def trouble(self, what: str, hint: str = "") -> str:
        """One plain sentence, when there is nothing to show."""
        return self._templates["trouble.html"].render(what=what, hint=hint)
