"""From which of our addresses somebody is spoken to."""

from __future__ import annotations

import pytest

from pbxd.address import Address
from pbxd.sip.transport.local import local_toward, source_toward

LOOPBACK, OFFICE, OTHER, V6, ALL = (
    Address(host, 5060) for host in ("127.0.0.1", "10.0.0.5", "192.0.2.5", "2001:db8::5", "0.0.0.0")
)
CARRIER, NEIGHBOUR, V6_CARRIER = Address("203.0.113.9", 5060), Address("127.0.0.9", 5060), Address("2001:db8::9", 5060)


@pytest.mark.parametrize(
    ("remote", "ours", "chosen"),
    [
        (CARRIER, [LOOPBACK, OFFICE, OTHER], OFFICE),
        (NEIGHBOUR, [OFFICE, LOOPBACK], LOOPBACK),
        (CARRIER, [LOOPBACK], LOOPBACK),
        (V6_CARRIER, [OFFICE, V6], V6),
        (V6_CARRIER, [OFFICE], None),
        (NEIGHBOUR, [ALL], ALL),
    ],
)
def test_the_address_that_suits_is_chosen(remote: Address, ours: list[Address], chosen: Address | None) -> None:
    assert local_toward(remote, ours) == chosen


@pytest.mark.parametrize(
    ("remote", "local", "source"),
    [(CARRIER, OFFICE, "10.0.0.5"), (CARRIER, ALL, ""), (CARRIER, LOOPBACK, ""), (NEIGHBOUR, LOOPBACK, "127.0.0.1")],
)
def test_connections_come_from_where_we_listen(remote: Address, local: Address, source: str) -> None:
    assert source_toward(remote, local) == source
