"""``pbxd timeline``: the coming days of a number or a person (TOOL-7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from pbxd.commands.common import DEFAULT, WRONG, AsJson, Config, Within, fail, fail_unknown, loaded, organization_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.org.services import Service
    from pbxd.org.users import User

MAX_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some hours of one day in which the same holds."""

    start: datetime
    end: datetime
    state: str
    """``open``, ``closed`` or ``forward``."""
    why: str
    answers: str
    """What becomes of a call from outside that begins then."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(timeline)


def timeline(
    whom: Annotated[str, typer.Argument(help="A username, or a number or name of a service number.", metavar="WHOM")],
    days: Annotated[int, typer.Option("--days", min=1, max=MAX_DAYS, help="How many days.")] = 14,
    first: Annotated[str | None, typer.Option("--from", help="The first day, such as 2026-12-24; else today.")] = None,
    config: Config = DEFAULT,
    organization: Within = None,
    as_json: AsJson = False,
) -> None:
    """Show the coming days of a person or a number: open or closed, why, and what becomes of a call from outside.

    Nobody is supposed to have set anything, and every phone to be registered.

    Example: pbxd timeline anna --from 2026-12-21

    Example: pbxd timeline 1500 --days 7 --json
    """
    configuration = loaded(config)
    found = organization_of(configuration, organization)
    begins = _day(first)
    title, zone, stretches = _asked(configuration, found, whom, begins, days)
    if as_json:
        data = [
            {
                "start": one.start.isoformat(),
                "end": one.end.isoformat(),
                "state": one.state,
                "why": one.why,
                "answers": one.answers,
            }
            for one in stretches
        ]
        typer.echo(json.dumps({"of": title, "timezone": zone.key, "stretches": data}, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{title}, {zone.key}")
    for line in _lines(stretches):
        typer.echo(line)


def _day(text: str | None) -> date:
    from pbxd.clock import SystemClock

    if text is None:
        return datetime.fromtimestamp(SystemClock().wall(), UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{text} is no day; write it like 2026-12-24", WRONG)


def _asked(
    configuration: Configuration, organization: Organization, whom: str, first: date, days: int
) -> tuple[str, ZoneInfo, list[Stretch]]:
    """What is shown, in which zone, and the stretches."""
    user, service = _found(organization, whom)
    hours = organization.hours_for(user)
    number = service.number if service is not None else user.extension if user is not None else None
    answers = _answers(configuration, organization, number)
    schedule = organization.schedules.get(service.number) if service is not None else None
    if schedule is not None and service is not None:
        pieces = [
            (one.start, one.end, _action(one.event.action), one.event.name)
            for one in schedule.spans(first, days, hours.zone)
        ]
        title = f"{service.name} ({service.number}): its schedule"
    else:
        pieces = [
            (one.start, one.end, "open" if one.open else "closed", one.why)
            for one in hours.hours.spans(first, days, hours.zone)
        ]
        of = f"{service.name} ({service.number})" if service is not None else user.name if user is not None else ""
        whose = f"working hours of {hours.level.value} {hours.name}" if hours.name else "no working hours are given"
        title = f"{of}: {whose}"
    stretches = [
        Stretch(
            start=datetime.fromtimestamp(start, hours.zone),
            end=datetime.fromtimestamp(end, hours.zone),
            state=state,
            why=why,
            answers=answers(start),
        )
        for start, end, state, why in pieces
    ]
    return title, hours.zone, stretches


def _action(action: object) -> str:
    return action if isinstance(action, str) else "forward"


def _found(organization: Organization, whom: str) -> tuple[User | None, Service | None]:
    """The user or the service that is meant, by name or number."""
    from pbxd.dialplan.numbering import canonical

    if whom in organization.users:
        return organization.users[whom], None
    number = canonical(whom, organization).canonical or whom
    owner = organization.line(number)
    if owner is not None:
        return owner.user, None
    named = next((service for service in organization.services() if service.name == whom), None)
    service = organization.service(number) or named
    if service is None:
        fail_unknown("user or service number", whom, organization.users)
    return None, service


def _answers(configuration: Configuration, organization: Organization, number: str | None) -> Callable[[float], str]:
    """A function from a moment to what a caller from outside gets then."""
    import phonenumbers

    from pbxd.dialplan.router import decide
    from pbxd.dialplan.situation import FromTrunk, Situation
    from pbxd.dialplan.supposed import Supposed

    if number is None:
        return lambda _: "has no number to be called at"
    example = phonenumbers.example_number(organization.country)
    caller = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164) if example is not None else ""
    source = FromTrunk(organization=organization.name, trunk="", number=caller, number_format="plus_e164", name="")
    facts = Supposed(organizations=configuration.organizations, by_name=configuration.trunks)
    situation = Situation(source=source, dialled=number)
    return lambda moment: str(decide(situation, facts, moment).treatment)


def _lines(stretches: list[Stretch]) -> Iterator[str]:
    """A line for each stretch, under a heading for each day; days that a clock makes longer or shorter say so."""
    width = max((len(one.why) for one in stretches), default=0)
    day: date | None = None
    for one in stretches:
        if one.start.date() != day:
            day = one.start.date()
            yield f"{one.start:%a %Y-%m-%d}{_length(one.start)}"
        end = "24:00" if one.end.date() > one.start.date() else f"{one.end:%H:%M}"
        yield f"  {one.start:%H:%M}-{end}  {one.state:<7}  {one.why:<{width}}  {one.answers}"


def _length(start: datetime) -> str:
    midnight = datetime(start.year, start.month, start.day, tzinfo=start.tzinfo)
    following = datetime(*(start.date() + timedelta(days=1)).timetuple()[:3], tzinfo=start.tzinfo)
    hours = (following.timestamp() - midnight.timestamp()) / 3600
    return "" if hours == 24 else f"  ({hours:g} hours)"
