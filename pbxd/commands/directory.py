"""``pbxd directory``: who is found by whom, and what users want changed of themselves (USR-4)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from pbxd.commands.changing import table_of
from pbxd.commands.common import DEFAULT, AsJson, Config, Within, ask

app = typer.Typer(help="The directory, as the running server has it.", no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="A username.", metavar="USER")]
FieldId = Annotated[str, typer.Argument(help="A directory field.", metavar="FIELD")]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="directory")


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="Part of a name, number or field.")] = "",
    field: Annotated[str | None, typer.Option(help="`name`, `number` or a directory field; all of them.")] = None,
    viewer: Annotated[str | None, typer.Option("--as", help="As this user finds people.")] = None,
    organization: Within = None,
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Search users, services and contacts.

    Example: pbxd directory search tankers --field ships --as bo
    """
    found = ask(config, "directory", text=text, field=field, viewer=viewer, organization=organization)["entries"]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not found:
        typer.echo("nobody is found")
        return
    rows = [
        [
            one["name"],
            one["kind"],
            ", ".join(one["numbers"]) or "-",
            ", ".join(f"{name}: {value}" for name, value in one["fields"].items()) or "-",
        ]
        for one in found
    ]
    for line in table_of(rows, ("name", "kind", "numbers", "fields")):
        typer.echo(line)


@app.command()
def changes(organization: Within = None, config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """List the changes that wait to be accepted.

    Example: pbxd directory changes
    """
    found = ask(config, "directory-waiting", organization=organization)["changes"]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not found:
        typer.echo("nothing waits to be accepted")
    for one in found:
        when = f"{datetime.fromtimestamp(one['at'], UTC):%Y-%m-%d %H:%MZ}"
        typer.echo(f"{one['user']}  {one['field']}: {one['was'] or '-'} to {one['value'] or '-'}  ({when})")


@app.command()
def accept(user: Username, field: FieldId, organization: Within = None, config: Config = DEFAULT) -> None:
    """Accept what a user has changed.

    Example: pbxd directory accept bo ships
    """
    _decide(user, field, organization, config, accept=True)


@app.command()
def refuse(user: Username, field: FieldId, organization: Within = None, config: Config = DEFAULT) -> None:
    """Refuse what a user has changed: it stays as it was.

    Example: pbxd directory refuse bo ships
    """
    _decide(user, field, organization, config, accept=False)


@app.command(name="set")
def set_(
    user: Username,
    field: FieldId,
    value: Annotated[str, typer.Argument(help="None: it is to be empty.")] = "",
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Set a field of a user, until the configuration says something else.

    Example: pbxd directory set bo ships tankers
    """
    found = ask(config, "directory-change", user=user, field=field, value=value, organization=organization)
    typer.echo(f"{field} of {user} is {found['fields'].get(field, 'empty')}")


def _decide(user: str, field: str, organization: str | None, config: Config, *, accept: bool) -> None:
    found = ask(config, "directory-decide", user=user, field=field, accept=accept, organization=organization)
    typer.echo(f"{field} of {user} is {found['fields'].get(field, 'empty')}")
