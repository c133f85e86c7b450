"""``pbxd doctor``: what is wrong with a trunk, or was with a call (TOOL-9)."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from pbxd.commands.archive import Id, story
from pbxd.commands.common import DEFAULT, WRONG, AsJson, Config, ask

doctor = typer.Typer(no_args_is_help=True, help="What is wrong with a trunk, or was with a call.")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(doctor, name="doctor")


@doctor.command()
def trunk(
    name: Annotated[str, typer.Argument(help="As it is configured.")],
    config: Config = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Look at a trunk step by step: its address, its servers, OPTIONS, REGISTER, with the servers' own words.

    Example: pbxd doctor trunk carrier
    """
    found = ask(config, "doctor-trunk", timeout=120.0, trunk=name)["steps"]
    _tell(found, [f"{one['step']:<9} {_mark(ok=one['ok'])}  {_where(one)}{one['words']}" for one in found], as_json)
    if not all(one["ok"] for one in found):
        raise typer.Exit(WRONG)


@doctor.command()
def call(call: Id, config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """Say what was wrong with a call: one-way sound, NAT, codecs, keys, who could not be had.

    Example: pbxd doctor call 6923a1f0-90c2d4e5f6
    """
    from pbxd.tools.doctor import verdicts

    found = verdicts(story(config, call))
    lines = [f"{one.kind:<11} {one.words}" for one in found]
    _tell([asdict(one) for one in found], lines or ["nothing strikes the eye; `pbxd trace` has all of it"], as_json)


def _tell(found: list[dict[str, Any]], lines: list[str], as_json: bool) -> None:
    typer.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else "\n".join(lines))


def _mark(*, ok: bool) -> str:
    return "ok    " if ok else "FAILED"


def _where(one: dict[str, Any]) -> str:
    return f"{one['server']}: " if one["server"] else ""
