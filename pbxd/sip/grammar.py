"""The lexical rules of SIP that every header shares (RFC 3261 25.1): tokens, quoted strings, lists, numbers.

Every expression here is possessive or anchored, so no input costs more than linear time. All text is what came from the
wire decoded as UTF-8 with ``surrogateescape``, with folded lines already joined.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from pbxd.errors import MalformedMessage

MAX_LIST: Final = 100
"""Elements of one comma-separated list; a request passes about 70 hops at the most (RFC 3261 8.1.1.6)."""
MAX_PARAMS: Final = 64
"""Parameters of one URI or header value."""

Params: TypeAlias = tuple[tuple[str, str | None], ...]
"""Parameters in wire order: names in lower case, values as written (quotes and escapes kept), ``None`` for a flag."""

TOKEN_CHARS: Final = r"A-Za-z0-9\-.!%*_+`'~"  # noqa: S105 - an alphabet, not a secret
TOKEN: Final = re.compile(rf"[{TOKEN_CHARS}]++")
QUOTED: Final = r'"(?:[^"\\]++|\\.)*+"'

# Values may hold more than RFC 3261 allows (slashes, colons, "=" of base64): phones write them, and nothing breaks.
_VALUE = rf'(?:{QUOTED}|[^\x00-\x20\x7f;,"<>]*+)'
_PARAM = rf"[ \t]*+;[ \t]*+([{TOKEN_CHARS}\[\]/:&$]++)(?:[ \t]*+=[ \t]*+({_VALUE}))?+"
_ONE_PARAM = re.compile(_PARAM, re.DOTALL)
_ELEMENT = re.compile(rf'(?:[^",<]++|{QUOTED}|<[^>]*+>)*+', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MOST_DIGITS = 10  # of 2**32, over which no number of SIP goes
_LINE_BREAK = re.compile(r"[\r\n]++")


def is_token(text: str) -> bool:
    """Whether ``text`` is a ``token`` of RFC 3261 25.1."""
    return TOKEN.fullmatch(text) is not None


def quote(text: str) -> str:
    """``text`` as a quoted-string; line breaks, which none can hold, become a space."""
    if "\n" in text or "\r" in text:
        text = _LINE_BREAK.sub(" ", text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote(text: str) -> str:
    """What a quoted-string says; any other text is given back as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    inner = text[1:-1]
    return _ESCAPED.sub(r"\1", inner) if "\\" in inner else inner


def split_commas(text: str) -> list[str]:
    """The elements of a comma-separated list, stripped; commas in quotes and in ``<>`` don't separate.

    Raises :class:`MalformedMessage` for an unterminated quote or bracket and for more than :data:`MAX_LIST` elements.
    Empty elements are kept: what they mean is the header's business.
    """
    if "," not in text:
        return [text.strip(" \t")]
    if '"' not in text and "<" not in text:
        elements = [element.strip(" \t") for element in text.split(",", MAX_LIST)]
        if len(elements) > MAX_LIST:
            raise MalformedMessage("too many values")
        return elements
    elements = []
    position = 0
    while len(elements) < MAX_LIST:
        found = _ELEMENT.match(text, position)
        end = found.end() if found else position
        elements.append(text[position:end].strip(" \t"))
        if end == len(text):
            return elements
        if text[end] != ",":
            raise MalformedMessage("unterminated quote or bracket")
        position = end + 1
    raise MalformedMessage("too many values")


def split_list(text: str) -> list[str]:
    """:func:`split_commas` for lists whose elements can't be empty."""
    elements = split_commas(text)
    if not all(elements):
        raise MalformedMessage("empty value")
    return elements


def tokens(*values: str) -> tuple[str, ...]:
    """All tokens of comma-separated lists, as in Allow or Supported; empty elements, as some phones send, are skipped.

    Raises :class:`MalformedMessage` when an element is not a token.
    """
    found = []
    for value in values:
        for token in filter(None, split_commas(value)):
            if not is_token(token):
                raise MalformedMessage(f"not a token: {token[:40]!r}")
            found.append(token)
    return tuple(found)


def parse_params(text: str) -> Params:
    """``;name=value;flag`` with optional white space round the signs.

    Raises :class:`MalformedMessage` for anything else, for more than :data:`MAX_PARAMS`, and for a name given twice
    (RFC 3261 7.3.1), because two readers could then disagree about what was said.
    """
    params: list[tuple[str, str | None]] = []
    position, end = 0, len(text.rstrip(" \t"))
    match = _ONE_PARAM.match
    while position < end:
        found = match(text, position)
        if len(params) == MAX_PARAMS:
            raise MalformedMessage("too many parameters")
        if found is None:
            raise MalformedMessage(f"bad parameters: {text[position : position + 40]!r}")
        name, value = found.groups()
        params.append((name.lower(), value))
        position = found.end()
    if len(params) > 1 and len({name for name, _ in params}) != len(params):
        raise MalformedMessage("a parameter is given twice")
    return tuple(params)


def format_params(params: Params) -> str:
    """The inverse of :func:`parse_params`; values must already be quoted or escaped where they need it."""
    return "".join([f";{name}" if value is None else f";{name}={value}" for name, value in params])


def find_param(params: Params, name: str) -> str | None:
    """The value of a parameter as written: ``""`` for a flag, ``None`` when absent."""
    for key, value in params:
        if key == name:
            return "" if value is None else value
    return None


def set_param(params: Params, name: str, value: str | None) -> Params:
    """``params`` with ``name`` changed in its place, or added at the end."""
    if any(key == name for key, _ in params):
        return tuple((key, value if key == name else old) for key, old in params)
    return (*params, (name, value))


def number(text: str, maximum: int) -> int:
    """A decimal number of ASCII digits from 0 to ``maximum`` (at most 2**32); else :class:`MalformedMessage`."""
    if text.isdigit() and text.isascii() and len(text) < _MOST_DIGITS and (value := int(text)) <= maximum:
        return value  # as nearly always
    if not (text.isascii() and text.isdigit()):
        raise MalformedMessage(f"not a number: {text[:40]!r}")
    # Length first: int() of thousands of digits is slow, and of more than 4,300 an error.
    if len(text) > _MOST_DIGITS:
        text = text.lstrip("0") or "0"
    if len(text) > _MOST_DIGITS or (value := int(text)) > maximum:
        raise MalformedMessage(f"number over {maximum}")
    return value
