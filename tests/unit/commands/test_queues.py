"""``pbxd queues``."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app
from pbxd.events import AgentFinished, AgentLoggedIn, CallDequeued, CallId, CallQueued, OfferEnded
from tests.unit.commands.kept import server_with
from tests.unit.store.samples import NOW

IN = {"organization": "house", "queue": "support", "kind": "queue"}
SINCE = "2020-01-01"
Pbxd = Callable[..., Result]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    calls = [CallQueued(at=NOW + at, call=CallId(f"c{at}"), number="", waited=0.0, **IN) for at in (0, 10, 4000)]
    ends = [
        CallDequeued(at=NOW + 12, call=CallId("c0"), result="answered", why="", agent="anna", waited=12.0, **IN),
        CallDequeued(at=NOW + 40, call=CallId("c10"), result="abandoned", why="hung-up", agent="", waited=30.0, **IN),
    ]
    agent = [
        AgentLoggedIn(at=NOW, organization="house", agent="anna", why="", queue="support"),
        OfferEnded(at=NOW + 12, call=CallId("c0"), agent="anna", why="answered", seconds=3.0, **IN),
        AgentFinished(at=NOW + 60, call=CallId("c0"), agent="anna", seconds=48.0, **IN),
    ]
    events = sorted([*calls, *ends, *agent], key=lambda event: event.at)
    return server_with(tmp_path_factory.mktemp("kept"), events)


@pytest.fixture
def pbxd(config: Path) -> Pbxd:
    return lambda *arguments: CliRunner().invoke(app, [*arguments, "--config", str(config)])


@pytest.mark.covers("QUE-12")
def test_a_table_of_queues(pbxd: Pbxd) -> None:
    heading, line = pbxd("queues", "--since", SINCE).output.splitlines()
    assert heading.split()[:4] == ["queue", "from", "offered", "answered"]
    assert line.split() == ["support", "3", "1", "1", "0", "0", "0", "1", "50.0%", "12", "30", "48"]


@pytest.mark.covers("QUE-12")
def test_intervals_for_spreadsheets_add_up(pbxd: Pbxd) -> None:
    rows = [*csv.DictReader(io.StringIO(pbxd("queues", "--since", SINCE, "--interval", "60", "--csv").output))]
    assert [row["offered"] for row in rows] == ["2", "1"]
    assert [row["waiting"] for row in rows] == ["0", "1"]


@pytest.mark.covers("QUE-12")
def test_agents(pbxd: Pbxd) -> None:
    [row] = csv.DictReader(io.StringIO(pbxd("queues", "--by", "agent", "--since", SINCE, "--csv").output))
    assert (row["agent"], row["offered"], row["answered"], row["talked"]) == ("anna", "1", "1", "48")


def test_nothing_came(pbxd: Pbxd) -> None:
    assert pbxd("queues", "-o", "elsewhere", "--since", SINCE).output == "no calls came to queues\n"
