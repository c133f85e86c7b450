"""Commands of whoever keeps the server running: drain, health."""

from __future__ import annotations

from typing import Annotated

import typer

from pbxd.commands.common import DEFAULT, WRONG, Config, ask, fail, seconds_of


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(drain)
    app.command()(health)


def drain(
    config: Config = DEFAULT,
    limit: Annotated[
        str | None, typer.Option("--limit", help="How long calls may go on: 90s, 5m. Without it `drain` of the file.")
    ] = None,
) -> None:
    """Stop the server when its calls have ended; new ones are sent elsewhere (503) meanwhile.

    Example: pbxd drain --limit 5m
    """
    wanted = {} if limit is None else {"limit": seconds_of(limit, "--limit")}
    found = ask(config, "drain", **wanted)
    if found["calls"]:
        calls = "1 call has" if found["calls"] == 1 else f"{found['calls']} calls have"
        typer.echo(f"pbxd stops when {calls} ended, in {found['seconds']:g} s at the latest")
    else:
        typer.echo("pbxd stops: no calls run")


def health(config: Config = DEFAULT) -> None:
    """Say whether the server is ready to serve: exit status 0, or 1 and why not, or 3 when it does not answer.

    Example: pbxd health
    """
    found = ask(config, "health", timeout=4.0)
    if not found["ready"]:
        fail("not ready: " + "; ".join(found["problems"]), WRONG)
    typer.echo("ready")
