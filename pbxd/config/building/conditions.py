"""Conditions in parts: to values, and back for printing.

One table says which key is which condition, for both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from itertools import pairwise
from typing import Any, Final

from pbxd.config.models import rules as files
from pbxd.org import rules as org

Parts = dict[str, Any]
"""What a YAML file would hold: mappings, lists and text."""

_WEEK: Final[tuple[org.Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_FLAGS: Final[Mapping[str, type]] = {
    "always": org.Always,
    "in_a_call": org.InACall,
    "no_phone": org.NoPhone,
    "available": org.Available,
    "working_hours": org.InWorkingHours,
    "night_mode": org.InNightMode,
    "diverted": org.Diverted,
}
"""``false`` is the opposite."""
_VALUES: Final[Mapping[str, tuple[type, str]]] = {
    "call": (org.CallIs, "direction"),
    "line": (org.CalledLine, "line"),
    "caller_number": (org.CallerNumber, "number"),
    "caller_prefix": (org.CallerPrefix, "prefix"),
    "caller_type": (org.CallerType, "type"),
    "caller_group": (org.CallerInGroup, "group"),
    "called": (org.CalledNumber, "number"),
    "called_prefix": (org.CalledPrefix, "prefix"),
    "number_type": (org.CalledType, "type"),
    "activity": (org.ActivityIs, "activity"),
    "role": (org.RoleIs, "role"),
    "profile": (org.ProfileIs, "profile"),
    "schedule": (org.ScheduleOpen, "schedule"),
    "outcome": (org.After, "outcome"),
    "device": (org.CallingDevice, "kind"),
}
"""The key's value is the only field."""


def condition(model: org.Condition | files.Condition | None) -> org.Condition:
    """The condition: of a mapping, everything in it."""
    if model is None:
        return org.Always()
    if not isinstance(model, files.Condition):
        return model
    found = [_part(key, getattr(model, key)) for key in type(model).model_fields if getattr(model, key) is not None]
    return _joined(found, org.AllOf) if found else org.Always()


def _part(key: str, value: Any) -> org.Condition:
    if key in _FLAGS:
        made: org.Condition = _FLAGS[key]()
        return made if value else org.Not(made)
    if key in _VALUES:
        valued: org.Condition = _VALUES[key][0](value)
        return valued
    return _OTHERS[key](value)


def _joined(
    conditions: list[org.Condition], join: Callable[[tuple[org.Condition, ...]], org.Condition]
) -> org.Condition:
    return join(tuple(conditions)) if len(conditions) > 1 else conditions[0]


def _on_dates(value: date | files.Dates) -> org.Condition:
    return org.OnDates(value, value) if isinstance(value, date) else org.OnDates(value.first, value.last)


def _on_days(spans: list[str]) -> org.Condition:
    return org.OnDays(tuple(day for span in spans for day in _days(span)))


def _days(span: str) -> tuple[org.Weekday, ...]:
    """``fri-mon`` is four days."""
    first, _, last = span.partition("-")
    names: tuple[str, ...] = _WEEK
    start, end = names.index(first), names.index(last or first)
    return _WEEK[start : end + 1] if start <= end else _WEEK[start:] + _WEEK[: end + 1]


_OTHERS: Final[Mapping[str, Callable[[Any], org.Condition]]] = {
    "all_of": lambda value: _joined([condition(one) for one in value], org.AllOf),
    "any_of": lambda value: _joined([condition(one) for one in value], org.AnyOf),
    "negated": lambda value: org.Not(condition(value)),
    "caller": lambda value: value,
    "dates": _on_dates,
    "time": lambda value: org.BetweenTimes(*value),
    "days": _on_days,
}


def parts(condition: org.Condition) -> Parts:
    """The condition as a mapping that reads as the same again."""
    match condition:
        case org.AllOf(conditions):
            return _merged([parts(one) for one in conditions]) or {"all_of": [parts(one) for one in conditions]}
        case org.AnyOf(conditions):
            return {"any_of": [parts(one) for one in conditions]}
        case org.Not(inner):
            flag = _flag(inner)
            return {flag: False} if flag is not None else {"not": parts(inner)}
        case org.CallerIs(caller):
            return {"caller": caller}
        case org.OnDates(first, last):
            return {"dates": str(first) if first == last else {"from": str(first), "to": str(last)}}
        case org.BetweenTimes(start, end):
            return {"time": f"{_clock(start)}-{_clock(end)}"}
        case org.OnDays(days):
            return {"days": list(days)}
    flag = _flag(condition)
    if flag is not None:
        return {flag: True}
    return next({key: getattr(condition, name)} for key, (kind, name) in _VALUES.items() if kind is type(condition))


def _flag(condition: org.Condition) -> str | None:
    return next((key for key, kind in _FLAGS.items() if kind is type(condition)), None)


def _clock(moment: time) -> str:
    return moment.strftime("%H:%M") if moment == moment.replace(second=0, microsecond=0) else moment.isoformat()


def _merged(several: list[Parts]) -> Parts | None:
    """One mapping of all, where that is read in this order again."""
    order = files.Condition.known_keys()
    keys = [key for one in several for key in one]
    ascending = all(order.index(one) < order.index(other) for one, other in pairwise(keys))
    if not ascending or any(key in ("all_of", "any_of", "not") for key in keys):
        return None
    return {key: value for one in several for key, value in one.items()}
