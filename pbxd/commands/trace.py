"""``pbxd trace`` and ``pbxd pin``: one real call, shown (TOOL-5) or kept as a test (TOOL-2)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from pbxd.commands.archive import Id, story
from pbxd.commands.common import DEFAULT, WRONG, Config, fail, loaded
from pbxd.commands.route import suppositions


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(trace)
    app.command()(pin)


def trace(
    call: Id,
    config: Config = DEFAULT,
    svg: Annotated[Path | None, typer.Option("--svg", help="A file to write as a picture instead.")] = None,
) -> None:
    """Draw a call, also one that runs: who sent what to whom and when, beside the words of why.

    Example: pbxd trace 6923a1f0-90c2d4e5f6 --svg call.svg
    """
    from pbxd.tools.ladder import ladder
    from pbxd.tools.ladder_svg import as_svg
    from pbxd.tools.ladder_text import as_text

    drawn = ladder(story(config, call))
    if svg is None:
        typer.echo("\n".join(as_text(drawn, shutil.get_terminal_size((160, 24)).columns)))
        return
    _write(svg, as_svg(drawn), "w")


def pin(
    call: Id,
    config: Config = DEFAULT,
    to: Annotated[
        Path | None, typer.Option("--to", help="A file of routing tests to add it to; it may be new.")
    ] = None,
    as_if: Annotated[
        list[str] | None,
        typer.Option("--as-if", help='What was so at that time: "anna: lunch", as for `pbxd route`. Repeatable.'),
    ] = None,
) -> None:
    """Write the routing test that a real call is: `pbxd check` then says when such a call would go elsewhere.

    Example: pbxd pin 6923a1f0-90c2d4e5f6 --to tests/reported.yaml
    """
    from pbxd.errors import PbxdError
    from pbxd.tools.pin import pinned

    events = story(config, call)
    try:
        test = pinned(events, loaded(config), suppositions(as_if or ()))
    except PbxdError as error:
        fail(f"call {call} can't be pinned: {error}", WRONG)
    if to is None:
        typer.echo(test, nl=False)
        return
    _write(to, test, "a")
    typer.echo(f"call {call} is pinned in {to}")


def _write(path: Path, text: str, mode: str) -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        fail(f"{path} can't be written: {(error.strerror or str(error)).lower()}", WRONG)
