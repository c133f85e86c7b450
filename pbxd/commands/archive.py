"""What the commands share that read what a server has kept: opening it, moments, and giving up in words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from pbxd.commands.common import UNREACHABLE, WRONG, fail, fail_for, readable

if TYPE_CHECKING:
    from pbxd.events import CallEvent
    from pbxd.store.archive import Archive

T = TypeVar("T")

Id = Annotated[str, typer.Argument(help="The call's id, as in `pbxd calls` and in the log.")]

_AGO = re.compile(r"([0-9]{1,6})([smhdw])\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def consult(config: Path, question: Callable[[Archive], Awaitable[T]]) -> T:
    """What the archive of the server's database answers; the command ends where it can't be read."""
    from pbxd.config.place import database_url
    from pbxd.errors import ConfigError
    from pbxd.store.archive import Archive
    from pbxd.store.interface import StoreError

    async def asked(url: str) -> T:
        async with Archive.open(url) as archive:
            return await question(archive)

    try:
        return asyncio.run(asked(database_url(readable(config))))
    except ConfigError as error:
        fail_for(error)
    except StoreError as error:
        fail(str(error), UNREACHABLE)


def story(config: Path, call: str) -> list[CallEvent]:
    """The events of a call, from its arrival on; the command ends where there is no such call."""
    from pbxd.events import CallArrived, CallEvent

    found = consult(config, lambda archive: archive.events(call))
    events = [event for event in found if isinstance(event, CallEvent)]
    if not any(isinstance(event, CallArrived) for event in events):
        fail(f"the ledger has no call {call}; `pbxd calls` lists those that it has", WRONG)
    return events


def moment(option: str, text: str | None, now: float) -> float | None:
    """A moment as a person writes it, on this machine's clock: ``2026-11-21 14:00``, a day, ``yesterday``, ``2h``."""
    if text is None:
        return None
    here = datetime.fromtimestamp(now).astimezone()
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    if text in ("today", "yesterday"):
        day = midnight if text == "today" else midnight - timedelta(days=1)
        return day.replace(tzinfo=None).timestamp()
    if (ago := _AGO.match(text)) is not None:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}).total_seconds()
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        fail(
            f'{option} "{text}" is no moment: write "2026-12-24 14:00", today, yesterday, or 2h for two hours ago',
            WRONG,
        )


def written(at: float) -> str:
    """A moment on this machine's clock, as tables have it."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
