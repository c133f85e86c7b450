"""Calendars that people keep elsewhere, and what their events come to here (PRES-7). Pure.

An event is known by four things: availability, subject, place, and whether it is private. Rules turn it into an
activity, a role, or nothing; the first that fits counts. The subject goes no further than this: who may see that
somebody is in a meeting is not to see which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from pbxd.org.state import Planned

CalendarKind: TypeAlias = Literal["ical", "caldav", "ews"]
Availability: TypeAlias = Literal["free", "tentative", "busy", "away", "elsewhere"]
"""What somebody is during an event, as calendars say it; ``away`` is out of office, ``elsewhere`` works there."""
Property: TypeAlias = Literal["availability", "subject", "location", "private"]
UNCHANGED: Final = "do-not-change"
"""In place of an activity or role: the event leaves it alone."""
PRIORITY: Final = -1
"""Of what calendars plan: what people plan here themselves comes first."""
MOST: Final = 100
"""Plans that one calendar makes; the nearest ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """One event, once: repeating ones are written out. Moments are seconds since 1970-01-01 00:00 UTC."""

    start: float
    end: float
    subject: str = ""
    location: str = ""
    availability: Availability = "busy"
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRule:
    """What an event is recognised by, and what it sets; ``None`` leaves alone."""

    type: Property
    match: str = ""
    """Of ``availability`` one of its words, of ``subject`` and ``location`` a part of it; empty: any."""
    activity: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """Where an organization's calendars are."""

    name: str
    kind: CalendarKind
    url: str
    """With ``{id}`` where each user's own begins to differ; ``file:`` and an absolute path for files."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    every: int = 300
    """Seconds from one look to the next."""
    rules: tuple[CalendarRule, ...] = ()
    exclude: tuple[CalendarRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCalendar:
    """A user's own calendar among those of a connector."""

    connector: str
    id: str


def fits(rule: CalendarRule, event: CalendarEvent) -> bool:
    """Whether a rule is about an event; letter case counts for nothing."""
    wanted = rule.match.casefold()
    match rule.type:
        case "availability":
            return wanted in ("", event.availability)
        case "subject":
            return wanted in event.subject.casefold()
        case "location":
            return bool(event.location) and wanted in event.location.casefold()
        case "private":
            return event.private


def plans(events: Iterable[CalendarEvent], connector: Connector, now: float) -> tuple[Planned, ...]:
    """What somebody's events plan for him: those that are not over, the nearest :data:`MOST`."""
    found: dict[str, Planned] = {}
    for entry in _planned(sorted(events, key=lambda event: (event.start, event.end)), connector):
        if entry.end > now and len(found) < MOST:
            found.setdefault(entry.id, entry)
    return tuple(found.values())


def _planned(events: Iterable[CalendarEvent], connector: Connector) -> Iterator[Planned]:
    for event in events:
        if event.end <= event.start or any(fits(rule, event) for rule in connector.exclude):
            continue
        rule = next((rule for rule in connector.rules if fits(rule, event)), None)
        if rule is None or (rule.activity is None and rule.role is None):
            continue
        yield Planned(
            id=f"{connector.name}-{round(event.start)}-{round(event.end)}-{rule.activity or ''}-{rule.role or ''}",
            start=event.start,
            end=event.end,
            activity=rule.activity,
            role=rule.role,
            priority=PRIORITY,
            source=connector.name,
        )
