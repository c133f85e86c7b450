"""The log and the figures of one scripted scene, compared with files: whoever changes a line sees it.

``PBXD_WRITE_GOLDEN=1 pytest tests/scenarios/test_golden.py`` writes the files anew; look at the difference.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from pbxd.api.exposition import exposition
from pbxd.events import ServerDraining
from pbxd.journal import Journal, Level
from pbxd.journal.forms import as_json
from pbxd.metrics.families import as_data, families
from pbxd.standing import alive
from tests.support.house import House

GOLDEN = Path(__file__).parent / "golden"
OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


async def play(house: House) -> None:
    """A few things of each kind happen."""
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    trunk = house.trunk()
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        await anna.holds(call)
        await anna.resumes(call)
    refused = anna.dials("203")
    await cora.declines(603)
    await anna.fails(603, refused)
    async with cora.calls("+4520203040"):
        await trunk.answers()
        await cora.is_answered()
    await anna.fails(404, anna.dials("299"))
    await anna.registers()
    await bo.unregisters()
    house.server.drain(60, lambda: None)
    await cora.fails(503, cora.dials("201"))
    await house.settles()
    assert house.happened(ServerDraining)


def same(name: str, text: str) -> None:
    """Compare with the file of this name, or write it."""
    path = GOLDEN / name
    if os.environ.get("PBXD_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path} differs: see {__name__} for how to write it anew"


def steady(lines: list[str]) -> str:
    """Without what hangs on random numbers, and without the trails, whose words have tests of their own."""
    text = "\n".join(lines)
    for number, call in enumerate(dict.fromkeys(re.findall(r'"call":"([^"]+)"', text)), 1):
        text = text.replace(call, f"c{number}")
    return "".join(f"{_steady(json.loads(line))}\n" for line in text.splitlines())


def _steady(found: dict[str, Any]) -> str:
    for key in found.keys() & {"trail", "sip_call_id", "configuration", "version"}:
        found[key] = "..."
    return json.dumps(found, ensure_ascii=False)


@pytest.mark.covers("API-1")
async def test_the_log(house: House) -> None:
    lines: list[str] = []
    house.server.bus.subscribe(Journal(lines.append, as_json, house.clock, level=Level.DEBUG))
    await play(house)
    same("log.jsonl", steady(lines))


STANDING = {
    "problems": [],
    "log": {"lost": 0},
    "load": {"cpu": 0.0, "late_seconds": 0.0, "cpu_seconds": 1.5},
    "rss_bytes": 1000,
    "open_files": 20,
    "version": "0",
    "started": 0.0,
}


@pytest.mark.covers("API-4")
async def test_the_figures(house: House) -> None:
    await play(house)
    found = families(house.server.figures, alive(house.server) | STANDING)
    text, _ = exposition(as_data(found), "")
    same("metrics.txt", text.decode())


async def test_every_figure_is_explained(house: House) -> None:
    page = OPERATIONS.read_text(encoding="utf-8")
    explained = set(re.findall(r"`((?:pbxd|process)_\w+)", page.partition("### Metrics")[2]))
    found = families(house.server.figures, alive(house.server) | STANDING)
    names = {family.name + "_total" * (family.kind == "counter") for family in found}
    assert names == explained - {"pbxd_"}
