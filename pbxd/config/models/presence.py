"""Activities, roles, shortcuts and profiles, and the calendars that set them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pbxd.config.models.destinations import To
from pbxd.config.models.sounds import Labels
from pbxd.config.scalars import Code, Count, Flag, Name, Number, Seconds, Secret, Text
from pbxd.config.section import BY_SHAPE, LATER, Section
from pbxd.org.calendars import CalendarKind, Property


class Activity(Section):
    name: Name
    code: Code | None = None
    available: Flag
    prompt: Name | None = None
    labels: Labels = {}


class Role(Section):
    name: Name
    code: Code | None = None
    labels: Labels = {}


class Shortcut(Section):
    name: Text
    code: Code | None = None
    activity: Name
    available: Flag | None = None
    duration: Seconds | None = None
    icon: Annotated[Text | None, LATER] = None
    divert_to: Number | None = None


class Present(Section):
    """The number shown; a number or a word such as ``own-mobile``."""

    landline: Text | None = None
    mobile: Text | None = None


class Profile(Section):
    name: Name
    code: Code | None = None
    status: Literal["available", "unavailable"] = "available"
    duration: Seconds | None = None
    calendar_priority: Count | None = None
    present: Present | None = None
    landline_calls: Annotated[Literal["landline", "mobile", "both"] | To, BY_SHAPE] = "both"
    mobile_calls: Literal["as-landline", "mobile"] = "as-landline"
    on_busy: To | None = None
    on_no_answer: To | None = None
    on_unreachable: To | None = None
    queues: list[Text] | None = None
    pause: Flag = False
    recording: Flag | None = None
    listen: Flag | None = None


class CalendarRule(Section):
    """One rule of a connector: what an event is recognised by, and what it sets."""

    type: Property
    match: Text | None = None
    activity: Name | None = None
    role: Name | None = None


class Calendar(Section):
    name: Name
    kind: CalendarKind
    url: Text
    username: Text | None = None
    password: Annotated[Secret | None, Field(repr=False)] = None
    every: Annotated[Seconds, Field(ge=30, le=86_400)] = 300
    map: list[CalendarRule] = []
    exclude: list[CalendarRule] = []


class UserCalendar(Section):
    connector: Name
    id: Annotated[Text, Field(max_length=320)]
