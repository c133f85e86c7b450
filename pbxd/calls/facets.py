"""What others can see of a user's state, and the events that tell one sight from another. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pbxd.events import (
    AbsenceChanged,
    ActivityChanged,
    DiversionChanged,
    NightModeChanged,
    NumberShown,
    PlanChanged,
    ProfileChanged,
    RoleChanged,
    UserEvent,
)
from pbxd.org.organization import Organization
from pbxd.org.presence import Standing, standing
from pbxd.org.state import DiversionKind, Planned, UserState
from pbxd.org.users import User

KINDS: tuple[DiversionKind, ...] = ("always", "busy", "no-answer", "unreachable")


@dataclass(frozen=True, slots=True)
class Sight:
    """A user at a moment."""

    state: UserState
    standing: Standing
    away: bool
    """Whether an absence is in force."""


def seen(state: UserState, organization: Organization, user: User, now: float) -> Sight:
    """What the state looks like at ``now``."""
    absence = state.absence
    away = absence is not None and absence.start <= now and (absence.end is None or now < absence.end)
    return Sight(state, standing(state, organization, user, now), away)


def differences(before: Sight, after: Sight, at: float, who: tuple[str, str], why: str) -> Iterator[UserEvent]:
    """What happened to ``who`` (organization and username) between two sights."""
    base: dict[str, Any] = {"at": at, "organization": who[0], "user": who[1], "why": why}
    old, new = before.standing, after.standing
    if _activity(old) != _activity(new):
        activity, until, note, available = _activity(new)
        yield ActivityChanged(**base, activity=activity, until=until, note=note, available=available)
    if old.role != new.role:
        yield RoleChanged(**base, role=new.role or "")
    if _profile(old) != _profile(new) or _profile_end(before.state) != _profile_end(after.state):
        yield ProfileChanged(**base, profile=_profile(new), until=_profile_end(after.state))
    yield from _diversions(before.state, after.state, base)
    if (before.state.absence, before.away) != (after.state.absence, after.away):
        absence = after.state.absence
        yield AbsenceChanged(
            **base,
            reason=absence.reason if absence is not None else "",
            start=absence.start if absence is not None else None,
            end=absence.end if absence is not None else None,
            away=after.away,
        )
    if before.state.night_override != after.state.night_override:
        yield NightModeChanged(**base, overridden=after.state.night_override)
    if before.state.shown_number != after.state.shown_number:
        yield NumberShown(**base, number=after.state.shown_number or "")
    yield from _plans(before.state, after.state, base)


def _activity(found: Standing) -> tuple[str, float | None, str, bool]:
    name = found.activity.name if found.activity is not None else ""
    return name, found.until, found.note, found.available


def _profile(found: Standing) -> str:
    return found.profile.name if found.profile is not None else ""


def _profile_end(state: UserState) -> float | None:
    return state.profile.until if state.profile is not None else None


def _diversions(before: UserState, after: UserState, base: dict[str, Any]) -> Iterator[UserEvent]:
    old = {one.kind: one.to for one in before.diversions}
    new = {one.kind: one.to for one in after.diversions}
    for kind in KINDS:
        if old.get(kind) != new.get(kind):
            yield DiversionChanged(**base, kind=kind, to=new.get(kind, ""))


def _plans(before: UserState, after: UserState, base: dict[str, Any]) -> Iterator[UserEvent]:
    """An entry that is over is dropped without a word: what it did has ended by itself."""
    old, new = {one.id: one for one in before.planned}, {one.id: one for one in after.planned}
    for key, entry in new.items():
        if old.get(key) != entry:
            yield _plan(entry, base, planned=True)
    for key, entry in old.items():
        if key not in new and (entry.repeat is not None or entry.end > base["at"]):
            yield _plan(entry, base, planned=False)


def _plan(entry: Planned, base: dict[str, Any], *, planned: bool) -> PlanChanged:
    return PlanChanged(
        **base,
        entry=entry.id,
        activity=entry.activity or "",
        role=entry.role or "",
        profile=entry.profile or "",
        start=entry.start,
        end=entry.end,
        repeat=entry.repeat or "",
        planned=planned,
    )
