"""Schedules of service numbers, as the snapshot holds them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from pbxd.config.building.destinations import prompt, step
from pbxd.config.building.hours import days
from pbxd.config.models import hours as files
from pbxd.config.models.organization import Organization
from pbxd.config.models.services import Queue, ServiceNumber
from pbxd.config.source import Path
from pbxd.org.schedule import ALL_DAY, Event, Repeat, Schedule
from pbxd.org.wallclock import DAY

SERVICES = (
    "queues",
    "attendant_groups",
    "hunt_groups",
    "ivrs",
    "auto_attendants",
    "rule_based_numbers",
    "conference_rooms",
    "group_mailboxes",
    "voicemail_numbers",
)
"""The sections whose objects may have a schedule."""


def schedules(model: Organization) -> dict[str, Schedule]:
    """All schedules: named ones by their name, those of service numbers by name and by every number."""
    found = {name: schedule(events) for name, events in model.schedules.items()}
    default = model.defaults.queue.schedule if model.defaults.queue is not None else []
    for _, service in services(model):
        events = service.schedule or (default if isinstance(service, Queue) else [])
        if events:
            made = schedule(events)
            found.setdefault(service.name, made)
            found.update(dict.fromkeys((service.number, *service.numbers), made))
    return found


def services(model: Organization) -> Iterator[tuple[Path, ServiceNumber]]:
    """Every service number, and where it stands."""
    for key in SERVICES:
        for index, service in enumerate(getattr(model, key)):
            if isinstance(service, ServiceNumber):
                yield (key, index), service


def schedule(models: list[files.ScheduleEvent]) -> Schedule:
    return Schedule(tuple(map(_event, models)))


def _event(model: files.ScheduleEvent) -> Event:
    return Event(
        name=model.name,
        action=model.action if isinstance(model.action, str) else step(model.action),
        repeat=repeat(model),
        days=frozenset(day for key in model.days for day in days(key)),
        first=model.first_date,
        last=model.last_date,
        span=_span(model.start, model.end),
        message=prompt(model.message) if model.message is not None else None,
        hang_up_waiting=model.hang_up_waiting,
    )


def repeat(model: files.ScheduleEvent) -> Repeat | None:
    """How often: as it says, or as its other keys let one expect. ``None`` is always."""
    if model.repeat is not None:
        return model.repeat
    if model.days:
        return "weekly"
    if model.first_date is not None or model.last_date is not None:
        return "once" if model.first_date is not None else "daily"
    return "daily" if model.start is not None or model.end is not None else None


def _span(start: time | None, end: time | None) -> tuple[int, int]:
    if start is None and end is None:
        return ALL_DAY
    first = _minutes(start) if start is not None else 0
    last = _minutes(end) if end is not None else DAY
    return first, last if last > first else last + DAY


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
