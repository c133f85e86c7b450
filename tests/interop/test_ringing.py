"""Several devices, forking and redirecting phones, early media: what happens between INVITE and answer."""

from __future__ import annotations

import pytest

from tests.interop.part import Part, audio
from tests.interop.stage import Stage

pytestmark = [pytest.mark.interop, pytest.mark.covers("CALL-1")]

ELSEWHERE = 'SIP *; *cause=200 *; *text="Call completed elsewhere"'


def anna_calls(number: str) -> Part:
    """Anna's side up to and including her INVITE with credentials."""
    return Part.calling(number, user="anna-desk").invites_with_credentials(audio())


def test_the_first_device_that_answers_wins(stage: Stage) -> None:
    loser = Part.called().waits_for("INVITE").answers(180).waits_for("CANCEL", where={"Reason": ELSEWHERE}).replies(200)
    loser.answers(487, repeated=True).waits_for("ACK")
    for device in ("cora-desk", "cora-web"):
        stage.phone(device).waits(loser)
    winner = Part.called().waits_for("INVITE").answers(180).pauses(0.3).answers(200, audio(), repeated=True)
    stage.phone("cora-soft").waits(winner.waits_for("ACK").waits_for("BYE").replies(200))
    anna = anna_calls("203").gets(180).gets(200).acks().pauses(0.3).sends("BYE").gets(200)
    stage.phone("anna-desk").calls("203", anna)
    stage.plays()


def test_two_devices_that_answer_at_once(stage: Stage) -> None:
    """The second 200 comes although it was cancelled: acknowledged and hung up, the call goes on with the first."""
    late = Part.called().waits_for("INVITE").answers(180).waits_for("CANCEL").replies(200)
    late.answers(200, audio(), repeated=True)
    stage.phone("cora-desk").waits(late.waits_for("ACK").waits_for("BYE").replies(200))
    winner = Part.called().waits_for("INVITE").answers(180).pauses(0.3).answers(200, audio(), repeated=True)
    stage.phone("cora-soft").waits(winner.waits_for("ACK").waits_for("BYE").replies(200))
    anna = anna_calls("203").gets(180).gets(200).acks().pauses(1.5).sends("BYE").gets(200)
    stage.phone("anna-desk").calls("203", anna)
    stage.plays()


def test_one_device_is_busy_and_another_answers(stage: Stage) -> None:
    stage.phone("cora-desk").waits(Part.called().waits_for("INVITE").answers(486, repeated=True).waits_for("ACK"))
    winner = Part.called().waits_for("INVITE").answers(180).pauses(0.5).answers(200, audio(), repeated=True)
    stage.phone("cora-soft").waits(winner.waits_for("ACK").waits_for("BYE").replies(200))
    stage.phone("anna-desk").calls("203", anna_calls("203").gets(180).gets(200).acks().sends("BYE").gets(200))
    stage.plays()


@pytest.mark.covers("CALL-9")
def test_early_media(stage: Stage) -> None:
    bo = Part.called().waits_for("INVITE").answers(183, audio()).pauses(0.3).answers(200, audio(), repeated=True)
    stage.phone("bo-desk").waits(bo.waits_for("ACK").waits_for("BYE").replies(200))
    own = {"body": f"c=IN IP4 {stage.house.address}"}
    anna = anna_calls("202").gets(183, where=own).gets(200, where=own).acks().sends("BYE").gets(200)
    stage.phone("anna-desk").calls("202", anna)
    stage.plays()


def test_a_forking_callee(stage: Stage) -> None:
    """Three early dialogs; the second answers, then the first does, too: that one gets ACK and BYE at once."""
    bo = Part.called().waits_for("INVITE").answers(183, audio(), tag=2).answers(180, tag=3).answers(180, tag=1)
    bo.answers(200, audio(), tag=1, repeated=True).waits_for("ACK", where={"To": "x1$"})
    bo.answers(200, audio(), tag=2, repeated=True).waits_for("ACK", where={"To": "x2$"})
    bo.waits_for("BYE", where={"To": "x2$"}).replies(200).waits_for("BYE", where={"To": "x1$"}, within=5).replies(200)
    stage.phone("bo-desk").waits(bo)
    anna = anna_calls("202").gets(183).gets(180, optional=True).gets(200).acks().pauses(1).sends("BYE").gets(200)
    stage.phone("anna-desk").calls("202", anna)
    stage.plays()


def test_declining_on_one_device_declines_on_all(stage: Stage) -> None:
    stage.phone("cora-desk").waits(
        Part.called().waits_for("INVITE").answers(180).pauses(0.3).answers(603, repeated=True).waits_for("ACK")
    )
    other = Part.called().waits_for("INVITE").answers(180).waits_for("CANCEL").replies(200).answers(487, repeated=True)
    stage.phone("cora-soft").waits(other.waits_for("ACK"))
    stage.phone("anna-desk").calls("203", anna_calls("203").gets(180).gets(603).acks(failure=True))
    stage.plays()


def test_a_phone_that_redirects(stage: Stage) -> None:
    """A 302 is that user's diversion: its number is routed like a dialled one."""
    moved = ["Contact: <sip:203@house.example>"]
    part = Part.called().waits_for("INVITE").answers(302, headers=moved, repeated=True).waits_for("ACK")
    stage.phone("bo-desk").waits(part)
    cora = Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True).waits_for("ACK")
    stage.phone("cora-desk").waits(cora.waits_for("BYE").replies(200))
    stage.phone("anna-desk").calls("202", anna_calls("202").gets(180).gets(200).acks().sends("BYE").gets(200))
    stage.plays()
