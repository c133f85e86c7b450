"""``pbxd diff``: which calls end differently, and only those."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from pbxd.cdr import call_record
from pbxd.cli import app
from pbxd.clock import SystemClock
from pbxd.config import load
from pbxd.config.snapshot import Configuration
from pbxd.events import CallArrived, CallId, LegId
from pbxd.store import Store
from pbxd.store.history import latest_calls
from pbxd.store.interface import StoreError
from pbxd.tools.diff import Change, changes, compare, grid, recorded
from tests.unit.config.conftest import Files
from tests.unit.tools.test_route import example

MONDAY = datetime(2026, 11, 23, 7, tzinfo=ZoneInfo("Europe/Copenhagen")).timestamp()
HOURS = 'working_hours: {mon-fri: ["08:00-16:00"]}\n'
NIGHT = "rules: {incoming: {overridable: ['when night mode is on, voicemail']}}\n"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def changed(files: Files, old: str, new: str) -> tuple[Configuration, Configuration]:
    """The small organization, and what another line makes of it."""
    before = files.load()
    files.organization(old, new)
    return before, files.load()


def found(old: Configuration, new: Configuration) -> list[Change]:
    return changes(compare(old, new, grid(old, new, MONDAY).calls))


@pytest.mark.covers("TOOL-3")
def test_the_example_does_not_differ_from_itself() -> None:
    calls = grid(example(), example(), MONDAY).calls
    assert len(calls) > 500
    assert not list(compare(example(), example(), calls))


@pytest.mark.covers("TOOL-3")
def test_one_setting_is_one_change(files: Files) -> None:
    old, new = changed(files, "groups:\n", "settings: {ring_seconds: 20}\ngroups:\n")
    [change] = found(old, new)
    assert (change.old, change.new) == (
        "rings their phones for 30 s, then is refused as unavailable",
        "rings their phones for 20 s, then is refused as unavailable",
    )
    assert change.count > 1
    assert change.example.trails == (
        "ring: ring_seconds is 30 (pbxd's default)",
        "ring: ring_seconds is 20 (set on organization small)",
    )


@pytest.mark.covers("TOOL-3", "TIME-5")
def test_moments_are_those_at_which_something_may_change(files: Files) -> None:
    files.organization("groups:\n", f"{HOURS}{NIGHT}groups:\n")
    old, new = changed(files, '"08:00-16:00"', '"09:00-16:00"')
    change, own = found(old, new)
    assert change.old.startswith("rings their phones")
    assert own.old == "is refused as unavailable", "who calls himself rings nobody"
    assert change.new == own.new == "their voicemail"
    at = datetime.fromtimestamp(change.example.asked.at, ZoneInfo("Europe/Copenhagen"))
    assert (at.hour, at.minute) == (8, 0)


@pytest.mark.covers("TOOL-3")
def test_dates_and_times_in_rules_are_tried(files: Files) -> None:
    rule = "rules: {incoming: {overridable: ['when the time is between 12:00 and 12:30, voicemail']}}\n"
    old, new = changed(files, "groups:\n", f"{rule}groups:\n")
    change, _ = found(old, new)
    assert datetime.fromtimestamp(change.example.asked.at, ZoneInfo("Europe/Copenhagen")).hour == 12


def test_somebody_who_is_gone_and_somebody_who_is_new(files: Files) -> None:
    old, new = changed(files, "  - username: bo\n    name: Bo\n", "  - username: eva\n    name: Eva\n")
    said = {(change.old, change.new) for change in found(old, new)}
    assert {pair[1] for pair in said if pair[0].startswith("rings bo-desk")} <= {"there is no such caller"}
    assert any(new == "there is no such caller" for _, new in said)


ARRIVED = CallArrived(
    at=MONDAY + 2 * 3600,
    call=CallId("c1"),
    leg=LegId("c1-1"),
    party="anna-desk",
    organization="small",
    caller="201",
    caller_name="Anna",
    called="202",
    sip_call_id="x",
    address="udp:127.0.0.1:5060",
)


@pytest.mark.covers("TOOL-3")
def test_recorded_calls_are_compared_each_kind_once(files: Files) -> None:
    old, new = changed(files, "groups:\n", "settings: {ring_seconds: 20}\ngroups:\n")
    arrived = [replace(ARRIVED, at=ARRIVED.at + 60 * minute) for minute in range(100)]
    arrived += [replace(ARRIVED, party="carrier", caller=f"+4520{n:06}", called="+4588887701") for n in range(100)]
    kinds = recorded(arrived, old, new)
    assert sorted(one.count for one in kinds) == [100, 100]
    [change] = changes(compare(old, new, kinds))
    assert change.count == 200


@pytest.mark.covers("TOOL-3")
async def test_recorded_calls_come_from_the_ledger(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/pbxd.db"
    assert await latest_calls(url, 10) == []
    store = await Store.open(url, SystemClock(), record_of=call_record)
    for second in range(3):
        store.ledger.append(replace(ARRIVED, call=CallId(f"c{second}"), at=ARRIVED.at + second))
    await store.ledger.flush()
    await store.close()
    assert [call.at for call in await latest_calls(url, 2)] == [ARRIVED.at + 2, ARRIVED.at + 1]
    (tmp_path / "other.db").write_text("no database")
    with pytest.raises(StoreError, match="can't be read"):
        await latest_calls(f"sqlite:///{tmp_path}/other.db", 2)


@pytest.mark.covers("TOOL-3")
def test_the_command_for_people_and_for_programs(files: Files, tmp_path: Path) -> None:
    old = files.folder / "pbxd.yaml"
    other = Files(tmp_path / "new")
    other.organization("groups:\n", "settings: {ring_seconds: 20}\ngroups:\n")
    arguments = ["diff", str(old), str(other.folder / "pbxd.yaml"), "--at", "2026-11-23 07:00"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "in 1 ways:" not in done.output
    assert "  old  rings their phones for 30 s, then is refused as unavailable" in done.output
    told = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)
    assert told["grid"]["different"] == told["grid"]["changes"][0]["count"]
    assert load(old).organizations
