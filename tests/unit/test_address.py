"""What a server behind NAT says its address is."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from pbxd.address import Advertising, External
from pbxd.network import attached_networks

ALL = External(network="0.0.0.0/0", address="203.0.113.7")
OFFICE = External(network="10.0.0.0/8", address="10.1.1.1")


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("198.51.100.1", "203.0.113.7"),
        ("10.9.9.9", "10.1.1.1"),
        ("192.168.7.3", None),  # the machine is attached there
        ("127.0.0.1", None),
        ("::1", None),
        ("2001:db8::1", None),  # told to IPv4 only
    ],
)
def test_the_narrowest_network_decides(host: str, told: str | None) -> None:
    advertising = Advertising((ALL, OFFICE), [ipaddress.ip_network("192.168.7.0/24")])
    assert advertising.told(host) == told
    assert advertising.told(host) == told  # as it remembers it


def test_a_network_of_its_own_counts_for_an_attached_one() -> None:
    mine = External(network="192.168.7.0/24", address="192.168.7.99")
    assert Advertising((mine,), [ipaddress.ip_network("192.168.7.0/24")]).told("192.168.7.3") == "192.168.7.99"


def test_nothing_to_say() -> None:
    assert Advertising().told("198.51.100.1") is None


def test_attached_networks_are_read_from_the_kernels_routes(tmp_path: Path) -> None:
    four, six = tmp_path / "route", tmp_path / "ipv6_route"
    four.write_text(
        "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
        "eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0\n"
        "eth0 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n"
    )
    zero = "0" * 32
    six.write_text(
        f"20010db8{'0' * 24} 40 {zero} 00 {zero} 00000100 00000001 00000000 00000001 eth0\n"
        f"{zero} 00 {zero} 00 20010db8{'0' * 23}1 00000400 00000002 00000000 00000003 eth0\n"
    )
    assert attached_networks(four, six) == [ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/64")]
    assert attached_networks(tmp_path / "none", tmp_path / "none") == []
