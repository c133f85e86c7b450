"""Extensions of a session with an independent stack: session timers (RFC 4028), 100rel and PRACK (RFC 3262), INFO."""

from __future__ import annotations

from typing import Self

import pytest

from tests.interop.part import Part, audio
from tests.interop.stage import Stage

pytestmark = pytest.mark.interop

TIMER = "Supported: timer"


class ReliablePart(Part):
    """A caller that acknowledges provisional responses."""

    def gets_reliably(self, status: int) -> Self:
        """Wait for a reliable provisional response and remember its number."""
        self._target, self._in_dialog = "[next_url]", True
        number = '<ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" check_it="true" assign_to="rseq"/>'
        return self._receive(f'response="{status}" rrs="true"', {"Require": "100rel"}, {}, None, number)

    def pracks(self) -> Self:
        """Acknowledge it."""
        assert self._invite is not None
        return self.sends("PRACK", headers=[f"RAck: [$rseq] {self._invite[1]} INVITE"]).gets(200)


class InformingPart(Part):
    """A caller whose phone sends keys by INFO."""

    def informs(self, body: str) -> Self:
        """Send a key."""
        self.sends("INFO", body)
        self._steps[-1] = self._steps[-1].replace("application/sdp", "application/dtmf-relay")
        return self


def bo_answers() -> Part:
    return Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True).waits_for("ACK")


def anna_invites(*headers: str) -> ReliablePart:
    """Anna's INVITE, with credentials, on its way."""
    anna = ReliablePart.calling("202", user="anna-desk").invites(audio(), headers=headers).challenged()
    return anna.acks(failure=True).invites(audio(), headers=["[authentication]", *headers])


@pytest.mark.covers("CALL-10")
def test_the_caller_refreshes_by_update_and_by_reinvite(stage: Stage) -> None:
    stage.phone("bo-desk").waits(bo_answers().waits_for("BYE").replies(200))
    mine = ("Session-Expires: 120;refresher=uac", TIMER)
    agreed = {"Session-Expires": "120;refresher=uac", "Require": "timer"}
    anna = anna_invites(*mine).gets(180).gets(200, where=agreed).acks().pauses(0.2)
    anna.sends("UPDATE", headers=mine).gets(200, where=agreed)
    anna.invites(audio(), headers=mine).gets(200, where=agreed).acks()
    stage.phone("anna-desk").calls("202", anna.sends("BYE").gets(200))
    stage.plays()


@pytest.mark.covers("CALL-10")
def test_intervals_that_are_too_short(stage: Stage) -> None:
    """The server refuses one, and obeys the callee that refuses its own."""
    bo = Part.called().waits_for("INVITE", where={"Session-Expires": "1800"})
    bo.answers(422, headers=["Min-SE: 3600"]).waits_for("ACK")
    bo.waits_for("INVITE", where={"Session-Expires": "3600", "Min-SE": "3600"}).answers(180)
    bo.answers(200, audio(), headers=["Session-Expires: 3600;refresher=uac", "Require: timer"], repeated=True)
    stage.phone("bo-desk").waits(bo.waits_for("ACK").waits_for("BYE").replies(200))
    anna = anna_invites("Session-Expires: 60", TIMER).gets(422, where={"Min-SE": "90"}).acks(failure=True)
    anna.invites(audio(), headers=["[authentication]", "Session-Expires: 90", TIMER])
    anna.gets(180).gets(200, where={"Session-Expires": "90;refresher=uas"}).acks().pauses(0.2)
    stage.phone("anna-desk").calls("202", anna.sends("BYE").gets(200))
    stage.plays()


def test_a_caller_that_requires_reliable_ringing(stage: Stage) -> None:
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
    anna = anna_invites("Require: 100rel").gets_reliably(180).pracks()
    stage.phone("anna-desk").calls("202", anna.gets(200).acks().pauses(0.2).sends("BYE").gets(200))
    stage.plays()


def test_early_media_is_reliable_on_both_legs(stage: Stage) -> None:
    """Both 183 carry the answer and get a PRACK, and neither 200 says it again."""
    bo = Part.called().waits_for("INVITE", where={"Supported": "100rel"})
    bo.answers(183, audio(), headers=["Require: 100rel", "RSeq: 5"]).waits_for(
        "PRACK", where={"RAck": "5 [0-9]+ INVITE"}
    )
    bo.replies(200).pauses(1).answers(200, repeated=True).waits_for("ACK").waits_for("BYE").replies(200)
    stage.phone("bo-desk").waits(bo)
    anna = anna_invites("Supported: 100rel").gets_reliably(183).pracks()
    anna.gets(200, without={"body": "m=audio"}).acks().pauses(0.2).sends("BYE").gets(200)
    stage.phone("anna-desk").calls("202", anna)
    stage.plays()


def test_an_update_before_the_answer(stage: Stage) -> None:
    bo = Part.called().waits_for("INVITE")
    bo.answers(183, audio(), headers=["Require: 100rel", "RSeq: 1"]).waits_for("PRACK").replies(200)
    bo.pauses(1).answers(200, repeated=True).waits_for("ACK").waits_for("BYE").replies(200)
    stage.phone("bo-desk").waits(bo)
    anna = anna_invites("Supported: 100rel").gets_reliably(183).pracks()
    anna.sends("UPDATE", audio("sendonly", version=2)).gets(200, where={"body": "a=recvonly"})
    stage.phone("anna-desk").calls("202", anna.gets(200).acks().pauses(0.2).sends("BYE").gets(200))
    stage.plays()


def test_a_key_by_info(stage: Stage) -> None:
    bo = Part.called().waits_for("INVITE").answers(180)
    bo.answers(200, audio(), headers=["Allow: INVITE, ACK, BYE, CANCEL, INFO"], repeated=True).waits_for("ACK")
    bo.waits_for("INFO", where={"Content-Type": "application/dtmf-relay", "body": "Signal=5"}).replies(200)
    stage.phone("bo-desk").waits(bo.waits_for("BYE").replies(200))
    anna = InformingPart.calling("202", user="anna-desk").invites_with_credentials(audio())
    anna.gets(180).gets(200).acks().pauses(0.2).informs("Signal=5\nDuration=160\n").gets(200)
    stage.phone("anna-desk").calls("202", anna.pauses(0.2).sends("BYE").gets(200))
    stage.plays()
