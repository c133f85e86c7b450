"""``pbxd contacts``: lists of contacts, as they hold for somebody, and from tables (USR-5, USR-6)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pbxd.commands.changing import Encoding, Quiet, Write, open_file, save, settle, shortened, table_of
from pbxd.commands.common import (
    DEFAULT,
    USAGE,
    WRONG,
    AsJson,
    Config,
    Within,
    fail,
    fail_unknown,
    loaded,
    organization_of,
)

if TYPE_CHECKING:
    from pbxd.config.source import Path as ListPath
    from pbxd.org.organization import Organization
    from pbxd.org.users import User
    from pbxd.people.proposal import Opened

app = typer.Typer(help="Contacts: listed as somebody has them, exported, imported.", no_args_is_help=True)

OfUser = Annotated[str | None, typer.Option("--user", help="The list of a user, instead of the organization's.")]
OfGroup = Annotated[str | None, typer.Option("--group", help="The list of a group, instead of the organization's.")]
Part = Annotated[
    Literal["internal", "external"],
    typer.Option("--list", help="Those that users can't change (internal), or the others (external)."),
]


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="contacts")


@app.command(name="list")
def list_(
    text: Annotated[str, typer.Argument(help="Part of a name or number.")] = "",
    user: Annotated[str | None, typer.Option("--user", help="As this user has them, with all levels.")] = None,
    organization: Within = None,
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List the contacts that hold for a user, nearest first, or those of the organization.

    Example: pbxd contacts list krog --user anna
    """
    within = organization_of(loaded(config), organization)
    found = [one for one in _of(within, _user(within, user)) if _holds(one, text)]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not found:
        typer.echo("no such contacts")
        return
    rows = [
        [one["name"], one["kind"], ", ".join(map(_number, one["numbers"])), one["list"], one["level"]] for one in found
    ]
    for line in table_of(rows, ("name", "kind", "numbers", "list", "level")):
        typer.echo(line)


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; none: standard output.")] = None,
    user: OfUser = None,
    group: OfGroup = None,
    part: Part = "external",
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Write one list as CSV, which `pbxd contacts import` reads.

    Example: pbxd contacts export contacts.csv
    """
    from pbxd.config.models.contacts import Contact
    from pbxd.people.columns import column, kinds
    from pbxd.people.tables import written

    contacts = _listed(_parent(open_file(config, organization), user, group)[1], part)
    most = max((len(one["numbers"]) for one in contacts), default=1)
    names = [name for name in kinds(Contact) if not name.startswith("numbers.")]
    names += [f"numbers.{at}.{key}" for at in range(1, most + 1) for key in ("type", "number", "short")]
    columns = [column(name, Contact) for name in names]
    save(written(names, ([one.cell(contact) for one in columns] for contact in contacts)), file)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with a heading, of whatever program.")],
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="COLUMN=HEADING, such as numbers.1.number=Mobil; more than once.")
    ] = None,
    kind: Annotated[
        Literal["favourite", "contact", "vip", "blocked"] | None,
        typer.Option(help="Of those of whom the file says none."),
    ] = None,
    country: Annotated[str | None, typer.Option(help="Of numbers without +; the organization's.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Contacts that are not in the file go.")] = False,
    user: OfUser = None,
    group: OfGroup = None,
    part: Part = "external",
    encoding: Encoding = None,
    write: Write = False,
    quiet: Quiet = False,
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Add and change contacts by a table. Shows which column becomes what, then the difference of the configuration,
    and writes it with `--write`.

    Example: pbxd contacts import outlook.csv --map numbers.1.number="Mobile Phone" --kind vip
    """
    from pbxd.config.models.contacts import Contact
    from pbxd.people.contacts import assigned, merged, preview
    from pbxd.people.proposal import Origin
    from pbxd.people.tables import TableError, read

    opened = open_file(config, organization)
    path, parent = _parent(opened, user, group)
    try:
        table = read(file, encoding=encoding)
        taken = assigned(table, _given(map_ or ()))
        if not quiet:
            for line in table_of(preview(table, taken), ("heading", "becomes", "first")):
                typer.echo(line)
        within = country or opened.organization.country
        merge = merged(_listed(parent, part), table, taken, kind=kind, country=within, replace=replace)
    except TableError as error:
        fail(f"{shortened(error.problems)}\nnothing is imported", WRONG)
    here: ListPath = (*path, "contacts", part)
    origin = Origin(file=table.file, lines=merge.lines, path=here, model=Contact)
    settle(opened, _with(opened.data, here, merge.contacts), str(merge), write=write, quiet=quiet, origin=origin)


def _given(pairs: Sequence[str]) -> dict[str, str]:
    found = {}
    for one in pairs:
        name, equals, heading = one.partition("=")
        if not equals:
            fail(f"--map: `{one}` is not COLUMN=HEADING", USAGE)
        found[name] = heading
    return found


def _parent(file: Opened, user: str | None, group: str | None) -> tuple[ListPath, Mapping[str, Any]]:
    """Whose list is meant: where that stands in the file, and its data."""
    if user is not None and group is not None:
        fail("--user and --group are two lists", USAGE)
    if user is None and group is None:
        return (), file.data
    key, name_key, name = ("users", "username", user) if user is not None else ("groups", "name", group)
    listed: Any = file.data.get(key) or []
    at = next((at for at, one in enumerate(listed) if one[name_key] == name), None)
    if at is None:
        fail_unknown(key.removesuffix("s"), name or "", [one[name_key] for one in listed])
    return (key, at), listed[at]


def _listed(parent: Mapping[str, Any], part: str) -> list[Any]:
    return (parent.get("contacts") or {}).get(part) or []


def _with(data: Any, path: ListPath, value: Any) -> Any:
    """A copy of the data with something at a path, where all but lists is made that is not there."""
    if not path:
        return value
    first, *rest = path
    if isinstance(first, int):
        return [_with(one, tuple(rest), value) if at == first else one for at, one in enumerate(data)]
    return {**(data or {}), first: _with((data or {}).get(first), tuple(rest), value)}


def _user(within: Organization, name: str | None) -> User | None:
    if name is None:
        return None
    if name not in within.users:
        fail_unknown("user", name, within.users)
    return within.users[name]


def _of(within: Organization, user: User | None) -> list[dict[str, Any]]:
    return [
        {
            "name": contact.name,
            "company": contact.company,
            "email": contact.email,
            "kind": contact.kind,
            "numbers": [{"type": one.type, "number": one.number, "short": one.short} for one in contact.numbers],
            "list": "internal" if contact.mandatory else "external",
            "level": level.value,
        }
        for level, contacts in within.contact_lists(user)
        for contact in contacts.entries
    ]


def _holds(contact: Mapping[str, Any], text: str) -> bool:
    numbers = (part for one in contact["numbers"] for part in (one["number"], one["short"]) if part)
    return any(text.casefold() in one.casefold() for one in (contact["name"], contact["company"], *numbers))


def _number(number: Mapping[str, str | None]) -> str:
    return f"{number['number']}" + (f" (short {number['short']})" if number["short"] else "")
