"""Transfers and take-overs with other makers' phones: SIPp for the letter, baresip and aiosipua for the sound."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from urllib.parse import quote

import pytest

from tests.interop.baresip import BARESIP, Baresip
from tests.interop.part import DOMAIN, Part, audio
from tests.interop.sipp import Sipp
from tests.interop.stage import Stage
from tests.interop.tones import ANNAS, BOS, CORAS, Voice, listen, succession

pytestmark = [pytest.mark.interop, pytest.mark.covers("CALL-3")]

ALLOW = "Allow: INVITE, ACK, CANCEL, BYE, UPDATE"
REFER_TO = f"Refer-To: <sip:203@{DOMAIN}>"
TALK = 3.0
MUSIC = Voice(low=2800, high=3200)
"""What callers hear who are on hold."""


def talks() -> Part:
    """The side of a call that answers it."""
    return Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True).waits_for("ACK")


def notified(part: Part, status: int, state: str, event: str = "refer$") -> Part:
    """Insist on a NOTIFY of the transfer's progress, and answer it."""
    where = {
        "Event": event,
        "Subscription-State": state,
        "Content-Type": "message/sipfrag",
        "body": f"SIP/2.0 {status} ",
    }
    return part.waits_for("NOTIFY", where=where).replies(200)


def anna_calls(number: str = "202") -> Part:
    """Anna's side of a call to Bo, or somebody else; her phone takes UPDATE."""
    anna = Part.calling(number, user="anna-desk").invites(audio(), headers=[ALLOW]).challenged().acks(failure=True)
    return anna.invites(audio(), headers=["[authentication]", ALLOW]).gets(180).gets(200).acks()


def told(part: Part, user: str) -> Part:
    """Insist on being told whom one talks to now."""
    return part.waits_for("UPDATE", where={"P-Asserted-Identity": f"sip:{user}@"}).replies(200)


def test_a_blind_transfer(stage: Stage) -> None:
    bo = talks().pauses(0.2).sends("REFER", headers=[REFER_TO]).gets(202)
    notified(bo, 100, "active;expires=")
    notified(bo, 180, "active;expires=")
    notified(bo, 200, "terminated;reason=noresource")
    stage.phone("bo-desk").waits(bo.waits_for("BYE", where={"Reason": "Call transferred"}).replies(200))
    cora = Part.called().waits_for("INVITE", where={"From": "sip:201@"}).answers(180).pauses(0.3)
    cora.answers(200, audio(), repeated=True).waits_for("ACK")
    stage.phone("cora-desk").waits(cora.waits_for("BYE").replies(200))
    stage.phone("anna-desk").calls("202", told(anna_calls(), "203").pauses(0.3).sends("BYE").gets(200))
    stage.plays()
    assert [event["to"] for event in stage.server.events("call-transferred")] == ["203"]


def test_a_caller_transfers(stage: Stage) -> None:
    anna = anna_calls().pauses(0.2).sends("REFER", headers=[REFER_TO]).gets(202)
    notified(anna, 100, "active;expires=")
    notified(anna, 180, "active;expires=")
    notified(anna, 200, "terminated;reason=noresource")
    anna.waits_for("BYE", where={"Reason": "Call transferred"}).replies(200)
    bo = Part.called().waits_for("INVITE").answers(180).answers(200, audio(), headers=[ALLOW], repeated=True)
    stage.phone("bo-desk").waits(told(bo.waits_for("ACK"), "203").waits_for("BYE").replies(200))
    cora = Part.called().waits_for("INVITE", where={"From": "sip:202@"}).answers(180).pauses(0.3)
    cora.answers(200, audio(), repeated=True).waits_for("ACK").pauses(0.5).sends("BYE").gets(200)
    stage.phone("cora-desk").waits(cora)
    stage.phone("anna-desk").calls("202", anna)
    stage.plays()
    assert [event["to"] for event in stage.server.events("call-transferred")] == ["203"]


def test_a_transfer_that_comes_back_and_another(stage: Stage) -> None:
    """The NOTIFYs of the second REFER have an id, and the phone that hangs up after its 202 is told all the same."""
    bo = talks().pauses(0.2).sends("REFER", headers=[REFER_TO]).gets(202)
    notified(bo, 100, "active")
    notified(bo, 180, "active")
    notified(bo, 486, "terminated;reason=noresource")
    bo.pauses(0.2).sends("REFER", headers=[REFER_TO, "Supported: norefersub"]).gets(202)
    notified(bo, 100, "active", "refer;id=2")
    notified(bo, 180, "active", "refer;id=2")
    bo.sends("BYE").gets(200)
    stage.phone("bo-desk").waits(notified(bo, 200, "terminated;reason=noresource", "refer;id=2"))
    cora = stage.phone("cora-desk")
    refuses = cora.waits(
        Part.called().waits_for("INVITE").answers(180).pauses(0.3).answers(486, repeated=True).waits_for("ACK")
    )
    stage.phone("anna-desk").calls("202", told(anna_calls(), "203").pauses(0.3).sends("BYE").gets(200))
    stage.plays(refuses)
    accepts = Part.called().waits_for("INVITE").answers(180).pauses(0.5).answers(200, audio(), repeated=True)
    cora.waits(accepts.waits_for("ACK").waits_for("BYE").replies(200))
    stage.plays()
    assert [event["status"] for event in stage.server.events("transfer-failed")] == [486]


