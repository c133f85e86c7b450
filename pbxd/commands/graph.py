"""``pbxd graph``: a picture of all that can happen to a call (TOOL-4)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pbxd.commands.common import DEFAULT, WRONG, Config, Within, fail, loaded, organization_of

RENDERERS = {
    "rsvg-convert": ("--zoom", "2", "--output", "{png}", "{svg}"),
    "inkscape": ("--export-type=png", "--export-dpi=192", "--export-filename={png}", "{svg}"),
    "resvg": ("--zoom", "2", "{svg}", "{png}"),
}
"""Programs that make a PNG of an SVG, and how they are called."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(graph)


def graph(
    number: Annotated[str, typer.Argument(help="What is called: a number as dialled, a username, a service's name.")],
    config: Config = DEFAULT,
    at: Annotated[
        str | None, typer.Option("--at", help="At this moment only, on the organization's clock. Default: this week.")
    ] = None,
    caller: Annotated[
        str, typer.Option("--from", help="Who calls: a username, a device, a number, or `anonymous`.")
    ] = "anonymous",
    output: Annotated[
        Path | None, typer.Option("--output", help="Where it goes: a .svg or .png file. Default: SVG on the output.")
    ] = None,
    organization: Within = None,
) -> None:
    """Draw all that can happen to a call: every outcome of everything that is tried, at one moment or over the week.

    Example: pbxd graph +4588887711 --output front.svg
    """
    from pbxd.clock import SystemClock
    from pbxd.errors import PbxdError
    from pbxd.tools.graph import at_moment, layout, over_the_week, svg
    from pbxd.tools.parties import situation

    configuration = loaded(config)
    within = organization_of(configuration, organization).name if organization is not None else None
    try:
        call = situation(configuration, caller, number, within)
        zone = configuration.organizations[call.source.organization].timezone
        if at is None:
            title = f"{caller} calls {number}"
            picture = over_the_week(configuration, call, title, SystemClock().wall())
        else:
            moment = datetime.fromisoformat(at).replace(tzinfo=zone)
            title = f"{caller} calls {number} on {moment:%a %Y-%m-%d at %H:%M}"
            picture = at_moment(configuration, call, title, moment.timestamp())
    except ValueError:
        fail(f'--at "{at}" is no moment: write "2026-12-24 14:00"', WRONG)
    except PbxdError as error:
        fail(str(error), WRONG)
    _write(svg(layout(picture), title), output)


def _write(picture: str, output: Path | None) -> None:
    if output is None:
        typer.echo(picture, nl=False)
    elif output.suffix.lower() == ".png":
        _render(picture, output)
    else:
        output.write_text(picture, encoding="utf-8")


def _render(picture: str, output: Path) -> None:
    program = next((name for name in RENDERERS if shutil.which(name)), None)
    if program is None:
        fail(f"for PNG one of {', '.join(RENDERERS)} is needed; SVG works without: --output {output.stem}.svg", WRONG)
    with tempfile.NamedTemporaryFile("w", suffix=".svg", encoding="utf-8") as file:
        file.write(picture)
        file.flush()
        arguments = [one.format(svg=file.name, png=output) for one in RENDERERS[program]]
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        fail(f"{program} could not make {output}: {done.stderr.strip()}", WRONG)
