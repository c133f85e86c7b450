"""A server's database with a few calls in it, for the commands that read what was kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from pbxd.cdr import call_record
from pbxd.clock import SystemClock
from pbxd.events import Event
from pbxd.store import Store
from tests.unit.store.behaviour import running

EXAMPLE = Path(__file__).parents[3] / "config"


def server_with(directory: Path, events: Iterable[Event]) -> Path:
    """The path of a configuration whose server has said that ``events`` happened."""
    config = directory / "pbxd.yaml"
    config.write_text(
        "listen: [udp://127.0.0.1:5060]\ndatabase: sqlite:///kept.db\n"
        f"organizations: ['{EXAMPLE}/organizations/*.yaml']\n"
    )
    asyncio.run(_keep(f"sqlite:///{directory}/kept.db", events))
    return config


async def _keep(url: str, events: Iterable[Event]) -> None:
    async with running(await Store.open(url, SystemClock(), record_of=call_record)) as store:
        for event in events:
            store.ledger.append(event)
