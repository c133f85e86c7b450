"""SIP messages of one call, user or address, while the server runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import dpkt
import pytest
import pytest_asyncio

from pbxd.events import CallArrived, KeysPressed, Said, SipTraceEnded, SipTraceStarted
from pbxd.journal import Journal, Level
from pbxd.journal.forms import as_json
from pbxd.network import Address
from pbxd.siptrace.orders import TraceOrders
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork

pytestmark = pytest.mark.covers("API-1")


class Desk:
    """An operator with a log."""

    def __init__(self, house: House) -> None:
        self.lines: list[str] = []
        journal = Journal(self.lines.append, as_json, house.clock)
        self.orders = TraceOrders(
            house.server.tracer,
            configuration=lambda: house.server.configuration,
            exchange=house.server.exchange,
            network=house.network,
            line=lambda **fields: journal.line(Level.INFO, "sip-message", **fields),
        )

    def said(self) -> Iterator[tuple[str, str, str]]:
        """Direction, far host, and the first word of each message."""
        for line in map(json.loads, self.lines):
            host = line["address"].split(":")[1]
            words = line["text"].split("\r\n")[0].split()
            yield line["direction"], host, words[1] if words[0] == "SIP/2.0" else words[0]


@pytest_asyncio.fixture
async def desk(house: House) -> Desk:
    return Desk(house)


ANNA, BO = "192.0.2.10", "192.0.2.11"
RELAY = "application/dtmf-relay"


async def test_a_user(house: House, desk: Desk) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    desk.orders.on(user="bo")
    [started] = house.happened(SipTraceStarted)
    assert (started.of, started.to, started.seconds) == ("user bo", "log", 600)
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
    await cora.registers()
    await bo.registers()
    await house.settles()
    said = list(desk.said())
    assert {host for _, host, _ in said} == {BO}
    assert said[:3] == [("sent", BO, "INVITE"), ("received", BO, "180"), ("received", BO, "200")]
    assert ("sent", BO, "BYE") in said
    assert ("received", BO, "REGISTER") in said
    everything = "".join(desk.lines)
    assert "Authorization: ***" in everything


async def test_a_call_with_the_legs_that_it_gets_later(house: House, desk: Desk) -> None:
    anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        [arrived] = house.happened(CallArrived)
        desk.orders.on(call=arrived.call)
        async with cora.calls("204"):
            await dan.answers()
            await cora.is_answered()
        await bo.transfers("203")
        await cora.answers()
        await anna.hangs_up(call)
    await house.settles()
    said = list(desk.said())
    assert {host for _, host, _ in said} == {ANNA, BO, "192.0.2.12"}, "nothing of the other call"
    assert ("received", BO, "REFER") in said
    assert ("sent", "192.0.2.12", "INVITE") in said
    assert all(json.loads(line)["call"] == arrived.call for line in desk.lines)


async def test_an_address_until_its_time_is_over(house: House, desk: Desk) -> None:
    anna, bo = await house.phones("anna", "bo")
    desk.orders.on(address=f"{ANNA}:5060", seconds=60)
    desk.orders.on(address="192.0.2.66")
    desk.orders.on(address="192.0.2.66:9")
    await anna.sends("OPTIONS")
    await bo.sends("OPTIONS")
    assert list(desk.said()) == [("received", ANNA, "OPTIONS"), ("sent", ANNA, "200")]
    assert [found["of"] for found in desk.orders.list()["traces"]] == [
        f"address {ANNA} port 5060",
        "address 192.0.2.66",
        "address 192.0.2.66 port 9",
    ]
    await house.settles(61)
    [ended] = house.happened(SipTraceEnded)
    assert (ended.trace, ended.messages, ended.why) == (1, 2, "its time is over")
    assert house.server.endpoint.tap is not None
    assert desk.orders.off()["ended"] == [2, 3]
    assert house.server.endpoint.tap is None


async def test_a_capture_file_and_a_collector(house: House, desk: Desk, network: MemoryNetwork, tmp_path: Path) -> None:
    collected: list[bytes] = []
    collector = network.datagram(Address("192.0.2.50", 9060), lambda data, _: collected.append(data))
    [anna] = await house.phones("anna")
    desk.orders.on(address="192.0.2.0/24", to=f"pcap:{tmp_path}/trace.pcap")
    desk.orders.on(user="anna", to="hep:192.0.2.50:9060")
    await anna.registers()
    await anna.sends("OPTIONS")
    desk.orders.off()
    await house.settles()
    collector.close()
    reader = dpkt.pcap.Reader(BytesIO((tmp_path / "trace.pcap").read_bytes()))
    captured = [dpkt.ip.IP(packet).data.data for _, packet in reader]
    assert [message.split()[0] for message in captured[::2]] == [b"REGISTER", b"REGISTER", b"OPTIONS"]
    assert [message.split()[1] for message in captured[1::2]] == [b"401", b"200", b"200"]
    for message, chunk in zip(captured, collected, strict=True):
        assert chunk.startswith(b"HEP3")
        assert chunk.endswith(message)
    register = captured[2].decode()
    assert 'username="anna-desk"' in register
    assert 'response="****************' in register


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({}, "of one call, one user or one address"),
        ({"user": "anna", "address": ANNA}, "of one call, one user or one address"),
        ({"call": "c1"}, "there is no call c1"),
        ({"user": "nobody"}, "there is no user nobody"),
        ({"user": "anna", "organization": "other"}, "there is no organization other"),
        ({"address": "house.example"}, "house.example is no IP address"),
        ({"address": "192.0.2.1/24"}, "is no IP address"),
        ({"user": "anna", "seconds": 90_000}, "at most 24 hours"),
        ({"user": "anna", "seconds": 0}, "at most 24 hours"),
        ({"user": "anna", "to": "printer"}, "is not `log`"),
        ({"user": "anna", "to": "hep:collector.example:9060"}, "is not `log`"),
        ({"user": "anna", "to": "pcap:/nowhere/at/all"}, "can't be made: no such file"),
    ],
)
async def test_what_is_refused(house: House, desk: Desk, wanted: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        desk.orders.on(**wanted)  # type: ignore[arg-type]
    assert house.server.endpoint.tap is None


async def test_there_are_bounds(house: House, desk: Desk) -> None:
    for _ in range(8):
        desk.orders.on(user="anna")
    with pytest.raises(ValueError, match="8 traces are on"):
        desk.orders.on(user="anna")
    with pytest.raises(ValueError, match="there is no trace 99"):
        desk.orders.off(99)


async def test_a_sink_with_a_bug_costs_its_trace_only(house: House) -> None:
    class Broken:
        def write(self, packet: object) -> None:
            raise RuntimeError("a bug")

        def close(self) -> None: ...

    [anna] = await house.phones("anna")
    orders = Desk(house).orders
    orders.on(user="anna")
    house.server.tracer.start(orders._user("anna", None), Broken(), 60)
    await anna.sends("OPTIONS")
    [ended] = house.happened(SipTraceEnded)
    assert ended.why == "a bug"


async def test_a_pin_that_is_sent_by_info_is_nowhere(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    """Neither in the trace, nor among the events, which the log and the ledger are made of."""
    rooms = 'conference_rooms: [{name: board, number: "251", pin: "2468"}]\n'
    async with House(configure(tmp_path, organization=ORGANIZATION + rooms), network, clock) as house:
        desk = Desk(house)
        (anna,) = await house.phones("anna")
        desk.orders.on(user="anna")
        async with anna.calls("251") as call:
            await anna.is_answered()
            for key in "2468#":
                info = call.request("INFO", body=f"Signal={key}\r\nDuration=100\r\n".encode(), content_type=RELAY)
                await anna.watch.until(lambda info=info: info.final, "an answer to the INFO", 5)  # type: ignore[misc]
            await anna.pause(2)
        await house.settles()
        assert [event.keys for event in house.happened(KeysPressed)] == ["***"]
        assert house.happened(Said)[-1].text.startswith("room-"), "it was the right one"
        traced = "".join(desk.lines)
        assert traced.count("Signal=*") == 5
        assert not re.search("Signal=[0-9#]", traced)
        assert "2468" not in traced + repr(house.events)
