"""What a user's state comes to at a moment (PRES-1 to PRES-4, PROF-1 to PROF-3, DIV-1, DIV-2).

What began last counts: an activity that somebody sets during a planned meeting counts at once, and a planned meeting
that begins after it takes its place until it ends. Of planned entries that overlap the one of the highest priority
counts, then the one that began last. Nothing has to happen for a planned change to be in force: the same state asked
for at another moment gives another answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from pbxd.org.activities import Activity, Profile
from pbxd.org.levels import ABSENCE_END, ABSENCE_START, SWITCHBOARD
from pbxd.org.organization import Organization
from pbxd.org.planning import current, upcoming
from pbxd.org.rules import Target, ToSwitchboard, ToVoicemail
from pbxd.org.state import NOTHING_SET, AbsenceAction, Planned, UseProfile, UserState
from pbxd.org.users import User

Why: TypeAlias = Literal["diversion", "absence", "shortcut"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Divert:
    """All calls to the user go elsewhere."""

    target: Target | str
    """Text is a number as it would be dialled."""
    why: Why
    narrow: float
    """Seconds of the span that it is in force; infinite where it has no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a user stands at a moment."""

    activity: Activity | None
    until: float | None
    """When the activity ends, where that is known."""
    note: str
    role: str | None
    profile: Profile | None
    available: bool
    """Whether calls are to come through, by activity, profile and absence."""
    diverts: tuple[Divert, ...]
    """Unconditional ones in force, the narrowest first."""
    on_busy: str | None
    """Where the user's own diversion sends a call then, as dialled."""
    on_no_answer: str | None
    on_unreachable: str | None
    night_override: bool
    words: tuple[str, ...]
    """What differs from somebody who has set nothing, a sentence each, for the decision trail."""


class _Held(NamedTuple):
    """Something that a user holds: what, since when, until when, and what goes with it."""

    name: str
    since: float
    until: float | None
    source: str
    """In words, for the trail."""
    note: str = ""
    available: bool | None = None


class _Away(NamedTuple):
    """What an absence does now."""

    action: AbsenceAction
    since: float
    until: float | None


def standing(state: UserState, organization: Organization, user: User, now: float) -> Standing:
    """How ``user`` stands at ``now`` (seconds since 1970). Names that the organization no longer has count as unset."""
    if state is NOTHING_SET or state == NOTHING_SET:
        return _unchanged(organization, user)
    zone = organization.hours_for(user).zone
    held = _activity(state, organization, now, zone)
    absence = state.absence
    shown = held
    if absence is not None and absence.start <= now and (absence.end is None or now < absence.end):
        absent = _Held(absence.reason, absence.start, absence.end, "by his absence")
        if absence.reason in organization.activities and (held is None or held.since <= absence.start):
            shown = absent
    away = _away(state, organization, user, now)
    role = _role(state, organization, now, zone)
    profile, profile_held = _profile(state, organization, user, now, zone, away)
    before = organization.activities[held.name] if held is not None else organization.usual_activity
    diverts = tuple(sorted(_diverts(state, organization, user, held, away), key=lambda divert: divert.narrow))
    available = _available(before, held, profile, away)
    conditional: dict[str, str] = {one.kind: one.to for one in state.diversions}
    has = (("activity", shown), ("role", role), ("profile", profile_held))
    return Standing(
        activity=organization.activities[shown.name] if shown is not None else organization.usual_activity,
        until=shown.until if shown is not None else None,
        note=shown.note if shown is not None else "",
        role=role.name if role is not None else None,
        profile=_opened(profile) if away is not None and away.action == "open" else profile,
        available=available,
        diverts=diverts,
        on_busy=conditional.get("busy"),
        on_no_answer=conditional.get("no-answer"),
        on_unreachable=conditional.get("unreachable"),
        night_override=state.night_override,
        words=tuple(_words(state, user, zone, has, diverts, available=available)),
    )


def next_change(state: UserState, organization: Organization, user: User, now: float) -> float | None:
    """The next moment after ``now`` at which the standing may be another one without anybody doing anything."""
    moments: list[float | None] = []
    if state.activity is not None:
        moments += state.activity.since, state.activity.until
    if state.profile is not None:
        moments += state.profile.since, state.profile.until
    if state.absence is not None:
        moments += state.absence.start, state.absence.end
    zone = organization.hours_for(user).zone
    for entry in state.planned:
        for span in (current(entry, now, zone), upcoming(entry, now, zone)):
            if span is not None:
                moments += span
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def _unchanged(organization: Organization, user: User) -> Standing:
    activity = organization.usual_activity
    profile = organization.profile(user.default_profile, user) if user.default_profile is not None else None
    return Standing(
        activity=activity,
        until=None,
        note="",
        role=None,
        profile=profile,
        available=profile is None or profile.available,
        diverts=(),
        on_busy=None,
        on_no_answer=None,
        on_unreachable=None,
        night_override=False,
        words=() if profile is None else (f"{user.username}'s profile is {profile.name}, as always",),
    )


# What is held ---------------------------------------------------------------------------------------------------------


def _latest(found: Iterable[_Held | None]) -> _Held | None:
    """What began last; of two that began together the first."""
    return max((one for one in found if one is not None), key=lambda one: one.since, default=None)


def _planned(
    entries: Iterable[Planned], now: float, zone: ZoneInfo, name: Callable[[Planned], str | None], known: Iterable[str]
) -> Iterator[tuple[Planned, _Held]]:
    """The entries in force that say anything about one thing."""
    for entry in entries:
        said = name(entry)
        span = current(entry, now, zone) if said is not None and said in known else None
        if said is not None and span is not None:
            source = "by his calendar" if entry.source else "as planned"
            yield entry, _Held(said, span.start, span.end, source, entry.note)


