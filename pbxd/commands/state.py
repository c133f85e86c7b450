"""``pbxd set``, ``pbxd clear`` and ``pbxd state``: what users have set, in the running server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from pbxd.commands.common import DEFAULT, AsJson, Config, Within, ask

Username = Annotated[str, typer.Argument(help="A username.", metavar="USER")]
What = Annotated[
    str,
    typer.Argument(
        help="activity, role, profile, shortcut, divert, divert-busy, divert-no-answer, divert-unreachable, absence, "
        "night-override, number, plan (an activity), plan-role or plan-profile."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(name="set")(set_)
    app.command()(clear)
    app.command()(state)


def set_(
    user: Username,
    what: What,
    value: Annotated[str, typer.Argument(help="A name, or a number to divert to or to show.")] = "",
    until: Annotated[str, typer.Option(help="When it ends: `13:00`, `2026-12-24` or `2026-12-24 14:00`.")] = "",
    start: Annotated[str, typer.Option("--from", help="When an absence or a plan begins.")] = "",
    note: Annotated[str, typer.Option(help="What colleagues are to know.")] = "",
    repeat: Annotated[str, typer.Option(help="Of a plan: daily, weekly, monthly or yearly.")] = "",
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Set an activity, role, profile, diversion, absence, number or plan for a user; it is on disk when this returns.

    Example: pbxd set anna activity lunch --until 13:00

    Example: pbxd set anna plan meeting --from "2026-12-24 10:00" --until 11:30 --repeat weekly
    """
    order: dict[str, Any] = {
        "what": what,
        "value": value,
        "until": until,
        "start": start,
        "note": note,
        "repeat": repeat,
    }
    _show(ask(config, "set", user=user, organization=organization, **order))


def clear(
    user: Username,
    what: Annotated[str, typer.Argument(help="As with `pbxd set`, or `everything`.")],
    plan: Annotated[str, typer.Argument(help="Of a plan its id, which `pbxd state` shows.")] = "",
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Take back what is set for a user.

    Example: pbxd clear anna divert
    """
    _show(ask(config, "clear", user=user, what=what, value=plan, organization=organization))


def state(user: Username, organization: Within = None, config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """Show what a user has set, and what it comes to now.

    Example: pbxd state anna
    """
    found = ask(config, "state", user=user, organization=organization)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    for line in _lines(found):
        typer.echo(line)


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield from found["words"] or [f"{found['user']} has set nothing that is in force now"]
    if found["number"]:
        yield f"{found['user']}'s calls show {found['number']}"
    for plan in found["plans"]:
        repeat = f", {plan['repeat']}" if plan["repeat"] else ""
        yield f"planned: {plan['what']} from {_utc(plan['start'])} to {_utc(plan['end'])}{repeat} ({plan['id']})"


def _utc(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%MZ}"
