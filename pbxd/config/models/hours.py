"""Working hours and schedules."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from pbxd.config.hints import nearest
from pbxd.config.models.destinations import To
from pbxd.config.models.sounds import Prompt
from pbxd.config.scalars import (
    Clock,
    ClockEnd,
    Country,
    Date,
    Flag,
    Name,
    Span,
    Text,
    Weekdays,
    is_weekdays,
    shown,
    wrong,
)
from pbxd.config.section import BY_SHAPE, Section


class HoursException(Section):
    """Days that are not like their weekday: one date, holidays of a country, or what a calendar has."""

    date: Date | None = None
    holidays: Country | None = None
    region: Name | None = None
    names: list[Text] = []
    half_days: list[Span] = []
    ics: Text | None = None
    closed: Flag | None = None
    hours: list[Span] = []


class ExtraHours(Section):
    date: Date
    hours: Annotated[list[Span], Field(min_length=1)]


class WorkingHours(Section):
    """``exceptions`` and ``extra``; every other key is a day or a span of days: ``mon-thu: ["08:00-16:00"]``."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, list[Span]] = Field(init=False)
    exceptions: list[HoursException] = []
    extra: list[ExtraHours] = []

    @model_validator(mode="after")
    def _only_days(self) -> WorkingHours:
        for key in self.__pydantic_extra__:
            if not is_weekdays(key):
                hint = nearest(key, ("exceptions", "extra")) or "write a day (mon ... sun) or a span such as `mon-fri`"
                raise wrong(f"unknown key `{shown(key)}`", hint, key=key)
        return self


class ScheduleEvent(Section):
    name: Text
    repeat: Literal["once", "daily", "weekly", "monthly", "yearly"] | None = None
    days: list[Weekdays] = []
    first_date: Date | None = None
    last_date: Date | None = None
    start: Annotated[Clock | None, Field(alias="from")] = None
    end: Annotated[ClockEnd | None, Field(alias="to")] = None
    message: Prompt | None = None
    action: Annotated[Literal["open", "closed"] | To, BY_SHAPE]
    hang_up_waiting: Flag = False
