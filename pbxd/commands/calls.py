"""``pbxd calls``: which calls there were (API-2)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pbxd.commands.archive import consult, moment
from pbxd.commands.common import DEFAULT, WRONG, AsJson, Config, Within, fail, fail_unknown, loaded

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.store.search import Either


class Result(StrEnum):
    """How calls end, as in :class:`pbxd.events.CallEnded`; ``running`` of those that have not."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    BARRED = "barred"
    ANNOUNCED = "announced"
    FEATURE = "feature"
    CRASHED = "crashed"
    SHUTDOWN = "shutdown"
    RUNNING = "running"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(calls)


def calls(
    config: Config = DEFAULT,
    number: Annotated[
        str | None, typer.Option("--number", "-n", help="Called, calling, or passed through; or how it ends.")
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", "-u", help="A username: calls of his devices and numbers.")
    ] = None,
    queue: Annotated[str | None, typer.Option("--queue", help="A queue, menu, or hunt group that was called.")] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help='"2026-11-21 14:00", a day, today, yesterday, or 2h for two hours ago.'),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Likewise.")] = None,
    result: Annotated[Result | None, typer.Option("--result", "-r", help="How they ended.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at the most.")] = 50,
    legs: Annotated[bool, typer.Option("--legs", help="With what became of everybody who was rung.")] = False,
    organization: Within = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="For spreadsheets.")] = False,
    as_json: AsJson = False,
) -> None:
    """List calls, the newest first: who called whom, through what, how long, and how it ended.

    Example: pbxd calls --number 88887702 --since yesterday
    """
    from pbxd.clock import SystemClock
    from pbxd.commands import records
    from pbxd.store.search import Search, key_of

    now = SystemClock().wall()
    touching: list[Either] = [(key_of(number),)] if number is not None else []
    if user is not None or queue is not None:
        configuration = loaded(config)
        touching += [_of_user(configuration, organization, user)] if user is not None else []
        touching += [_of_service(configuration, organization, queue)] if queue is not None else []
    search = Search(
        touching=tuple(touching),
        since=moment("--since", since, now),
        until=moment("--until", until, now),
        result="" if result is Result.RUNNING else result,
        organization=organization,
        limit=limit,
    )
    found = consult(config, lambda archive: archive.find(search))
    if as_json:
        typer.echo(records.as_json(found))
    elif as_csv:
        typer.echo(records.as_csv(found), nl=False)
    else:
        typer.echo("\n".join(records.as_table(found, legs=legs)) or "no such calls")


def _of_user(configuration: Configuration, within: str | None, username: str) -> tuple[str, ...]:
    """What calls of a user touch: his devices, and his lines."""
    from pbxd.tools.parties import keys_of

    keys: list[str] = []
    for organization in _organizations(configuration, within):
        if (user := organization.users.get(username)) is not None:
            keys += keys_of(user)
    if not keys:
        known = [name for one in _organizations(configuration, within) for name in one.users]
        fail_unknown("user", username, known)
    return tuple(dict.fromkeys(keys))


def _of_service(configuration: Configuration, within: str | None, name: str) -> tuple[str, ...]:
    """The numbers of the services that have the name."""
    from pbxd.store.search import key_of

    services = [one for organization in _organizations(configuration, within) for one in organization.services()]
    named = [service for service in services if service.name == name]
    keys = [key_of(number) for service in named for number in (service.number, *service.numbers)]
    if not keys:
        fail_unknown("queue, menu or hunt group", name, [service.name for service in services])
    return tuple(keys)


def _organizations(configuration: Configuration, within: str | None) -> list[Organization]:
    if within is None:
        return [*configuration.organizations.values()]
    if within not in configuration.organizations:
        fail(f"no organization is called {within}", WRONG)
    return [configuration.organizations[within]]
