"""Working hours that contradict themselves, and holidays that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from pbxd.config.building.hours import days, holidays, spans
from pbxd.config.hints import nearest
from pbxd.config.judging import File
from pbxd.config.models.hours import HoursException, WorkingHours
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
