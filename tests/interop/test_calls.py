"""Calls from one extension to another, and every way in which they can go; the peers are SIPp's."""

from __future__ import annotations

import pytest

from tests.interop.part import CREDENTIALS, Part, audio
from tests.interop.stage import Stage

pytestmark = [pytest.mark.interop, pytest.mark.covers("CALL-1")]


def anna_calls(number: str) -> Part:
    """Anna's side up to and including her INVITE with credentials."""
    return Part.calling(number, user="anna-desk").invites_with_credentials(audio())


def bo_answers() -> Part:
    """Bo's side up to the ACK."""
    return Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True).waits_for("ACK")


@pytest.mark.parametrize("number", ["202", "+4588887702", "4588887702", "88887702", "004588887702"])
def test_the_caller_hangs_up(stage: Stage, number: str) -> None:
    own = {"body": f"c=IN IP4 {stage.house.address}"}
    bo = Part.called().waits_for("INVITE", where=own, without={"body": "30000"}).answers(180)
    bo.answers(200, audio(), repeated=True).waits_for("ACK").waits_for("BYE").replies(200)
    stage.phone("bo-desk").waits(bo)
    anna = anna_calls(number).gets(180).gets(200, where=own, without={"body": "30000"}).acks()
    stage.phone("anna-desk").calls(number, anna.pauses(0.2).sends("BYE").gets(200))
    stage.plays()


def test_the_callee_hangs_up(stage: Stage) -> None:
    stage.phone("bo-desk").waits(bo_answers().pauses(0.2).sends("BYE").gets(200))
    stage.phone("anna-desk").calls("202", anna_calls("202").gets(180).gets(200).acks().waits_for("BYE").replies(200))
    stage.plays()


@pytest.mark.parametrize(("status", "told"), [(486, 486), (600, 486), (603, 603), (480, 480), (500, 480)])
def test_the_callee_refuses(stage: Stage, status: int, told: int) -> None:
    stage.phone("bo-desk").waits(
        Part.called().waits_for("INVITE").answers(180).answers(status, repeated=True).waits_for("ACK")
    )
    stage.phone("anna-desk").calls("202", anna_calls("202").gets(180).gets(told).acks(failure=True))
    stage.plays()


def test_nobody_answers(stage: Stage) -> None:
    bo = Part.called().waits_for("INVITE").answers(180).waits_for("CANCEL").replies(200).answers(487, repeated=True)
    stage.phone("bo-desk").waits(bo.waits_for("ACK"))
    stage.phone("anna-desk").calls("202", anna_calls("202").gets(180).gets(480).acks(failure=True))
    stage.plays()


def test_the_callee_is_not_registered(stage: Stage) -> None:
    stage.phone("anna-desk").calls("202", anna_calls("202").gets(480).acks(failure=True))
    stage.plays()


@pytest.mark.covers("NUM-7")
@pytest.mark.parametrize("number", ["299", "nonsense"])
def test_nobody_has_the_number(stage: Stage, number: str) -> None:
    stage.phone("anna-desk").calls(number, anna_calls(number).gets(404).acks(failure=True))
    stage.plays()


@pytest.mark.covers("SEC-1")
def test_a_caller_without_credentials_gets_a_challenge_and_nothing_more(stage: Stage) -> None:
    stage.phone("bo-desk")
    part = Part.calling("202", user="anna-desk").invites(audio()).gets(401).acks(failure=True).pauses(1)
    stage.stranger("anna-desk").calls("202", part)
    stage.plays()
    assert not stage.server.events("call-arrived")
    assert not stage.server.events("leg-dialled")


@pytest.mark.covers("SEC-1")
def test_a_caller_with_a_wrong_password_does_not_get_through(stage: Stage) -> None:
    part = Part.calling("202", user="anna-desk").invites(audio()).challenged().acks(failure=True)
    part.invites(audio(), headers=[CREDENTIALS]).gets(401).acks(failure=True)
    stage.stranger("anna-desk").calls("202", part, password="guessed")
    stage.plays()
    assert not stage.server.events("call-arrived")


@pytest.mark.covers("SEC-1")
def test_a_stranger_is_refused(stage: Stage) -> None:
    part = Part.calling("202", user="mallory", domain="elsewhere.example").invites(audio()).gets(401).acks(failure=True)
    stage.stranger("mallory").calls("202", part)
    stage.plays()
    assert not stage.server.events("call-arrived")


def test_the_caller_gives_up(stage: Stage) -> None:
    bo = Part.called().waits_for("INVITE").answers(180).waits_for("CANCEL").replies(200).answers(487, repeated=True)
    stage.phone("bo-desk").waits(bo.waits_for("ACK"))
    anna = anna_calls("202").gets(180).pauses(0.3).cancels().gets(200).gets(487).acks(failure=True)
    stage.phone("anna-desk").calls("202", anna)
    stage.plays()


def test_an_answer_crosses_the_cancel(stage: Stage) -> None:
    """The callee's 200 is on its way when the CANCEL arrives: it is acknowledged and hung up (RFC 3261 9.1, 15)."""
    bo = Part.called().waits_for("INVITE").answers(180).waits_for("CANCEL").replies(200)
    bo.answers(200, audio(), repeated=True)
    stage.phone("bo-desk").waits(bo.waits_for("ACK").waits_for("BYE").replies(200))
    anna = anna_calls("202").gets(180).cancels().gets(200).gets(487).acks(failure=True)
    stage.phone("anna-desk").calls("202", anna)
    stage.plays()


def test_the_server_answers_options(stage: Stage) -> None:
    part = Part.calling("", domain=stage.house.address).sends("OPTIONS").gets(200, where={"Allow": "INVITE"})
    stage.stranger().calls("", part)
    stage.plays()


def test_a_phone_may_ask_for_options_within_a_call(stage: Stage) -> None:
    stage.phone("bo-desk").waits(bo_answers().waits_for("BYE").replies(200))
    anna = anna_calls("202").gets(180).gets(200).acks().sends("OPTIONS").gets(200, where={"Allow": "BYE"})
    stage.phone("anna-desk").calls("202", anna.sends("BYE").gets(200))
    stage.plays()
