"""Values as YAML that a person would have written.

Every scalar of a configuration is text (:mod:`pbxd.config.source`), so quotes are for readers and for other programs:
what those would take for a number, a truth value or nothing at all stands in quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

Data: TypeAlias = "str | Mapping[str, Data] | Sequence[Data] | None"
"""What a configuration is made of."""

WIDTH: Final = 160
"""Characters of a line with a collection in brackets; what would be longer is written over several lines."""

_PLAIN: Final = re.compile(r"[^\W\d_][\w@.+/&()' -]*(?<! )")
_RESERVED: Final = frozenset({"null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
_FLAGS: Final = frozenset({"true", "false"})


def scalar(value: str | None) -> str:
    """One value; in quotes where anything might read it as something else than this text."""
    if value is None:
        return "null"
    if value in _FLAGS or (_PLAIN.fullmatch(value) and value.lower() not in _RESERVED | _FLAGS):
        return value
    return quoted(value)


def quoted(value: str) -> str:
    """One value in double quotes. JSON's escapes are YAML's (YAML 1.2, 5.7), but for what YAML does not let stand."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def flow(value: Data) -> str:
    """A value on one line, collections in brackets."""
    match value:
        case None | str():
            return scalar(value)
        case Mapping():
            return "{" + ", ".join(f"{scalar(key)}: {flow(one)}" for key, one in value.items()) + "}"
        case _:
            return "[" + ", ".join(map(flow, value)) + "]"


def lines(value: Mapping[str, Data], newline_indent: str) -> str:
    """A mapping over several lines, the first of them without its indentation."""
    return newline_indent.join(pair(key, one, newline_indent) for key, one in value.items())


def pair(key: str, value: Data, newline_indent: str) -> str:
    """``key: value``, over several lines where one would be too long or hard to read.

    ``newline_indent`` is a line's end and the indentation of the key.
    """
    deeper = newline_indent + "  "
    here = f"{scalar(key)}: {flow(value)}"
    if not value or isinstance(value, str):
        return here
    if isinstance(value, Mapping):
        nested = any(isinstance(one, Mapping | list) for one in value.values())
        return f"{scalar(key)}:{deeper}{lines(value, deeper)}" if nested or _long(here, newline_indent) else here
    several = len(value) > 1 and any(isinstance(one, Mapping) for one in value)
    if several or _long(here, newline_indent):
        return f"{scalar(key)}:" + "".join(deeper + item(one, deeper) for one in value)
    return here


def item(value: Data, newline_indent: str) -> str:
    """``- value`` as an item of a list."""
    here = f"- {flow(value)}"
    if isinstance(value, Mapping) and (_long(here, newline_indent) or "username" in value):
        return f"- {lines(value, newline_indent + '  ')}"
    return here


def _long(text: str, newline_indent: str) -> bool:
    return len(text) + len(newline_indent) - 1 > WIDTH
