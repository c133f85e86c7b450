"""A running server meets the torture messages: each has the reaction it deserves, and the next call is as good as ever.

RFC 4475 and RFC 5118 say what a good element does; where they leave a choice, ours is written down in
:mod:`tests.torture.cases`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pbxd.events import CallCrashed
from pbxd.network import Address, StreamConnection, StreamReceiver
from pbxd.sip.message import Response
from pbxd.sip.parse import parse_message
from tests.support.house import SERVER, House
from tests.torture.cases import CARRIER, CASES, SILENCE, STRANGER, Case, case

pytestmark = pytest.mark.covers("SEC-3")


class Sender:
    """A socket of somebody who does not follow the rules."""

    def __init__(self, house: House, host: str) -> None:
        self.heard: list[Response] = []
        self._socket = house.network.datagram(Address(host, 5060), self._received)

    def send(self, data: bytes) -> None:
        self._socket.send(data, SERVER)

    def close(self) -> None:
        self._socket.close()

    @property
    def statuses(self) -> list[int]:
        """What was answered, without 100 and without what was sent again."""
        return list(dict.fromkeys(response.status for response in self.heard if response.status > 100))

    def _received(self, data: bytes, source: Address) -> None:
        parsed = parse_message(data)
        if isinstance(parsed, Response):  # the server may also ask a carrier whether it is there
            self.heard.append(parsed)


class Stream(StreamReceiver):
    """A connection whose owner does not listen."""

    connection: StreamConnection

    def opened(self, connection: StreamConnection) -> StreamReceiver:
        self.connection = connection
        return self

    def received(self, data: bytes) -> None:
        pass

    def lost(self, error: Exception | None) -> None:
        pass


async def meets(house: House, messages: Sequence[bytes], host: str = CARRIER) -> list[int]:
    """Send messages from a host and return the statuses that come back within two seconds."""
    sender = Sender(house, host)
    for data in messages:
        sender.send(data)
    await house.phone("cora").pause(2)
    sender.close()
    return sender.statuses


async def is_well(house: House) -> None:
    """The server answers OPTIONS, serves a call from end to end, and no bug was met."""
    probe = case("probe", 200, start="OPTIONS sip:192.0.2.1 SIP/2.0", host="192.0.2.51")
    assert await meets(house, [probe.data], probe.host) == [200]
    cora, dan = await house.phones("cora", "dan")
    async with cora.calls("204"):
        await dan.answers()
        await cora.is_answered()
        await cora.hears(dan)
        await cora.hangs_up()
        await dan.is_hung_up()
    assert house.happened(CallCrashed) == []
    assert house.server.endpoint.counters["crashed"] == 0


@pytest.mark.parametrize("tried", CASES, ids=lambda tried: tried.name)
async def test_a_torture_message_over_udp(house: House, tried: Case) -> None:
    await house.phones("bo")
    statuses = await meets(house, [tried.data], tried.host)
    assert statuses[:1] == ([] if tried.reaction == SILENCE else [tried.reaction])
    await is_well(house)


async def test_all_of_them_to_one_server(house: House) -> None:
    await house.phones("bo")
    for host in (STRANGER, CARRIER):
        await meets(house, [tried.data for tried in CASES if tried.host == host], host)
    await is_well(house)
    await house.settles(80)
    assert [trunk["calls"] for trunk in house.server.trunks.status()] == [0]


async def test_all_of_them_by_tcp(house: House) -> None:
    """A stream cannot be read on after a message whose end is unknown: such a connection is closed, and no other."""
    await house.phones("bo")
    for tried in CASES:
        stream = Stream()
        await house.network.connect_from(tried.host, SERVER, stream.opened)
        stream.connection.write(tried.data.replace(b"SIP/2.0/UDP", b"SIP/2.0/TCP"))
        await house.phone("cora").pause(0.5)
        stream.connection.close()
    await is_well(house)
    await house.settles(80)


@pytest.mark.parametrize(
    ("name", "contact", "headers", "status"),
    [
        ("escnull", "<sip:null-%00-null@192.0.2.10>, <sip:%00%00@192.0.2.10>", [], 200),
        ("esc02", "<sip:%41%42@192.0.2.10;cause=%20%25>", [], 200),
        ("cparam01", "<sip:+19725552222@192.0.2.10;unknownparam>", [], 200),
        ("cparam02", "sip:+19725552222@192.0.2.10;unknownparam", [], 200),
        ("regescrt", "<sip:anna@192.0.2.10?Route=%3Csip:192.0.2.77%3E>", [], 200),
        ("regbadct", "sip:anna@192.0.2.10?Route=%3Csip:sip.example.com%3E", [], 400),
        ("star-without-expires", "*", [], 400),
        ("star-and-another", "*, <sip:anna@192.0.2.10>", [("Expires", "0")], 400),
        ("endless", "<sip:anna@192.0.2.10>;expires=99999999999999999999", [], 200),
        ("not-an-address", "<sip:anna@192.0.2.10>, <isbn:2983792873>", [], 400),
        ("without-brackets", "sip:anna@2001:db8::20", [], 400),
        ("in-brackets", "<sip:anna@[2001:db8::20]:5070>", [], 200),
        ("require", "<sip:anna@192.0.2.10>", [("Require", "nothingSupportsThis")], 420),
    ],
)
async def test_registrations(
    house: House, name: str, contact: str, headers: list[tuple[str, str]], status: int
) -> None:
    anna = house.phone("anna")
    await anna.sends("REGISTER", headers=[("Contact", contact), *headers], expect=status)
    async with house.phone("anna-soft").calls("201"):  # whatever is stored can be rung, or tried
        await anna.pause(2)
    await is_well(house)


@pytest.mark.parametrize(
    "authorization",
    [
        'NoOneKnowsThisScheme opaque-data=here, realm="house.example"',  # regaut01
        "Digest",
        'Digest username="anna-desk", realm="house.example", nonce="", uri="", response=""',
        'Digest username="anna-desk", nonce=",',
        "Digest " + "a=b," * 1000,
        "Digest username=\udcff",
    ],
)
async def test_credentials_that_prove_nothing(house: House, authorization: str) -> None:
    start = "REGISTER sip:house.example SIP/2.0"
    own = "<sip:anna-desk@house.example>"
    changes = {"To": f"To: {own}", "From": f"From: {own};tag=1"}
    tried = case("regaut01", 401, changes, f"Authorization: {authorization}", start=start, host=STRANGER)
    (status,) = await meets(house, [tried.data], tried.host)
    assert status in (400, 401)
    await is_well(house)


async def test_addresses_of_unknown_schemes(house: House) -> None:
    """RFC 4475 3.3.5: who registers as a book is nobody we know."""
    changes = {"To": "To: <isbn:2983792873>", "From": "From: <http://www.example.com>;tag=1"}
    tried = case("unksm2", 401, changes, start="REGISTER sip:house.example SIP/2.0", host=STRANGER)
    assert await meets(house, [tried.data], tried.host) == [tried.reaction]
    await is_well(house)
