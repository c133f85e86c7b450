"""Calendars: that rules name what there is, and that nobody's calendar leads elsewhere than to his own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from pbxd.config.checks.once import Once
from pbxd.config.hints import nearest
from pbxd.config.judging import File
from pbxd.config.models.organization import Organization
from pbxd.config.models.presence import Calendar, CalendarRule
from pbxd.config.source import Path
from pbxd.errors import ConfigProblem
from pbxd.org.calendars import UNCHANGED, Availability


def check_calendars(file: File[Organization]) -> Iterator[ConfigProblem]:
    """The connectors of one organization, and its users' calendars. Looks at no file and asks no server."""
    once = Once("calendar")
    connectors = {}
    for at, calendar in enumerate(file.model.calendars):
        path: Path = ("calendars", at)
        yield from once.take(file, calendar.name, (*path, "name"))
        connectors[calendar.name] = calendar
        yield from _place(file, calendar, path)
        for key, rules in (("map", calendar.map), ("exclude", calendar.exclude)):
            for number, rule in enumerate(rules):
                yield from _rule(file, rule, (*path, key, number))
    for at, user in enumerate(file.model.users):
        connector = connectors.get(user.calendar.connector) if user.calendar is not None else None
        if user.calendar is None or connector is None or not connector.url.startswith("file:"):
            continue
        if "/" in user.calendar.id or user.calendar.id.startswith("."):
            message = f"`{user.calendar.id}` is no part of a file's name"
            yield file.problem(("users", at, "calendar", "id"), message, "letters, digits, `@`, `.`, `_` and `-`")


def _place(file: File[Organization], calendar: Calendar, path: Path) -> Iterator[ConfigProblem]:
    scheme = calendar.url.partition(":")[0]
    allowed = ("file", "http", "https", "webcal") if calendar.kind == "ical" else ("http", "https")
    if scheme not in allowed:
        words = " or ".join(f"`{one}:`" for one in allowed)
        yield file.problem((*path, "url"), f"a calendar of kind `{calendar.kind}` is at an address with {words}")
    if calendar.kind == "ews" and calendar.username is None:
        yield file.problem(path, "a calendar of kind `ews` needs `username` and `password`")
    if (calendar.username is None) != (calendar.password is None):
        yield file.problem(path, "`username` and `password` go together")


def _rule(file: File[Organization], rule: CalendarRule, path: Path) -> Iterator[ConfigProblem]:
    if rule.type == "availability" and rule.match is not None and rule.match not in get_args(Availability):
        yield file.problem((*path, "match"), f"`{rule.match}` is no availability", ", ".join(get_args(Availability)))
    if rule.type == "private" and rule.match is not None:
        yield file.problem((*path, "match"), "whether an event is private needs no `match`")
    for key, name, known in (
        ("activity", rule.activity, [one.name for one in file.model.activities]),
        ("role", rule.role, [one.name for one in file.model.roles]),
    ):
        if name is not None and path[-2] == "exclude":
            yield file.problem((*path, key), "an event that is excluded sets nothing", "leave it out")
        elif name is not None and name not in (*known, UNCHANGED):
            yield file.problem((*path, key), f"no {key} is called `{name}`", nearest(name, known))
