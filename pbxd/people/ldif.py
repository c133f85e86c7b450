"""LDIF (RFC 2849): what a directory holds, and what changed in it.

A value that names a file or an address (``jpegPhoto:< file:///...``) is never fetched: an import reads one file.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast, get_args

from pbxd.people.tables import TableError, content, decoded

ChangeType: TypeAlias = Literal["add", "delete", "modify", "modrdn", "moddn"]
Operation: TypeAlias = Literal["add", "delete", "replace"]
MOST_RECORDS: Final = 200_000

_LINE: Final = re.compile(r"([A-Za-z0-9.][A-Za-z0-9.-]*)(;[A-Za-z0-9;-]*)?:(:|<)?(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an attribute."""

    attribute: str
    """In lower case, without options."""
    text: str | None
    """``None``: bytes that are no text, or a reference that is not followed."""
    line: int


@dataclass(frozen=True, slots=True)
class Modification:
    """One part of ``changetype: modify``."""

    operation: Operation
    attribute: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An entry of a directory, or a change of one."""

    line: int
    dn: str
    change: ChangeType | None
    """``None``: the entry as it is."""
    values: tuple[Value, ...] = ()
    """Of an entry and of one that is added; of ``modrdn`` its parameters."""
    modifications: tuple[Modification, ...] = ()


class _WrongError(Exception):
    """A line is not as RFC 2849 says."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line = line


def read(path: Path, *, encoding: str | None = None) -> list[Record]:
    """The records of a file. Raises :class:`TableError` with every problem, by line."""
    return parse(str(path), content(path), encoding=encoding)


def parse(name: str, raw: bytes, *, encoding: str | None = None) -> list[Record]:
    """The records of a file's bytes. Raises :class:`TableError` with every problem, by line."""
    records: list[Record] = []
    problems: list[str] = []
    for block in _blocks(decoded(name, raw, encoding)):
        if len(records) >= MOST_RECORDS:
            problems.append(f"{name}:{block[0][0]}: more than {MOST_RECORDS} records")
            break
        try:
            record = _record([_value(line, text) if text != "-" else None for line, text in block], block[0][0])
        except _WrongError as error:
            problems.append(f"{name}:{error.line}: {error}")
            continue
        records += [record] if record is not None else []
    if problems:
        raise TableError(problems)
    return records


def _blocks(text: str) -> Iterator[list[tuple[int, str]]]:
    """Records as their lines, unfolded and without comments, each with its number."""
    block: list[tuple[int, str]] = []
    for line, unfolded in _unfolded(text):
        if unfolded:
            block += [] if unfolded.startswith("#") else [(line, unfolded)]
        elif block:
            yield block
            block = []
    if block:
        yield block


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    parts: list[str] = []
    begun = 1
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.removesuffix("\r")
        if stripped.startswith(" ") and parts:
            parts.append(stripped[1:])
            continue
        if parts:
            yield begun, "".join(parts)
        parts, begun = [stripped], number
    yield begun, "".join(parts)


def _value(line: int, text: str) -> Value:
    found = _LINE.fullmatch(text)
    if found is None:
        raise _WrongError(line, "neither `attribute: value` nor the rest of the line before, which begins with a blank")
    attribute, rest = found[1].lower(), found[4]
    match found[3]:
        case ":":
            return Value(attribute, _from_base64(line, rest.strip()), line)
        case "<":
            return Value(attribute, None, line)
    return Value(attribute, rest.lstrip(" "), line)


def _from_base64(line: int, text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode()
    except binascii.Error as error:
        raise _WrongError(line, "not base64") from error
    except UnicodeDecodeError:
        return None


def _record(lines: Sequence[Value | None], number: int) -> Record | None:
    """The record of these lines, where ``None`` is a line with a ``-``; ``None`` where it is only the version."""
    lines = [one for one in lines if one is None or one.attribute != "version"]
    if not lines:
        return None
    first, *rest = lines
    if first is None or first.attribute != "dn" or first.text is None:
        raise _WrongError(number, "a record begins with `dn:`")
    rest = [one for one in rest if one is None or one.attribute != "control"]
    change: ChangeType | None = None
    if rest and rest[0] is not None and rest[0].attribute == "changetype":
        change = _change(rest.pop(0))
    if change == "modify":
        return Record(line=first.line, dn=first.text, change=change, modifications=tuple(_modifications(rest)))
    values = tuple(one for one in rest if one is not None)
    if len(values) < len(rest):
        raise _WrongError(first.line, "a `-` stands in a record that is no `changetype: modify`")
    if (repeated := next((one for one in values if one.attribute in ("dn", "changetype")), None)) is not None:
        raise _WrongError(repeated.line, f"`{repeated.attribute}:` stands inside a record: an empty line is missing")
    return Record(line=first.line, dn=first.text, change=change, values=values)


def _change(value: Value | None) -> ChangeType:
    assert value is not None, "it was looked at"
    if value.text not in get_args(ChangeType):
        raise _WrongError(value.line, f"no change is called `{(value.text or '')[:40]}`")
    return cast("ChangeType", value.text)


def _modifications(lines: Sequence[Value | None]) -> Iterator[Modification]:
    rest = list(lines)
    while rest:
        head = rest.pop(0)
        if head is None or head.text is None or head.attribute not in get_args(Operation):
            where = head.line if head is not None else next((one.line for one in lines if one is not None), 1)
            raise _WrongError(where, "a change begins with `add:`, `delete:` or `replace:`")
        attribute = head.text.strip().partition(";")[0].lower()
        values = []
        while rest and (value := rest.pop(0)) is not None:
            if value.attribute != attribute:
                raise _WrongError(value.line, f"`{value.attribute}` stands in a change of `{attribute}`")
            values.append(value)
        yield Modification(cast("Operation", head.attribute), attribute, tuple(values))
