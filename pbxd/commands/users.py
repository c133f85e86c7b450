"""``pbxd users``: who there is, and changes of many at once (USR-1, USR-3, USR-9)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pbxd.commands.changing import Encoding, Quiet, Write, open_file, progress, save, settle, shortened, table_of
from pbxd.commands.common import DEFAULT, USAGE, WRONG, AsJson, Config, Within, fail, fail_for, fail_unknown

if TYPE_CHECKING:
    from pbxd.people.columns import Column
    from pbxd.people.proposal import Origin
    from pbxd.people.roster import Report, Roster

app = typer.Typer(help="Users of an organization: listed, exported, imported, changed in bulk.", no_args_is_help=True)

Where = Annotated[
    list[str] | None,
    typer.Option("--where", help="FIELD=VALUE (`*` stands for anything), more than once: all must hold."),
]
Fields = Annotated[
    list[str], typer.Argument(help="FIELD=VALUE; without a value it is taken away.", metavar="FIELD=VALUE")
]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="users")


@app.command(name="list")
def list_(
    text: Annotated[str, typer.Argument(help="What any field must hold.")] = "",
    where: Where = None,
    organization: Within = None,
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List users: all, those with a text in any field, or those whose fields have certain values.

    Example: pbxd users list --where groups=support --where licence=pro
    """
    from pbxd.people.columns import present
    from pbxd.people.roster import Roster

    roster = Roster(open_file(config, organization).data)
    found = [user for user in _chosen(roster, where) if _holds(user, text)]
    if as_json:
        columns = [one for one in present(found) if not one.secret]
        rows = [{one.name: one.cell(user) for one in columns} for user in found]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if not found:
        typer.echo("no such users")
        return
    names = ("username", "name", "lines.1.number", "lines.1.alias", "licence", "role", "groups")
    shown = [_column(name) for name in names]
    for line in table_of(
        [[one.cell(user) or "-" for one in shown] for user in found],
        ("username", "name", "number", "alias", "licence", "role", "groups"),
    ):
        typer.echo(line)


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; none: standard output.")] = None,
    secrets: Annotated[bool, typer.Option("--secrets", help="With passwords and PINs.")] = False,
    where: Where = None,
    columns: Annotated[str | None, typer.Option(help="Which columns, with commas; all that anybody has.")] = None,
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Write users as CSV, which `pbxd users import` reads.

    Example: pbxd users export users.csv --where groups=sales
    """
    from pbxd.people import roster as rosters
    from pbxd.people.columns import KEY, present
    from pbxd.people.tables import written

    users = list(_chosen(rosters.Roster(open_file(config, organization).data), where))
    if columns is None:
        chosen = [one for one in present(users) if secrets or not one.secret]
    else:
        names = dict.fromkeys((KEY, *(one.strip() for one in columns.split(","))))
        chosen = [_column(name) for name in names]
    save(written([one.name for one in chosen], rosters.export(users, chosen)), file)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with a heading (username, name, lines.1.number ...), or LDIF.")],
    mapping: Annotated[
        Path | None, typer.Option(help="The file is LDIF, and this says how entries become users.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Users who are not in the file go.")] = False,
    encoding: Encoding = None,
    write: Write = False,
    quiet: Quiet = False,
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Add and change users by a table, or by what a directory exports. An empty cell takes away, a column that is
    missing leaves alone.

    Shows the difference of the configuration, and writes it with `--write`.

    Example: pbxd users import users.csv --write

    Example: pbxd users import people.ldif --mapping directory.yaml
    """
    from pbxd.errors import ConfigError
    from pbxd.people.roster import Roster
    from pbxd.people.tables import TableError

    opened = open_file(config, organization)
    roster = Roster(opened.data)
    try:
        if mapping is None:
            report, origin = _from_table(roster, file, encoding, remove=remove)
        else:
            report, origin = _from_directory(roster, file, mapping, encoding, remove=remove)
    except TableError as error:
        fail(f"{shortened(error.problems)}\nnothing is imported", WRONG)
    except ConfigError as error:
        fail_for(error)
    for note in report.notes:
        typer.echo(note)
    settle(opened, roster.data(), str(report), write=write, quiet=quiet, origin=origin)


def _from_table(roster: Roster, file: Path, encoding: str | None, *, remove: bool) -> tuple[Report, Origin]:
    from dataclasses import replace

    from pbxd.people.proposal import Origin
    from pbxd.people.roster import import_table
    from pbxd.people.tables import read

    table = read(file, encoding=encoding)
    watched = replace(table, rows=tuple(progress(table.rows, "users")))
    report = import_table(roster, watched, remove=remove)
    return report, Origin(file=table.file, lines={row.cells["username"]: row.line for row in table.rows})


