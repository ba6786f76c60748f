"""Reads a page as a machine would: its forms and links, and what of it a browser would run."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import get_args

from keepmum.messages import Want

QUIETER = {f"/ask/{want}" for want in get_args(Want)}
SEEN = ("/", "/propose", "/events")


class Reading(HTMLParser):
    """Every tag of a page, with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def values(self, tag: str, name: str) -> list[str]:
        return [str(attributes[name]) for found, attributes in self.tags if found == tag and name in attributes]


def louder(page: str) -> Iterator[str]:
    """One sentence for each thing on a page that could do anything but look, tighten or propose."""
    read = Reading(page)
    for tag, attributes in read.tags:
        if tag == "form":
            action = str(attributes.get("action"))
            if attributes.get("method") != "post" or not (action in QUIETER or _proposes(action)):
                yield f"a form leads to {action}"
        if tag in {"input", "select", "textarea", "iframe", "object", "embed", "base", "style"}:
            yield f"there is a {tag}"
        if tag == "script" and attributes != {"src": "/static/panel.js", "defer": None}:
            yield f"a script comes from {attributes.get('src', 'the page itself')}"
        for name, value in attributes.items():
            if name.startswith("on") or name in {"style", "formaction", "srcdoc", "ping"}:
                yield f"a {tag} has {name}={value}"
            if name in {"href", "src"} and not str(value).startswith("/"):
                yield f"a {tag} leads out of the house: {value}"
            if name == "href" and tag == "a" and not _looks(str(value)):
                yield f"a link leads to {value}"


def _proposes(path: str) -> bool:
    return path.startswith("/propose/") and path.count("/") == 4


def _looks(path: str) -> bool:
    return path in SEEN or path.startswith("/sure/") or _proposes(path)
