"""The ``pbxd`` command: everything a person types.

Exit status: 0 done, 1 the configuration (or what was asked for) is wrong, 2 the command line is wrong, 3 the server
can't start or can't be reached.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pbxd.commands import (
    board,
    calendars,
    calls,
    contacts,
    diff,
    directory,
    doctor,
    graph,
    ledger,
    licences,
    mailbox,
    notices,
    operation,
    organization,
    phones,
    prompts,
    queues,
    recordings,
    replay,
    route,
    rules,
    sip_trace,
    sounds,
    state,
    status,
    tickets,
    timeline,
    trace,
    users,
)
from pbxd.commands import welcome as welcoming
from pbxd.commands.common import DEFAULT, UNREACHABLE, WRONG, Config, ask, fail, fail_for, readable

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration

RELOAD_PATIENCE = 120.0
"""Seconds; the files of many organizations take a while to check."""

app = typer.Typer(
    name="pbxd",
    help=(
        "A hosted PBX that can say why a call went where it went.\n\n"
        "Exit status: 0 done, 1 the configuration or what was asked for is wrong, 2 the command line is wrong, "
        "3 the server can't start or can't be reached."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

organization.register(app)
operation.register(app)
sip_trace.register(app)
notices.register(app)
calendars.register(app)
welcoming.register(app)
prompts.register(app)
sounds.register(app)
state.register(app)
status.register(app)
route.register(app)
rules.register(app)
calls.register(app)
queues.register(app)
board.register(app)
recordings.register(app)
ledger.register(app)
mailbox.register(app)
timeline.register(app)
diff.register(app)
doctor.register(app)
replay.register(app)
graph.register(app)
trace.register(app)
phones.register(app)
tickets.register(app)
users.register(app)
licences.register(app)
contacts.register(app)
directory.register(app)


@app.command()
def run(
    config: Config = DEFAULT,
    welcome: Annotated[
        bool, typer.Option("--welcome", help="Print which phones can register, with which secrets, and what to dial.")
    ] = False,
) -> None:
    """Start the server; it runs until it is told to stop (Ctrl-C, SIGTERM).

    The log goes to standard error. SIGHUP is `pbxd reload`.

    Example: pbxd run --config /etc/pbxd/pbxd.yaml
    """
    from pbxd.errors import ConfigError, PbxdError
    from pbxd.tools.reader import Reader

    try:
        reader = Reader(readable(config), prepares=True)
        from pbxd import process  # while the other process reads

        configuration = reader.result()
        process.run(configuration, started=lambda: _greet(configuration) if welcome else None)
    except ConfigError as error:
        fail_for(error)
    except (PbxdError, OSError) as error:
        fail(f"pbxd can't start: {error}", UNREACHABLE)


def _greet(configuration: Configuration) -> None:
    from pbxd.welcome import welcome_text

    command = "pbxd" if shutil.which("pbxd") else f"{sys.executable} -m pbxd"
    typer.echo(welcome_text(configuration, command=command))


@app.command()
def check(
    path: Annotated[Path | None, typer.Argument(help="The configuration file; instead of --config.")] = None,
    config: Config = DEFAULT,
) -> None:
    """Read a configuration, look for mistakes that telephony makes of it, and run its routing tests.

    Prints everything that is wrong, with file, line and a suggestion. A reload asks for the same, and changes nothing
    where there is an error.

    Example: pbxd check config/pbxd.yaml
    """
    from pbxd.errors import ConfigError
    from pbxd.tools.gate import examine

    try:
        configuration = examine(readable(path or config), certificates=True)
    except ConfigError as error:
        fail_for(error)
    for line in configuration.warnings:
        typer.echo(f"warning: {line}")
    for line in configuration.inactive:
        typer.echo(line)
    organizations = configuration.organizations.values()
    users = sum(len(list(organization.people())) for organization in organizations)
    found = ((len(organizations), "organization"), (users, "user"), (len(configuration.trunks), "trunk"))
    tests = len(configuration.tests)
    amounts = ", ".join(f"{number} {noun}{'s' * (number != 1)}" for number, noun in found)
    passed = f"; {tests} routing test{'s' * (tests != 1)} passed" if tests else ""
    typer.echo(f"{configuration.path}: no errors; {amounts}{passed}")


@app.command()
def reload(config: Config = DEFAULT) -> None:
    """Have the running server read its configuration again; with any problem nothing changes. Calls go on.

    Example: pbxd reload
    """
    found = ask(config, "reload", timeout=RELOAD_PATIENCE)
    if found["problems"]:
        fail("\n".join([*found["problems"], "nothing is changed"]), WRONG)
    typer.echo(f"configuration {found['configuration'][:12]} is in force")
    if found["needs_restart"]:
        typer.echo(f"only after a restart: {', '.join(found['needs_restart'])}")


@app.command()
def hangup(
    call: Annotated[str, typer.Argument(help="The call's id, as in the log and in `pbxd status`.")],
    config: Config = DEFAULT,
) -> None:
    """End a call.

    Example: pbxd hangup 6923a1f0-90c2d4e5f6
    """
    if not ask(config, "hangup", call=call)["found"]:
        fail(f"there is no call {call}; `pbxd status` lists those that run", WRONG)
    typer.echo(f"call {call} is hung up")


@app.command()
def bans(
    config: Config = DEFAULT, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """List who is not heard after failed log-ins, for how long yet, and why.

    Example: pbxd bans
    """
    found = ask(config, "bans")["bans"]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    if not found:
        typer.echo("nobody is banned")
    for ban in found:
        who = ban["account"] or "everybody"
        typer.echo(f"{ban['address']:<39}  {who:<20}  {ban['seconds_left']:>6} s left  {ban['reason']}")


@app.command()
def unban(
    what: Annotated[str, typer.Argument(help="An IP address, or a device's name.", metavar="ADDRESS|ACCOUNT")],
    config: Config = DEFAULT,
) -> None:
    """Hear a banned address or account again.

    Example: pbxd unban 192.0.2.7
    """
    lifted = ask(config, "unban", what=what)["lifted"]
    if not lifted:
        fail(f"{what} is not banned; `pbxd bans` lists who is", WRONG)
    for ban in lifted:
        typer.echo(f"{ban['address']} {ban['account'] or 'as a whole'} is heard again")
