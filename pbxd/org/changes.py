"""What users do to their state: each change a function from the state before to the one after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias
from zoneinfo import ZoneInfo

from pbxd.org.activities import Profile, Shortcut
from pbxd.org.planning import over
from pbxd.org.state import Absence, ActivitySet, Diversion, DiversionKind, Planned, ProfileSet, UserState

Change: TypeAlias = Callable[[UserState], UserState]

MAX_PLANNED = 200
"""Entries that one user may have in the future."""


class TooMuchPlanned(ValueError):
    """The user has :data:`MAX_PLANNED` entries already."""


def do(activity: str, now: float, *, until: float | None = None, note: str = "") -> Change:
    """Set an activity."""
    return lambda state: replace(state, activity=ActivitySet(activity=activity, since=now, until=until, note=note))


def do_nothing(state: UserState) -> UserState:
    """Have no activity of one's own."""
    return replace(state, activity=None)


def use_shortcut(shortcut: Shortcut, now: float) -> Change:
    """Set the activity of a shortcut, for as long as it says (PRES-3)."""
    chosen = ActivitySet(
        activity=shortcut.activity,
        since=now,
        until=None if shortcut.duration is None else now + shortcut.duration,
        available=shortcut.available,
        divert_to=shortcut.divert_to,
    )
    return lambda state: replace(state, activity=chosen)


def take_role(role: str | None, now: float) -> Change:
    """Set a role, or none."""
    return lambda state: replace(state, role=role, role_since=now)


def switch_to(profile: Profile, now: float, *, until: float | None = None) -> Change:
    """Switch to a profile; ``until`` is its own duration unless given (PROF-1, PROF-2)."""
    if until is None and profile.duration is not None:
        until = now + profile.duration

    def change(state: UserState) -> UserState:
        chosen = ProfileSet(profile=profile.name, since=now, until=until, previous=_lasting(state))
        return replace(state, profile=chosen)

    return change


def _lasting(state: UserState) -> str | None:
    """The profile that stays when those with an end are over: what the new one's end returns to."""
    own = state.profile
    return None if own is None else own.profile if own.until is None else own.previous


def leave_profile(state: UserState) -> UserState:
    """Have no profile but the usual one."""
    return replace(state, profile=None)


def divert(kind: DiversionKind, to: str | None) -> Change:
    """Set a diversion, or with ``None`` take it back (DIV-1)."""

    def change(state: UserState) -> UserState:
        others = tuple(one for one in state.diversions if one.kind != kind)
        mine = (Diversion(kind=kind, to=to),) if to is not None else ()
        return replace(state, diversions=others + mine)

    return change


def be_absent(absence: Absence | None) -> Change:
    """Be away, or with ``None`` be back (DIV-2)."""
    return lambda state: replace(state, absence=absence)


def override_night(override: bool) -> Change:
    """Override night mode, or take that back (TIME-2)."""
    return lambda state: replace(state, night_override=override)


def show_number(number: str | None) -> Change:
    """Choose the number shown from now on, or with ``None`` have it as configured (CODE-6)."""
    return lambda state: replace(state, shown_number=number)


def leave_group(group: str) -> Change:
    """Get no calls of a hunt group."""
    return lambda state: replace(state, left_groups=tuple(dict.fromkeys((*state.left_groups, group))))


def rejoin_group(group: str) -> Change:
    """Get them again."""
    return lambda state: replace(state, left_groups=tuple(one for one in state.left_groups if one != group))


def plan(entry: Planned, now: float, zone: ZoneInfo) -> Change:
    """Add an entry, or replace the one of the same id, and drop those that are over.

    The change raises :class:`TooMuchPlanned`.
    """

    def change(state: UserState) -> UserState:
        left = tuple(one for one in state.planned if one.id != entry.id and not over(one, now, zone))
        if sum(not one.source for one in left) >= MAX_PLANNED:
            raise TooMuchPlanned(f"{MAX_PLANNED} entries are planned already")
        return replace(state, planned=(*left, entry))

    return change


def follow_calendar(entries: tuple[Planned, ...], now: float, zone: ZoneInfo) -> Change:
    """Have these, and no others, be what calendars have planned (PRES-7); what is over already is dropped."""

    def change(state: UserState) -> UserState:
        own = tuple(one for one in state.planned if not one.source and not over(one, now, zone))
        return replace(state, planned=own + entries)

    return change


def forget(entry: str) -> Change:
    """Take a planned entry away, by its id."""
    return lambda state: replace(state, planned=tuple(one for one in state.planned if one.id != entry))
