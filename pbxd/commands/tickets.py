"""``pbxd tickets``: what phones' addresses begin with (DEV-3, TOOL-10), and ``pbxd token``, for the API."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from pbxd.commands.common import DEFAULT, AsJson, Config, Within, ask, seconds_of

app = typer.Typer(help="Tickets, which let phones in.", no_args_is_help=True)


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="tickets")
    main.command()(token)


@app.command()
def show(organization: Within = None, config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """Print the address of each family of phones, for the vendors' redirect services. They are secrets.

    Example: pbxd tickets show
    """
    _addresses(ask(config, "tickets-show", organization=organization), as_json=as_json)


@app.command(name="list")
def list_(organization: Within = None, config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """List the tickets by name, and how many phones last came with each.

    Example: pbxd tickets list
    """
    found = ask(config, "tickets-list", organization=organization)["tickets"]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    if not found:
        typer.echo("no tickets: `provisioning:` makes an organization have one")
    for one in found:
        until = f" until {_utc(one['expires'])}" if one["state"] == "overlapping" else ""
        typer.echo(
            f"{one['organization']}  {one['ticket']}  {one['state']}{until}, made {_utc(one['made'])}, "
            f"{one['phones']} phone{'s' * (one['phones'] != 1)}"
        )


@app.command()
def renew(
    overlap: Annotated[
        str | None,
        typer.Option("--overlap", help="How long the old one lets new phones in: `7d`; 0: not at all."),
    ] = None,
    organization: Within = None,
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Make a new ticket. Phones move to it by themselves; `pbxd phones list --behind` shows those that have not.

    Example: pbxd tickets renew --overlap 7d
    """
    seconds = seconds_of(overlap, "--overlap") if overlap is not None else None
    found = ask(config, "tickets-renew", organization=organization, overlap=seconds)
    _addresses(found, as_json=as_json)
    if not as_json:
        typer.echo(f"{found['behind']} phone{'s' * (found['behind'] != 1)} to move")


@app.command()
def revoke(
    ticket: Annotated[str, typer.Argument(help="Its name, as in `pbxd tickets list`.")],
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Let nobody in any more who comes with a ticket, at once. Its phones need their new address by hand.

    Example: pbxd tickets revoke 3f9a01c2
    """
    found = ask(config, "tickets-revoke", ticket=ticket, organization=organization)
    typer.echo(f"{ticket} is revoked; {found['phones']} phone{'s' * (found['phones'] != 1)} had it")


def token() -> None:
    """Print a new token for the API, and the hash of it for `api_tokens`. Nothing is kept of either.

    Example: pbxd token
    """
    made = secrets.token_urlsafe(32)
    typer.echo(f"token: {made}")
    typer.echo(f"for api_tokens: sha256:{hashlib.sha256(made.encode()).hexdigest()}")


def _addresses(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for family, address in found["addresses"].items():
        typer.echo(f"{family:<12}  {address}")


def _utc(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%MZ}"
