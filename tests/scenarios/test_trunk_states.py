"""Trunks that register, fail, come back, are full, and stand in for each other (TRK-1, TRK-3)."""

from __future__ import annotations

import asyncio

import pytest

from pbxd.events import CallArrived, RouteDecided, TrunkDown, TrunkUp
from pbxd.sip.message import Request, Response, response_to
from tests.support.carrier import Registrar, Script, ok, refusing, silent
from tests.support.house import SERVER
from tests.support.scene import ACCOUNT, ONE, TWO, Scene, trunk


@pytest.mark.covers("TRK-1")
async def test_a_trunk_registers_calls_with_its_password_and_unregisters(scene: Scene) -> None:
    carrier = scene.carrier(ONE, Registrar("house", "its-secret", "carrier.example", busy_here, now=scene.clock.wall))
    house = scene.house(trunk("carrier", ONE, ACCOUNT))
    await house.start()
    registers = await carrier.gets("REGISTER", 2)
    assert str(registers[1].to.uri) == "sip:house@carrier.example"
    await asyncio.sleep(1)
    assert [up.why for up in house.happened(TrunkUp)] == ["registered for 300 s"]
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.fails(486)
    first, second = carrier.got("INVITE")
    assert (first.call_id, first.body) == (second.call_id, second.body), "the same offer, once with a password"
    assert second.cseq.number == first.cseq.number + 1
    await carrier.gets("REGISTER", 3, within=290)  # refreshed in time, with the password at once
    anna.unplug()
    await house.stop()
    await asyncio.sleep(1)  # what was sent last is still on its way
    assert carrier.got("REGISTER")[-1].expires == 0


@pytest.mark.covers("TRK-3")
async def test_a_registered_trunk_is_known_by_the_contact_that_only_it_has(scene: Scene) -> None:
    carrier = scene.carrier(ONE, Registrar("house", "its-secret", "carrier.example", ok, now=scene.clock.wall))
    house = scene.house(trunk("carrier", ONE, ACCOUNT, "match: [192.0.2.200]"))
    await house.start()
    contact = (await carrier.gets("REGISTER", 2))[1].contact
    assert contact is not None
    (bo,) = await house.phones("bo")
    stranger = scene.carrier("192.0.2.80", silent)  # a carrier may send its calls from anywhere
    stranger.invites(str(contact.uri), to="+4588887702", server=SERVER)
    await bo.rings()
    (arrived,) = house.happened(CallArrived)
    assert (arrived.party, arrived.called) == ("carrier", "+4588887702")
    await bo.declines(486)
    bo.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1")
@pytest.mark.parametrize("script", [silent, refusing(503), refusing(500)])
async def test_another_trunk_takes_over(scene: Scene, script: Script) -> None:
    first, second = scene.carrier(ONE, script), scene.carrier(TWO, refusing(486))
    house = scene.house(trunk("first", ONE), trunk("second", TWO, "priority: 2"))
    await house.start()
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.fails(486, within=60)
    assert first.got("INVITE")
    assert len(second.got("INVITE")) == 1
    trail = house.happened(RouteDecided)[0].trail
    assert "trunk: goes out by trunk first as 4533123456, and by second where that fails" in trail
    anna.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1")
@pytest.mark.parametrize("status", [404, 486, 484, 603])
async def test_what_the_far_end_says_is_no_reason_to_try_another(scene: Scene, status: int) -> None:
    scene.carrier(ONE, refusing(status))
    second = scene.carrier(TWO, ok)
    house = scene.house(trunk("first", ONE), trunk("second", TWO, "priority: 2"))
    await house.start()
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.fails(status)
    assert second.requests == []
    anna.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1")
async def test_a_trunk_that_asks_for_a_pause_gets_it(scene: Scene) -> None:
    first = scene.carrier(ONE, refusing(503, ("Retry-After", "120")))
    scene.carrier(TWO, refusing(486))
    house = scene.house(trunk("first", ONE), trunk("second", TWO, "priority: 2"))
    await house.start()
    (anna,) = await house.phones("anna")
    for pause, tried in ((1, 1), (120, 1), (1, 2)):
        async with anna.calls("+4533123456"):
            await anna.fails(486)
        assert len(first.got("INVITE")) == tried
        await anna.pause(pause)
    trails = [decided.trail for decided in house.happened(RouteDecided)]
    assert "trunk: trunk first is down: 503 Service Unavailable" in trails[2], "the second call's first decision"
    assert [down.retry_after for down in house.happened(TrunkDown)][:1] == [120]
    anna.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1")
