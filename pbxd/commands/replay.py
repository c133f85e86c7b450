"""``pbxd replay``: a real call decided once more, by the configuration as it is now (TOOL-1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import ndiff
from typing import TYPE_CHECKING, Any

import typer

from pbxd.commands.archive import Id, story
from pbxd.commands.common import DEFAULT, WRONG, AsJson, Config, fail, loaded

if TYPE_CHECKING:
    from pbxd.tools.replay import Replayed


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(call: Id, config: Config = DEFAULT, as_json: AsJson = False) -> None:
    """Decide a call of the ledger once more: as its people, phones and trunks were then, by the files as they are now.

    Exit status 1 when something else would be decided, or for other reasons.

    Example: pbxd replay 6923a1f0-90c2d4e5f6
    """
    from pbxd.tools.replay import ReplayError
    from pbxd.tools.replay import replay as decided_again

    events = story(config, call)
    try:
        turns = decided_again(events, loaded(config))
    except ReplayError as error:
        fail(f"call {call} can't be replayed: {error}", WRONG)
    if as_json:
        typer.echo(json.dumps([_data(turn) for turn in turns], indent=2, ensure_ascii=False))
    else:
        for turn in turns:
            for line in _lines(turn):
                typer.echo(line)
    if not all(turn.same for turn in turns):
        raise typer.Exit(WRONG)


def _lines(turn: Replayed) -> Iterator[str]:
    """One step: what it was and is, or what was and what would be."""
    was, now = turn.was.treatment, str(turn.now.treatment)
    number = turn.was.turn + 1
    if turn.same:
        yield f"step {number}: {was}, and the same again"
        return
    yield f"step {number} was: {was}"
    yield f"  would be: {now}" if was != now else "  would be the same, for other reasons"
    yield from (f"    {line}" for line in ndiff(turn.was.trail, turn.now.trail) if not line.startswith("?"))


def _data(turn: Replayed) -> dict[str, Any]:
    return {
        "step": turn.was.turn + 1,
        "same": turn.same,
        "was": {"treatment": turn.was.treatment, "called": turn.was.called, "trail": turn.was.trail},
        "now": {"treatment": str(turn.now.treatment), "called": turn.now.called, "trail": turn.now.trail},
    }
