"""``pbxd notices``: mails and SMS that wait, or were given up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from pbxd.commands.common import DEFAULT, USAGE, AsJson, Config, ask, fail


class Action(StrEnum):
    """What to do."""

    LIST = "list"
    RETRY = "retry"
    DROP = "drop"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(notices)


def notices(
    action: Annotated[Action, typer.Argument(help="List them, try them now, or forget them.")] = Action.LIST,
    notice: Annotated[
        int | None, typer.Argument(help="Which one; without it `retry` tries all, `drop` forgets those given up.")
    ] = None,
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List mails and SMS that wait or were given up, have them tried now, or forget them.

    Example: pbxd notices retry 17
    """
    if action is Action.LIST:
        if notice is not None:
            fail("`list` lists all of them", USAGE)
        found = ask(config, "notices")["notices"]
        if as_json:
            typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
            return
        for line in _lines(found):
            typer.echo(line)
        return
    done = ask(config, f"notices-{action}", notice=notice)["notices"]
    words = "tried now" if action is Action.RETRY else "forgotten"
    typer.echo(f"{words}: {', '.join(map(str, done))}" if done else "there are none")


def _lines(found: list[dict[str, Any]]) -> Iterator[str]:
    if not found:
        yield "nothing waits, and nothing was given up"
    for one in found:
        when = f"again {_utc(one['due'])}" if one["state"] == "waiting" else f"given up {_utc(one['due'])}"
        why = f": {one['error']}" if one["error"] else ""
        yield (
            f"{one['notice']:>6}  {one['channel']:<5}  {one['kind']:<9}  {one['to']:<32}  "
            f"{one['attempts']} attempts, {when}{why}"
        )


def _utc(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%MZ}"
