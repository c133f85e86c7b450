"""The columns of a table of users: every key of a user that one cell can say.

A column is the path of a key, with dots: ``email``, ``lines.1.number``, ``devices.2.kind``, ``fields.ships``,
``settings.ring_seconds``. A list of names is one cell with ``;`` between them, ``[]`` where it is empty. What no cell
can say (rules, profiles, contacts, working hours, places to divert to) has no column, and is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from pbxd.config.hints import nearest
from pbxd.config.models.destinations import To
from pbxd.config.models.users import User
from pbxd.config.section import BY_SHAPE
from pbxd.people.writing import Data

KEY: Final = "username"
SECRET: Final = frozenset({"pin", "password"})
"""Last parts of columns that are exported only where one asks for them."""
USUAL: Final = ("username", "name", "email", "language", "role", "licence", "groups")
"""Columns that every export has."""
MOST_ITEMS: Final = 50
"""Lines or devices of one user."""
EMPTY_LIST: Final = "[]"

_TABLES: Final = ("lines", "devices", "numbers")
"""Lists of sections that have columns for each item."""


@dataclass(frozen=True, slots=True)
class Column:
    """What one cell says."""

    path: tuple[str | int, ...]
    """Items of lists count from 0 here, and from 1 in the column's name."""
    listed: bool = False
    """Whether it is a list of names."""

    @property
    def name(self) -> str:
        return ".".join(str(part + 1) if isinstance(part, int) else part for part in self.path)

    @property
    def secret(self) -> bool:
        return self.path[-1] in SECRET

    def cell(self, user: Mapping[str, Any]) -> str:
        """What a user's data say here; empty: nothing, or nothing that a cell can say."""
        value: Any = user
        for part in self.path:
            value = _below(value, part)
        if isinstance(value, str):
            return "" if self.listed else value
        if self.listed and isinstance(value, list):
            return ";".join(map(_escaped, value)) if value else EMPTY_LIST
        return ""

    def value(self, cell: str) -> Data:
        """The data that a cell asks for; ``None``: that there be none."""
        if not cell:
            return None
        if not self.listed:
            return cell
        return [] if cell == EMPTY_LIST else _split(cell)

    def put(self, user: dict[str, Any], cell: str) -> None:
        """Have a user's data say what a cell says, where they don't."""
        if cell == self.cell(user):
            return
        value: Any = user
        for part, following in zip(self.path, self.path[1:], strict=False):
            value = _opened(value, part, list if isinstance(following, int) else dict)
        last, wanted = self.path[-1], self.value(cell)
        if wanted is None:
            value.pop(last, None)
        else:
            value[last] = wanted


class UnknownColumnError(ValueError):
    """No key of a user is called like this; in words."""


def column(name: str, model: type[BaseModel] = User) -> Column:
    """The column of that name, of users or of what else there are tables of. Raises :class:`UnknownColumnError`."""
    path: list[str | int] = []
    for part in name.split("."):
        path.append(int(part) - 1 if part.isascii() and part.isdigit() and len(part) < 4 and path else part)
    known = kinds(model)
    generic = ".".join("1" if isinstance(part, int) else part for part in path)
    numbers = [part for part in path if isinstance(part, int)]
    if model is User and path[0] == "fields" and len(path) == 2:
        return Column(tuple(path))
    if generic not in known or any(not 0 <= number < MOST_ITEMS for number in numbers):
        hint = nearest(generic, [*known, *(["fields.ID"] if model is User else [])])
        whose = f"{model.__name__.lower()}s"
        raise UnknownColumnError(f"`{name[:60]}` is no column of {whose}" + (f"; {hint}" if hint else ""))
    return Column(tuple(path), listed=known[generic])


@cache
def kinds(model: type[BaseModel] = User) -> Mapping[str, bool]:
    """Every column by its name, items of lists by their first one, and whether it is a list of names."""
    return dict(_columns(model, ""))


