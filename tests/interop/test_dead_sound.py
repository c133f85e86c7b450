"""Phones that are killed in the middle of a call: the call ends, and its record is closed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.interop.handset import Handset, field
from tests.interop.operator import eventually
from tests.interop.part import Part, audio
from tests.interop.stage import Stage
from tests.interop.test_sound import two_baresips

pytestmark = [pytest.mark.interop, pytest.mark.covers("CALL-10")]


def watched(stage: Stage, engine: str) -> None:
    media = {"engine": engine, "rtp_ports": "20000-39999", "codecs": ["pcma"], "timeout": 10}
    stage.house = replace(stage.house, server={"media": media})


@pytest.mark.parametrize("engine", ["embedded", pytest.param("child", marks=pytest.mark.full)])
def test_a_phone_is_killed_and_the_other_has_no_sound_either(stage: Stage, engine: str) -> None:
    watched(stage, engine)
    with Handset("bo-desk", stage.place(), stage.server.address) as bo:
        bo.registers()
        talks = Part.calling("202", user="anna-desk").invites_with_credentials(audio()).gets(200).acks().pauses(60)
        anna = stage.phone("anna-desk").calls("202", talks)
        bo.replies(bo.waits_for("INVITE"), 200, sdp=True)
        bo.waits_for("ACK")
        anna.stop()
        # It may be asked whether it is there before; nobody answers.
        bye = bo.waits_for("BYE", patience=30)
        assert field(bye, "Reason") == 'SIP;cause=408;text="no sound from either side"'
        bo.replies(bye, 200)
    assert {line["party"] for line in stage.server.events("leg-silent")} == {"anna-desk", "bo-desk"}
    (ended,) = eventually(lambda: stage.server.events("call-ended"), "the end of the call")
    assert (ended["result"], ended["status"]) == ("answered", 408)
    assert stage.server.status()["calls"] == []


@pytest.mark.full
def test_a_phone_is_killed_while_the_other_talks(stage: Stage) -> None:
    watched(stage, "embedded")
    with two_baresips(stage) as (anna, bo):
        anna.calls("202")
        bo.answers()
        anna.waits_for("CALL_ESTABLISHED")
        bo.kill()
        anna.waits_for("CALL_CLOSED", patience=70)
    (silent,) = stage.server.events("leg-silent")
    assert silent["party"] == "bo-desk"
    (ended,) = eventually(lambda: stage.server.events("call-ended"), "the end of the call")
    assert ended["result"] == "answered"
