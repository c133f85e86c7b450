"""Fax by T.38 between two peers of SIPp: passed on, refused, and back to sound (CALL-9)."""

from __future__ import annotations

import pytest

from tests.interop.part import Part, audio
from tests.interop.stage import Stage

pytestmark = [pytest.mark.interop, pytest.mark.covers("CALL-9")]

FAX = """\
v=0
o=- 7 2 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=image 30002 udptl t38
a=T38FaxVersion:{version}
a=T38FaxRateManagement:transferredTCF
a=T38FaxUdpEC:t38UDPRedundancy
"""


def anna_calls() -> Part:
    return Part.calling("202", user="anna-desk").invites_with_credentials(audio()).gets(180).gets(200).acks()


def bo_answers() -> Part:
    return Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True).waits_for("ACK")


def test_a_fax_and_sound_again(stage: Stage) -> None:
    """Each end sees the other's attributes with an address of ours."""
    ours = f"c=IN IP4 {stage.house.address}"
    bo = bo_answers().waits_for("INVITE", where={"body": "T38FaxVersion:3"}, without={"body": "m=audio"})
    bo.answers(200, FAX.format(version=0), repeated=True).waits_for("ACK")
    bo.waits_for("INVITE", where={"body": "m=audio"}).answers(200, audio(version=3), repeated=True).waits_for("ACK")
    stage.phone("bo-desk").waits(bo.waits_for("BYE").replies(200))
    anna = anna_calls().pauses(0.2).invites(FAX.format(version=3))
    anna.gets(200, where={"body": f"{ours}.*m=image [0-9]* udptl t38.*T38FaxVersion:0"}).acks().pauses(0.2)
    anna.invites(audio(version=3)).gets(200, where={"body": "m=audio"}).acks().pauses(0.2).sends("BYE").gets(200)
    stage.phone("anna-desk").calls("202", anna)
    stage.plays()
    assert [event["fax"] for event in stage.server.events("leg-fax")] == [True, True, False, False]


def test_a_peer_that_takes_no_fax(stage: Stage) -> None:
    bo = bo_answers().waits_for("INVITE", where={"body": "m=image"}).answers(488, repeated=True).waits_for("ACK")
    stage.phone("bo-desk").waits(bo.waits_for("BYE").replies(200))
    anna = anna_calls().pauses(0.2).invites(FAX.format(version=0)).gets(488).acks(failure=True)
    stage.phone("anna-desk").calls("202", anna.pauses(0.2).sends("BYE").gets(200))
    stage.plays()
    assert stage.server.events("leg-fax") == []
