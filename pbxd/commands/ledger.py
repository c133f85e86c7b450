"""``pbxd ledger rebuild``: the call records, made again from what happened."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pbxd.commands.common import DEFAULT, UNREACHABLE, WRONG, AsJson, Config, fail, fail_for, readable

if TYPE_CHECKING:
    from pbxd.store.rebuild import Rebuilt

ledger = typer.Typer(no_args_is_help=True, help="What the server has written down.")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(ledger, name="ledger")


@ledger.command()
def rebuild(
    config: Config = DEFAULT,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only count the records that differ.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make every call record again from the ledger, and write those that differ. The server may run meanwhile.

    Example: pbxd ledger rebuild --dry-run
    """
    from pbxd.cdr import call_record
    from pbxd.config.place import database_url
    from pbxd.errors import ConfigError
    from pbxd.store.interface import StoreError
    from pbxd.store.rebuild import rebuild_at

    try:
        done = asyncio.run(rebuild_at(database_url(readable(config)), call_record, dry=dry))
    except ConfigError as error:
        fail_for(error)
    except StoreError as error:
        fail(str(error), UNREACHABLE)
    typer.echo(json.dumps(asdict(done)) if as_json else _words(done, dry=dry))
    if dry and done.differ:
        raise typer.Exit(WRONG)


def _words(done: Rebuilt, *, dry: bool) -> str:
    parts = [f"{done.agree} agree", f"{done.differ} differ{'s' * (done.differ == 1)}"]
    if done.differ and not dry:
        parts[-1] += " and is written" if done.differ == 1 else " and are written"
    reasons = (
        (done.running, "without an end"),
        (done.with_gap, "with lost events"),
        (done.without_beginning, "without their beginning"),
    )
    parts += [f"{count} {why} left alone" for count, why in reasons if count]
    total = sum(asdict(done).values())
    return f"{total} call records made again: {', '.join(parts)}"