def _first(found: Iterable[tuple[int, _Held]]) -> _Held | None:
    """Of planned entries that overlap: the highest priority, then the one that began last."""
    return max(found, key=lambda one: (one[0], one[1].since), default=(0, None))[1]


def _activity(state: UserState, organization: Organization, now: float, zone: ZoneInfo) -> _Held | None:
    known = organization.activities
    own, set_by_hand = state.activity, None
    if own is not None and own.activity in known and own.since <= now and (own.until is None or now < own.until):
        set_by_hand = _Held(own.activity, own.since, own.until, "as set", own.note, own.available)
    planned = _planned(state.planned, now, zone, lambda entry: entry.activity, known)
    return _latest((set_by_hand, _first((entry.priority, held) for entry, held in planned)))


def _role(state: UserState, organization: Organization, now: float, zone: ZoneInfo) -> _Held | None:
    known = organization.roles
    own = _Held(state.role, state.role_since, None, "as set") if state.role in known and state.role else None
    planned = _planned(state.planned, now, zone, lambda entry: entry.role, known)
    return _latest((own, _first((entry.priority, held) for entry, held in planned)))


def _profile(
    state: UserState, organization: Organization, user: User, now: float, zone: ZoneInfo, away: _Away | None
) -> tuple[Profile | None, _Held | None]:
    known = {**organization.profiles, **user.profiles}
    found = [_own_profile(state, user, now)]
    planned = _planned(state.planned, now, zone, lambda entry: entry.profile, known)
    found.append(_first((entry.priority or known[held.name].calendar_priority, held) for entry, held in planned))
    if away is not None and isinstance(away.action, UseProfile):
        found.append(_Held(away.action.profile, away.since, away.until, "by his absence"))
    held = _latest(one for one in found if one is not None and one.name in known)
    return (known[held.name], held) if held is not None else (None, None)


def _own_profile(state: UserState, user: User, now: float) -> _Held | None:
    """The one that was set; when its time is over the one before, and before and after all the user's usual one."""
    own, usual = state.profile, user.default_profile
    if own is not None and own.since <= now:
        if own.until is None or now < own.until:
            return _Held(own.profile, own.since, own.until, "as set")
        if own.previous is not None:
            return _Held(own.previous, -inf, None, "as before")
    return _Held(usual, -inf, None, "as always") if usual is not None else None


# What it comes to -----------------------------------------------------------------------------------------------------


def _away(state: UserState, organization: Organization, user: User, now: float) -> _Away | None:
    """What the absence does now: its start's action up to its end, its end's action from there on."""
    absence = state.absence
    if absence is None or now < absence.start:
        return None
    if absence.end is None or now < absence.end:
        action = absence.at_start
        if action is None:
            action = organization.effective(ABSENCE_START, user).value
        return _Away(action, absence.start, absence.end)
    action = absence.at_end
    if action is None:
        action = organization.effective(ABSENCE_END, user).value
    return None if action in ("none", "follow-profile") else _Away(action, absence.end, None)


def _available(activity: Activity | None, held: _Held | None, profile: Profile | None, away: _Away | None) -> bool:
    by_profile = profile is None or profile.available
    match away.action if away is not None else "none":
        case "none":
            by_activity = activity is None or activity.available
            if held is not None and held.available is not None:
                by_activity = held.available
            return by_activity and by_profile
        case "follow-profile" | UseProfile():
            return by_profile
        case "open":
            return True
        case _:
            return False


def _opened(profile: Profile | None) -> Profile | None:
    """The profile, but calls come through."""
    if profile is None:
        return None
    calls = profile.landline_calls if isinstance(profile.landline_calls, str) else "both"
    return replace(profile, available=True, landline_calls=calls)


def _diverts(
    state: UserState, organization: Organization, user: User, held: _Held | None, away: _Away | None
) -> Iterator[Divert]:
    own = state.activity
    if own is not None and own.divert_to is not None and held is not None and held.since == own.since:
        yield Divert(target=own.divert_to, why="shortcut", narrow=_length(own.since, own.until))
    if away is not None:
        match away.action:
            case "none" | "follow-profile" | "open" | UseProfile():
                pass
            case "close":
                target = ToVoicemail() if organization.effective(SWITCHBOARD, user).value is None else ToSwitchboard()
                yield Divert(target=target, why="absence", narrow=_length(away.since, away.until))
            case forward:
                yield Divert(target=forward, why="absence", narrow=_length(away.since, away.until))
    for diversion in state.diversions:
        if diversion.kind == "always":
            yield Divert(target=diversion.to, why="diversion", narrow=inf)


def _length(since: float, until: float | None) -> float:
    return inf if until is None else until - since


# Words ----------------------------------------------------------------------------------------------------------------


def _words(
    state: UserState,
    user: User,
    zone: ZoneInfo,
    has: Iterable[tuple[str, _Held | None]],
    diverts: Iterable[Divert],
    *,
    available: bool,
) -> Iterator[str]:
    who = user.username
    for what, held in has:
        if held is not None:
            yield f"{who}'s {what} is {held.name}{_until(held.until, zone)}, {held.source}"
    if not available:
        yield f"{who} counts as not available"
    for divert in diverts:
        where = divert.target if isinstance(divert.target, str) else type(divert.target).__name__
        yield f"{who} has his calls go to {where} ({divert.why})"
    for diversion in state.diversions:
        if diversion.kind != "always":
            yield f"{who} has diverted to {diversion.to} on {diversion.kind}"
    if state.night_override:
        yield f"{who} has overridden night mode"


def _until(moment: float | None, zone: ZoneInfo) -> str:
    return "" if moment is None else f" until {datetime.fromtimestamp(moment, zone):%Y-%m-%d %H:%M}"
