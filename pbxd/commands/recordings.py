"""``pbxd recordings``: which calls were recorded, and their files (CALL-8)."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pbxd.commands.archive import consult, written
from pbxd.commands.common import DEFAULT, WRONG, AsJson, Config, Within, fail, loaded

if TYPE_CHECKING:
    from pbxd.store.rows import RecordingRow

recordings = typer.Typer(no_args_is_help=True, help="Recorded calls: list them, and take copies of them.")
HEADINGS = ("begun", "seconds", "caller (left)", "callee (right)", "kept until", "recording")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(recordings, name="recordings")


@recordings.command("list")
def list_recordings(
    config: Config = DEFAULT,
    call: Annotated[str | None, typer.Option("--call", help="Of this call.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at the most.")] = 50,
    organization: Within = None,
    as_json: AsJson = False,
) -> None:
    """List recorded calls, the newest first.

    Example: pbxd recordings list --call 695b7d90-787311d8a3
    """
    found = consult(config, lambda archive: archive.recordings(organization=organization, call=call, limit=limit))
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in found], indent=2))
        return
    rows = [HEADINGS, *map(_cells, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    typer.echo("\n".join(lines) if found else "no such recordings")


@recordings.command()
def export(
    recording: Annotated[str, typer.Argument(help="As `pbxd recordings list` names it.")],
    to: Annotated[Path, typer.Argument(help="A file to write: .wav, .flac or .opus.")],
    config: Config = DEFAULT,
) -> None:
    """Write a copy of a recording, in the format that the name of the copy ends with.

    Example: pbxd recordings export 695b7d90-787311d8a3-1 call.flac
    """
    row = consult(config, lambda archive: archive.recording(recording))
    if row is None:
        fail(f"no recording is called {recording}", WRONG)
    if to.suffix not in (".wav", ".flac", ".opus"):
        fail(f"{to} ends with none of .wav, .flac, .opus", WRONG)
    source = loaded(config).server.data / "recordings" / row.path
    if to.suffix == ".wav":
        try:
            shutil.copyfile(source, to)
        except OSError as error:
            fail(f"{error.filename}: {error.strerror}", WRONG)
        return
    _convert(source, to)


def _convert(source: Path, to: Path) -> None:
    try:
        from pbxd.media.sound import files  # numpy and FFmpeg, for which no other command waits
    except ImportError as error:
        fail(f"this needs the extra pbxd[media]: {error}", WRONG)
    try:
        files.convert(source, to)
    except files.UnreadableSound as error:
        fail(str(error), WRONG)


def _cells(row: RecordingRow) -> tuple[str, ...]:
    seconds = f"{row.seconds:.1f}" if row.ended is not None else "(going on)"
    return written(row.begun), seconds, row.caller, row.callee, written(row.expires)[:10], row.id
