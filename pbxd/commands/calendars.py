"""``pbxd calendars``: when each user's calendar was read, and when it will be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from pbxd.commands.common import DEFAULT, USAGE, AsJson, Config, Within, ask, fail


class Action(StrEnum):
    """What to do."""

    LIST = "list"
    FETCH = "fetch"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(calendars)


def calendars(
    action: Annotated[Action, typer.Argument(help="List them, or read one now.")] = Action.LIST,
    user: Annotated[str | None, typer.Argument(help="Whose, of `fetch`.")] = None,
    organization: Within = None,
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Say when users' calendars were read, what they plan, and what went wrong; or read one now.

    Example: pbxd calendars fetch anna
    """
    if (action is Action.FETCH) != (user is not None):
        fail("`fetch` needs a user, and `list` takes none", USAGE)
    if user is not None:
        found = ask(config, "calendars-fetch", timeout=90.0, user=user, organization=organization)["calendars"]
    else:
        found = ask(config, "calendars", organization=organization)["calendars"]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for line in _lines(found):
        typer.echo(line)


def _lines(found: list[dict[str, Any]]) -> Iterator[str]:
    if not found:
        yield "nobody has a calendar"
        return
    yield f"{'organization':<16}  {'user':<16}  {'connector':<12}  {'read':<17}  {'next':<17}  {'plans':>5}  problem"
    for one in found:
        read = _utc(one["fetched"]) if one["fetched"] is not None else "not yet"
        yield (
            f"{one['organization']:<16}  {one['user']:<16}  {one['connector']:<12}  {read:<17}  "
            f"{_utc(one['next']):<17}  {one['plans']:>5}  {one['error']}"
        ).rstrip()


def _utc(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%MZ}"