@pytest.mark.parametrize(
    ("headers", "status"),
    [([], 400), ([REFER_TO, REFER_TO], 400), (["Refer-To: <mailto:cora@house.example>"], 416)],
)
def test_refers_that_make_no_sense(stage: Stage, headers: list[str], status: int) -> None:
    bo = talks().sends("REFER", headers=headers).gets(status).pauses(0.2).sends("BYE").gets(200)
    stage.phone("bo-desk").waits(bo)
    stage.phone("anna-desk").calls("202", anna_calls().waits_for("BYE").replies(200))
    stage.plays()


def early_dialog_of(called: Sipp) -> str:
    """The value of Replaces that means the dialog of a SIPp that rings, from what it sent."""
    pattern = r"SIP/2.0 180 [^\n]*\n(?:[^\n]+\n)*?From:[^\n]*;tag=(\S+)\s*\nTo:[^\n]*;tag=(\S+)\s*\nCall-ID: (\S+)"
    ours, theirs, call = awaited(called, pattern).groups()
    return f"{call};to-tag={ours};from-tag={theirs}"


def awaited(peer: Sipp, pattern: str) -> re.Match[str]:
    """Where this is in what a SIPp has sent and got, once it is."""
    deadline = time.monotonic() + 10
    while (found := re.search(pattern, peer.messages.replace("\r", ""))) is None:
        assert time.monotonic() < deadline, peer.story()
        time.sleep(0.05)
    return found


def dialog_of(caller: Sipp) -> str:
    """The value of Replaces that means the call of a SIPp that called, from what it sent and got."""
    found = awaited(
        caller,
        r"ACK sip[^\n]*\n(?:[^\n]+\n)*?From:[^\n]*;tag=(?P<ours>\S+)\s*\nTo:[^\n]*;tag=(?P<theirs>\S+)\s*\n"
        r"Call-ID: (?P<call>\S+)\s*\nCSeq: 2 ACK",
    )
    return f"{found['call']};to-tag={found['theirs']};from-tag={found['ours']}"


@pytest.mark.parametrize(("device", "status"), [("anna-soft", 200), ("cora-desk", 403)])
def test_an_invite_with_replaces(stage: Stage, device: str, status: int) -> None:
    """Anna takes her call over on another device; Cora may not."""
    stage.phone("bo-desk").waits(talks().waits_for("BYE").replies(200))
    anna = anna_calls()
    anna.waits_for("BYE", where={"Reason": "completed elsewhere"} if status == 200 else {}).replies(200)
    if status != 200:
        anna = anna_calls().pauses(2.0).sends("BYE").gets(200)
    talking = stage.phone("anna-desk").calls("202", anna)
    replaces = [f"Replaces: {dialog_of(talking)}", "Require: replaces"]
    replaces.append(ALLOW)
    taker = Part.calling("201", user=device).invites(audio(), headers=replaces).challenged().acks(failure=True)
    taker.invites(audio(), headers=["[authentication]", *replaces])
    if status == 200:
        taker.gets(200, where={"Supported": "replaces"}).acks()
        told(taker, "202").sends("BYE").gets(200)
    else:
        taker.gets(status).acks(failure=True)
    stage.phone(device).calls("201", taker)
    stage.plays()


@pytest.mark.covers("CALL-4")
def test_what_rings_is_answered_by_an_invite_with_replaces(stage: Stage) -> None:
    """Anna's desk phone rings; her soft phone takes that dialog over before it is answered."""
    rings = Part.called().waits_for("INVITE").answers(180).waits_for("CANCEL", where={"Reason": "completed elsewhere"})
    ringing = stage.phone("anna-desk").waits(rings.replies(200).answers(487, repeated=True).waits_for("ACK"))
    bo = Part.calling("201", user="bo-desk").invites(audio()).challenged().acks(failure=True)
    bo.invites(audio(), headers=["[authentication]", ALLOW]).gets(180).gets(200).acks()
    stage.phone("bo-desk").calls("201", told(bo, "201").waits_for("BYE").replies(200))
    replaces = [f"Replaces: {early_dialog_of(ringing)};early-only", "Require: replaces", ALLOW]
    taker = Part.calling("201", user="anna-soft").invites(audio(), headers=replaces).challenged().acks(failure=True)
    taker.invites(audio(), headers=["[authentication]", *replaces]).gets(200).acks()
    stage.phone("anna-soft").calls("201", told(taker, "202").pauses(0.3).sends("BYE").gets(200))
    stage.plays()


# With sound ----------------------------------------------------------------------------------------------------------


