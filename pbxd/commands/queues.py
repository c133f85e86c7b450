"""``pbxd queues``: what queues and agents have done (QUE-12)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pbxd.commands.archive import consult, moment, written
from pbxd.commands.board import watch
from pbxd.commands.common import DEFAULT, WRONG, Config, Within, fail
from pbxd.journal.forms import utc

if TYPE_CHECKING:
    from pbxd.queues.statistics import AgentFigures, QueueFigures, Statistics

Row = tuple[str, ...]
QUEUE_COLUMNS: Final[Row] = (
    "queue", "from", "offered", "answered", "abandoned", "overflowed", "closed", "called back", "waiting",
    "service level", "mean wait", "longest", "talked",
)  # fmt: skip
AGENT_COLUMNS: Final[Row] = (
    "agent", "offered", "answered", "unanswered", "declined", "talked", "logged in", "paused"
)  # fmt: skip


class By(StrEnum):
    """What a line of the report is about."""

    QUEUE = "queue"
    AGENT = "agent"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(queues)


def queues(
    config: Config = DEFAULT,
    by: Annotated[By, typer.Option("--by", help="One line for each queue, or each agent.")] = By.QUEUE,
    since: Annotated[str, typer.Option("--since", help="As for `pbxd calls`.")] = "today",
    interval: Annotated[
        int | None, typer.Option("--interval", min=1, help="Minutes: a line for each interval in which calls came.")
    ] = None,
    level: Annotated[float, typer.Option("--level", min=0, help="Seconds in which calls are to be answered.")] = 20.0,
    organization: Within = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="For spreadsheets.")] = False,
    watches: Annotated[bool, typer.Option("--watch", help="How queues stand now, until it is stopped.")] = False,
) -> None:
    """What became of the calls of queues, and what agents have done; or how queues stand now.

    Example: pbxd queues --since yesterday --interval 60 --csv

    Example: pbxd queues --watch
    """
    if watches:
        watch(config, organization)
    from pbxd.clock import SystemClock
    from pbxd.queues.statistics import KINDS, Statistics

    now = SystemClock().wall()
    begin = moment("--since", since, now)
    if begin is None:
        fail("--since is missing", WRONG)
    found = consult(config, lambda archive: archive.of_kinds(KINDS, begin))
    seconds = None if interval is None else interval * 60.0
    statistics = Statistics(interval=seconds, level=level, since=begin).read(found).close(now)
    if by is By.QUEUE:
        columns, rows = QUEUE_COLUMNS, [*_queues(statistics, organization, utc if as_csv else written)]
    else:
        columns, rows = AGENT_COLUMNS, [*_agents(statistics, organization)]
    typer.echo(_csv(columns, rows) if as_csv else "\n".join(_table(columns, rows)), nl=not as_csv)


def _queues(statistics: Statistics, organization: str | None, moment: Callable[[float], str]) -> Iterator[Row]:
    for key, figures in sorted(statistics.queues.items()):
        if organization in (None, key.organization):
            name = key.queue if key.kind == "queue" else f"{key.queue} (own)"
            yield name, moment(key.start) if key.start else "", *_of_queue(figures)


def _of_queue(figures: QueueFigures) -> Row:
    level, wait = figures.service_level, figures.mean_wait
    counts = (figures.offered, figures.answered, figures.abandoned, figures.overflowed, figures.closed)
    return (
        *map(str, (*counts, figures.called_back, figures.waiting)),
        "" if level is None else f"{level:.1%}",
        "" if wait is None else f"{wait:.0f}",
        f"{figures.longest:.0f}",
        f"{figures.talked:.0f}",
    )


def _agents(statistics: Statistics, organization: str | None) -> Iterator[Row]:
    for key, figures in sorted(statistics.agents.items()):
        if organization in (None, key.organization):
            yield key.agent, *_of_agent(figures)


def _of_agent(figures: AgentFigures) -> Row:
    counts = (figures.offered, figures.answered, figures.unanswered, figures.declined)
    seconds = (figures.talked, figures.logged_in, figures.paused)
    return *map(str, counts), *(f"{each:.0f}" for each in seconds)


def _csv(columns: Row, rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([columns, *rows])
    return text.getvalue()


def _table(columns: Row, rows: list[Row]) -> Iterator[str]:
    if not rows:
        yield "no calls came to queues"
        return
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        cells = [
            text.ljust(width) if at < 1 else text.rjust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
