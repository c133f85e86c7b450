"""What programs outside are told: events as they happen, and deliveries that are on disk until they are taken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pbxd.errors import PbxdError
from pbxd.events import GatewayDown, GatewayUp, NoticeFailed, NoticeSent
from pbxd.notices.feed import KEPT, LEASE
from pbxd.notices.letter import Hook, Refused, Sent, Unreachable
from pbxd.org import changes
from tests.scenarios.test_people import PEOPLE
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, SETTINGS, House, configure
from tests.support.network import MemoryNetwork

WEBHOOKS = """\
webhooks:
  - url: https://one.example/hook?key=1
    events: [call-ended, activity-changed]
    secret: whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=
  - {url: "https://two.example/", organization: annex}
  - {url: "https://three.example/", events: [activity-changed]}
"""


@pytest.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    configuration = configure(tmp_path, settings=SETTINGS + WEBHOOKS, organization=ORGANIZATION + PEOPLE)
    async with House(configuration, network, clock) as house:
        house.postman.channels.add("webhook")
        yield house


def hooks(house: House) -> list[tuple[str, dict[str, Any]]]:
    return [(one.to, json.loads(one.text)) for one in house.postman.taken if isinstance(one, Hook)]


async def lunch(house: House, user: str = "anna") -> None:
    await house.server.people.change("house", user, changes.do("lunch", house.clock.wall()), "a test")


@pytest.mark.covers("API-3")
async def test_a_call_is_told_with_everybody_who_has_a_part_in_it(house: House) -> None:
    feed = house.server.notices.feed
    start = await feed.after()
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await anna.hangs_up()
    await house.settles()
    found = await feed.after(start["number"], start["epoch"])
    calls = [one for one in found["events"] if "call" in one["data"]]
    assert [one["event"] for one in calls] == [
        "call-arrived",
        "leg-ringing",
        "leg-answered",
        "leg-answered",
        "call-ended",
    ]
    assert calls[0]["users"] == ("anna",)
    assert all(one["organization"] == "house" for one in calls)
    assert calls[-1]["users"] == ("anna", "bo")
    assert calls[-1]["data"]["result"] == "answered"
    assert [one["users"] for one in found["events"] if one["event"] == "registered"] == [("anna",), ("bo",)]
    [(address, told)] = hooks(house)
    assert address == "https://one.example/hook?key=1"
    assert (told["type"], told["users"], told["data"]["result"]) == ("call-ended", ["anna", "bo"], "answered")


@pytest.mark.covers("API-3")
async def test_who_waits_is_told_at_once(house: House) -> None:
    feed, loop = house.server.notices.feed, asyncio.get_running_loop()
    start = await feed.after()
    waits = loop.create_task(feed.after(start["number"], start["epoch"], seconds=15))
    await asyncio.sleep(3)
    begun = loop.time()
    await lunch(house)
    found = await waits
    assert loop.time() - begun < 0.5
    [told] = found["events"]
    assert (told["event"], told["users"], told["data"]["activity"]) == ("activity-changed", ("anna",), "lunch")
    nothing = await feed.after(found["number"], found["epoch"], seconds=2)
    assert (nothing["events"], nothing["missed"]) == ([], False)


async def test_who_comes_back_is_told_what_he_has_missed(house: House) -> None:
    feed = house.server.notices.feed
    start = await feed.after()
    await lunch(house)
    await lunch(house, "bo")
    found = await feed.after(start["number"], start["epoch"])
    assert [one["users"] for one in found["events"]] == [("anna",), ("bo",)]
    again = await feed.after(start["number"] + 1, start["epoch"])
    assert [one["users"] for one in again["events"]] == [("bo",)]
    assert (await feed.after(start["number"], "another run"))["missed"]
    for _ in range(KEPT // 2 + 1):
        await lunch(house)
        await house.server.people.change("house", "anna", changes.do_nothing, "a test")
    assert (await feed.after(start["number"], start["epoch"]))["missed"]


async def test_nothing_is_kept_for_who_does_not_come_back(house: House) -> None:
    feed = house.server.notices.feed
    start = await feed.after()
    await asyncio.sleep(LEASE + 1)
    await lunch(house)
    found = await feed.after(start["number"], start["epoch"])
    assert (found["events"], found["missed"]) == ([], True)


async def test_the_end_of_the_server_keeps_nobody_waiting(house: House) -> None:
    feed, loop = house.server.notices.feed, asyncio.get_running_loop()
    waits = loop.create_task(feed.after(seconds=20))
    await asyncio.sleep(0.1)
    begun = loop.time()
    feed.stop()
    with pytest.raises(PbxdError, match="the server stops"):
        await waits
    assert loop.time() - begun < 0.1


@pytest.mark.covers("API-3")
async def test_a_delivery_is_tried_until_it_is_taken_also_after_a_restart(house: House) -> None:
    house.postman.always = Unreachable(reason="connection refused")
    await lunch(house)
    await asyncio.sleep(10)
    assert hooks(house) == []
    assert {one.channel for one in house.happened(GatewayDown)} == {"webhook one.example", "webhook three.example"}
    first = {one.to: one.identification for _, one in house.postman.attempts if isinstance(one, Hook)}
    await house.stop()
    house.postman.always, house.postman.seconds = Sent(), 1.0
    await house.start()
    await asyncio.sleep(400)
    assert sorted(address for address, _ in hooks(house)) == [
        "https://one.example/hook?key=1",
        "https://three.example/",
    ]
    assert {one.to: one.identification for one in house.postman.taken if isinstance(one, Hook)} == first
    assert {one.kind for one in house.happened(NoticeSent)} == {"webhook"}


@pytest.mark.covers("API-3")
async def test_one_receiver_that_is_away_holds_up_nobody_else(house: House) -> None:
    house.postman.outcomes.extend([Unreachable(reason="refused")])
    await lunch(house)
    await asyncio.sleep(1)
    assert len(hooks(house)) == 1
    [down] = house.happened(GatewayDown)
    await asyncio.sleep(60)
    assert len(hooks(house)) == 2
    assert [one.channel for one in house.happened(GatewayUp)] == [down.channel]


async def test_a_receiver_that_wants_no_more_gets_no_more_of_that(house: House) -> None:
    house.postman.outcomes.extend([Refused(reason="410"), Refused(reason="410")])
    await lunch(house)
    await asyncio.sleep(1)
    assert sorted(one.to for one in house.happened(NoticeFailed)) == ["one.example", "three.example"]
    assert "key=1" not in repr(house.events)