def _from_directory(
    roster: Roster, file: Path, mapping: Path, encoding: str | None, *, remove: bool
) -> tuple[Report, Origin]:
    from pbxd.people import ldif
    from pbxd.people import mapping as mappings
    from pbxd.people.entries import import_entries, origin_of

    rules = mappings.read(mapping)
    records = ldif.read(file, encoding=encoding)
    origin = origin_of(roster, records, rules, str(file))
    return import_entries(roster, tuple(progress(records, "entries")), rules, str(file), remove=remove), origin


@app.command(name="set")
def set_(
    fields: Fields,
    where: Where = None,
    everybody: Annotated[bool, typer.Option("--all", help="All users, where no --where says which.")] = False,
    write: Write = False,
    quiet: Quiet = False,
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Give fields of many users a value.

    Example: pbxd users set licence=pro --where groups=support --write
    """
    from pbxd.people.roster import Roster

    if not where and not everybody:
        fail("--where says who, or --all", USAGE)
    opened = open_file(config, organization)
    roster = Roster(opened.data)
    cells = _assigned(fields)
    for user in list(_chosen(roster, where)):
        roster.put(str(user["username"]), cells)
    settle(opened, roster.data(), str(roster.report()), write=write, quiet=quiet, origin=None)


@app.command()
def add(
    username: Annotated[str, typer.Argument(help="The new one's.")],
    fields: Annotated[list[str] | None, typer.Argument(help="FIELD=VALUE.", metavar="FIELD=VALUE")] = None,
    like: Annotated[
        str | None, typer.Option(help="A user whose groups, licence, settings and rules are taken.")
    ] = None,
    write: Write = False,
    quiet: Quiet = False,
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Add a user, as another one is but for what belongs to a person.

    Example: pbxd users add eva name="Eva Krog" lines.1.number=+4588887705 --like bo
    """
    from pbxd.people.roster import Roster

    opened = open_file(config, organization)
    roster = Roster(opened.data)
    if username in roster.users:
        fail(f"there is a user {username} already", WRONG)
    if like is not None and like not in roster.users:
        fail_unknown("user", like, roster.users)
    roster.add(username, like)
    roster.put(username, _assigned(fields or []))
    settle(opened, roster.data(), str(roster.report()), write=write, quiet=quiet, origin=None)


@app.command()
def remove(
    usernames: Annotated[list[str], typer.Argument(help="Who goes.", metavar="USERNAME")],
    write: Write = False,
    quiet: Quiet = False,
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Take users out of the configuration.

    Example: pbxd users remove dan --write
    """
    from pbxd.people.roster import Roster

    opened = open_file(config, organization)
    roster = Roster(opened.data)
    for username in dict.fromkeys(usernames):
        if username not in roster.users:
            fail_unknown("user", username, roster.users)
        roster.remove(username)
    settle(opened, roster.data(), str(roster.report()), write=write, quiet=quiet, origin=None)


def _assigned(fields: Sequence[str]) -> list[tuple[Column, str]]:
    cells = []
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals:
            fail(f"`{field}` is not FIELD=VALUE", USAGE)
        if name == "username":
            fail("a username is for good: calls, messages and records go by it", USAGE)
        cells.append((_column(name), value.strip()))
    return cells


def _column(name: str) -> Column:
    from pbxd.people.columns import UnknownColumnError, column

    try:
        return column(name)
    except UnknownColumnError as error:
        fail(str(error), USAGE)


def _chosen(roster: Roster, where: Sequence[str] | None) -> Iterator[Mapping[str, Any]]:
    """The users for whom everything holds. A list holds a value where one of its names is it."""
    from fnmatch import fnmatchcase

    wanted = []
    for one in where or ():
        name, equals, value = one.partition("=")
        if not equals:
            fail(f"--where: `{one}` is not FIELD=VALUE", USAGE)
        wanted.append((_column(name), value.casefold()))
    for user in roster.users.values():
        if all(any(fnmatchcase(cell.casefold(), value) for cell in _cells(one, user)) for one, value in wanted):
            yield user


def _cells(column: Column, user: Mapping[str, Any]) -> list[str]:
    cell = column.cell(user)
    return cell.split(";") if column.listed else [cell]


def _holds(user: Mapping[str, Any], text: str) -> bool:
    """Whether any field that is no secret holds the text."""
    from pbxd.people.columns import present

    wanted = text.casefold()
    return not wanted or any(wanted in one.cell(user).casefold() for one in present([user]) if not one.secret)
