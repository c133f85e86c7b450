"""Offers and answers in a call: hold and resume from both sides, delayed offers, UPDATE, glare (RFC 3264, RFC 3311)."""

from __future__ import annotations

import pytest

from tests.interop.part import Part, audio
from tests.interop.stage import Stage

pytestmark = [pytest.mark.interop, pytest.mark.covers("CALL-2")]


def anna_calls() -> Part:
    """Anna's side of an answered call."""
    return Part.calling("202", user="anna-desk").invites_with_credentials(audio()).gets(180).gets(200).acks()


def bo_answers() -> Part:
    """Bo's side of an answered call."""
    return Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True).waits_for("ACK")


def holds_and_resumes(part: Part) -> Part:
    """Hold by re-INVITE and come back; the answers mirror each direction."""
    part.pauses(0.2).invites(audio("sendonly", version=2)).gets(200, where={"body": "a=(recvonly|inactive)"}).acks()
    part.pauses(0.2).invites(audio("inactive", version=3)).gets(200, where={"body": "a=inactive"}).acks()
    part.pauses(0.2).invites(audio("sendrecv", version=4))
    return part.gets(200, without={"body": "a=(sendonly|recvonly|inactive)"}).acks()


def test_the_caller_holds_and_resumes(stage: Stage) -> None:
    stage.phone("bo-desk").waits(bo_answers().waits_for("BYE").replies(200))
    stage.phone("anna-desk").calls("202", holds_and_resumes(anna_calls()).sends("BYE").gets(200))
    stage.plays()
    assert [line["party"] for line in stage.server.events("leg-held")] == ["anna-desk"]


def test_the_callee_holds_and_resumes(stage: Stage) -> None:
    stage.phone("bo-desk").waits(holds_and_resumes(bo_answers()).sends("BYE").gets(200))
    stage.phone("anna-desk").calls("202", anna_calls().waits_for("BYE").replies(200))
    stage.plays()
    assert [line["party"] for line in stage.server.events("leg-held")] == ["bo-desk"]


def test_hold_as_old_phones_do_it(stage: Stage) -> None:
    """A connection address of 0.0.0.0 is hold, too (RFC 3264 8.4)."""
    held = audio("sendrecv", version=2).replace("c=IN IP4 [local_ip]", "c=IN IP4 0.0.0.0")
    stage.phone("bo-desk").waits(bo_answers().waits_for("BYE").replies(200))
    anna = anna_calls().invites(held).gets(200).acks().sends("BYE").gets(200)
    stage.phone("anna-desk").calls("202", anna)
    stage.plays()
    assert len(stage.server.events("leg-held")) == 1


def test_hold_and_resume_by_update(stage: Stage) -> None:
    stage.phone("bo-desk").waits(bo_answers().waits_for("BYE").replies(200))
    anna = anna_calls().sends("UPDATE", audio("sendonly", version=2)).gets(200, where={"body": "a=(recvonly|inactive)"})
    anna.pauses(0.2).sends("UPDATE", audio(version=3)).gets(200, without={"body": "a=(sendonly|recvonly|inactive)"})
    stage.phone("anna-desk").calls("202", anna.sends("BYE").gets(200))
    stage.plays()


def test_an_invite_without_offer_is_offered_what_the_callee_answered(stage: Stage) -> None:
    """The caller's answer comes in the ACK (delayed offer, RFC 3261 13.2.1)."""
    stage.phone("bo-desk").waits(bo_answers().waits_for("BYE").replies(200))
    own = {"body": f"c=IN IP4 {stage.house.address}"}
    anna = Part.calling("202", user="anna-desk").invites_with_credentials(None).gets(180).gets(200, where=own)
    stage.phone("anna-desk").calls("202", anna.acks(audio()).pauses(0.2).sends("BYE").gets(200))
    stage.plays()


def test_a_reinvite_without_offer_is_answered_with_one(stage: Stage) -> None:
    stage.phone("bo-desk").waits(bo_answers().waits_for("BYE").replies(200))
    own = {"body": f"c=IN IP4 {stage.house.address}"}
    anna = anna_calls().invites(None).gets(200, where=own).acks(audio(version=2)).pauses(0.2)
    stage.phone("anna-desk").calls("202", anna.sends("BYE").gets(200))
    stage.plays()


def test_a_description_without_anything_usable_is_refused_and_the_call_goes_on(stage: Stage) -> None:
    stage.phone("bo-desk").waits(bo_answers().waits_for("BYE").replies(200))
    video = audio(version=2).replace("m=audio 30000 RTP/AVP 8 0 101", "m=video 30000 RTP/AVP 96")
    anna = anna_calls().invites(video).gets(488).acks(failure=True).invites(audio(version=3)).gets(200).acks()
    stage.phone("anna-desk").calls("202", anna.sends("BYE").gets(200))
    stage.plays()


def test_an_unsupported_line_is_answered_with_port_zero_in_its_place(stage: Stage) -> None:
    offer = audio().replace("m=audio", "m=video 30004 RTP/AVP 96\na=rtpmap:96 VP8/90000\nm=audio")
    stage.phone("bo-desk").waits(bo_answers().waits_for("BYE").replies(200))
    answer = {"body": "m=video 0 RTP/AVP 96.*m=audio [1-9]"}
    anna = (
        Part.calling("202", user="anna-desk").invites_with_credentials(offer).gets(180).gets(200, where=answer).acks()
    )
    stage.phone("anna-desk").calls("202", anna.sends("BYE").gets(200))
    stage.plays()


def test_an_update_before_the_answer_to_an_earlier_offer(stage: Stage) -> None:
    """An offer while one of the same side is still open gets 500 with Retry-After (RFC 3311 5.2)."""
    stage.phone("bo-desk").waits(
        Part.called()
        .waits_for("INVITE")
        .answers(180)
        .pauses(1)
        .answers(200, audio(), repeated=True)
        .waits_for("ACK")
        .waits_for("BYE")
        .replies(200)
    )
    anna = Part.calling("202", user="anna-desk").invites_with_credentials(audio()).gets(180)
    anna.sends("UPDATE", audio("sendonly", version=2)).gets(500, where={"Retry-After": "[0-9]"}).gets(200)
    stage.phone("anna-desk").calls("202", anna.acks().sends("BYE").gets(200))
    stage.plays()


def test_glare(stage: Stage) -> None:
    """While the server's own offer to the callee is open, the callee's offer gets 491 (RFC 3261 14.2).

    The caller lets go of the codec that the callee uses, so the server has to ask the callee for another.
    """
    bo = Part.called().waits_for("INVITE").answers(180)
    bo.answers(200, audio().replace("RTP/AVP 8 0 101", "RTP/AVP 8 0"), repeated=True).waits_for("ACK")
    bo.waits_for("INVITE", where={"body": "RTP/AVP 0"}).invites(audio("sendonly", version=2)).gets(491)
    bo.acks(failure=True).answers(200, audio(version=2).replace("RTP/AVP 8 0 101", "RTP/AVP 0"), repeated=True)
    stage.phone("bo-desk").waits(bo.waits_for("ACK").waits_for("BYE").replies(200))
    anna = anna_calls().pauses(0.2).invites(audio(version=2).replace("RTP/AVP 8 0 101", "RTP/AVP 0 101")).gets(200)
    stage.phone("anna-desk").calls("202", anna.acks().pauses(1).sends("BYE").gets(200))
    stage.plays()
