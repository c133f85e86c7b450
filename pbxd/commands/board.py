"""``pbxd queues --watch``: queues as they are now, line by line; ``pbxd agent``: who serves them (QUE-2, QUE-12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Never

import typer

from pbxd.commands.common import DEFAULT, Config, Within, ask

CLEAR: Final = "\x1b[H\x1b[2J"
"""Empties a terminal (ECMA-48)."""
COLUMNS: Final = (
    "queue",
    "waiting",
    "longest",
    "callbacks",
    "serving",
    "free",
    "talking",
    "ringing",
    "wrap-up",
    "paused",
)


class Do(StrEnum):
    """What to do with an agent."""

    LOG_IN = "log-in"
    LOG_OUT = "log-out"
    PAUSE = "pause"
    RESUME = "resume"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(agent)


def agent(
    user: Annotated[str, typer.Argument(help="A username.", metavar="USER")],
    do: Annotated[Do, typer.Argument(help="What he does.")],
    queues: Annotated[list[str] | None, typer.Argument(help="Which queues; none: all that he may serve.")] = None,
    organization: Within = None,
    config: Config = DEFAULT,
) -> None:
    """Log an agent in to queues or out of them, have him pause, or work again; it is on disk when this returns.

    Example: pbxd agent anna log-in support
    """
    found = ask(config, "agent", user=user, do=do.value, queues=queues or None, organization=organization)
    serves = ", ".join(found["queues"]) or "no queue"
    typer.echo(f"{found['user']} serves {serves}" + (", and pauses" if found["paused"] else ""))


def watch(config: Path, organization: str | None) -> Never:
    """Show queues as they are, again whenever something changes, until somebody stops it."""
    version, clears = None, typer.get_text_stream("stdout").isatty()
    while True:
        found = ask(config, "queues-live", organization=organization, after=version)
        version = found["version"]
        typer.echo((CLEAR if clears else "") + "\n".join(lines(found)) + "\n")


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The table, then who waits in each queue."""
    if not found["queues"]:
        yield "there are no queues"
        return
    rows = [COLUMNS, *map(_row, found["queues"])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        cells[0] = row[0].ljust(widths[0])
        yield "  ".join(cells).rstrip()
    for queue in found["queues"]:
        for place, call in enumerate(queue["calls"], 1):
            yield f"  {queue['queue']} {place}. {_call(call)}"


def _row(queue: dict[str, Any]) -> tuple[str, ...]:
    does = Counter(one["state"] for one in queue["agents"])
    counts = (queue["callbacks"], queue["serving"], queue["free"])
    others = (does["talking"], does["ringing"], does["wrap-up"], does["paused"])
    name = queue["queue"] if queue["open"] else f"{queue['queue']} (closed)"
    return name, str(queue["waiting"]), _minutes(queue["longest"]), *map(str, (*counts, *others))


def _call(call: dict[str, Any]) -> str:
    who = " ".join(word for word in (call["name"], call["number"]) if word) or "unknown"
    rings = f", rings {', '.join(call['rings'])}" if call["rings"] else ""
    return f"{who}, {_minutes(call['waited'])}{', to be called back' if call['callback'] else ''}{rings}"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
