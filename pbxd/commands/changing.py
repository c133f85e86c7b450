"""What commands share that change an organization's file: the difference first, and ``--write``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from pbxd.commands.common import UNREACHABLE, WRONG, fail, fail_for, readable

if TYPE_CHECKING:
    from pbxd.people.proposal import Opened, Origin
    from pbxd.people.writing import Data

T = TypeVar("T")

Write = Annotated[bool, typer.Option("--write", help="Write the file; without it only the difference is shown.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No difference, only what it comes to.")]
Encoding = Annotated[str | None, typer.Option(help="Of a file that is not UTF-8, such as windows-1252.")]
LONG = 2000
"""Rows from which on somebody who waits is shown how far it is."""

MOST_PROBLEMS = 100
"""That are shown: ten thousand rows with the same mistake are one."""


def open_file(config: Path, organization: str | None) -> Opened:
    """The organization's file, as it is; the command ends where its configuration is wrong."""
    from pbxd.config.hints import nearest
    from pbxd.errors import ConfigError
    from pbxd.people.editing import EditError
    from pbxd.people.proposal import opened

    try:
        return opened(readable(config), organization)
    except ConfigError as error:
        fail_for(error)
    except EditError as error:
        fail(str(error), WRONG)
    except KeyError as error:
        known = [str(one) for one in error.args]
        if organization is None:
            fail(f"--organization must say which: {', '.join(known)}", WRONG)
        hint = nearest(organization, known)
        fail(f"no organization is called {organization}" + (f"; {hint}" if hint else ""), WRONG)


def settle(
    file: Opened, data: dict[str, Data], summary: str, *, write: bool, quiet: bool, origin: Origin | None
) -> None:
    """Show what changes, and write it where that is wanted; what ``pbxd check`` would refuse ends the command."""
    from pbxd.errors import ConfigError
    from pbxd.people.editing import EditError
    from pbxd.people.proposal import proposed

    try:
        with waiting("checking the configuration"):
            change = proposed(file, data, origin)
        if not quiet:
            for line in change.difference():
                typer.echo(line)
        typer.echo(summary)
        if change.is_none:
            typer.echo(f"{change.name} stays as it is")
        elif not write:
            typer.echo("nothing is written; --write does it")
        else:
            change.write()
            typer.echo(f"{change.name} is written; `pbxd reload` makes it count")
    except ConfigError as error:
        from pbxd.config.report import report

        some, more = error.problems[:MOST_PROBLEMS], len(error.problems) - MOST_PROBLEMS
        fail(report(some) + (f", and {more} more" if more > 0 else "") + "\nnothing is written", WRONG)
    except EditError as error:
        fail(str(error), WRONG)


def shortened(problems: Sequence[str]) -> str:
    """The problems, or the first of very many."""
    more = len(problems) - MOST_PROBLEMS
    return "\n".join([*problems[:MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else [])])


def progress(rows: Sequence[T], words: str) -> Iterable[T]:
    """The rows, with a bar on a terminal where there are many."""
    if len(rows) < LONG or not sys.stderr.isatty():
        return rows
    from rich.console import Console
    from rich.progress import track

    return track(rows, words, console=Console(stderr=True), transient=True)


def waiting(words: str) -> Any:
    """A sign of life on a terminal, for as long as the block takes."""
    from rich.console import Console

    return Console(stderr=True).status(words)


def save(text: str, file: Path | None) -> None:
    """Write a file that only its owner may read, or to standard output."""
    if file is None:
        sys.stdout.write(text)
        return
    import os

    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
    except OSError as error:
        fail(f"{file} can't be written: {(error.strerror or str(error)).lower()}", UNREACHABLE)


def table_of(rows: Sequence[Sequence[str]], heading: Sequence[str]) -> Iterator[str]:
    """Lines of a table for people."""
    widths = [max(len(row[at]) for row in (heading, *rows)) for at in range(len(heading))]
    for row in (heading, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
