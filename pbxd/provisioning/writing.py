"""Templates to files. No value can leave its place: no markup gets into XML, no line into a list of settings."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from pbxd.provisioning.family import Entries, Family, Settings

FOLDER: Final = Path(__file__).parent / "families"
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
"""What is no character of XML 1.0, and what ends a line."""


def clean(value: Any) -> Any:
    """A value as it may stand in a file; what a template has marked as safe is its own."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return _CONTROL.sub(" ", value)
    return "" if value is None else value


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["xml.j2"], default=False),
        undefined=StrictUndefined,
        finalize=clean,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _written(family: Family, macro: str, *arguments: Any) -> bytes:
    module = _environment().get_template(family.template).module
    return str(getattr(module, macro)(*arguments)).lstrip().encode()


def settings_file(family: Family, settings: Settings) -> bytes:
    """A phone's own file."""
    return _written(family, "settings", {**settings, **family.values(settings)})


def common_file(family: Family, settings: Settings) -> bytes:
    """What all phones of the family get alike."""
    return _written(family, "common", {**settings, **family.values(settings)})


def book_file(family: Family, title: str, entries: Entries, url: str, page: int = 0) -> bytes:
    """The phone book, or its part number ``page`` from 0 on; ``url`` is its own address."""
    size = family.page
    some = entries if size is None else entries[page * size : (page + 1) * size]
    more = size is not None and (page + 1) * size < len(entries)
    return _written(family, "book", {"title": title, "entries": some, "url": url, "page": page, "more": more})
