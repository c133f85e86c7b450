"""A user's state as text, for the store: JSON that later and earlier versions can read as far as they know it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from pbxd.org import rules, state
from pbxd.org.state import UserState

_KINDS: Mapping[str, type] = {
    name: kind
    for module in (rules, state)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and is_dataclass(kind)
}
_to_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def to_text(found: UserState) -> str:
    """The state as a JSON object; what is as it is by default is left out."""
    return _to_json(_plain(found))


def from_text(text: str) -> UserState:
    """What :func:`to_text` was given. Fields that this version does not know are left out.

    Raises :class:`ValueError` for what is no state, or has values of a kind that this version does not know.
    """
    found = _value(json.loads(text))
    if not isinstance(found, UserState):
        raise ValueError("not the state of a user")
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if not is_dataclass(value):
        return value
    said = {field.name: getattr(value, field.name) for field in fields(value)}
    usual = {field.name: field.default for field in fields(value) if field.default is not MISSING}
    kept = {name: _plain(item) for name, item in said.items() if name not in usual or item != usual[name]}
    return {"is": type(value).__name__, **kept}


def _value(found: Any) -> Any:
    if isinstance(found, list):
        return tuple(_value(item) for item in found)
    if not isinstance(found, dict):
        return found
    kind = _KINDS.get(found.get("is", ""))
    if kind is None:
        raise ValueError(f"no kind of value is called {found.get('is')!r}")
    known = {field.name for field in fields(kind)}
    try:
        return kind(**{name: _value(item) for name, item in found.items() if name in known})
    except TypeError as error:
        raise ValueError(f"{kind.__name__}: {error}") from error
