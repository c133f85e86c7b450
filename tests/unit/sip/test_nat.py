"""Who is behind a NAT, and where requests inside a dialog go."""

from __future__ import annotations

import pytest

from pbxd.network import Address
from pbxd.sip.flow import Flow
from pbxd.sip.headers import Headers
from pbxd.sip.message import Request
from pbxd.sip.nat import Direct, is_behind_nat, where_to
from pbxd.sip.uri import Uri
from pbxd.sip.values import NameAddr

LOCAL = Address("192.0.2.1", 5060)
UDP = Flow("udp", LOCAL, Address("203.0.113.9", 5062))
TCP = Flow("tcp", LOCAL, Address("203.0.113.9", 49152), 3)
IPV6 = Flow("udp", Address("2001:db8::1", 5060), Address("2001:db8::9", 5062))


@pytest.mark.covers("DEV-1")
@pytest.mark.parametrize(
    ("via", "contact", "flow", "behind"),
    [
        ("203.0.113.9:5062", "sip:a@203.0.113.9:5062", UDP, False),
        ("203.0.113.9:5062", None, UDP, False),
        ("10.0.0.5:5062", "sip:a@203.0.113.9:5062", UDP, True),
        ("203.0.113.9:5999", "sip:a@203.0.113.9:5062", UDP, True),
        ("203.0.113.9", "sip:a@203.0.113.9", UDP, True),
        ("203.0.113.9:5062", "sip:a@10.0.0.5:5062", UDP, True),
        ("203.0.113.9:5060", "sip:a@203.0.113.9:5060", TCP, False),
        ("10.0.0.5", "sip:a@203.0.113.9", TCP, True),
        ("phone.example.com", "sip:a@phone.example.com", UDP, False),
        ("df7jal23ls0d.invalid", "sip:a@df7jal23ls0d.invalid;transport=ws", TCP, True),
        ("[2001:DB8:0::9]:5062", "sip:a@[2001:db8::9]:5062", IPV6, False),
        ("[fd00::9]:5062", "sip:a@[2001:db8::9]:5062", IPV6, True),
        ("203.0.113.9:5062, SIP/2.0/UDP 10.0.0.5", "sip:a@10.0.0.5:5062", UDP, False),
    ],
)
def test_sender_that_believes_to_be_elsewhere(via: str, contact: str | None, flow: Flow, behind: bool) -> None:
    headers = Headers([("Via", f"SIP/2.0/UDP {via}")]).having(*([("Contact", f"<{contact}>")] if contact else []))
    assert is_behind_nat(Request("REGISTER", Uri.parse("sip:h"), headers), flow) is behind


def test_where_requests_inside_a_dialog_go() -> None:
    route, target = NameAddr.parse("<sip:proxy.example;lr>"), Uri.parse("sip:a@10.0.0.5")
    assert where_to((), target, UDP, direct=True) == Direct(UDP, otherwise=target)
    assert where_to((route,), target, UDP, direct=True) == Direct(UDP, otherwise=route.uri)
    assert where_to((route,), target, UDP, direct=False) == route.uri
    strict = NameAddr.parse("<sip:old.example>")
    assert where_to((strict, route), target, UDP, direct=True) == Direct(UDP, otherwise=strict.uri)
    assert where_to((), target, UDP, direct=False) == target
