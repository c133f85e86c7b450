"""Kamailio as the proxy that phones reach the server through, and as the carrier that the server registers at."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Self

import pytest

from tests.interop.authority import Authority
from tests.interop.kamailio import Kamailio
from tests.interop.part import DOMAIN, Part, audio
from tests.interop.server import secret
from tests.interop.sipp import Account
from tests.interop.stage import Stage

pytestmark = pytest.mark.interop

PASSWORD = "carrier-secret"


class Routed(Part):
    """A part that knows its dialog's route set (RFC 3261 12), as a phone behind a proxy does."""

    def _response(
        self, status: int, fields: list[str], body: str | None, headers: Iterable[str], repeated: bool
    ) -> Self:
        copied = ["[last_Via:]", *fields[1:]]  # all of them, and nothing else came since the request
        return super()._response(status, copied, body, ["[last_Record-Route:]", *headers], repeated)

    def _request(
        self,
        method: str,
        cseq: int,
        branch: str,
        body: str | None,
        headers: Iterable[str],
        retransmitted: bool = False,
        target: str | None = None,
    ) -> Self:
        inside = (target or self._target) == "[next_url]"
        return super()._request(
            method, cseq, branch, body, ["[routes]", *headers] if inside else headers, retransmitted, target
        )


@contextmanager
def kamailio(stage: Stage, transport: str = "udp", authority: Authority | None = None) -> Iterator[Kamailio]:
    """A Kamailio that is gone when the test ends; where it is reached by TLS, the server trusts and shows the same."""
    made = Kamailio(stage.place(), stage.directory / "kamailio", transport=transport, authority=authority)
    if authority is not None:
        host = stage.house.address
        certificate, key = authority.issues(host)
        listen = [f"udp://{host}:5060", f"tcp://{host}:5060", f"tls://{host}:5061"]
        tls = {"certificate": str(certificate), "key": str(key), "ca": str(authority.path)}
        stage.house = replace(stage.house, server={"listen": listen, "tls": tls})
    try:
        yield made
    finally:
        made.stop()


def registers_through(stage: Stage, proxy: Kamailio, device: str, host: str) -> None:
    part = Part.registering(device).registers(expires=600).challenged().registers(expires=600)
    account = Account(user=device, password=secret(device))
    part.gets(200, where={"Path": proxy.host})
    stage.plays(stage.sipp(device, part, (host, 5060), waiting=False, remote=proxy.address, account=account))


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("ending", ["caller", "callee"])
def test_a_call_through_a_proxy(stage: Stage, hidden: bool, ending: str) -> None:
    """Two Vias, Path and Record-Route, and every request of either dialog by way of the proxy, hold included."""
    with kamailio(stage) as proxy:
        calls_through(stage, proxy, ending, mask=stage.place() if hidden else None)


@pytest.mark.covers("DEV-1")
@pytest.mark.parametrize("ending", ["caller", "callee"])
@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_proxy_that_changes_the_transport(stage: Stage, authority: Authority, transport: str, ending: str) -> None:
    """Phones reach it by UDP and it reaches the server by a stream: two Record-Routes and two Paths (RFC 5658).

    The server sends what begins with it by a connection of its own, so that streams lead both ways.
    """
    with kamailio(stage, transport, authority if transport == "tls" else None) as proxy:
        calls_through(stage, proxy, ending)
        for line in (*stage.server.events("registered"), *stage.server.events("call-arrived")):
            assert line["address"].startswith(f"{transport}:")


def calls_through(stage: Stage, proxy: Kamailio, ending: str, *, mask: str | None = None) -> None:
    """Anna calls Bo, holds, and one of them hangs up; ``mask`` hides each side from the other."""
    route = proxy.host if proxy.transport == "udp" else f"{proxy.host}.*r2=on"
    proxy.in_front_of(stage.server.address[0], mask=mask)
    anna, bo = stage.place(), stage.place()
    registers_through(stage, proxy, "bo-desk", bo)
    expected = {"Record-Route": route, "Via": proxy.host, "Contact": mask or stage.house.address}
    called = Routed.called().waits_for("INVITE", where=expected)
    called.answers(180).answers(200, audio(), repeated=True).waits_for("ACK")
    calling = Routed.calling("202", user="anna-desk").invites_with_credentials(audio())
    calling.gets(180).gets(200, where={"Record-Route": route}).acks().pauses(0.3)
    calling.invites(audio("sendonly", version=2)).gets(200, where={"body": "a=(recvonly|inactive)"}).acks()
    if ending == "caller":
        calling.pauses(0.3).sends("BYE").gets(200)
        called.waits_for("BYE", where={"Via": proxy.host}).replies(200)
    else:
        called.pauses(1.5).sends("BYE").gets(200)
        calling.waits_for("BYE", where={"Via": proxy.host}).replies(200)
    account = Account(user="anna-desk", password=secret("anna-desk"), uri=f"202@{DOMAIN}")
    stage.sipp("bo", called, (bo, 5060), waiting=True)
    stage.sipp("anna", calling, (anna, 5060), waiting=False, remote=proxy.address, account=account)
    stage.plays()
    assert [line["party"] for line in stage.server.events("leg-held")] == ["anna-desk"]


@pytest.mark.covers("TRK-1")
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_carrier_that_wants_a_registration(stage: Stage, authority: Authority, transport: str) -> None:
    """The server registers at Kamailio with a password, and calls go both ways by way of it, Record-Route included."""
    far = stage.place()
    with kamailio(stage, transport, authority if transport == "tls" else None) as carrier:
        stage.house = replace(stage.house, trunks=[registered_trunk(carrier)])
        carrier.as_carrier_of(stage.house.address, far=far, password=PASSWORD)
        out = Routed.called().waits_for("INVITE", where={"Record-Route": carrier.host}).answers(180)
        out.answers(200, audio(), repeated=True).waits_for("ACK").pauses(0.3).sends("BYE").gets(200)
        stage.sipp("far", out, (far, 5060), waiting=True)
        anna = Part.calling("12345678", user="anna-desk").invites_with_credentials(audio()).gets(180).gets(200).acks()
        phone = stage.phone("anna-desk")
        wait_until_registered(stage)
        phone.calls("12345678", anna.waits_for("BYE").replies(200))
        stage.plays()

        bo = Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True).waits_for("ACK")
        stage.phone("bo-desk").waits(bo.waits_for("BYE").replies(200))
        account = f"sip:house@{carrier.host}"
        into = Routed(account, "<sip:4512345678@far.example>;tag=1", "<sip:4588887702@far.example>[peer_tag_param]")
        into.invites(audio()).gets(180).gets(200, where={"Record-Route": carrier.host}).acks()
        into.invites(audio("sendonly", version=2)).gets(200, where={"body": "a=(recvonly|inactive)"}).acks()
        into.pauses(0.3).sends("BYE").gets(200)
        stage.sipp("far-calls", into, (far, 5060), waiting=False, remote=carrier.address)
        stage.plays()


def registered_trunk(carrier: Kamailio) -> Mapping[str, Any]:
    """A trunk at ``carrier``, that is registered for."""
    return {
        "name": "carrier",
        "address": carrier.uri,
        "match": [carrier.host],
        "number_format": "e164",
        "called_number_from": "to",
        "organizations": ["house"],
        "register": {"username": "house", "password": PASSWORD, "domain": carrier.host},
    }


def wait_until_registered(stage: Stage) -> None:
    deadline = time.monotonic() + 10
    while not any(trunk.get("registered") for trunk in stage.server.status()["trunks"]):
        assert time.monotonic() < deadline, stage.server.story()
        time.sleep(0.1)
