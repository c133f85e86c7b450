"""RFC 3263 against a real name server on loopback."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from pbxd.address import Address
from pbxd.sip.resolve import DnsResolver, Place, Service, in_order
from pbxd.sip.uri import Uri
from tests.interop.dns_server import DnsServer

ZONE = """
carrier.test 300 NAPTR 50 50 "s" "SIP+D2T" "" _sip._tcp.carrier.test.
carrier.test 300 NAPTR 90 50 "s" "SIP+D2U" "" _sip._udp.carrier.test.
_sip._tcp.carrier.test 300 SRV 10 0 5070 one.carrier.test.
_sip._udp.carrier.test 300 SRV 10 0 5060 two.carrier.test.
one.carrier.test 300 A 192.0.2.1
one.carrier.test 300 AAAA 2001:db8::1
two.carrier.test 300 A 192.0.2.2
plain.test 300 A 192.0.2.9
closed.test 300 NAPTR 50 50 "s" "SIP+D2U" "" _sip._udp.closed.test.
_sip._udp.closed.test 300 SRV 0 0 0 .
backup.test 300 A 192.0.2.30
_sip._udp.backup.test 300 SRV 20 0 5060 later.backup.test.
_sip._udp.backup.test 300 SRV 10 0 5062 first.backup.test.
first.backup.test 300 A 192.0.2.31
later.backup.test 300 A 192.0.2.32
"""
ONE_V4, ONE_V6 = Address("192.0.2.1", 5070), Address("2001:db8::1", 5070)


@pytest.mark.covers("TRK-2")
@pytest.mark.parametrize(
    ("uri", "places"),
    [
        ("sip:192.0.2.7", [Place("udp", Address("192.0.2.7", 5060))]),
        ("sip:[2001:db8::7]:5066;transport=tcp", [Place("tcp", Address("2001:db8::7", 5066))]),
        # A port says that there is nothing to look up but the address (4.2).
        ("sip:plain.test:5090", [Place("udp", Address("192.0.2.9", 5090))]),
        # NAPTR orders the transports, SRV names the servers, A and AAAA their addresses (4.1).
        (
            "sip:carrier.test",
            [Place("tcp", ONE_V4), Place("tcp", ONE_V6), Place("udp", Address("192.0.2.2", 5060))],
        ),
        # A transport parameter settles the transport, so NAPTR is not asked (4.1).
        ("sip:carrier.test;transport=udp", [Place("udp", Address("192.0.2.2", 5060))]),
        # No NAPTR, no SRV: the address of the name itself, by UDP at 5060.
        ("sip:plain.test", [Place("udp", Address("192.0.2.9", 5060))]),
        # SRV without NAPTR, lowest priority first.
        (
            "sip:backup.test",
            [Place("udp", Address("192.0.2.31", 5062)), Place("udp", Address("192.0.2.32", 5060))],
        ),
        ("sip:nobody.test", []),
        ("sip:closed.test", []),
    ],
)
async def test_where_a_uri_leads(loopback: Callable[[], str], uri: str, places: list[Place]) -> None:
    with DnsServer(loopback(), ZONE) as server:
        resolver = DnsResolver(draw=random.Random(1).random, servers=[server.address])
        assert await resolver.places(Uri.parse(uri)) == places


@pytest.mark.covers("TRK-2")
async def test_answers_are_kept_while_they_are_valid(loopback: Callable[[], str]) -> None:
    with DnsServer(loopback(), ZONE) as server:
        resolver = DnsResolver(draw=random.Random(1).random, servers=[server.address])
        first = await resolver.places(Uri.parse("sip:carrier.test"))
        asked = server.asked.total()
        assert asked > 0
        assert await resolver.places(Uri.parse("sip:carrier.test")) == first
        assert server.asked.total() == asked


def test_weights_share_the_load_and_priorities_rule() -> None:
    draw = random.Random(7).random
    heavy, light, spare = Service(1, 90, 5060, "a"), Service(1, 10, 5060, "b"), Service(2, 100, 5060, "c")
    firsts = [in_order([light, spare, heavy], draw) for _ in range(2000)]
    assert all(order[2] is spare for order in firsts)
    share = sum(order[0] is heavy for order in firsts) / len(firsts)
    assert share == pytest.approx(0.9, abs=0.03)
    assert {id(order[0]) for order in firsts} == {id(heavy), id(light)}


def test_servers_without_weight_are_still_tried() -> None:
    none, some = Service(1, 0, 5060, "a"), Service(1, 5, 5060, "b")
    assert sorted(in_order([some, none], lambda: 0.5)) == [none, some]
