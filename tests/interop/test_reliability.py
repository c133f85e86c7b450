"""Lost packets, lost peers, large messages and many calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.interop.operator import eventually
from tests.interop.part import Part, audio
from tests.interop.stage import SippPhone, Stage

pytestmark = [pytest.mark.interop, pytest.mark.covers("REL-4")]

NOISE = 4 << 20
"""Bytes by which the allocator's pools come and go while 2,500 calls do; 2 kB left of each call would be more."""
PERISHABLE = ("calls", "sessions", "media_ports", "tasks")
"""What ``pbxd status`` counts and calls must not leave behind; finished transactions linger for half a minute."""


def anna_calls(number: str = "202") -> Part:
    """Anna's side up to and including her INVITE with credentials."""
    return Part.calling(number, user="anna-desk").invites_with_credentials(audio())


def bo_answers() -> Part:
    """Bo's side up to the ACK."""
    return Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True).waits_for("ACK")


def from_carrier(stage: Stage) -> tuple[SippPhone, Part]:
    """A carrier that calls Bo and hangs up after an answer."""
    carrier = stage.stranger("carrier")
    known = {"name": "carrier", "address": f"sip:{carrier.host}", "match": [carrier.host], "organizations": ["house"]}
    stage.house = replace(
        stage.house,
        trunks=[{**known, "number_format": "e164", "options_every": 0}],
        server={"limits": {"calls_per_second": 1000}},
    )
    part = Part.calling("4588887702", user="4512345678", domain=stage.house.address).invites(audio())
    return carrier, part.gets(180, optional=True).gets(200).acks()


def counters(stage: Stage) -> Mapping[str, int]:
    """The counters of the running server."""
    status = stage.server.status()
    return {name: len(status[name]) if name == "calls" else status[name] for name in PERISHABLE}


def test_a_2xx_is_repeated_until_its_ack(stage: Stage) -> None:
    stage.phone("bo-desk").waits(bo_answers().waits_for("BYE").replies(200))
    caller = stage.phone("anna-desk").calls(
        "202", anna_calls().gets(180).gets(200).pauses(2.5).acks().pauses(0.2).sends("BYE").gets(200)
    )
    stage.plays()
    answers = caller.messages.count("SIP/2.0 200 ")
    assert answers >= 3 + 1, "the 200 after 0, 0.5 and 1.5 s, and that of the BYE"


@pytest.mark.full
def test_a_call_whose_ack_never_comes_is_hung_up(stage: Stage) -> None:
    """After 64 times T1 (RFC 3261 13.3.1.4); in virtual time that is tests/scenarios/test_races.py."""
    stage.phone("bo-desk").waits(bo_answers().waits_for("BYE", within=40).replies(200))
    anna = anna_calls().gets(180).gets(200).waits_for("BYE", within=40).replies(200)
    stage.phone("anna-desk").calls("202", anna)
    stage.plays()


def test_a_large_message_over_tcp(stage: Stage) -> None:
    """Far more than a datagram holds; the callee's INVITE goes by TCP as well, on account of its size or transport."""
    long = ["X-Long: " + "x" * 6000, "X-Longer: " + "y" * 6000]
    stage.phone("bo-desk").waits(bo_answers().waits_for("BYE").replies(200))
    anna = Part.calling("202", user="anna-desk").invites(audio()).challenged().acks(failure=True)
    anna.invites(audio() + "a=x:" + "z" * 3000 + "\n", headers=["[authentication]", *long]).gets(180).gets(200).acks()
    stage.stranger("anna-desk").calls("202", anna.sends("BYE").gets(200), transport="t1")
    stage.plays()


@pytest.mark.covers("REL-5")
@pytest.mark.timeout(400)
def test_five_thousand_calls_leave_memory_as_it_was(stage: Stage) -> None:
    """The first half fills caches and pools; after either, one waits until their last transactions are gone."""
    stage.forked = False  # its memory is looked at
    carrier, call = from_carrier(stage)
    bo, before = stage.phone("bo-desk", expires=3600), counters(stage)
    call.sends("BYE").gets(200)
    memory = []
    for _ in range(2):
        bo.waits(bo_answers().waits_for("BYE").replies(200), calls=2500)
        carrier.calls("4588887702", call, calls=2500, options=["-l", "4", "-r", "400"])
        stage.plays()
        eventually(lambda: not stage.server.status()["transactions"], "the end of every transaction", within=60)
        memory.append(stage.server.status()["rss_bytes"])
    assert counters(stage) == before
    ended = stage.server.events("call-ended")
    assert len(ended) == 5000
    assert {line["result"] for line in ended} == {"answered"}
    assert memory[1] - memory[0] < NOISE, memory


@pytest.mark.alone
@pytest.mark.covers("REL-5")
def test_two_hundred_calls_at_once_leave_nothing_behind(stage: Stage) -> None:
    carrier, call = from_carrier(stage)
    bo, before = stage.phone("bo-desk"), counters(stage)
    bo.waits(bo_answers().waits_for("BYE").replies(200), calls=200)
    together = ["-l", "200", "-r", "100"]
    carrier.calls("4588887702", call.pauses(4).sends("BYE").gets(200), calls=200, options=together)
    stage.plays()
    assert counters(stage) == before
    assert len(stage.server.events("call-ended")) == 200
