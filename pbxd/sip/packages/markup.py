"""Writing XML, and reading XML that strangers wrote.

Reading goes through expat with a handler for each thing that is allowed. No document type is, so there are no entities
to expand; size, depth and number of elements are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, NewType
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from pbxd.errors import MalformedMessage

Xml = NewType("Xml", str)
"""Well-formed markup, as opposed to text."""

MAX_SIZE: Final = 16 * 1024
"""Bytes of a document that is read."""
MAX_DEPTH: Final = 16
MAX_ELEMENTS: Final = 500

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold, escaped or not (XML 1.0, 2.2)."""


def element(name: str, *children: Xml, text: str = "", **attributes: str | None) -> Xml:
    """An element with text or children. ``_`` in attribute names means ``-``, but ``xmlns_x`` is ``xmlns:x``.

    Attributes that are ``None`` are left out; characters that XML can't hold become U+FFFD.
    """
    written = "".join(
        f" {_attribute(key)}={quoteattr(_clean(value))}" for key, value in attributes.items() if value is not None
    )
    content = escape(_clean(text)) + "".join(children)
    return Xml(f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>")


def document(root: Xml) -> bytes:
    """The whole document."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'.encode()


def _attribute(key: str) -> str:
    return key.replace("xmlns_", "xmlns:").replace("_", "-")


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


Path = tuple[str, ...]
"""Names from the root down, each its namespace, a space and its local name."""


def read(body: bytes, *, start: Callable[[Path], None], text: Callable[[Path, str], None]) -> None:
    """Read a document: ``start`` is told of every element, ``text`` of the text of each that has any, whole.

    Raises :class:`MalformedMessage` for what is not well-formed, has a document type, or passes a bound.
    """
    if len(body) > MAX_SIZE:
        raise MalformedMessage(f"a document of more than {MAX_SIZE} bytes", status=413)
    _Reader(start, text).feed(body)


class _Reader:
    def __init__(self, start: Callable[[Path], None], text: Callable[[Path, str], None]) -> None:
        self._start = start
        self._text = text
        self._path: list[str] = []
        self._pieces: list[list[str]] = []
        self._elements = 0

    def feed(self, body: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._opened
        parser.EndElementHandler = self._closed
        parser.CharacterDataHandler = self._heard
        try:
            parser.Parse(body, True)
        except (expat.ExpatError, ValueError, LookupError) as error:  # also an encoding that nobody knows
            raise MalformedMessage(f"not XML: {error}") from None

    def _doctype(self, name: str, system: str | None, public: str | None, internal: bool) -> None:
        raise MalformedMessage("a document type is not wanted here")

    def _opened(self, name: str, attributes: Iterable[str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS or len(self._path) >= MAX_DEPTH:
            raise MalformedMessage("too many elements")
        self._path.append(name)
        self._pieces.append([])
        self._start(tuple(self._path))

    def _heard(self, piece: str) -> None:
        if self._pieces:
            self._pieces[-1].append(piece)

    def _closed(self, name: str) -> None:
        found = "".join(self._pieces.pop()).strip()
        if found:
            self._text(tuple(self._path), found)
        self._path.pop()
