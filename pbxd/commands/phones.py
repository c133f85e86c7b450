"""``pbxd phones``: the list of phones, their lines, and having them fetch their settings (DEV-4, DEV-5)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pbxd.commands.common import DEFAULT, WRONG, AsJson, Config, Within, ask, fail

if TYPE_CHECKING:
    import _csv

app = typer.Typer(help="Phones that get their settings from us.", no_args_is_help=True)

Mac = Annotated[str, typer.Argument(help="A MAC address, however it is written.", metavar="MAC")]
AT_ONCE = 200
"""Phones that are handed to the server together."""
LARGEST = 10_000_000
"""Bytes of a file; more of them are a mistake."""
PATIENCE = 60.0


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(app, name="phones")


@app.command(name="list")
def list_(
    state: Annotated[
        str | None,
        typer.Option("--state", help="assigned, not-provisioned, seat-taken, seat-empty or unassigned."),
    ] = None,
    behind: Annotated[bool, typer.Option("--behind", help="Those that have not moved to the newest ticket.")] = False,
    organization: Within = None,
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """List the phones: whose they are, what they are, and whether they are registered.

    Example: pbxd phones list --state unassigned
    """
    found = [
        phone
        for phone in ask(config, "phones-list", organization=organization)["phones"]
        if (state is None or phone["state"] == state) and (not behind or phone["moved"] is False)
    ]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for line in _table(found):
        typer.echo(line)


def _table(phones: list[dict[str, Any]]) -> Iterator[str]:
    if not phones:
        yield "no such phones"
        return
    for phone in phones:
        who = phone["user"] or "-"
        seen = f"{datetime.fromtimestamp(phone['last_seen'], UTC):%Y-%m-%d %H:%MZ}" if phone["last_seen"] else "never"
        marks = [
            "registered" if phone["registered"] else "",
            "not moved" if phone["moved"] is False else "",
            "comes without its secret: pbxd phones release" if phone["refused"] else "",
        ]
        yield (
            f"{phone['mac']}  {phone['state']:<15}  {who:<16}  {phone['model'] or '-':<20}  {seen:<17}  "
            f"{phone['description'] or '-'}" + "".join(f"; {mark}" for mark in marks if mark)
        )


@app.command()
def assign(
    mac: Mac,
    lines: Annotated[
        list[str] | None, typer.Argument(help="Names of devices, the first for line 1; none: it is nobody's.")
    ] = None,
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Give a phone its lines, and have it fetch them.

    Example: pbxd phones assign 00:04:13:aa:bb:01 anna-desk
    """
    found = ask(config, "phones-assign", mac=mac, lines=lines or [], organization=organization)
    phone = found["phones"][0]
    typer.echo(f"{phone['mac']} is {', '.join(phone['lines']) or 'nobody'}")
    _told(found["told"])


@app.command()
def reload(
    mac: Annotated[str | None, typer.Argument(help="A MAC address; none: all phones.", metavar="MAC")] = None,
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Have a phone, or all, take its settings anew; without starting again, where its family can.

    Example: pbxd phones reload 00:04:13:aa:bb:01
    """
    found = ask(config, "phones-reload", mac=mac, organization=organization, timeout=PATIENCE)["told"]
    _told(found, nobody="no such phone is registered")


@app.command()
def restart(mac: Mac, organization: Within = None, config: Config = DEFAULT) -> None:
    """Have a phone start again, and take its settings anew.

    Example: pbxd phones restart 00:04:13:aa:bb:01
    """
    found = ask(config, "phones-reload", mac=mac, organization=organization, restart=True)["told"]
    _told(found, nobody="the phone is not registered")


@app.command()
def release(mac: Mac, organization: Within = None, config: Config = DEFAULT) -> None:
    """Forget a phone's secret, so that it may come as if for the first time: after it was reset, for example.

    Example: pbxd phones release 00:04:13:aa:bb:01
    """
    ask(config, "phones-release", mac=mac, organization=organization)
    typer.echo("the phone may come with the ticket alone")


@app.command()
def forget(mac: Mac, organization: Within = None, config: Config = DEFAULT) -> None:
    """Take a phone off the list that the configuration does not name.

    Example: pbxd phones forget 00:04:13:aa:bb:01
    """
    ask(config, "phones-forget", mac=mac, organization=organization)
    typer.echo("the phone is forgotten")


@app.command(name="log-out")
def log_out(mac: Mac, organization: Within = None, config: Config = DEFAULT) -> None:
    """Empty a free seat.

    Example: pbxd phones log-out 08:00:0f:aa:bb:02
    """
    ask(config, "phones-log-out", mac=mac, organization=organization)
    typer.echo("the seat is empty")


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with the columns mac and description, with or without heading.")],
    organization: Within = None,
    config: Config = DEFAULT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is in the file.")] = False,
) -> None:
    """Put phones on the list from a file; those that are on it get the description. With any mistake nothing is done.

    Example: pbxd phones import phones.csv --dry-run
    """
    phones, problems = read(file)
    if problems:
        fail("\n".join([*problems, "nothing is imported"]), WRONG)
    if dry_run:
        typer.echo(f"{len(phones)} phones in {file}")
        return
    added = changed = 0
    for start in range(0, len(phones), AT_ONCE):
        found = ask(config, "phones-add", phones=phones[start : start + AT_ONCE], organization=organization)
        added, changed = added + found["added"], changed + found["changed"]
    typer.echo(f"{added} added, {changed} were there")


def read(file: Path) -> tuple[list[dict[str, str]], list[str]]:
    """The phones of a file, and what is wrong with it, by line."""
    try:
        with file.open("rb") as opened:
            text = opened.read(LARGEST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return [], [f"{file} can't be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"]
    if len(text) >= LARGEST:
        return [], [f"{file} is too large"]
    first = text.partition("\n")[0]
    rows = csv.reader(text.splitlines(), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        return _read(file, rows)
    except csv.Error as error:
        return [], [f"{file}:{rows.line_num}: {error}"]


def _read(file: Path, rows: _csv.Reader) -> tuple[list[dict[str, str]], list[str]]:
    from pbxd.phones.orders import PhoneOrderError, mac_of

    phones: dict[str, dict[str, str]] = {}
    problems: list[str] = []
    for row in rows:
        here = f"{file}:{rows.line_num}"
        if not any(cell.strip() for cell in row) or (rows.line_num == 1 and row[0].strip().lower() == "mac"):
            continue
        try:
            mac = mac_of(row[0].strip())
        except PhoneOrderError as error:
            problems.append(f"{here}: {error}")
            continue
        if mac in phones:
            problems.append(f"{here}: {mac} is there twice")
        phones[mac] = {"mac": mac, "description": row[1].strip() if len(row) > 1 else ""}
    return [*phones.values()], problems


def _told(told: list[dict[str, Any]], *, nobody: str = "") -> None:
    if not told and nobody:
        fail(nobody, WRONG)
    for one in told:
        answer = f"{one['status']} {one['reason']}" if one["status"] else one["reason"]
        typer.echo(f"{one['mac']} as {one['device']}: {answer}")
