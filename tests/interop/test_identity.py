"""Who calls and who sent the call on, as an independent carrier reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

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
