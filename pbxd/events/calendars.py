"""How it is with users' calendars elsewhere. What is in them is told as plans (:mod:`pbxd.events.people`)."""

from __future__ import annotations

from dataclasses import dataclass

from pbxd.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFailed(Event):
    """A user's calendar can't be read any more; what it planned when it was read last stays."""

    organization: str
    user: str
    connector: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRead(Event):
    """A user's calendar is read again that could not be."""

    organization: str
    user: str
    connector: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarsDown(Event):
    """None of a connector's calendars can be had; what they planned stays."""

    organization: str
    connector: str
    reason: str
    again: float
    """Seconds until it is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarsUp(Event):
    """Calendars of a connector can be had again."""

    organization: str
    connector: str