def _columns(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, bool]]:
    for key, field in model.model_fields.items():
        if BY_SHAPE in field.metadata:
            continue
        name = f"{prefix}{field.alias or key}"
        inner = _stripped(field.annotation)
        if inner is None or inner is To:
            continue
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _columns(inner, f"{name}.")
        elif get_origin(inner) is list:
            item = _stripped(get_args(inner)[0])
            if isinstance(item, type) and issubclass(item, BaseModel):
                yield from _columns(item, f"{name}.1.") if name in _TABLES else ()
            elif _is_leaf(item):
                yield name, True
        elif _is_leaf(inner):
            yield name, False


def _stripped(annotation: Any) -> Any:
    """A type without ``Annotated`` and ``| None``; ``None`` where a value may have several shapes."""
    while get_origin(annotation) is Annotated:
        if BY_SHAPE in annotation.__metadata__:
            return None
        annotation = annotation.__origin__
    if get_origin(annotation) in (Union, UnionType):
        choices = [one for one in get_args(annotation) if one is not NoneType]
        return _stripped(choices[0]) if len(choices) == 1 else None
    return annotation


def _is_leaf(inner: Any) -> bool:
    if get_origin(inner) is Literal:
        return True
    return isinstance(inner, type) and not issubclass(inner, BaseModel | dict | list)


def present(users: Sequence[Mapping[str, Any]]) -> Iterator[Column]:
    """The columns that at least one user has something in, in the order of a table: usual ones first."""
    fields = dict.fromkeys(key for one in users if isinstance(found := _below(one, "fields"), dict) for key in found)
    for name in dict.fromkeys((*USUAL, *kinds())):
        if ".1." not in name:
            one = column(name)
            if name in USUAL or any(one.cell(user) for user in users):
                yield one
    for table in _TABLES:
        yield from _items(table, users)
    yield from (column(f"fields.{key}") for key in fields)


def _items(table: str, users: Sequence[Mapping[str, Any]]) -> Iterator[Column]:
    """The columns of lines or devices, all of the first one before those of the second."""
    most = max((len(found) for one in users if isinstance(found := _below(one, table), list)), default=0)
    parts = [name.removeprefix(f"{table}.1.") for name in kinds() if name.startswith(f"{table}.1.")]
    for number in range(1, most + 1):
        possible = [column(f"{table}.{number}.{part}") for part in parts]
        yield from (one for one in possible if any(one.cell(user) for user in users))


def _below(value: Any, part: str | int) -> Any:
    match value, part:
        case dict(), str():
            return value.get(part)
        case list(), int() if part < len(value):
            return value[part]
    return None


def _opened(value: Any, part: str | int, kind: type) -> Any:
    """What is at a part of a path, made where it is not there."""
    if isinstance(value, list):
        assert isinstance(part, int), "columns of lists have numbers"
        while len(value) <= part:
            value.append({})
        return value[part]
    if not isinstance(value.get(part), kind):
        value[part] = kind()
    return value[part]


def _escaped(name: object) -> str:
    return str(name).replace("\\", "\\\\").replace(";", "\\;")


def _split(cell: str) -> list[Data]:
    """The names of a list; ``\\;`` is a ``;`` in one of them."""
    names, name, escaped = [], "", False
    for character in cell:
        if escaped or character not in ";\\":
            name, escaped = name + character, False
        elif character == "\\":
            escaped = True
        else:
            names.append(name)
            name = ""
    return [one.strip() for one in (*names, name) if one.strip()]


def plain(value: Any) -> Any:
    """Data without their lines, and a copy of them."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def tidied(user: dict[str, Any]) -> dict[str, Any]:
    """A user's data without what cells emptied: sections and items that say nothing are left out."""

    def tidy(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: below for key, one in value.items() if (below := tidy(one)) not in ({}, _NOTHING)}
        if isinstance(value, list) and any(isinstance(one, dict) for one in value):
            return [below for one in value if (below := tidy(one)) != {}] or _NOTHING
        return value

    found = tidy(user)
    assert isinstance(found, dict)
    return found


_NOTHING: Final = object()
