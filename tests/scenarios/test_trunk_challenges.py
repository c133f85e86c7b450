"""A carrier that wants the password for every request, those within a call too (RFC 3261 22)."""

from __future__ import annotations

import re

import pytest

from pbxd.sip.message import Request, Response, response_to
from tests.support.carrier import Registrar, ok
from tests.support.scene import ACCOUNT, ONE, Scene, trunk

EVERYTHING = ("REGISTER", "INVITE", "UPDATE", "BYE")
SDP = f"v=0\r\no=- 1 1 IN IP4 {ONE}\r\ns=-\r\nc=IN IP4 {ONE}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n".encode()
ALLOW = ("Allow", "INVITE, ACK, CANCEL, BYE, UPDATE")


def answers(request: Request) -> list[Response]:
    """The carrier's side of a call."""
    if request.method in ("INVITE", "UPDATE"):
        body = SDP if request.method == "INVITE" else b""
        contact = ("Contact", f"<sip:{ONE}>")
        content_type = "application/sdp" if body else ""
        headers = [contact, ALLOW]
        return [response_to(request, 200, to_tag="carrier", headers=headers, body=body, content_type=content_type)]
    return ok(request)


def counts(requests: list[Request]) -> list[str]:
    """Of each request the nonce count of its credentials, empty without."""
    fields = [one.headers.get("Authorization") or one.headers.get("Proxy-Authorization") or "" for one in requests]
    return ["".join(re.findall(r"nc=0*(\d+)", field)) for field in fields]


@pytest.mark.covers("TRK-1")
async def test_every_request_of_a_call_is_challenged(scene: Scene) -> None:
    script = Registrar("house", "its-secret", "carrier.example", answers, now=scene.clock.wall, challenged=EVERYTHING)
    carrier = scene.carrier(ONE, script)
    house = scene.house(trunk("carrier", ONE, ACCOUNT))
    await house.start()
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.is_answered()
        assert counts(carrier.got("ACK")) == ["", "1"]  # of the 407, and of the 200: 13.2.2.4
        for _ in range(2):
            await anna.registers(3600)
            await anna.pause(1000)
        assert counts(carrier.got("UPDATE"))[:2] == ["2", "1"]  # the nonce had run out: asked once, and known again
    assert counts(await carrier.gets("BYE")) == ["2"]  # one round trip, and the carrier is content
    anna.unplug()
    await house.stop()


@pytest.mark.covers("TRK-1")
async def test_a_proxy_and_the_carrier_behind_it_each_have_a_challenge(scene: Scene) -> None:
    """First 407 of the one and then 401 of the other: what satisfied the first must be there for the second (22.3)."""

    def proxied(request: Request) -> list[Response]:
        if request.method == "ACK":
            return []
        for status, ask, header in (
            (407, "Proxy-Authenticate", "Proxy-Authorization"),
            (401, "WWW-Authenticate", "Authorization"),
        ):
            if header not in request.headers:
                challenge = f'Digest realm="carrier.example", nonce="{status}", qop="auth", algorithm=MD5'
                return [response_to(request, status, to_tag="carrier", headers=[(ask, challenge)])]
        return answers(request)

    carrier = scene.carrier(ONE, proxied)
    house = scene.house(trunk("carrier", ONE, ACCOUNT))
    await house.start()
    await carrier.gets("REGISTER", 3)
    (anna,) = await house.phones("anna")
    async with anna.calls("+4533123456"):
        await anna.is_answered()
        await anna.hangs_up()
    (bye,) = await carrier.gets("BYE")
    for request in (carrier.got("REGISTER")[-1], carrier.got("INVITE")[-1], bye):
        assert 'nonce="401"' in (request.headers.get("Authorization") or "")
        assert 'nonce="407"' in (request.headers.get("Proxy-Authorization") or "")
    anna.unplug()
    await house.stop()
