"""What commands share: the option that names the configuration, reading it, and giving up in words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Never

import typer

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration
    from pbxd.errors import ConfigError
    from pbxd.org.organization import Organization

WRONG, USAGE, UNREACHABLE = 1, 2, 3
"""Exit statuses: the configuration or what was asked for is wrong; the command line is; the server can't be reached."""

Config = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="PBXD_CONFIG", help="The server's configuration file.", show_default=True),
]
DEFAULT = Path("config/pbxd.yaml")
Within = Annotated[
    str | None, typer.Option("--organization", "-o", help="Which one, where the configuration has several.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


def loaded(path: Path) -> Configuration:
    """The checked configuration; with any mistake in it the command ends with the report."""
    from pbxd.config import ConfigError, load

    try:
        return load(readable(path))
    except ConfigError as error:
        fail_for(error)


def organization_of(configuration: Configuration, name: str | None) -> Organization:
    """The organization of that name, or the only one there is."""
    organizations = configuration.organizations
    if name is None and len(organizations) == 1:
        return next(iter(organizations.values()))
    if name is None:
        fail(f"--organization must say which: {', '.join(organizations)}", WRONG)
    if name not in organizations:
        fail_unknown("organization", name, organizations)
    return organizations[name]


def readable(path: Path) -> Path:
    """The path, if there is a file to read; the report of a configuration knows files by shorter names."""
    try:
        path.open("rb").close()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        fail(f"{path} can't be read: {reason}; --config or PBXD_CONFIG names the server's file", WRONG)
    return path


def ask(config: Path, command: str, *, timeout: float = 30.0, **arguments: Any) -> dict[str, Any]:
    """What the running server answers; the command ends where none does, or its answer is an error."""
    from pbxd.config.place import control_path
    from pbxd.control import ControlError, Refusal, call
    from pbxd.errors import ConfigError

    try:
        return call(control_path(readable(config)), command, timeout=timeout, **arguments)
    except ConfigError as error:
        fail_for(error)
    except Refusal as error:
        fail(str(error), WRONG)
    except ControlError as error:
        fail(str(error), UNREACHABLE)


def seconds_of(text: str, option: str) -> int:
    """The seconds of a time on the command line, which may be 0."""
    from pbxd.config.scalars import duration

    try:
        return 0 if text == "0" else duration(text)
    except ValueError:
        fail(f"{option}: `{text}` is no time such as `30`, `30s` or `5m`", USAGE)


def fail_for(error: ConfigError) -> Never:
    """End with the report of a configuration's mistakes."""
    from pbxd.config.report import report

    fail(report(error.problems), WRONG)


def fail_unknown(kind: str, name: str, known: Iterable[str]) -> Never:
    """End because nothing of that kind has the name, with what may have been meant."""
    from pbxd.config.hints import nearest

    hint = nearest(name, known)
    fail(f"no {kind} is called {name}" + (f"; {hint}" if hint else ""), WRONG)


def fail(words: str, status: int) -> Never:
    """End with words on standard error."""
    typer.echo(words, err=True)
    raise typer.Exit(status)
