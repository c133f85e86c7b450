"""Templates to files. No value can leave its place: no markup gets into XML, no line into a list of settings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from pbxd.provisioning.family import Entries, Family, Settings

FOLDER: Final = Path(__file__).parent / "families"
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
"""What is no character of XML 1.0, and what ends a line."""


def clean(value: Any) -> Any:
    """A value as it may stand in a file, at any depth."""
    if isinstance(value, str):
        return _CONTROL.sub(" ", value)
    if isinstance(value, Mapping):
        return {name: clean(item) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [clean(item) for item in value]
    return value


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["xml.j2"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _written(family: Family, macro: str, values: dict[str, Any]) -> bytes:
    module = _environment().get_template(family.template).module
    return str(getattr(module, macro)(values)).strip().encode() + b"\n"


def _with_values(family: Family, settings: Settings) -> dict[str, Any]:
    cleaned = clean(settings)
    return {**cleaned, **family.values(cleaned)}


def settings_file(family: Family, settings: Settings) -> bytes:
    """A phone's own file."""
    return _written(family, "settings", _with_values(family, settings))


def common_file(family: Family, settings: Settings) -> bytes:
    """What all phones of the family get alike."""
    return _written(family, "common", _with_values(family, settings))


def book_file(family: Family, title: str, entries: Entries, url: str, page: int = 0) -> bytes:
    """The phone book, or its part number ``page`` from 0 on; ``url`` is its own address."""
    size = family.page
    some = entries if size is None else entries[page * size : (page + 1) * size]
    more = size is not None and (page + 1) * size < len(entries)
    return _written(family, "book", clean({"title": title, "entries": some, "url": url, "page": page, "more": more}))
