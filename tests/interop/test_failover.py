"""A trunk whose name leads to two servers, by a real name server: the first is no use, the second takes the call."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread

import pytest

from tests.interop.dns_server import DnsServer
from tests.interop.part import Part, audio
from tests.interop.stage import SippPhone, Stage

pytestmark = [pytest.mark.interop, pytest.mark.covers("TRK-1", "TRK-2")]

ZONE = """
_sip._{transport}.carrier.test 300 SRV 10 0 5060 one.carrier.test.
_sip._{transport}.carrier.test 300 SRV 20 0 5060 two.carrier.test.
one.carrier.test 300 A {one}
two.carrier.test 300 A {two}
"""


def dead(first: SippPhone) -> None:
    """Nobody is there."""


def refusing(first: SippPhone) -> None:
    """It is there, and serves nobody."""
    first.waits(Part.called().waits_for("INVITE").answers(503, repeated=True).waits_for("ACK"))


@contextmanager
def closing(host: str) -> Iterator[None]:
    """Somebody at ``host`` takes a connection and closes it as soon as it says something."""
    with socket.create_server((host, 5060)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield
        thread.join(10)


def trunk_by_name(stage: Stage, second: SippPhone, names: DnsServer, transport: str) -> None:
    trunk = {
        "name": "carrier",
        "address": f"sip:carrier.test;transport={transport}",
        "match": [second.host],
        "options_every": 0,
        "reply_within": 2,
        "organizations": ["house"],
    }
    server = {"name_servers": [str(names.address)]}
    stage.house = replace(stage.house, trunks=[trunk], server=server)


def calls_through(stage: Stage, second: SippPhone, transport: str) -> None:
    """Anna's call is answered by the second server."""
    far = Part.called().waits_for("INVITE").answers(200, audio(), repeated=True).waits_for("ACK")
    second.waits(far.pauses(0.2).sends("BYE").gets(200), transport=transport)
    anna = Part.calling("12345678", user="anna-desk").invites_with_credentials(audio()).gets(200, within=10).acks()
    stage.phone("anna-desk").calls("12345678", anna.waits_for("BYE").replies(200))
    stage.plays()


@pytest.mark.parametrize(("first_is", "status"), [(dead, 408), (refusing, 503)])
def test_a_server_that_is_dead_or_refuses(stage: Stage, first_is: Callable[[SippPhone], None], status: int) -> None:
    first, second = stage.stranger("first"), stage.stranger("second")
    zone = ZONE.format(transport="udp", one=first.host, two=second.host)
    with DnsServer(stage.place(), zone) as names:
        trunk_by_name(stage, second, names, "udp")
        first_is(first)
        calls_through(stage, second, "u1")
        (down,) = stage.server.events("trunk-server-down")
    assert (down["server"], down["status"]) == (f"udp:{first.host}:5060", status)
    assert stage.server.events("trunk-down") == []


def test_a_server_that_closes_the_connection(stage: Stage) -> None:
    first, second = stage.stranger("first"), stage.stranger("second")
    zone = ZONE.format(transport="tcp", one=first.host, two=second.host)
    with DnsServer(stage.place(), zone) as names, closing(first.host):
        trunk_by_name(stage, second, names, "tcp")
        calls_through(stage, second, "t1")
        (down,) = stage.server.events("trunk-server-down")
    assert (down["server"], down["status"]) == (f"tcp:{first.host}:5060", 503)
