"""The servers of one trunk stand in for each other (RFC 3263 4.3), before another trunk is tried (TRK-1, TRK-2)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from pbxd.address import Address
from pbxd.events import CallEnded, LegDialled, TrunkDown, TrunkServerDown, TrunkServerUp, TrunkUp
from pbxd.network import StreamConnection
from pbxd.sip.message import Request, Response, response_to
from tests.support.carrier import Registrar, Script, ok, refusing, silent
from tests.support.network import Rule
from tests.support.scene import ACCOUNT, ONE, THREE, TWO, Scene, trunk

NAME = "carrier.example"


@pytest.mark.covers("TRK-1", "TRK-2")
@pytest.mark.parametrize(("first", "seconds"), [(silent, 4), (refusing(503), 0)])
async def test_the_next_server_gets_the_same_call(scene: Scene, first: Script, seconds: float) -> None:
    one, two = scene.carrier(ONE, first), scene.carrier(TWO, refusing(486))
    scene.names.tells(NAME, f"udp:{ONE}", f"udp:{TWO}")
    house = scene.house(trunk("carrier", NAME))
    await house.start()
    (anna,) = await house.phones("anna")
    began = house.clock.wall()
    async with anna.calls("+4533123456"):
        await anna.fails(486)
    assert house.clock.wall() - began == pytest.approx(seconds, abs=0.5)
    failed, served = one.got("INVITE")[0], two.got("INVITE")[0]
    assert (failed.call_id, failed.from_, failed.cseq, failed.body) == (
        served.call_id,
        served.from_,
        served.cseq,
        served.body,
    )
    assert failed.via.branch != served.via.branch
    assert len(house.happened(LegDialled)) == 1
    assert [down.server for down in house.happened(TrunkServerDown)] == [f"udp:{ONE}:5060"]
    assert house.happened(TrunkDown) == []
    # The second call does not wait: what failed is remembered for a while, and then tried again.
    async with anna.calls("+4533123457"):
        await anna.fails(486, within=1)
    assert len(one.got("INVITE")) == 1
    await anna.pause(61)
    async with anna.calls("+4533123458"):
        await anna.fails(486)
    assert len(one.got("INVITE")) == 2
    anna.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1", "TRK-2")
@pytest.mark.parametrize("listens", [False, True])
async def test_a_server_that_closes_its_connection_is_no_server(scene: Scene, listens: bool) -> None:
    two = scene.carrier(TWO, refusing(486))
    if listens:
        await scene.network.listen(Address(ONE, 5060), _Closer)
    scene.names.tells(NAME, f"tcp:{ONE}", f"udp:{TWO}")
    house = scene.house(trunk("carrier", NAME))
    await house.start()
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.fails(486)
    contact = two.got("INVITE")[0].contact
    assert contact is not None
    assert contact.uri.transport is None, "it was tcp for the first one"
    anna.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1")
async def test_another_trunk_comes_when_all_servers_failed(scene: Scene) -> None:
    one, two, three = scene.carrier(ONE, silent), scene.carrier(TWO, silent), scene.carrier(THREE, refusing(486))
    scene.names.tells(NAME, f"udp:{ONE}", f"udp:{TWO}")
    house = scene.house(trunk("first", NAME, "reply_within: 2"), trunk("second", THREE, "priority: 2"))
    await house.start()
    (anna,) = await house.phones("anna")
    began = house.clock.wall()
    async with anna.calls("+4533123456"):
        await anna.fails(486)
    assert house.clock.wall() - began == pytest.approx(4, abs=0.5)
    assert [len(carrier.got("INVITE")) for carrier in (one, two, three)] == [1, 1, 1]
    (down,) = house.happened(TrunkDown)
    assert (down.trunk, down.status, down.reason) == ("first", 408, "no answer within 2 s")
    anna.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1")
@pytest.mark.parametrize(("late", "expected"), [(180, ["INVITE", "CANCEL", "ACK"]), (200, ["INVITE", "ACK", "BYE"])])
async def test_a_server_that_is_heard_too_late_is_told(scene: Scene, late: int, expected: list[str]) -> None:
    invites: list[Request] = []

    def script(request: Request) -> list[Response]:
        if request.method == "INVITE":
            invites.append(request)
            return [response_to(request, late, to_tag="late")]
        if request.method == "CANCEL":
            return [*ok(request), response_to(invites[0], 487, to_tag="late")]
        return ok(request)

    one, two = scene.carrier(ONE, script), scene.carrier(TWO, refusing(486))
    scene.network.rule(Rule(source=ONE, delay=6.0))
    scene.names.tells(NAME, f"udp:{ONE}", f"udp:{TWO}")
    house = scene.house(trunk("carrier", NAME))
    await house.start()
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.fails(486)
    await house.settles()
    assert [request.method for request in one.requests][: len(expected)] == expected
    assert len(two.got("INVITE")) == 1
    anna.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1")
async def test_nobody_else_is_tried_for_a_caller_who_hung_up(scene: Scene) -> None:
    one, two = scene.carrier(ONE, silent), scene.carrier(TWO, ok)
    scene.names.tells(NAME, f"udp:{ONE}", f"udp:{TWO}")
    house = scene.house(trunk("carrier", NAME))
    await house.start()
    (anna,) = await house.phones("anna")
    call = anna.dials("+4533123456")
    await one.gets("INVITE")
    await anna.cancels(call)
    await house.settles()
    assert two.requests == []
    assert house.happened(TrunkServerDown) == [], "silence to a call that nobody wants says nothing"
    anna.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1")
async def test_each_server_has_its_own_challenge(scene: Scene) -> None:
    """The first one challenges the call and then refuses it, the second one challenges it anew."""
    one = scene.carrier(ONE, Registrar("house", "its-secret", NAME, overloaded, now=scene.clock.wall))
    two = scene.carrier(TWO, Registrar("house", "its-secret", NAME, refusing(486), now=scene.clock.wall))
    scene.names.tells(NAME, f"udp:{ONE}", f"udp:{TWO}")
    house = scene.house(trunk("carrier", NAME, ACCOUNT))
    await house.start()
    await one.gets("REGISTER", 2)
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.fails(486)
    assert ["Proxy-Authorization" in invite.headers for invite in one.got("INVITE")] == [False, True]
    assert ["Proxy-Authorization" in invite.headers for invite in two.got("INVITE")] == [False, True]
    assert len({invite.call_id for carrier in (one, two) for invite in carrier.got("INVITE")}) == 1
    anna.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1")
async def test_a_server_that_served_the_call_is_not_replaced(scene: Scene) -> None:
    def script(request: Request) -> list[Response]:
        if request.method != "INVITE":
            return ok(request)
        return [response_to(request, status, to_tag="carrier") for status in (183, 503)]

    scene.carrier(ONE, script)
    two = scene.carrier(TWO, ok)
    scene.names.tells(NAME, f"udp:{ONE}", f"udp:{TWO}")
    house = scene.house(trunk("carrier", NAME))
    await house.start()
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.fails(480)
    assert two.requests == []
    assert house.happened(CallEnded)[0].result == "unreachable"
    anna.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1")
async def test_a_registration_moves_to_the_next_server_and_stays_there(scene: Scene) -> None:
    answering = True

    def first(request: Request) -> list[Response]:
        return list(registrar(request)) if answering else []

    registrar = Registrar("house", "its-secret", NAME, refusing(486), now=scene.clock.wall)
    one = scene.carrier(ONE, first)
    two = scene.carrier(TWO, Registrar("house", "its-secret", NAME, refusing(486), now=scene.clock.wall))
    scene.names.tells(NAME, f"udp:{ONE}", f"udp:{TWO}")
    house = scene.house(trunk("carrier", NAME, ACCOUNT))
    await house.start()
    await one.gets("REGISTER", 2)
    answering = False
    moved = await two.gets("REGISTER", 2, within=300)
    assert "Authorization" not in moved[0].headers, "the first one's challenge is not the second one's"
    assert "Authorization" in moved[1].headers
    answering = True
    await two.gets("REGISTER", 3, within=300)
    assert len(one.got("REGISTER")) == 3
    assert [up.why for up in house.happened(TrunkUp)] == ["registered for 300 s"]
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.fails(486)
    anna.unplug()
    await house.stop()
    await asyncio.sleep(1)
    assert two.got("REGISTER")[-1].expires == 0


@pytest.mark.covers("TRK-1")
async def test_each_server_is_asked_whether_it_is_there(scene: Scene) -> None:
    answering = {ONE, TWO}

    def server(host: str) -> Script:
        return lambda request: refusing(486)(request) if host in answering else []

    one, two = scene.carrier(ONE, server(ONE)), scene.carrier(TWO, server(TWO))
    scene.names.tells(NAME, f"udp:{ONE}", f"udp:{TWO}")
    house = scene.house(trunk("carrier", NAME, "options_every: 30"))
    await house.start()
    (anna,) = await house.phones("anna")
    await asyncio.sleep(40)
    assert one.got("OPTIONS")
    assert two.got("OPTIONS")
    answering.remove(ONE)
    await asyncio.sleep(80)
    (down,) = house.happened(TrunkServerDown)
    assert (down.trunk, down.server, down.status) == ("carrier", f"udp:{ONE}:5060", 408)
    async with anna.calls("+4533123456"):
        await anna.fails(486, within=1)
    assert one.got("INVITE") == [], "nobody waits for what is known to be dead"
    assert house.happened(TrunkDown) == []
    answering.remove(TWO)
    await asyncio.sleep(100)
    assert [down.trunk for down in house.happened(TrunkDown)] == ["carrier"]
    answering |= {ONE, TWO}
    await asyncio.sleep(100)
    assert {up.server for up in house.happened(TrunkServerUp)} == {f"udp:{ONE}:5060", f"udp:{TWO}:5060"}
    assert [up.why for up in house.happened(TrunkUp)] == ["it answers"]
    anna.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1")
async def test_a_silent_server_does_not_keep_the_others_from_being_asked(scene: Scene) -> None:
    one, two = scene.carrier(ONE, silent), scene.carrier(TWO, ok)
    scene.names.tells(NAME, f"udp:{ONE}", f"udp:{TWO}")
    house = scene.house(trunk("carrier", NAME, "options_every: 10"))
    await house.start()
    await asyncio.sleep(101)
    assert 10 <= len(two.got("OPTIONS")) <= 11, "every 10 s, though the other is given 32 s"
    assert len(one.got("OPTIONS")) <= 3
    assert len(house.happened(TrunkServerDown)) == 1
    assert house.happened(TrunkDown) == []
    await house.stop()


def overloaded(request: Request) -> Sequence[Response]:
    """Registers anybody, and takes no calls."""
    return refusing(503)(request)


class _Closer:
    """Accepts a connection and closes it as soon as something is said."""

    def __init__(self, stream: StreamConnection) -> None:
        self._stream = stream

    def received(self, data: bytes) -> None:
        self._stream.abort()

    def lost(self, error: Exception | None) -> None:
        pass
