"""Feature codes dialled on phones that nobody here wrote; what they set survives the end of the process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.interop.baresip import BARESIP, Baresip
from tests.interop.buddies import Buddies
from tests.interop.event_part import EventPart
from tests.interop.part import Part, audio
from tests.interop.stage import Stage
from tests.interop.tones import ANNAS

pytestmark = pytest.mark.interop

PEOPLE = {
    "activities": [
        {"name": "available", "code": "0", "available": True},
        {"name": "lunch", "code": "1", "available": False, "labels": {"en": "Lunch"}},
        {"name": "do-not-disturb", "code": "3", "available": False, "labels": {"en": "Do not disturb"}},
    ]
}


@pytest.fixture
def peopled(stage: Stage) -> Stage:
    """A stage whose house has activities."""
    stage.house = replace(stage.house, organization=PEOPLE)
    return stage


def dialled(code: str, status: int, text: str, cause: int = 200) -> Part:
    """A phone dials a code and is told what it did: by sound, and then in the response."""
    part = Part.calling(code, user="anna-desk").invites_with_credentials(audio())
    return (
        part.gets(183, where={"body": "m=audio"})
        .gets(status, where={"Reason": f'cause={cause};text="{text}"'})
        .acks(failure=True)
    )


def state(stage: Stage, user: str = "anna") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stage.server.command("state", user, "--json"))
    return found


def crash(stage: Stage) -> None:
    """kill -9, and a new start."""
    stage.server.kill()
    stage.server.start()


@pytest.mark.covers("CODE-7", "CODE-9", "DIV-1", "PRES-2", "REL-1")
def test_what_a_code_set_is_there_after_kill_9(peopled: Stage) -> None:
    anna = peopled.phone("anna-desk")
    for code, text in (("*23*1*", "Activity Lunch"), ("*21*203*", "All calls to 203")):
        peopled.plays(anna.calls(code, dialled(code, 480, text)))
        crash(peopled)  # at once: what was confirmed is on disk
    found = state(peopled)
    assert found["activity"] == "lunch"
    assert "anna has his calls go to 203 (diversion)" in found["words"]
    peopled.plays(anna.calls("%2321%23*", dialled("%2321%23*", 480, "Diversion off")))
    peopled.plays(anna.calls("*23*9*", dialled("*23*9*", 404, "No activity 9", cause=404)))
    assert not any("203" in words for words in state(peopled)["words"])


@pytest.mark.covers("CODE-9")
def test_digit_by_digit(peopled: Stage) -> None:
    anna = peopled.phone("anna-desk")
    code = "*23*1*"
    for length in range(1, len(code)):
        part = Part.calling(code[:length], user="anna-desk").invites_with_credentials(audio())
        peopled.plays(anna.calls(code[:length], part.gets(484).acks(failure=True)))
    assert state(peopled)["activity"] == "available"
    peopled.plays(anna.calls(code, dialled(code, 480, "Activity Lunch")))
    assert state(peopled)["activity"] == "lunch"


@pytest.fixture
def baresip(peopled: Stage) -> Iterator[Baresip]:
    """Anna's."""
    if BARESIP is None:
        pytest.skip("baresip (Debian package baresip-core) is not installed")
    directory = peopled.directory / "anna"
    phone = Baresip("anna-desk", ANNAS, host=peopled.place(), registrar=peopled.server.address, directory=directory)
    try:
        phone.registers()
        yield phone
    finally:
        phone.stop()


@pytest.mark.covers("CODE-7", "CODE-9")
@pytest.mark.parametrize(
    ("code", "shown"),
    [("*23*1*", "480 Activity Lunch"), ("%2321%23*", "480 Diversion off"), ("*23*9*", "404 No activity 9")],
)
def test_baresip_shows_the_result(baresip: Baresip, code: str, shown: str) -> None:
    baresip.calls(code)
    assert shown in baresip.waits_for("CALL_CLOSED")["param"]


@pytest.mark.sound
@pytest.mark.covers("PRES-5")
def test_a_buddy_list_shows_what_is_set(peopled: Stage) -> None:
    if BARESIP is None:
        pytest.skip("baresip (Debian package baresip-core) is not installed")
    peopled.phone("anna-desk")
    directory = peopled.directory / "bo"
    bo = Buddies(
        "bo-desk", "201", host=peopled.place(), registrar=peopled.server.address, directory=directory, mailbox=False
    )
    try:
        bo.registers()
        bo.sees("Online")
        peopled.server.command("set", "anna", "activity", "do-not-disturb", "--until", "23:59")
        bo.sees("Busy")
        peopled.server.command("clear", "anna", "activity")
        bo.sees("Online")
    finally:
        bo.stop()


@pytest.mark.covers("PRES-2")
def test_what_a_phone_publishes_is_set(peopled: Stage) -> None:
    lunch = """\
<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
 xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:anna-desk@house.example">
<tuple id="a"><status><basic>open</basic></status></tuple>
<dm:person id="b"><rpid:activities><rpid:lunch/></rpid:activities></dm:person></presence>"""
    publishing = EventPart.asking("201", user="anna-desk")
    publishing.asks("PUBLISH", "Event: presence", body=("application/pidf+xml", lunch)).gets(200)
    peopled.plays(peopled.phone("anna-desk").calls("201", publishing))
    assert state(peopled)["activity"] == "lunch"