@contextmanager
def baresips(stage: Stage, **voices: Voice) -> Iterator[list[Baresip]]:
    """Registered phones of these users."""
    if BARESIP is None:
        pytest.skip("baresip (Debian package baresip-core) is not installed")
    with ExitStack() as stack:
        phones = []
        for user, voice in voices.items():
            directory = stage.directory / user
            registrar = stage.server.address
            phone = Baresip(f"{user}-desk", voice, host=stage.place(), registrar=registrar, directory=directory)
            stack.callback(phone.stop)
            phone.registers()
            phones.append(phone)
        yield phones


def assert_heard_last(listener: Baresip, voice: Voice) -> None:
    """The end of what a phone recorded is this voice, and nothing is missing in it."""
    samples, rate = listener.heard()
    heard = listen(samples[-int((TALK - 0.5) * rate) :], rate, voice)
    assert abs(heard.level) < 1.0
    assert heard.worst <= 0.06, heard


@pytest.mark.sound
@pytest.mark.parametrize("by", ["callee", "caller"])
def test_baresip_transfers(stage: Stage, by: str) -> None:
    """The phone hangs up by itself when it is told that the transfer went well."""
    with baresips(stage, anna=ANNAS, bo=BOS, cora=CORAS) as (anna, bo, cora):
        (anna if by == "callee" else bo).calls("202" if by == "callee" else "201")
        (bo if by == "callee" else anna).answers()
        (anna if by == "callee" else bo).waits_for("CALL_ESTABLISHED")
        time.sleep(1)
        bo.transfers("203")
        cora.answers()
        bo.waits_for("CALL_CLOSED")
        time.sleep(TALK)
        anna.hangs_up()
        cora.waits_for("CALL_CLOSED")
        assert_heard_last(anna, CORAS)
        assert_heard_last(cora, ANNAS)
    assert [event["party"] for event in stage.server.events("call-transferred")] == ["bo-desk"]


@pytest.mark.sound
@pytest.mark.covers("CALL-2")
def test_who_hears_whom_before_during_and_after_a_hold_and_a_transfer(stage: Stage) -> None:
    """Anna's phone is told of nothing, and records all of it: Bo, his music, Bo again, and then Cora."""
    MUSIC.write(stage.directory / "tune.wav", seconds=20)
    stage.house = replace(
        stage.house,
        organization={"music": {"tune": {"files": [str(stage.directory / "tune.wav")]}}},
        settings={"music_on_hold": "tune"},
    )
    voices = {"anna": ANNAS, "bo": BOS, "cora": CORAS, "music": MUSIC}
    with baresips(stage, anna=ANNAS, bo=BOS, cora=CORAS) as (anna, bo, cora):
        anna.calls("202")
        bo.answers()
        anna.waits_for("CALL_ESTABLISHED")
        time.sleep(1.5)
        bo.holds()
        time.sleep(1.5)
        bo.resumes()
        time.sleep(1.5)
        bo.transfers("203")
        cora.answers()
        bo.waits_for("CALL_CLOSED")
        time.sleep(1.5)
        anna.hangs_up()
        cora.waits_for("CALL_CLOSED")
        found = {name: succession(*phone.heard(), voices) for name, phone in (("anna", anna), ("cora", cora))}
        told = succession(*bo.heard(), voices)
    assert [name for name, _ in found["anna"]] == ["bo", "music", "bo", "cora"]
    assert all(1.0 < seconds < 2.5 for _, seconds in found["anna"]), found
    assert [name for name, _ in found["cora"]] == ["anna"]
    assert {name for name, _ in told} == {"anna"}
    assert sum(seconds for _, seconds in told) < 4.0, "nothing of Anna while she is on hold"


@pytest.mark.sound
async def test_an_attended_transfer(stage: Stage) -> None:
    """An agent from PyPI is called by one baresip, calls another, and brings the two together."""
    from tests.interop.agent import Agent

    with baresips(stage, anna=ANNAS, cora=CORAS) as (anna, cora):
        bo = Agent("bo-desk", BOS, host=stage.place(), registrar=stage.server.address)
        try:
            await bo.registers()
            anna.calls("202")
            await bo.answers()
            first = bo.dialog
            await asyncio.to_thread(anna.waits_for, "CALL_ESTABLISHED")
            taking = asyncio.get_running_loop().run_in_executor(None, cora.answers)
            await bo.calls("203")
            await taking
            second = bo.dialog
            means = f"{second.call_id};to-tag={second.remote_tag};from-tag={second.local_tag}"
            await bo.transfers(first, f"sip:203@{DOMAIN}?Replaces={quote(means, safe='')}")
            await bo.is_hung_up()
            await asyncio.sleep(TALK)
            anna.hangs_up()
            await asyncio.to_thread(cora.waits_for, "CALL_CLOSED")
            assert_heard_last(anna, CORAS)
            assert_heard_last(cora, ANNAS)
        finally:
            await bo.stop()
    (done,) = stage.server.events("call-transferred")
    assert (done["party"], done["to"], done["attended"]) == ("bo-desk", "cora-desk", True)
