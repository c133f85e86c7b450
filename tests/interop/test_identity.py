"""Who calls and who sent the call on, as an independent carrier reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import pytest

from tests.interop.part import Part, audio
from tests.interop.stage import SippPhone, Stage

pytestmark = pytest.mark.interop


def trunk(carrier: SippPhone, **more: Any) -> Mapping[str, Any]:
    address = f"{carrier.host}:5060"
    named = {"name": carrier.name, "address": f"sip:{address}", "match": [address], "organizations": ["house"]}
    return {**named, "options_every": 0, **more}


def refuses(**expected: str) -> Part:
    """A carrier that refuses the call once its headers are as they should be."""
    where = {name.replace("_", "-"): pattern for name, pattern in expected.items()}
    return Part.called().waits_for("INVITE", where=where).answers(486, repeated=True).waits_for("ACK")


def anna(number: str, *headers: str) -> Part:
    """Anna's call to somebody who is busy."""
    part = Part.calling(number, user="anna-desk").invites(audio(), headers=headers).challenged().acks(failure=True)
    return part.invites(audio(), headers=["[authentication]", *headers]).gets(486).acks(failure=True)


@pytest.mark.covers("CLI-5")
def test_a_trusted_carrier_learns_who_calls_anonymously(stage: Stage) -> None:
    carrier = stage.stranger("carrier")
    stage.house = replace(stage.house, trunks=[trunk(carrier, trusted=True)])
    asserted = "<sip:4588887701@"
    carrier.waits(refuses(From="anonymous@anonymous.invalid", P_Asserted_Identity=asserted, Privacy="id"))
    stage.phone("anna-desk").calls("12345678", anna("12345678", "Privacy: id"))
    stage.plays()


@pytest.mark.covers("CLI-5")
def test_another_carrier_does_not(stage: Stage) -> None:
    carrier = stage.stranger("carrier")
    stage.house = replace(stage.house, trunks=[trunk(carrier)])
    said_nothing = {"P-Asserted-Identity": "sip", "Privacy": "id"}
    far = Part.called().waits_for("INVITE", where={"From": "anonymous@anonymous.invalid"}, without=said_nothing)
    carrier.waits(far.answers(486, repeated=True).waits_for("ACK"))
    stage.phone("anna-desk").calls("12345678", anna("12345678", "Privacy: id"))
    stage.plays()


@pytest.mark.covers("CLI-6")
def test_a_carrier_learns_who_sent_the_call_on(stage: Stage) -> None:
    carrier = stage.stranger("carrier")
    stage.house = replace(stage.house, trunks=[trunk(carrier, diversion="both")])
    away = (
        Part.called()
        .waits_for("INVITE")
        .answers(302, headers=["Contact: <sip:12345678@elsewhere.example>"], repeated=True)
    )
    stage.phone("bo-desk").waits(away.waits_for("ACK"))
    carrier.waits(
        refuses(
            From="<sip:4588887701@",
            Diversion="<sip:4588887702@[0-9.]+>;reason=unconditional;counter=1;privacy=off",
            History_Info="<sip:4588887702@[0-9.]+>;index=1",
        )
    )
    stage.phone("anna-desk").calls("202", anna("202"))
    stage.plays()


@pytest.mark.covers("CLI-8")
def test_a_phone_is_told_what_kind_of_call_it_is(stage: Stage) -> None:
    carrier = stage.stranger("carrier")
    ringtones = {"internal": "alert-internal", "external": "Bellcore-dr2"}
    stage.house = replace(stage.house, trunks=[trunk(carrier)], settings={"ringtones": ringtones})
    inside = Part.called().waits_for("INVITE", where={"Alert-Info": "<http://127.0.0.1>;info=alert-internal"})
    outside = Part.called().waits_for("INVITE", where={"Alert-Info": "<http://127.0.0.1/Bellcore-dr2>"})
    stage.phone("bo-desk").waits(inside.answers(486, repeated=True).waits_for("ACK"))
    stage.phone("cora-desk").waits(outside.answers(486, repeated=True).waits_for("ACK"))
    stage.phone("anna-desk").calls("202", anna("202"))
    host = stage.house.address
    call = Part.calling("4588887703", user="4512345678", domain=host).invites(audio()).gets(486).acks(failure=True)
    carrier.calls("4588887703", call)
    stage.plays()


@pytest.mark.covers("CLI-6", "DIV-3")
def test_what_one_carrier_told_another_one_learns(stage: Stage) -> None:
    """A call from outside that was sent on already, and that Bo's phone sends out again."""
    near, far = stage.stranger("near"), stage.stranger("far")
    stage.house = replace(stage.house, trunks=[trunk(near, priority=2), trunk(far, caller_number="replace")])
    away = Part.called().waits_for("INVITE", where={"Diversion": "4570111111@.*reason=no-answer"})
    away.answers(302, headers=["Contact: <sip:12345678@elsewhere.example>"], repeated=True)
    stage.phone("bo-desk").waits(away.waits_for("ACK"))
    ours = "<sip:4588887702@[0-9.]+>;reason=unconditional;counter=1;privacy=off"
    far.waits(refuses(From="<sip:4588887702@", Diversion=ours))
    told = "Diversion: <sip:4570111111@near.example>;reason=no-answer;counter=1;privacy=off"
    call = Part.calling("4588887702", user="4533445566", domain=stage.house.address).invites(audio(), headers=[told])
    near.calls("4588887702", call.gets(486).acks(failure=True))
    stage.plays()
    assert stage.server.events("call-arrived")[0]["diverted"] == ["+4570111111 (no-answer)"]


class InformingPart(Part):
    """A caller whose phone sends keys by INFO."""

    def informs(self, body: str) -> Self:
        """Send a key."""
        self.sends("INFO", body)
        self._steps[-1] = self._steps[-1].replace("application/sdp", "application/dtmf-relay")
        return self


@pytest.mark.covers("TRK-1")
def test_a_carrier_that_wants_keys_by_info(stage: Stage) -> None:
    carrier = stage.stranger("carrier")
    stage.house = replace(stage.house, trunks=[trunk(carrier, dtmf="info")])
    no_events = {"body": "telephone-event"}
    far = Part.called().waits_for("INVITE", without=no_events).answers(200, audio(), repeated=True).waits_for("ACK")
    far.waits_for("INFO", where={"Content-Type": "application/dtmf-relay", "body": "Signal=7"}).replies(200)
    carrier.waits(far.waits_for("BYE").replies(200))
    near = InformingPart.calling("12345678", user="anna-desk").invites_with_credentials(audio()).gets(200).acks()
    near.pauses(0.2)
    assert isinstance(near, InformingPart)
    near.informs("Signal=7\nDuration=160\n").gets(200)
    stage.phone("anna-desk").calls("12345678", near.pauses(0.2).sends("BYE").gets(200))
    stage.plays()
