"""``pbxd diff``: which calls end differently under another configuration (TOOL-3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pbxd.commands.common import WRONG, AsJson, fail, loaded

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration
    from pbxd.events import CallArrived
    from pbxd.tools.diff import Asked, Change

EXAMPLES = 50
"""Ways in which calls end differently that are listed."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(diff)


def diff(
    old: Annotated[Path, typer.Argument(help="The server's file of the configuration as it was.")],
    new: Annotated[Path, typer.Argument(help="The server's file of the configuration as it is to be.")],
    calls: Annotated[
        int, typer.Option("--calls", min=0, help="Up to how many recorded calls are compared; 0: only the grid.")
    ] = 10_000,
    at: Annotated[str | None, typer.Option("--at", help="From when on moments are looked for. Default: now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show which calls end differently under NEW than under OLD, with one example each.

    Compared are every number with callers of each kind at moments of each kind, and the calls that OLD's server has
    recorded. Exit status 0 whether or not any differ.

    Example: pbxd diff /etc/pbxd/pbxd.yaml new/pbxd.yaml
    """
    from pbxd.tools.diff import changes, compare, grid, recorded

    before, after = loaded(old), loaded(new)
    now = _moment(at)
    tried = grid(before, after, now)
    arrived = _recorded(before, calls)
    known = recorded(arrived, before, after)
    parts = {
        "grid": (len(tried.calls), changes(compare(before, after, tried.calls))),
        "recorded": (len(arrived), changes(compare(before, after, known))),
    }
    if as_json:
        typer.echo(json.dumps({name: _data(total, found) for name, (total, found) in parts.items()}, indent=2))
        return
    for name, (total, found) in parts.items():
        for line in _lines(name, total, found, before):
            typer.echo(line)
    if tried.left_out:
        typer.echo(f"{tried.left_out} lines were left out of the grid; those that changed are in it first")


def _moment(at: str | None) -> float:
    from pbxd.clock import SystemClock

    if at is None:
        return SystemClock().wall()
    try:
        return datetime.fromisoformat(at).timestamp()
    except ValueError:
        fail(f'--at "{at}" is no moment: write "2026-12-24 14:00"', WRONG)


def _recorded(configuration: Configuration, most: int) -> list[CallArrived]:
    import asyncio

    from pbxd.store.history import latest_calls
    from pbxd.store.interface import StoreError

    if not most:
        return []
    try:
        return asyncio.run(latest_calls(configuration.server.database, most))
    except StoreError as error:
        typer.echo(f"recorded calls are not compared: {error}", err=True)
        return []


def _lines(name: str, total: int, found: list[Change], configuration: Configuration) -> Iterator[str]:
    different = sum(change.count for change in found)
    what = {"grid": "calls of the grid", "recorded": "recorded calls"}[name]
    if not total:
        return
    ways = f", in {_amount(len(found), 'way')}:" if found else ""
    yield f"{different} of {total} {what} end differently{ways}"
    for change in found[:EXAMPLES]:
        yield ""
        yield _amount(change.count, "call")
        yield f"  old  {change.old}"
        yield f"  new  {change.new}"
        yield f"  such as {_call(change.example.asked, configuration)}"
        for side, line in zip(("old", "new"), change.example.trails, strict=True):
            yield f"    {side}  {line or 'nothing more'}"
    if len(found) > EXAMPLES:
        yield f"and {len(found) - EXAMPLES} ways more"


def _amount(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _call(asked: Asked, configuration: Configuration) -> str:
    from pbxd.dialplan.situation import FromDevice

    source = asked.situation.source
    organization = configuration.organizations.get(source.organization)
    when = datetime.fromtimestamp(asked.at, organization.timezone if organization is not None else None)
    caller = source.user if isinstance(source, FromDevice) else source.number or "anonymous"
    return f"{caller} calling {asked.situation.dialled} on {when:%a %Y-%m-%d at %H:%M}"


def _data(total: int, found: list[Change]) -> dict[str, object]:
    return {
        "calls": total,
        "different": sum(change.count for change in found),
        "changes": [
            {
                "count": change.count,
                "old": change.old,
                "new": change.new,
                "example": {
                    "organization": change.example.asked.situation.source.organization,
                    "dialled": change.example.asked.situation.dialled,
                    "at": change.example.asked.at,
                    "trails": dict(zip(("old", "new"), change.example.trails, strict=True)),
                },
            }
            for change in found
        ],
    }
