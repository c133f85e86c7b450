"""Values of the dialplan as JSON and back: what a trail keeps so that its decisions can be made again.

A dataclass is an object with its class under ``is`` and the fields that differ from their defaults; tuples are arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import ModuleType
from typing import Any, Final

from pbxd.dialplan import diverted, situation, source, treatment
from pbxd.org import activities, conditions, rules, sounds, state
from pbxd.sip import replaces

KIND: Final = "is"
SET: Final = "set"
MAP: Final = "map"
_MODULES: Final[tuple[ModuleType, ...]] = (
    treatment,
    situation,
    source,
    diverted,
    activities,
    conditions,
    rules,
    sounds,
    state,
    replaces,
)
_CLASSES: Final[Mapping[str, type]] = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in _MODULES
    for name, value in vars(module).items()
    if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.__name__
}
_NAMES: Final[Mapping[type, str]] = {kind: name for name, kind in _CLASSES.items()}


def to_plain(value: Any) -> Any:
    """A value as JSON has it. Raises :class:`TypeError` for one of an unknown class."""
    match value:
        case None | str() | bool() | int() | float():
            return value
        case tuple() | list():
            return [to_plain(one) for one in value]
        case frozenset():
            return {KIND: SET, "of": sorted(to_plain(one) for one in value)}
        case Mapping():
            return {KIND: MAP, "of": {str(key): to_plain(one) for key, one in value.items()}}
    name = _NAMES.get(type(value))
    if name is None:
        raise TypeError(f"a {type(value).__name__} is not kept")
    kind: type = type(value)
    plain: dict[str, Any] = {KIND: name}
    for field in _fields(kind):
        one = getattr(value, field.name)
        if one != _default(field):
            plain[field.name] = to_plain(one)
    return plain


def from_plain(plain: Any) -> Any:
    """What :func:`to_plain` was given. Raises :class:`ValueError` for what it can't have made."""
    match plain:
        case list():
            return tuple(from_plain(one) for one in plain)
        case {"is": "set", "of": list(members)}:
            return frozenset(from_plain(one) for one in members)
        case {"is": "map", "of": dict(entries)}:
            return {key: from_plain(one) for key, one in entries.items()}
        case {"is": str(name)}:
            kind = _CLASSES.get(name)
            if kind is None:
                raise ValueError(f"no value is a {name[:40]}")
            try:
                return kind(**{key: from_plain(one) for key, one in plain.items() if key != KIND})
            except TypeError as error:
                raise ValueError(f"this is no {name}: {error}") from None
        case dict():
            raise ValueError("an object without its class")
        case _:
            return plain


@cache
def _fields(kind: type) -> tuple[Field[Any], ...]:
    return tuple(field for field in fields(kind) if field.init)


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
