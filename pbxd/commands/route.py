"""``pbxd route``: where a call would go, and why, without making it (TOOL-1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pbxd.commands.common import DEFAULT, WRONG, AsJson, Config, Within, fail, loaded

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration
    from pbxd.dialplan.situation import Situation
    from pbxd.tools.dry_run import DryTurn


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(route)


def route(
    caller: Annotated[str, typer.Argument(metavar="FROM", help="A username, a device, a number, or `anonymous`.")],
    called: Annotated[str, typer.Argument(metavar="TO", help="A number as dialled, a username, or a service's name.")],
    config: Config = DEFAULT,
    at: Annotated[
        str | None, typer.Option("--at", help='When, on the organization\'s clock: "2026-12-24 14:00". Default: now.')
    ] = None,
    as_if: Annotated[
        list[str] | None,
        typer.Option("--as-if", help='What to suppose: "anna: lunch", "bo: in a call", "carrier: down". Repeatable.'),
    ] = None,
    outcome: Annotated[
        list[str] | None,
        typer.Option(
            "--outcome", help="Of what rings, in order: answered, busy, no-answer (the default), declined, unreachable."
        ),
    ] = None,
    organization: Within = None,
    as_json: AsJson = False,
) -> None:
    """Show every step of a call that is not made: what is dialled, which rules look at it and why, who rings and when.

    Example: pbxd route +4520203040 cora --at "2026-12-24 14:00"
    """
    from pbxd.errors import PbxdError
    from pbxd.tools.dry_run import OUTCOMES, dry_run
    from pbxd.tools.parties import situation
    from pbxd.tools.suppose import suppose

    configuration = loaded(config)
    unknown = [word for word in outcome or () if word not in OUTCOMES]
    if unknown:
        fail(f"--outcome can't be {unknown[0]}: one of {', '.join(OUTCOMES)}", WRONG)
    try:
        call = situation(configuration, caller, called, _known(configuration, organization))
        moment = _moment(at, configuration, call)
        facts = suppose(configuration, suppositions(as_if or ()), moment)
        turns = dry_run(call, facts, moment, [OUTCOMES[word] for word in outcome or ()])
    except PbxdError as error:
        fail(str(error), WRONG)
    if as_json:
        typer.echo(json.dumps(_for_programs(turns, configuration), indent=2, ensure_ascii=False))
        return
    for line in _lines(turns):
        typer.echo(line)


def _known(configuration: Configuration, organization: str | None) -> str | None:
    if organization is not None and organization not in configuration.organizations:
        fail(f"no organization is called {organization}", WRONG)
    return organization


def suppositions(texts: list[str] | tuple[()]) -> dict[str, str]:
    """``--as-if`` by who it is about."""
    found: dict[str, str] = {}
    for text in texts:
        who, colon, words = text.partition(":")
        if not colon or not words.strip():
            fail(f'--as-if "{text}" says nothing about anybody: write "anna: lunch"', WRONG)
        name = who.strip()
        found[name] = f"{found[name]}, {words.strip()}" if name in found else words.strip()
    return found


def _moment(at: str | None, configuration: Configuration, call: Situation) -> float:
    from pbxd.clock import SystemClock

    if at is None:
        return SystemClock().wall()
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        fail(f'--at "{at}" is no moment: write "2026-12-24 14:00"', WRONG)
    zone = configuration.organizations[call.source.organization].timezone
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).timestamp()


def _lines(turns: list[DryTurn]) -> Iterator[str]:
    """The trail of each decision below the moment at which it is taken, and what is then done."""
    for turn in turns:
        decision = turn.decision
        clock = f"{int(turn.after) // 60}:{int(turn.after) % 60:02}"
        for index, line in enumerate(decision.trail):
            stage, words = _parts(line)
            yield f"{clock if index == 0 else '':>5}  {stage:<12}  {words}"
        if decision.treatment is not None:
            yield f"{'':>5}  {'=>':<12}  {decision.treatment}"


def _parts(line: str) -> tuple[str, str]:
    stage, _, words = line.partition(": ")
    return stage, words


def _for_programs(turns: list[DryTurn], configuration: Configuration) -> dict[str, object]:
    from pbxd.tools.steps import steps

    return {
        "steps": [step.said() for step in steps(turns, configuration)],
        "turns": [
            {
                "after": turn.after,
                "called": turn.decision.called,
                "treatment": str(turn.decision.treatment) if turn.decision.treatment is not None else None,
                "trail": [
                    dict(zip(("stage", "says"), line.split(": ", 1), strict=True)) for line in turn.decision.trail
                ],
            }
            for turn in turns
        ],
    }
