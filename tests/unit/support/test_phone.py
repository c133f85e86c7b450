"""Two scripted phones talk to each other directly: what they do is known before a server stands between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import pytest
import pytest_asyncio

from pbxd.network import Address
from tests.support.expect import Unmet, Watch
from tests.support.ladder import draw
from tests.support.network import Datagram, MemoryNetwork, Rule
from tests.support.phone import Phone, phone_at


class Pair(NamedTuple):
    anna: Phone
    bo: Phone
    network: MemoryNetwork


@pytest_asyncio.fixture
async def pair(network: MemoryNetwork) -> AsyncIterator[Pair]:
    hosts = {"192.0.2.10": "anna", "192.0.2.11": "bo"}
    watch = Watch(lambda: draw(network, hosts))
    anna, bo = (
        phone_at(
            network, watch, name=name, host=host, server=Address(other, 5060), username=number, domain="example.com"
        )
        for name, number, host, other in (
            ("anna", "201", "192.0.2.10", "192.0.2.11"),
            ("bo", "202", "192.0.2.11", "192.0.2.10"),
        )
    )
    yield Pair(anna, bo, network)
    anna.unplug()
    bo.unplug()
    assert network.bound() == []


async def test_a_call_from_ringing_to_bye(pair: Pair) -> None:
    anna, bo, _ = pair
    async with anna.calls("202") as call:
        await bo.rings(from_="201", shows="Anna")
        await anna.hears_ringing()
        await bo.answers()
        await anna.is_answered()
        await bo.hears(anna)
        await anna.hears(bo, packets=50)
    assert (call.state, call.status, bo.call.ended_by) == ("over", 200, "them")


async def test_the_callee_hangs_up(pair: Pair) -> None:
    anna, bo, _ = pair
    async with anna.calls("202"):
        await bo.answers()
        await bo.hangs_up()
        await anna.is_hung_up()


async def test_the_caller_cancels(pair: Pair) -> None:
    anna, bo, _ = pair
    async with anna.calls("202"):
        await bo.rings()
        await anna.cancels()
        await bo.stops_ringing()
        await bo.gets("ACK")


async def test_the_callee_declines(pair: Pair) -> None:
    anna, bo, _ = pair
    async with anna.calls("202"):
        await bo.declines(603)
        await anna.fails(603)


async def test_hold_and_resume(pair: Pair) -> None:
    anna, bo, _ = pair
    async with anna.calls("202"):
        await bo.answers()
        await anna.holds()
        assert bo.call.held
        await anna.resumes()
        assert not bo.call.held


async def test_a_delayed_offer(pair: Pair) -> None:
    anna, bo, _ = pair
    async with anna.calls("202", offer=False):
        await bo.answers()
        await anna.hears(bo)
        await bo.hears(anna)


def pracks(network: MemoryNetwork) -> Iterator[Datagram]:
    return (datagram for datagram in network.datagrams if datagram.data.startswith(b"PRACK"))


async def test_a_reliable_183_is_repeated_until_prack(pair: Pair) -> None:
    anna, bo, network = pair
    bo.habits.rings = False
    anna.habits.supports = ("100rel",)
    network.drop(lambda datagram: datagram.data.startswith(b"PRACK") and datagram is next(pracks(network)))
    async with anna.calls("202"):
        call = await bo.rings()
        call.respond(183, reliably=True, sdp=call.sound.answer(call.invite.body if call.invite else b""))
        await bo.gets("PRACK")
        await bo.answers()
        await anna.is_answered()


async def test_a_second_2xx_of_a_fork_gets_ack_and_bye(pair: Pair) -> None:
    anna, bo, _ = pair
    async with anna.calls("202"):
        call = await bo.rings()
        call.respond(183, tag="left")
        call.respond(200, tag="left")
        call.respond(200, tag="right")
        await bo.gets("ACK", count=2)
        bye = await bo.gets("BYE")
        assert bye.to.tag == "right"
        call.state = "talking"  # the left one still is


async def test_phones_repeat_what_the_network_loses() -> None:
    lost = 0
    for seed in range(20):
        network = MemoryNetwork(seed, rule=Rule(loss=0.2))
        watch = Watch(lambda network=network: draw(network, {}))  # type: ignore[misc]  # binds now
        anna = phone_at(
            network,
            watch,
            name="anna",
            host="192.0.2.10",
            server=Address("192.0.2.11", 5060),
            username="201",
            domain="x.dk",
        )
        bo = phone_at(
            network,
            watch,
            name="bo",
            host="192.0.2.11",
            server=Address("192.0.2.10", 5060),
            username="202",
            domain="x.dk",
        )
        anna.dials("202")
        await bo.answers(within=40)
        await anna.is_answered(within=40)
        await anna.hangs_up(within=40)
        lost += sum(datagram.lost for datagram in network.datagrams)
        anna.unplug()
        bo.unplug()
    assert lost > 20


async def test_nobody_answers_the_invite(pair: Pair) -> None:
    anna, bo, _ = pair
    bo.habits.responds = False
    call = anna.dials("202")
    await anna.watch.until(lambda: call.state == "over", "time-out", within=33)
    assert call.status == 408
    assert len(bo.got("INVITE")) == 7


async def test_a_failed_expectation_shows_the_ladder(pair: Pair) -> None:
    anna, bo, _ = pair
    async with anna.calls("202"):
        await bo.rings()
        with pytest.raises(Unmet) as failure:
            await anna.is_answered(within=2)
    text = str(failure.value)
    assert "anna is answered: not within 2 s" in text
    assert "INVITE sip:202 (1 INVITE)" in text
    assert "180 Ringing (1 INVITE)" in text
    assert text.index("INVITE sip:202") < text.index("180 Ringing")


async def test_packets_are_numbered_and_timed(pair: Pair) -> None:
    anna, bo, _ = pair
    async with anna.calls("202"):
        await bo.answers()
        await bo.hears(anna, packets=5)
        heard = bo.call.sound.heard
        assert [packet.marker for packet in heard] == [True, False, False, False, False]
        assert {packet.ssrc for packet in heard} == {heard[0].ssrc}
        assert heard[4].at - heard[0].at == pytest.approx(0.08)
        await anna.hears_nothing_from(anna)
