"""``pbxd sip-trace``: SIP messages of one call, user or address, while the server runs."""

from __future__ import annotations

import socket
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pbxd.address import Address
from pbxd.commands.common import DEFAULT, USAGE, Config, Within, ask, fail, seconds_of

PCAP, HEP = "pcap:", "hep:"


class Action(StrEnum):
    """What to do."""

    ON = "on"
    OFF = "off"
    LIST = "list"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="sip-trace")(sip_trace)


def sip_trace(
    action: Annotated[Action, typer.Argument(help="Switch one on, switch one or all off, or list those that are on.")],
    trace: Annotated[int | None, typer.Argument(help="With `off`: which one.")] = None,
    call: Annotated[str | None, typer.Option("--call", help="All legs of a call that runs, by its id.")] = None,
    user: Annotated[str | None, typer.Option("--user", help="What is said with a user's devices.")] = None,
    address: Annotated[str | None, typer.Option("--address", help="192.0.2.7, 192.0.2.7:5060 or 192.0.2.0/24.")] = None,
    to: Annotated[str, typer.Option("--to", help="log, pcap:FILE or hep:HOST:PORT.")] = "log",
    duration: Annotated[str, typer.Option("--for", help="When it ends by itself, 24h at the most.")] = "10m",
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Trace SIP messages as they were on the wire, secrets masked, into the log, a pcap file or a HEP collector.

    Example: pbxd sip-trace on --user anna --to pcap:anna.pcap --for 10m
    """
    match action:
        case Action.ON:
            wanted: dict[str, Any] = {"call": call, "user": user, "address": address, "organization": organization}
            found = ask(config, "trace-on", **wanted, to=_where(to), seconds=float(seconds_of(duration, "--for")))
            typer.echo(f"trace {found['trace']} of {found['of']} to {found['to']} is on for {found['seconds']:g} s")
        case Action.OFF:
            ended = ask(config, "trace-off", trace=trace)["ended"]
            typer.echo(f"off: {', '.join(map(str, ended))}" if ended else "no trace was on")
        case Action.LIST:
            _list(ask(config, "trace-list")["traces"])


def _list(traces: list[dict[str, Any]]) -> None:
    if not traces:
        typer.echo("no trace is on")
    for found in traces:
        typer.echo(
            f"{found['trace']:>3}  {found['of']:<32}  to {found['to']:<32}  {found['messages']:>6} messages, "
            f"{found['seconds_left']} s left"
        )


def _where(to: str) -> str:
    """As the server wants it: a path that does not depend on where we are, an address instead of a name."""
    if to.startswith(PCAP):
        return f"{PCAP}{Path(to.removeprefix(PCAP)).absolute()}"
    if not to.startswith(HEP):
        return to
    host, _, port = to.removeprefix(HEP).rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)[0][4]
    except (OSError, ValueError) as error:
        fail(f"--to {to}: {error}", USAGE)
    return f"{HEP}{Address(str(found[0]), int(found[1]))}"
