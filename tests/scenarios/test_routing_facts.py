"""What routing knows of the living: how much of a limit is used, who is in a call; and trails that can be replayed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pbxd import cdr
from pbxd.events import CallEnded, CallEvent, RouteDecided
from pbxd.tools.replay import ReplayError, replay
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork

MORE = """\
settings: {call_waiting: false, on_busy: {to: "204"}, barring: [guard]}
number_types: {costly: {prefixes: ["+4670"]}}
barring: [{name: guard, limit: {types: [costly], simultaneous: 1, per_hour: 3}}]
"""
MOBILE = '      - {name: anna-mobile, kind: mobile, number: "+4526000001"}\n'
SOFT = "      - {name: anna-soft, kind: softphone, password: anna-soft-secret}\n"


@pytest_asyncio.fixture
async def guarded(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    """Anna has a mobile, nobody has call waiting, and one costly call is allowed at once."""
    people = ORGANIZATION.replace(SOFT, SOFT + MOBILE).replace(
        "    name: Bo Lind\n", "    name: Bo Lind\n    billing_id: B7\n"
    )
    async with House(configure(tmp_path, organization=people + MORE), network, clock) as house:
        yield house


def story(house: House) -> list[CallEvent]:
    """All events of the last call."""
    last = house.happened(RouteDecided)[-1].call
    return [event for event in house.events if isinstance(event, CallEvent) and event.call == last]


@pytest.mark.covers("NUM-6")
async def test_one_costly_call_at_once_and_three_in_an_hour(guarded: House) -> None:
    anna, _ = await guarded.phones("anna", "anna-soft")
    soft, trunk = guarded.phone("anna-soft"), guarded.trunk()
    async with anna.calls("+46701234567"):
        await trunk.rings()
        await trunk.answers()
        async with soft.calls("+46701234568"):
            refused = await soft.fails(403)
        assert refused.headers.get("Reason") == (
            'SIP;cause=403;text="guard: 1 calls to numbers of type costly at once, and 1 are allowed"'
        )
        async with soft.calls("+4533123456"):
            await trunk.rings()
        await anna.hangs_up()
    for _ in range(2):
        async with anna.calls("+46701234567"):
            await trunk.rings()
    async with anna.calls("+46701234567"):
        await anna.fails(403)
    await asyncio.sleep(3600)
    async with anna.calls("+46701234567"):
        await trunk.rings()
    assert [event.result for event in guarded.happened(CallEnded)].count("barred") == 2


@pytest.mark.covers("NUM-6")
async def test_a_limit_survives_a_reload_and_calls_at_the_same_moment(guarded: House) -> None:
    anna, soft = await guarded.phones("anna", "anna-soft")
    trunk = guarded.trunk()
    guarded.server.install(guarded.configuration)
    first, second = anna.dials("+46701234567"), soft.dials("+46701234568")
    await trunk.rings()
    await soft.fails(403)
    assert (first.status, second.status, len(trunk.calls_got)) == (0, 403, 1)
    await anna.cancels()


@pytest.mark.covers("PRES-6", "RULE-7")
async def test_a_leg_on_the_mobile_makes_busy_too(guarded: House) -> None:
    _, bo, cora, dan = await guarded.phones("anna", "bo", "cora", "dan")
    trunk = guarded.trunk()
    async with bo.calls("201"):
        assert (await trunk.rings()).invite is not None
        await trunk.answers()
        await bo.is_answered()
        async with cora.calls("201"):
            await dan.rings()
        assert "what was tried came out as busy" in last_trail(guarded)
    async with cora.calls("201"):
        await trunk.rings()


@pytest.mark.covers("PRES-6")
async def test_a_call_from_the_mobile_counts(guarded: House) -> None:
    _, bo, cora, dan = await guarded.phones("anna", "bo", "cora", "dan")
    trunk = guarded.trunk()
    trunk.username = "+4526000001"
    async with trunk.calls("+4588887702"):
        await bo.rings()
        await bo.answers()
        async with cora.calls("201"):
            await dan.rings()


@pytest.mark.covers("NUM-10")
async def test_billing_ids_are_kept_on_the_call_record(guarded: House) -> None:
    anna, bo, cora = await guarded.phones("anna", "bo", "cora")
    async with anna.calls("202"):
        await bo.redirects("sip:203@house.example")
        await cora.rings()
    assert cdr.call_record(story(guarded)).billing_ids == ("B7",)
    async with anna.calls("203"):
        await cora.rings()
    assert cdr.call_record(story(guarded)).billing_ids == ()


@pytest.mark.covers("TOOL-1")
async def test_a_live_calls_trail_replayed_gives_the_same_decisions(guarded: House) -> None:
    anna, bo, cora, dan = await guarded.phones("anna", "bo", "cora", "dan")
    trunk = guarded.trunk()
    async with bo.calls("203"):
        await cora.rings()
        await cora.answers()
        async with anna.calls(
            "203"
        ):  # busy, and on to Dan, whose phone sends it to Bo, who is busy, and on to Dan again
            await dan.rings()
            await dan.redirects("sip:202@house.example")
            await anna.is_answered()  # by the voicemail of whom it was for first
            await anna.hangs_up()
    replayed = replay(story(guarded), guarded.configuration)
    assert len(replayed) > 1
    assert [one.same for one in replayed] == [True] * len(replayed)
    async with anna.calls("+46701234567"):
        await trunk.rings()
        await trunk.declines(486)
        await anna.fails(486)
    assert [one.same for one in replay(story(guarded), guarded.configuration)] == [True, True]


@pytest.mark.covers("TOOL-1")
async def test_a_transferred_call_is_replayed_too(guarded: House) -> None:
    anna, bo, cora = await guarded.phones("anna", "bo", "cora")
    async with anna.calls("202"):
        await bo.rings()
        await bo.answers()
        await anna.is_answered()
        await bo.transfers(to="203")
        await cora.rings()
        await cora.declines(603)
        await bo.hears_of_transfer(603)
    replayed = replay(story(guarded), guarded.configuration)
    assert len(replayed) >= 2
    assert all(one.same for one in replayed)


async def test_what_is_replayed_must_be_whole(guarded: House) -> None:
    anna, bo = await guarded.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.rings()
        await bo.declines(603)
        await anna.fails(603)
    events = story(guarded)
    with pytest.raises(ReplayError, match="lost its beginning"):
        replay([event for event in events if isinstance(event, RouteDecided)][1:], guarded.configuration)


def last_trail(house: House) -> str:
    return "\n".join(house.happened(RouteDecided)[-1].trail)