async def test_a_full_trunk_is_passed_over_and_free_again(scene: Scene) -> None:
    busy = scene.carrier(ONE, ringing)
    scene.carrier(TWO, refusing(486))
    house = scene.house(trunk("first", ONE, "max_calls: 1"), trunk("second", TWO, "priority: 2"))
    await house.start()
    anna, bo = await house.phones("anna", "bo")
    first = anna.dials("+4533123456")
    await busy.gets("INVITE")
    async with bo.calls("+4533123457"):
        await bo.fails(486)
    assert "trunk: trunk first carries 1 calls, which is its limit" in house.happened(RouteDecided)[1].trail
    await anna.cancels(first)
    async with bo.calls("+4533123458"):
        await busy.gets("INVITE", 2)
    for phone in (anna, bo):
        phone.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1")
async def test_a_silent_trunk_is_found_out_and_found_again(scene: Scene) -> None:
    answering = True

    def script(request: Request) -> list[Response]:
        return ok(request) if answering else []

    scene.carrier(ONE, script)
    house = scene.house(trunk("carrier", ONE, "options_every: 30"))
    await house.start()
    await asyncio.sleep(40)
    assert house.happened(TrunkDown) == []
    answering = False
    await asyncio.sleep(80)
    (down,) = house.happened(TrunkDown)
    assert (down.trunk, down.status) == ("carrier", 408)
    answering = True
    await asyncio.sleep(70)
    assert [up.why for up in house.happened(TrunkUp)] == ["it answers"]
    await house.stop()


@pytest.mark.covers("TRK-1", "CLI-5")
async def test_a_trusted_trunk_is_told_who_calls_and_another_is_not(scene: Scene) -> None:
    trusted, other = scene.carrier(ONE, refusing(503)), scene.carrier(TWO, refusing(486))
    house = scene.house(
        trunk("first", ONE, "trusted: true", "number_format: plus_e164"), trunk("second", TWO, "priority: 2")
    )
    await house.start()
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.fails(486)
    identity = trusted.got("INVITE")[0].headers.get("P-Asserted-Identity")
    assert identity is not None
    assert "sip:+4588887701@" in identity
    assert "P-Asserted-Identity" not in other.got("INVITE")[0].headers
    anna.unplug()
    await house.stop()


@pytest.mark.parametrize(
    ("where", "headers", "called"),
    [
        ("request-uri", [], "202"),
        ("to", [], "203"),
        ("p-called-party-id", [("P-Called-Party-ID", "<sip:201@carrier.example>")], "201"),
        ("p-called-party-id", [], "203"),
    ],
)
async def test_where_the_called_number_stands(
    scene: Scene, where: str, headers: list[tuple[str, str]], called: str
) -> None:
    carrier = scene.carrier(ONE, silent)
    house = scene.house(trunk("carrier", ONE, f"called_number_from: {where}"))
    await house.start()
    carrier.invites(f"sip:202@{SERVER.host}", to="203", server=SERVER, headers=headers)
    await asyncio.sleep(1)
    (arrived,) = house.happened(CallArrived)
    assert arrived.called == called
    await house.stop()


def busy_here(request: Request) -> list[Response]:
    """Registers anybody and is busy."""
    return list(refusing(486)(request))


def ringing(request: Request) -> list[Response]:
    """Rings until it is cancelled."""
    match request.method:
        case "INVITE":
            ringing_for[request.call_id] = request
            return [response_to(request, 180, to_tag="carrier")]
        case "CANCEL":
            invite = ringing_for[request.call_id]
            return [response_to(request, 200, to_tag="carrier"), response_to(invite, 487, to_tag="carrier")]
    return ok(request)


ringing_for: dict[str, Request] = {}
