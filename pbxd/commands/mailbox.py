"""``pbxd mailbox``: messages in mailboxes, for an operator."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pbxd.commands.common import DEFAULT, WRONG, AsJson, Config, Within, ask, fail

mailbox = typer.Typer(no_args_is_help=True, help="Messages in mailboxes.")

Name = Annotated[str, typer.Argument(help="A username, or the name of a group mailbox.", metavar="MAILBOX")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(mailbox, name="mailbox")


@mailbox.command(name="list")
def list_(organization: Within = None, config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """List mailboxes that anything is kept of: new messages, others, and what they take.

    Example: pbxd mailbox list
    """
    found = ask(config, "mailbox-list", organization=organization)["mailboxes"]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for line in list_lines(found):
        typer.echo(line)


@mailbox.command()
def show(name: Name, organization: Within = None, config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """List the messages in a mailbox, the oldest first.

    Example: pbxd mailbox show anna
    """
    found = ask(config, "mailbox-show", mailbox=name, organization=organization)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for line in show_lines(found):
        typer.echo(line)


@mailbox.command()
def export(
    name: Name,
    message: Annotated[str, typer.Argument(help="Its id, which `pbxd mailbox show` lists.", metavar="MESSAGE")],
    to: Annotated[Path, typer.Argument(help="A file that is not there yet: `.wav`, `.flac` or `.opus`.")],
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Copy the sound of a message.

    Example: pbxd mailbox export anna 67a1f0c2-90c2d4e5f6 message.wav
    """
    found = ask(config, "mailbox-show", mailbox=name, organization=organization)
    path = next((Path(one["path"]) for one in found["messages"] if one["id"] == message), None)
    if path is None:
        fail(f"the mailbox of {name} has no message {message}", WRONG)
    if to.exists():
        fail(f"{to} exists", WRONG)
    try:
        _copy(path, to)
    except OSError as error:
        fail(f"{to} can't be written: {(error.strerror or str(error)).lower()}", WRONG)
    typer.echo(f"{to} is written")


def _copy(path: Path, to: Path) -> None:
    if to.suffix == ".wav":
        shutil.copyfile(path, to)
        return
    if to.suffix not in (".flac", ".opus"):
        fail(f"{to} must end in `.wav`, `.flac` or `.opus`", WRONG)
    from pbxd.media.sound.files import UnreadableSound, convert

    try:
        convert(path, to)
    except UnreadableSound as error:
        fail(str(error), WRONG)


@mailbox.command()
def delete(
    name: Name,
    message: Annotated[str, typer.Argument(help="Its id, or `all`.", metavar="MESSAGE")],
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Delete a message, or every one, for good.

    Example: pbxd mailbox delete anna 67a1f0c2-90c2d4e5f6
    """
    count = ask(config, "mailbox-delete", mailbox=name, message=message, organization=organization)["deleted"]
    typer.echo(f"{count} message{'s' * (count != 1)} deleted")


@mailbox.command()
def unlock(name: Name, organization: Within = None, config: Config = DEFAULT) -> None:
    """Take PINs again, where too many wrong ones have locked a mailbox.

    Example: pbxd mailbox unlock anna
    """
    failures = ask(config, "mailbox-unlock", mailbox=name, organization=organization)["failures"]
    typer.echo(f"{failures} wrong PIN{'s' * (failures != 1)} forgotten")


def list_lines(boxes: list[dict[str, Any]]) -> Iterator[str]:
    """Mailboxes, for people."""
    if not boxes:
        yield "nothing is kept of any mailbox"
    for box in boxes:
        yield f"{box['organization']:<16}  {box['mailbox']:<24}  {_summary(box)}"


def show_lines(box: dict[str, Any]) -> Iterator[str]:
    """A mailbox and its messages, for people."""
    yield f"{box['mailbox']}: {_summary(box)}"
    for message in box["messages"]:
        who = " ".join(filter(None, (message["caller"], message["caller_name"]))) or "unknown"
        by = f", sent on by {message['forwarded_from']}" if message["forwarded_from"] else ""
        at = f"{datetime.fromtimestamp(message['at'], UTC):%Y-%m-%d %H:%MZ}"
        yield f"{message['id']}  {message['state']:<6}  {at}  {message['seconds']:>6} s  {who}{by}"


def _summary(found: dict[str, Any]) -> str:
    parts = [f"{found['new']} new", f"{found['old']} other", f"{found['bytes'] / 1e6:.1f} MB"]
    if found["locked_until"] is not None:
        parts.append(f"locked until {datetime.fromtimestamp(found['locked_until'], UTC):%H:%MZ} after wrong PINs")
    if found["switched_off"]:
        parts.append("switched off by its owner")
    return ", ".join(parts)
