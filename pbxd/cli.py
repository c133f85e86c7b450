"""The ``pbxd`` command: everything a person types.

Exit status: 0 done, 1 the configuration (or what was asked for) is wrong, 2 the command line is wrong, 3 the server
can't be reached or can't start.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Never

import typer

if TYPE_CHECKING:
    from pbxd.config import Configuration

WRONG, UNREACHABLE = 1, 3

app = typer.Typer(
    name="pbxd",
    help="A hosted PBX that can say why a call went where it went.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Config = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="PBXD_CONFIG", help="The server's configuration file.", show_default=True),
]
DEFAULT = Path("config/pbxd.yaml")


@app.command()
def run(
    config: Config = DEFAULT,
    welcome: Annotated[
        bool, typer.Option("--welcome", help="First print which phones can register, and with which secrets.")
    ] = False,
) -> None:
    """Start the server; it runs until it is told to stop (Ctrl-C, SIGTERM).

    Example: pbxd run --config /etc/pbxd/pbxd.yaml
    """
    configuration = _load(config)
    if welcome:
        from pbxd.welcome import welcome_text

        typer.echo(welcome_text(configuration), err=True)
    from pbxd.errors import PbxdError
    from pbxd.process import run as run_server

    try:
        run_server(configuration)
    except KeyboardInterrupt:
        return
    except (PbxdError, OSError) as error:
        _fail(f"pbxd can't start: {error}", UNREACHABLE)


@app.command()
def check(
    path: Annotated[Path | None, typer.Argument(help="The configuration file.")] = None, config: Config = DEFAULT
) -> None:
    """Read a configuration and print everything that is wrong in it, with file, line and a suggestion.

    Example: pbxd check config/pbxd.yaml
    """
    configuration = _load(path or config)
    for line in configuration.inactive:
        typer.echo(line)
    users = sum(len(organization.users) for organization in configuration.organizations.values())
    typer.echo(
        f"{configuration.path}: no errors; {len(configuration.organizations)} organizations, {users} users, "
        f"{len(configuration.trunks)} trunks"
    )


@app.command()
def status(
    config: Config = DEFAULT, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Show what lives in the running server.

    Example: pbxd status --json
    """
    found = _ask(config, "status")
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    typer.echo(f"pbxd {found['version']}, process {found['pid']}, up {found['uptime_seconds']:.0f} s")
    typer.echo(f"configuration {found['configuration'][:12]}")
    typer.echo(
        f"{found['registrations']} registrations, {len(found['calls'])} calls, {found['media_ports']} media ports"
    )
    for call in found["calls"]:
        typer.echo(f"  {call['call']}  {call['seconds']:>7.1f} s  {' - '.join(call['parties'])}")
    ledger = found["ledger"]
    typer.echo(f"ledger: {ledger['pending']} events waiting, {ledger['lost']} lost")


@app.command()
def reload(config: Config = DEFAULT) -> None:
    """Have the running server read its configuration again; with any error nothing changes.

    Example: pbxd reload
    """
    found = _ask(config, "reload")
    typer.echo(f"configuration {found['configuration'][:12]} is in force")


@app.command()
def hangup(
    call: Annotated[str, typer.Argument(help="The call's id, as in the log.")], config: Config = DEFAULT
) -> None:
    """End a call.

    Example: pbxd hangup 6923a1f0-90c2d4e5f6
    """
    _ask(config, "hangup", call=call)
    typer.echo(f"call {call} is hung up")


def _load(path: Path) -> Configuration:
    from pbxd.config import ConfigError, load
    from pbxd.config.report import report

    try:
        return load(path)
    except ConfigError as error:
        _fail(report(error.problems), WRONG)


def _ask(config: Path, command: str, **arguments: Any) -> dict[str, Any]:
    from pbxd.control import ControlError, call
    from pbxd.process import control_path

    try:
        return call(control_path(_load(config)), command, **arguments)
    except ControlError as error:
        _fail(str(error), UNREACHABLE)


def _fail(words: str, status: int) -> Never:
    typer.echo(words, err=True)
    raise typer.Exit(status)
