"""``pbxd status``: how the running server stands, on one screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from pbxd.commands.common import DEFAULT, Config, ask

MOST = 50
"""Calls and registrations that people are shown; programs get all."""
SOON = 14
"""Days before the end of a certificate from which on it is pointed at."""
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(
    config: Config = DEFAULT, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Show how the running server stands: load, calls, registrations, trunks, certificates, what is being lost.

    Example: pbxd status --json
    """
    found = ask(config, "status")
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for line in status_lines(found):
        typer.echo(line)


def status_lines(found: dict[str, Any]) -> Iterator[str]:
    """What people are shown of it."""
    yield from _server(found)
    yield from _calls(found)
    yield from _registrations(found)
    yield from _trunks(found["trunks"])
    yield from _certificates(found["certificates"])
    ledger = found["ledger"]
    yield f"ledger: {ledger['pending']} events waiting, {ledger['lost']} lost; log: {found['log']['lost']} lines lost"


def _server(found: dict[str, Any]) -> Iterator[str]:
    memory = f", {found['rss_bytes'] / 2**20:.0f} MiB" if found["rss_bytes"] is not None else ""
    load = found["load"]
    yield f"pbxd {found['version']}, process {found['pid']}, up {_duration(found['uptime_seconds'])}{memory}"
    yield "ready" if not found["problems"] else f"NOT READY: {'; '.join(found['problems'])}"
    yield (
        f"load: {load['cpu']:.0%} of a core, events {1000 * load['late_seconds']:.0f} ms late at most; "
        f"{found['overload']['waiting']} messages wait, {found['overload']['turned_away']} requests turned away"
    )
    reloads = found["reloads"]
    read = "since the start" if reloads["ago"] is None else f"for {_duration(reloads['ago'])}"
    refused = f", {reloads['refused']} reloads refused" if reloads["refused"] else ""
    yield f"configuration {found['configuration'][:12]}, {read}{refused}"


def _calls(found: dict[str, Any]) -> Iterator[str]:
    yield f"{_many(len(found['calls']), 'call')}, {_many(found['media_ports'], 'media port')}"
    for call in found["calls"][:MOST]:
        yield f"  {call['call']}  {call['seconds']:>7.1f} s  {' - '.join(call['parties'])}"
    yield from _rest(len(found["calls"]))


def _registrations(found: dict[str, Any]) -> Iterator[str]:
    banned = found["defence"]["bans"]
    bans = f"; {banned} banned (`pbxd bans`)" if banned else ""
    yield f"{_many(found['registrations'], 'registration')}, {_many(found['subscriptions'], 'subscription')}{bans}"
    for binding in found["bindings"][:MOST]:
        device = f"{binding['organization']}/{binding['device']}"
        yield f"  {device:<28}  {binding['address']:<28}  expires in {binding['expires_in']} s"
    yield from _rest(len(found["bindings"]))


def _trunks(trunks: list[dict[str, Any]]) -> Iterator[str]:
    if trunks:
        up = sum(not trunk["unusable"] for trunk in trunks)
        yield f"{_many(len(trunks), 'trunk')}, {up} up"
    for trunk in trunks:
        how = "up" if not trunk["unusable"] else f"NOT USED: {trunk['unusable']}"
        registered = ", registered" if trunk["registered"] else ""
        down = f", servers down: {', '.join(trunk['servers_down'])}" if trunk["servers_down"] else ""
        yield f"  {trunk['trunk']:<20}  {_many(trunk['calls'], 'call'):<10}  {how}{registered}{down}"


def _certificates(certificates: list[dict[str, Any]]) -> Iterator[str]:
    for found in certificates:
        days = found["days_left"]
        left = f"{days} days left" if days >= SOON else f"ONLY {days} DAYS LEFT" if days >= 0 else "NOT VALID ANY MORE"
        yield f"certificate {found['certificate']} for {', '.join(found['names']) or 'nobody'}: {left}"


def _rest(number: int) -> Iterator[str]:
    if number > MOST:
        yield f"  and {number - MOST} more (--json has all)"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _duration(seconds: float) -> str:
    """The two largest units that say something: ``3 d 4 h``, ``5 min``, ``9 s``."""
    words: list[str] = []
    rest = int(seconds)
    for size, unit in _UNITS:
        if rest >= size or words:
            words.append(f"{rest // size} {unit}")
            rest %= size
    return " ".join(words[:2]) if words else f"{rest} s"
