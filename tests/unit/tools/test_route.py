"""``pbxd route`` and routing tests, over the example that comes with pbxd."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from pbxd.cli import app
from pbxd.config import load
from pbxd.config.snapshot import Configuration
from pbxd.tools.parties import UnknownParty, situation
from pbxd.tools.suppose import UnknownSupposition, suppose

CONFIG = Path(__file__).parents[3] / "config" / "pbxd.yaml"
MONDAY = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Europe/Copenhagen")).timestamp()


@cache
def example() -> Configuration:
    return load(CONFIG)


def route(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["route", *arguments, "--config", str(CONFIG)])
    assert done.exit_code == 0, done.output
    return done.output


def route_json(*arguments: str) -> list[dict[str, object]]:
    steps = json.loads(route(*arguments, "--json"))["steps"]
    assert isinstance(steps, list)
    return steps


@pytest.mark.covers("TOOL-1", "RULE-3")
def test_a_call_is_told_step_by_step() -> None:
    told = route("anna", "202", "--as-if", "bo: in a call", "--at", "2026-11-23 10:00")
    assert "overridable rule 2 of organization nordhavn: yes, the call is received and bo is in a call" in told
    assert " 0:10  outcome       bo: no-answer" in told
    assert told.rstrip().endswith("=>            voicemail of bo")


@pytest.mark.covers("TOOL-1", "TIME-5", "TIME-4")
def test_another_moment_is_another_answer() -> None:
    def happens(at: str) -> list[object]:
        steps = route_json("+4520203040", "cora", "--at", at)
        return [step.get("plays") or step.get("voicemail") or step.get("rings") for step in steps]

    assert happens("2026-12-24 11:59") == [["cora-desk"], "cora"]
    assert happens("2026-12-24 14:00") == ["closed", "cora"]
    assert happens("2026-12-28 10:00") == [["cora-desk"], "cora"]


@pytest.mark.covers("TOOL-1")
@pytest.mark.parametrize("caller", ["anna", "anna-desk", "201", "+4588887701"])
def test_a_caller_may_be_named_in_any_way(caller: str) -> None:
    call = situation(example(), caller, "bo")
    assert (call.source.organization, call.dialled) == ("nordhavn", "202")


def test_what_can_not_be_read_is_told_with_a_hint() -> None:
    with pytest.raises(UnknownParty, match="nobody is called ana: did you mean `anna`"):
        situation(example(), "ana", "202")
    with pytest.raises(UnknownSupposition, match="anna can't be lunc: did you mean `lunch`"):
        suppose(example(), {"anna": "lunc"}, MONDAY)
    with pytest.raises(UnknownSupposition, match="nobody is called karrier: did you mean `carrier`"):
        suppose(example(), {"karrier": "down"}, MONDAY)
