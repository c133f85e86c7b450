"""Working hours and schedules that contradict themselves, and holidays that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from pbxd.config.building.hours import days, holidays, spans
from pbxd.config.building.schedules import repeat, services
from pbxd.config.hints import nearest
from pbxd.config.judging import File
from pbxd.config.models.hours import HoursException, ScheduleEvent, WorkingHours
from pbxd.config.models.organization import Organization
from pbxd.config.scalars import WEEKDAYS
from pbxd.config.source import Path
from pbxd.errors import ConfigProblem
from pbxd.org.holidays import is_known


def check_hours(file: File[Organization], today: date) -> Iterator[ConfigProblem]:
    """The working hours of the organization, its groups and its users."""
    if file.model.working_hours is not None:
        yield from _hours(file, file.model.working_hours, ("working_hours",), today)
    for index, group in enumerate(file.model.groups):
        if group.working_hours is not None:
            yield from _hours(file, group.working_hours, ("groups", index, "working_hours"), today)
    for index, user in enumerate(file.model.users):
        if user.working_hours is not None:
            yield from _hours(file, user.working_hours, ("users", index, "working_hours"), today)


def _hours(file: File[Organization], model: WorkingHours, path: Path, today: date) -> Iterator[ConfigProblem]:
    taken: dict[int, str] = {}
    for key, given in (model.model_extra or {}).items():
        ordered = sorted(spans(given))
        if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
            yield file.problem((*path, key), "has hours that overlap")
        for day in days(key):
            if day in taken:
                yield file.problem((*path, key), f"{WEEKDAYS[day]} has hours already, under `{taken[day]}`")
            taken[day] = key
    for index, exception in enumerate(model.exceptions):
        yield from _exception(file, exception, (*path, "exceptions", index), today)


def _exception(file: File[Organization], model: HoursException, path: Path, today: date) -> Iterator[ConfigProblem]:
    if (model.date is not None) + (model.holidays is not None) + (model.ics is not None) != 1:
        yield file.problem(path, "is about one of `date`, `holidays` and `ics`")
    if model.closed and model.hours:
        yield file.problem((*path, "closed"), "is closed and has hours", "leave out `closed` or `hours`")
    if model.holidays is not None:
        yield from _holidays(file, model, model.holidays, path, today)
        return
    for key in ("region", "names", "half_days"):
        if getattr(model, key):
            yield file.problem((*path, key), f"`{key}` is for `holidays`")


def _holidays(
    file: File[Organization], model: HoursException, country: str, path: Path, today: date
) -> Iterator[ConfigProblem]:
    if not is_known(country):
        yield file.problem((*path, "holidays"), f"no holidays of {country} are known", "name the dates")
        return
    if not is_known(country, model.region):
        yield file.problem((*path, "region"), f"`{model.region}` is no region of {country} with holidays")
        return
    known = holidays(model.model_copy(update={"names": []}), today)
    names = {name for holiday in known for name in holiday.names}
    for at, name in enumerate(model.names):
        if name.lower() not in names:
            message = f"{country} has no holiday called `{name}`"
            yield file.problem((*path, "names", at), message, nearest(name, names))
    if model.half_days and not any(holiday.half for holiday in known):
        message = f"no half days of {country} are known"
        yield file.problem((*path, "half_days"), message, "give the dates with `hours`")


def check_schedules(file: File[Organization]) -> Iterator[ConfigProblem]:
    """The schedules of the organization, of its queues' defaults, and of its service numbers."""
    model = file.model
    for name, events in model.schedules.items():
        yield from _schedule(file, events, ("schedules", name))
    if model.defaults.queue is not None:
        yield from _schedule(file, model.defaults.queue.schedule, ("defaults", "queue", "schedule"))
    for path, service in services(model):
        yield from _schedule(file, service.schedule, (*path, "schedule"))


def _schedule(file: File[Organization], events: list[ScheduleEvent], path: Path) -> Iterator[ConfigProblem]:
    for index, event in enumerate(events):
        here = (*path, index)
        always = repeat(event) is None
        if always and index < len(events) - 1:
            yield file.problem(here, f"`{event.name}` always holds, so nothing after it ever does", "put it last")
        if not always and index == len(events) - 1:
            hint = "add a last event without days and times, such as `{name: default, action: closed}`"
            yield file.problem(here, "no event says what holds at all other times", hint)
        yield from _event(file, event, here)


def _event(file: File[Organization], event: ScheduleEvent, path: Path) -> Iterator[ConfigProblem]:
    how_often = repeat(event)
    weekly_by_date = how_often == "weekly" and not event.days
    if event.first_date is None and (how_often in ("once", "monthly", "yearly") or weekly_by_date):
        hint = "or `days`" if weekly_by_date else ""
        yield file.problem(path, f"repeats {how_often}, so it needs a `first_date`", hint)
    if event.days and how_often != "weekly":
        yield file.problem((*path, "days"), f"are for an event that repeats weekly, not {how_often}")
    if event.first_date is not None and event.last_date is not None and event.last_date < event.first_date:
        yield file.problem((*path, "last_date"), "comes before `first_date`")
    if event.hang_up_waiting and event.action == "open":
        yield file.problem((*path, "hang_up_waiting"), "is for an event that closes")
