"""Whether a condition of a rule holds, and the value that made it so, in words (RULE-2, TOOL-1)."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from pbxd.dialplan.view import View
from pbxd.org.rules import (
    ActivityIs,
    After,
    AllOf,
    Always,
    AnyOf,
    Available,
    BetweenTimes,
    CalledLine,
    CalledNumber,
    CalledPrefix,
    CalledType,
    CallerInGroup,
    CallerIs,
    CallerNumber,
    CallerPrefix,
    CallerType,
    CallingDevice,
    CallIs,
    Condition,
    Diverted,
    InACall,
    InNightMode,
    InWorkingHours,
    NoPhone,
    Not,
    OnDates,
    OnDays,
    ProfileIs,
    RoleIs,
    ScheduleOpen,
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def holds(condition: Condition, view: View) -> tuple[bool, str]:
    """Judge a condition: total, and only what is needed is looked at.

    The words name what decided: of ``and`` the first part that does not hold, of ``or`` the first that does.
    """
    match condition:
        case Always():
            return True, "always"
        case AllOf(conditions):
            return _all(conditions, view)
        case AnyOf(conditions):
            return _any(conditions, view)
        case Not(inner):
            held, words = holds(inner, view)
            return not held, words
        case CallIs(direction):
            return view.direction == direction, f"the call is {view.direction}"
        case CalledLine() | CalledNumber() | CalledPrefix() | CalledType():
            return _called(condition, view)
        case CallerIs() | CallerNumber() | CallerPrefix() | CallerType() | CallerInGroup() | CallingDevice():
            return _caller(condition, view)
        case InACall() | NoPhone() | ActivityIs() | RoleIs() | ProfileIs() | Available() | Diverted():
            return _user(condition, view)
        case InWorkingHours() | InNightMode() | ScheduleOpen() | OnDates() | BetweenTimes() | OnDays():
            return _time(condition, view)
        case After(outcome):
            if view.outcome is None:
                return False, "nothing was tried yet"
            return view.outcome == outcome, f"what was tried came out as {view.outcome}"
        case never:
            assert_never(never)


def _all(conditions: tuple[Condition, ...], view: View) -> tuple[bool, str]:
    said = []
    for condition in conditions:
        held, words = holds(condition, view)
        if not held:
            return False, words
        said.append(words)
    return True, " and ".join(said) or "always"


def _any(conditions: tuple[Condition, ...], view: View) -> tuple[bool, str]:
    said = []
    for condition in conditions:
        held, words = holds(condition, view)
        if held:
            return True, words
        said.append(words)
    return False, " and ".join(said) or "never"


def _called(condition: CalledLine | CalledNumber | CalledPrefix | CalledType, view: View) -> tuple[bool, str]:
    match condition:
        case CalledLine(kind):
            if view.line is None:
                return False, f"no line of a user was called, but {view.called}"
            is_primary = view.user is not None and view.user.primary == view.line
            held = {"primary": is_primary, "secondary": not is_primary}.get(kind, view.line.type == kind)
            order = "primary" if is_primary else "secondary"
            return held, f"the {order} line was called, a {view.line.type}"
        case CalledNumber(number):
            return view.called_is(number), f"the called number is {view.called}"
        case CalledPrefix(prefix):
            return view.called.startswith(prefix), f"the called number is {view.called}"
        case CalledType(name):
            return _typed(name, view.called, "the called number", view)
        case never:
            assert_never(never)


def _typed(name: str, number: str, what: str, view: View) -> tuple[bool, str]:
    types = view.organization.types_of(number)
    return name in types, f"{what} {number or '(unknown)'} is of {' and '.join(sorted(types)) or 'no'} type"


def _caller(
    condition: CallerIs | CallerNumber | CallerPrefix | CallerType | CallerInGroup | CallingDevice, view: View
) -> tuple[bool, str]:
    shown = view.caller or "anonymous"
    match condition:
        case CallerIs("internal"):
            return view.caller_is_internal, f"the caller is {'internal' if view.caller_is_internal else 'external'}"
        case CallerIs("external"):
            return not view.caller_is_internal, f"the caller is {'internal' if view.caller_is_internal else 'external'}"
        case CallerIs("anonymous"):
            return not view.caller, f"the caller is {shown}"
        case CallerIs(kind):
            contact = view.contact
            if contact is None:
                return False, f"the caller {shown} is no contact"
            held = kind in (contact.kind, "contact")
            return held, f"the caller {shown} is {contact.name}, a contact ({contact.kind})"
        case CallerNumber(number):
            return view.caller_has(number), f"the caller is {shown}"
        case CallerPrefix(prefix):
            return view.caller.startswith(prefix), f"the caller is {shown}"
        case CallerType(name):
            return _typed(name, view.caller, "the caller's number", view)
        case CallerInGroup(group):
            user = view.calling_user
            if user is None:
                return False, "the caller is no user"
            return group in user.groups, f"{user.username} is in {', '.join(user.groups) or 'no group'}"
        case CallingDevice(kind):
            device = view.calling_device
            if device is None:
                return False, "no device of ours calls"
            return kind in (device.kind, "all"), f"{device.name} is a {device.kind}"
        case never:
            assert_never(never)


def _user(
    condition: InACall | NoPhone | ActivityIs | RoleIs | ProfileIs | Available | Diverted, view: View
) -> tuple[bool, str]:
    user = view.user
    if user is None:
        return False, "the call is for no user"
    name = user.username
    match condition:
        case InACall():
            return view.in_a_call, f"{name} is {'in a call' if view.in_a_call else 'in no call'}"
        case NoPhone():
            return not view.reachable, f"{'a' if view.reachable else 'no'} phone of {name} is registered"
        case ActivityIs(activity):
            current = view.standing.activity
            return _named(activity, current.name if current is not None else None, f"{name}'s activity")
        case RoleIs(role):
            return _named(role, view.standing.role, f"{name}'s role")
        case ProfileIs(profile):
            active = view.standing.profile
            return _named(profile, active.name if active is not None else None, f"{name}'s profile")
        case Available():
            return view.standing.available, f"{name} is {'available' if view.standing.available else 'not available'}"
        case Diverted():
            held = bool(view.standing.diverts)
            return held, f"{name} has {'a' if held else 'no'} diversion"
        case never:
            assert_never(never)


def _named(wanted: str, current: str | None, what: str) -> tuple[bool, str]:
    return current == wanted, f"{what} is {current}" if current is not None else f"{what} is not set"


def _time(
    condition: InWorkingHours | InNightMode | ScheduleOpen | OnDates | BetweenTimes | OnDays, view: View
) -> tuple[bool, str]:
    match condition:
        case InWorkingHours():
            opening = view.opening
            return opening.open, opening.why
        case InNightMode():
            return _night(view)
        case ScheduleOpen(name):
            return view.schedule_open(name)
        case OnDates() | BetweenTimes() | OnDays():
            return _clock(condition, view.local)
        case never:
            assert_never(never)


def _night(view: View) -> tuple[bool, str]:
    opening = view.opening
    if opening.open:
        return False, opening.why
    if view.user is not None and view.standing.night_override:
        return False, f"{view.user.username} has overridden night mode, though {opening.why}"
    return True, f"night mode is on: {opening.why}"


def _clock(condition: OnDates | BetweenTimes | OnDays, local: datetime) -> tuple[bool, str]:
    match condition:
        case OnDates(first, last):
            return first <= local.date() <= last, f"it is {local:%Y-%m-%d}"
        case BetweenTimes(start, end):
            at = local.time().replace(tzinfo=None)
            # A span that does not end later the same day goes over midnight.
            held = start <= at < end if start < end else at >= start or at < end
            return held, f"it is {local:%H:%M}"
        case OnDays(days):
            return WEEKDAYS[local.weekday()] in days, f"it is {local:%A}"
        case never:
            assert_never(never)
