"""Events to and from the ledger: a type name and a JSON object of all fields.

The object is complete (``at`` and ``call`` again, although they have columns): the columns are for searching, the
object is what is read back, exactly. It is ASCII, so that text with bytes that were not UTF-8 survives every database.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, get_origin, get_type_hints

from pbxd import events
from pbxd.compact import encoder
from pbxd.events import CallId, Event
from pbxd.store import interface
from pbxd.store.rows import RecordedEvent

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

_to_json = encoder()


class _Form:
    """How one class of events is written and read; made once."""

    def __init__(self, kind: type[Event]) -> None:
        self.kind = kind
        self.names = tuple(field.name for field in fields(kind))
        self.values: Callable[[Event], tuple[Any, ...]] = attrgetter(*self.names) if len(self.names) > 1 else _only_at
        hints = get_type_hints(kind)
        self.tuples = tuple(name for name in self.names if get_origin(hints[name]) is tuple)
        self.required = frozenset(field.name for field in fields(kind) if field.default is MISSING)


def _only_at(event: Event) -> tuple[Any, ...]:
    return (event.at,)


def _forms(*modules: ModuleType) -> dict[str, _Form]:
    found = (value for module in modules for value in vars(module).values())
    kinds = {value for value in found if isinstance(value, type) and issubclass(value, Event)}
    return {kind.__name__: _Form(kind) for kind in kinds - {RecordedEvent}}


_FORMS = _forms(events, interface)


def encode(event: Event) -> str:
    """The fields of ``event`` as JSON. Raises :class:`ValueError` for a number that is none (NaN, infinity)."""
    form = _FORMS.get(type(event).__name__)
    if form is None:
        form = _FORMS[type(event).__name__] = _Form(type(event))
    return _to_json(dict(zip(form.names, form.values(event), strict=True)))


def decode(kind: str, at: float, call: str | None, payload: str) -> Event:
    """The event that was written, or a :class:`RecordedEvent` where this version has no such type or fields."""
    found = json.loads(payload)
    form = _FORMS.get(kind)
    if form is None or not form.required <= found.keys():
        return RecordedEvent(
            at=found.get("at", at), type=kind, call=None if call is None else CallId(call), fields=found
        )
    values = {name: found[name] for name in form.names if name in found}
    for name in form.tuples:
        values[name] = tuple(values[name])
    return form.kind(**values)
