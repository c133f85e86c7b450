"""``pbxd licences``: which kinds there are, how many are used, and by whom (USR-7)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pbxd.commands.changing import save, table_of
from pbxd.commands.common import DEFAULT, AsJson, Config, Within, loaded, organization_of

if TYPE_CHECKING:
    from pbxd.org.organization import Organization

app = typer.Typer(help="Licences, and who uses them.", no_args_is_help=True)

COLUMNS = ("organization", "username", "name", "licence", "apps", "supervises", "exceeds")


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="licences")


@app.command(name="list")
def list_(organization: Within = None, config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """List the kinds of licences, how many of each are used, and what exceeds them.

    Example: pbxd licences list
    """
    from pbxd.org.licences import excesses, usage

    within = organization_of(loaded(config), organization)
    kinds = usage(within)
    found = list(excesses(within))
    if as_json:
        listed = [{"licence": one.licence, "count": one.count, "used": one.used, "over": one.over} for one in kinds]
        exceeding = [{"username": one.username or None, "words": one.words} for one in found]
        typer.echo(json.dumps({"licences": listed, "exceeding": exceeding}, indent=2, ensure_ascii=False))
        return
    rows = [[one.licence, str(one.used), "-" if one.count is None else str(one.count)] for one in kinds]
    for line in table_of(rows, ("licence", "used", "of")):
        typer.echo(line)
    for excess in found:
        typer.echo(f"warning: {excess.words}")


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; none: standard output.")] = None,
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Write who has which licence and what it is used for, as CSV.

    Example: pbxd licences export licences.csv
    """
    from pbxd.people.tables import written

    within = organization_of(loaded(config), organization)
    save(written(COLUMNS, _rows(within)), file)


def _rows(within: Organization) -> list[list[str]]:
    from pbxd.org.licences import apps_of, excesses
    from pbxd.org.supervision import supervised

    exceeding: dict[str, list[str]] = {}
    for one in excesses(within):
        exceeding.setdefault(one.username, []).append(one.words)
    rows = []
    for user in within.people():
        apps = apps_of(within, user)
        rows.append(
            [
                within.name,
                user.username,
                user.name,
                user.licence,
                "all" if apps is None else ";".join(sorted(apps)),
                ";".join(queue.name for queue in supervised(user, within)),
                "; ".join(exceeding.get(user.username, ())),
            ]
        )
    return rows
