"""Proxies older than RFC 3261, which want themselves as Request-URI: in dialogs, and on the way to a trunk."""

from __future__ import annotations

import asyncio

import pytest

from pbxd.sip.message import Request, Response, response_to
from tests.support.carrier import Registrar, ok, refusing
from tests.support.scene import ACCOUNT, ONE, THREE, TWO, Scene, trunk

pytestmark = pytest.mark.covers("TRK-1")

SDP = f"v=0\r\no=- 1 1 IN IP4 {THREE}\r\ns=-\r\nc=IN IP4 {THREE}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n".encode()


@pytest.mark.parametrize(
    ("recorded", "uri", "routes"),
    [
        (f"<sip:{TWO}:5060>", f"sip:{TWO}:5060", [f"<sip:far@{THREE}:5060>"]),
        (
            f"<sip:inner.example;lr>, <sip:{TWO}:5060>",
            f"sip:{TWO}:5060",
            ["<sip:inner.example;lr>", f"<sip:far@{THREE}:5060>"],
        ),
        (f"<sip:{TWO}:5060;lr>", f"sip:far@{THREE}:5060", [f"<sip:{TWO}:5060;lr>"]),
    ],
)
async def test_requests_within_a_dialog(scene: Scene, recorded: str, uri: str, routes: list[str]) -> None:
    """The carrier's answer records a router; ACK and BYE go there, in the form that it wants."""

    def answers(request: Request) -> list[Response]:
        headers = [("Contact", f"<sip:far@{THREE}:5060>"), ("Record-Route", recorded)]
        answer = response_to(request, 200, to_tag="far", headers=headers, body=SDP, content_type="application/sdp")
        return [answer] if request.method == "INVITE" else ok(request)

    scene.carrier(ONE, answers)
    router, far = scene.carrier(TWO, ok), scene.carrier(THREE, ok)
    house = scene.house(trunk("carrier", ONE))
    await house.start()
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.is_answered()
        await router.gets("ACK")
        await anna.hangs_up()
        await router.gets("BYE")
    for request in (*router.got("ACK"), *router.got("BYE")):
        assert str(request.uri) == uri
        assert [str(route) for route in request.routes] == routes
    assert far.requests == []
    anna.unplug()
    await house.stop()


async def test_the_way_to_a_trunk(scene: Scene) -> None:
    """The registrar's Service-Route (RFC 3608) begins with a strict router."""

    def answers(request: Request) -> list[Response]:
        if request.method == "REGISTER":
            return [response_to(request, 200, to_tag="carrier", headers=[("Service-Route", f"<sip:edge@{ONE}:5060>")])]
        return list(refusing(486)(request))

    carrier = scene.carrier(ONE, Registrar("house", "its-secret", "carrier.example", answers, now=scene.clock.wall))
    house = scene.house(trunk("carrier", ONE, ACCOUNT, "number_format: plus_e164"))
    await house.start()
    await carrier.gets("REGISTER", 2)
    await asyncio.sleep(1)
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.fails(486)
    for invite in carrier.got("INVITE"):
        assert str(invite.uri) == f"sip:edge@{ONE}:5060"
        assert [str(route) for route in invite.routes] == [f"<sip:+4533123456@{ONE}:5060>"]
    anna.unplug()
    await house.stop()
