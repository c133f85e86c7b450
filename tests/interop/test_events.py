"""Phones that nobody here wrote watch each other, publish and write short messages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.baresip import BARESIP
from tests.interop.buddies import Buddies
from tests.interop.event_part import EventPart
from tests.interop.part import Part, audio
from tests.interop.stage import Stage

pytestmark = pytest.mark.interop

LUNCH = """\
<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
 xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:bo-desk@house.example">
<tuple id="a"><status><basic>open</basic></status></tuple>
<dm:person id="b"><rpid:activities><rpid:lunch/></rpid:activities></dm:person></presence>"""
PIDF = "application/pidf+xml"
STATE = "Subscription-State"


@pytest.mark.covers("PRES-5", "PRES-6")
def test_a_lamp_follows_a_call(stage: Stage) -> None:
    cora, anna, bo = stage.phone("cora-desk"), stage.phone("anna-desk"), stage.phone("bo-desk")
    lamp = EventPart.asking("202", user="cora-desk").subscribes("dialog").notified('state="full"')
    lamp.notified('direction="recipient"><state>early</state>').notified("<state>confirmed</state>")
    lamp.notified("<state>terminated</state>").refreshes("dialog", expires=300).notified("expires=300", header=STATE)
    lamp.refreshes("dialog", expires=0).notified("terminated;reason=timeout", header=STATE)
    watching = cora.calls("202", lamp)
    called = Part.called().waits_for("INVITE").answers(180).pauses(2).answers(200, audio(), repeated=True)
    bo.waits(called.waits_for("ACK").waits_for("BYE").replies(200))
    calling = Part.calling("202", user="anna-desk").invites_with_credentials(audio()).gets(180)
    calls = anna.calls("202", calling.gets(200).acks().pauses(1.5).sends("BYE").gets(200))
    stage.plays(calls)
    stage.plays(watching)
    stage.plays()


@pytest.mark.covers("PRES-5")
def test_presence_is_published_and_seen(stage: Stage) -> None:
    cora, bo = stage.phone("cora-desk"), stage.stranger("bo-desk")
    part = EventPart.asking("202", user="cora-desk").subscribes("presence")
    part.notified("<rpid:lunch/>").notified("<basic>closed</basic>")
    watching = cora.calls("202", part.refreshes("presence", expires=0).notified("terminated", header=STATE))
    publishing = EventPart.asking("202", user="bo-desk")
    publishing.asks("PUBLISH", "Event: presence", "Expires: 600", body=(PIDF, LUNCH)).remembers("SIP-ETag", "first")
    publishing.pauses(2)
    publishing.says("PUBLISH", "Event: presence", "Expires: 300", "SIP-If-Match: [$first]").remembers(
        "SIP-ETag", "second"
    )
    publishing.says("PUBLISH", "Event: presence", "Expires: 300", "SIP-If-Match: [$first]").gets(412)
    publishing.says("PUBLISH", "Event: presence", "Expires: 0", "SIP-If-Match: [$second]").gets(200)
    stage.plays(bo.calls("202", publishing))
    stage.plays(watching)


@pytest.mark.covers("CALL-11")
def test_a_message_waits_for_a_phone_that_is_away(stage: Stage) -> None:
    anna = stage.phone("anna-desk")
    written = EventPart.asking("202", user="anna-desk").asks("MESSAGE", body=("text/plain", "Lunch at noon?")).gets(202)
    stage.plays(anna.calls("202", written))
    bo = stage.phone("bo-desk")  # the message comes again until the part below listens
    taken = Part.called().waits_for("MESSAGE", where={"body": "Lunch at noon", "From": '"Anna".*sip:201@'}).replies(200)
    bo.waits(taken)
    stage.plays()
    assert [line["recipient"] for line in stage.server.events("message-accepted")] == ["bo"]
    assert "noon" not in stage.server.story()


@pytest.mark.covers("CALL-11", "REL-2")
def test_a_message_waits_over_a_server_that_was_killed(stage: Stage) -> None:
    anna = stage.phone("anna-desk")
    written = EventPart.asking("202", user="anna-desk").asks("MESSAGE", body=("text/plain", "still there")).gets(202)
    stage.plays(anna.calls("202", written))
    stage.server.kill()
    stage.server.start()
    bo = stage.phone("bo-desk")
    bo.waits(Part.called().waits_for("MESSAGE", where={"body": "still there"}).replies(200))
    stage.plays()


def test_what_is_not_served_is_refused_in_the_right_words(stage: Stage) -> None:
    cora = stage.phone("cora-desk")
    part = EventPart.asking("202", user="cora-desk").asks("SUBSCRIBE", "Event: conference", "Expires: 600")
    part.gets(489, where={"Allow-Events": "dialog, message-summary, presence, reg"})
    part.says("SUBSCRIBE", "Event: dialog", "Expires: 10").gets(423, where={"Min-Expires": "60"})
    part.says("SUBSCRIBE", "Event: reg", "Expires: 600").gets(403)
    stage.plays(cora.calls("202", part))


@pytest.fixture
def bo(stage: Stage) -> Iterator[Buddies]:
    """Bo's baresip, which watches Anna."""
    if BARESIP is None:
        pytest.skip("baresip (Debian package baresip-core) is not installed")
    directory = stage.directory / "bo"
    phone = Buddies("bo-desk", "201", host=stage.place(), registrar=stage.server.address, directory=directory)
    try:
        phone.registers()
        yield phone
    finally:
        phone.stop()


@pytest.mark.sound
@pytest.mark.covers("PRES-5")
def test_a_buddy_list(stage: Stage, bo: Buddies) -> None:
    bo.is_told("Messages-Waiting: no")
    bo.sees("Offline")
    anna = stage.phone("anna-desk")
    bo.sees("Online")
    called = Part.called().waits_for("INVITE").answers(200, audio(), repeated=True).waits_for("ACK")
    anna.waits(called.waits_for("BYE").replies(200))
    calling = Part.calling("201", user="cora-desk").invites_with_credentials(audio()).gets(180, optional=True)
    stage.phone("cora-desk").calls("201", calling.gets(200).acks().pauses(3).sends("BYE").gets(200))
    bo.sees("Busy")
    stage.plays()
    bo.sees("Online")


@pytest.mark.sound
@pytest.mark.covers("CALL-11")
def test_short_messages_with_baresip(stage: Stage, bo: Buddies) -> None:
    anna = stage.phone("anna-desk")
    anna.waits(Part.called().waits_for("MESSAGE", where={"body": "Hello Anna"}).replies(200))
    bo.writes("Hello Anna")
    stage.plays()
    written = EventPart.asking("202", user="anna-desk").asks("MESSAGE", body=("text/plain", "Hello Bo")).gets(202)
    stage.plays(anna.calls("202", written))
    bo.until(lambda: len(stage.server.events("message-delivered")) == 2, "did not take a message")
