"""``pbxd welcome``: tells users how to set up their telephones, and shows who was told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from pbxd.commands.common import DEFAULT, AsJson, Config, Within, ask

STATES = {"": "not welcomed", "waiting": "waits to be sent", "dead": "could not be sent", "sent": "sent"}


class By(StrEnum):
    """How they are told."""

    EMAIL = "email"
    SMS = "sms"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(welcome)


def welcome(
    users: Annotated[list[str] | None, typer.Argument(help="Whom to welcome; without any, show who was.")] = None,
    by: Annotated[By, typer.Option("--by", help="Mail or SMS.")] = By.EMAIL,
    passwords: Annotated[
        bool, typer.Option("--passwords", help="Say the passwords of their devices, too: anybody may read them there.")
    ] = False,
    mobile: Annotated[bool, typer.Option("--mobile", help="About softphones and mobiles only.")] = False,
    organization: Within = None,
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Send users a message with what they need to set up a telephone, or show who got one and uses what it says.

    Example: pbxd welcome anna bo --by sms
    """
    if users:
        wanted: dict[str, Any] = {"by": by, "passwords": passwords, "mobile": mobile, "organization": organization}
        sent = ask(config, "welcome", users=users, **wanted)["notices"]
        typer.echo(
            f"{len(sent)} {'message' if len(sent) == 1 else 'messages'} in the outbox; `pbxd welcome` shows them"
        )
        return
    found = ask(config, "welcomed", organization=organization, mobile=mobile)["users"]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for line in _lines(found):
        typer.echo(line)


def _lines(found: list[dict[str, Any]]) -> Iterator[str]:
    for one in found:
        words = STATES[one["state"]]
        if one["sent"] is not None:
            used = f"used since {_utc(one['used'])}" if one["used"] else "not used yet"
            words = f"sent by {one['by']} {_utc(one['sent'])}, {used}"
        yield f"{one['user']:<20}  {one['name']:<28}  {words}"


def _utc(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%MZ}"
