"""Many phones refresh while others talk, and a server that is killed has forgotten none of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.interop.crowd import Crowd, users
from tests.interop.part import Part, audio
from tests.interop.server import USERS
from tests.interop.stage import Stage

pytestmark = [pytest.mark.interop, pytest.mark.alone, pytest.mark.covers("DEV-1", "REL-2")]

RANGES = (("+4588887700", "+4588887799"), ("200", "299"), ("+4577700000", "+4577799999"), ("70000", "79999"))


@pytest.mark.parametrize(
    ("count", "calls"), [(500, 20), pytest.param(10_000, 400, marks=[pytest.mark.full, pytest.mark.timeout(900)])]
)
def test_a_crowd_survives_kill_9(stage: Stage, count: int, calls: int) -> None:
    crowd_of = users(count)
    quiet = {"log": {"format": "json", "level": "warning"}}
    stage.house = replace(stage.house, users=[*USERS, *crowd_of], ranges=RANGES, server=quiet)
    devices = [device for user in crowd_of for device in user.devices]
    with Crowd(devices, stage.place(), stage.server.address, seed=count) as crowd:
        crowd.registers()
        bo = Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True).waits_for("ACK")
        stage.phone("bo-desk").waits(bo.waits_for("BYE").replies(200), calls=calls)
        anna = Part.calling("202", user="anna-desk").invites_with_credentials(audio()).gets(180).gets(200).acks()
        anna = anna.pauses(0.2).sends("BYE").gets(200)
        stage.phone("anna-desk").calls("202", anna, calls=calls, options=("-r", "10"))
        crowd.refreshes(2 * count)
        stage.plays()
        crowd.refreshes(count // 10)
        stage.server.kill()
    stage.server.start()
    promised = {*crowd.promised, "anna-desk", "bo-desk"}
    bindings = stage.server.status()["bindings"]
    assert {binding["device"] for binding in bindings} == promised
    assert len(promised) == count + 2
    assert len(bindings) == len(promised)
