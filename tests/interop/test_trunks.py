"""Calls to and from carriers that are known by their address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.interop.part import Part, audio
from tests.interop.stage import SippPhone, Stage

pytestmark = [pytest.mark.interop, pytest.mark.covers("TRK-1")]


def trunk(carrier: SippPhone, **more: Any) -> Mapping[str, Any]:
    """A trunk to and from ``carrier``."""
    address = f"{carrier.host}:5060"
    return {
        "name": carrier.name,
        "address": f"sip:{address}",
        "match": [address],
        "number_format": "e164",
        "options_every": 0,  # SIPp plays calls only
        "organizations": ["house"],
        **more,
    }


def bo_answers() -> Part:
    """Bo's side of an answered call that the caller ends."""
    part = Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True).waits_for("ACK")
    return part.waits_for("BYE").replies(200)


@pytest.mark.covers("TRK-3")
@pytest.mark.parametrize("number", ["4588887702", "+4588887702"])
def test_a_call_comes_in(stage: Stage, number: str) -> None:
    carrier = stage.stranger("carrier")
    stage.house = replace(stage.house, trunks=[trunk(carrier)])
    stage.phone("bo-desk").waits(bo_answers())
    host = stage.house.address
    call = Part.calling(number, user="4512345678", domain=host).invites(audio()).gets(180).gets(200).acks()
    carrier.calls(number, call.pauses(0.2).sends("BYE").gets(200))
    stage.plays()
    assert stage.server.events("call-arrived")[0]["caller"] == "+4512345678"


@pytest.mark.covers("TRK-3", "SEC-1")
def test_a_carrier_reaches_only_what_is_ours(stage: Stage) -> None:
    """A call from the carrier to a number elsewhere would be an open relay."""
    carrier = stage.stranger("carrier")
    stage.house = replace(stage.house, trunks=[trunk(carrier)])
    call = Part.calling("4512345678", user="4587654321", domain=stage.house.address).invites(audio()).gets(404)
    carrier.calls("4512345678", call.acks(failure=True))
    stage.plays()


@pytest.mark.parametrize(
    ("written", "expected"), [("e164", "4512345678"), ("plus_e164", "[+]4512345678"), ("national", "12345678")]
)
def test_a_call_goes_out(stage: Stage, written: str, expected: str) -> None:
    carrier = stage.stranger("carrier")
    stage.house = replace(stage.house, trunks=[trunk(carrier, number_format=written)])
    far = Part.called().waits_for("INVITE", where={"To": f"sip:{expected}@"}).answers(183, audio())
    far.answers(200, audio(), repeated=True).waits_for("ACK").pauses(0.2).sends("BYE").gets(200)
    carrier.waits(far)
    anna = Part.calling("12345678", user="anna-desk").invites_with_credentials(audio()).gets(183).gets(200).acks()
    stage.phone("anna-desk").calls("12345678", anna.waits_for("BYE").replies(200))
    stage.plays()


def test_a_busy_carrier(stage: Stage) -> None:
    carrier = stage.stranger("carrier")
    stage.house = replace(stage.house, trunks=[trunk(carrier)])
    carrier.waits(Part.called().waits_for("INVITE").answers(486, repeated=True).waits_for("ACK"))
    anna = Part.calling("12345678", user="anna-desk").invites_with_credentials(audio()).gets(486).acks(failure=True)
    stage.phone("anna-desk").calls("12345678", anna)
    stage.plays()
