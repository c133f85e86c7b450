from __future__ import annotations

import asyncio
import errno

import pytest

from pbxd.network import Address, Network, StreamConnection, StreamReceiver
from tests.support.network import MemoryNetwork, Rule

ANNA = Address("192.0.2.10", 5060)
BO = Address("192.0.2.11", 5060)


class Ear:
    """Keeps what a socket or a stream received, and when."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, bytes]] = []
        self.ended: list[Exception | None] = []
        self.connection: StreamConnection | None = None

    def datagram(self, data: bytes, source: Address) -> None:
        self.heard.append((asyncio.get_running_loop().time(), data))

    def opened(self, connection: StreamConnection) -> StreamReceiver:
        self.connection = connection
        return self

    def received(self, data: bytes) -> None:
        self.heard.append((asyncio.get_running_loop().time(), data))

    def lost(self, error: Exception | None) -> None:
        self.ended.append(error)

    @property
    def text(self) -> list[bytes]:
        return [data for _, data in self.heard]


def speak(network: MemoryNetwork, *what: bytes) -> Ear:
    ear = Ear()
    network.datagram(BO, ear.datagram)
    mouth = network.datagram(ANNA, Ear().datagram)
    for data in what:
        mouth.send(data, BO)
    return ear


async def test_it_is_a_network(network: MemoryNetwork) -> None:
    as_protocol: Network = network
    assert as_protocol.datagram(Address("0.0.0.0", 0), Ear().datagram).local == Address("192.0.2.1", 49152)


async def test_datagrams_arrive_in_order_in_one_wake_up(network: MemoryNetwork) -> None:
    ear = speak(network, *(b"%d" % i for i in range(50)))
    await asyncio.sleep(1)
    assert ear.text == [b"%d" % i for i in range(50)]
    assert len({at for at, _ in ear.heard}) == 1
    assert ear.heard[0][0] == pytest.approx(network.datagrams[0].sent + 0.005)


async def test_loss_is_as_often_as_said_recorded_and_repeatable() -> None:
    def lost(seed: int) -> list[bool]:
        network = MemoryNetwork(seed, rule=Rule(loss=0.2))
        speak(network, *[b"x"] * 2000)
        return [datagram.lost for datagram in network.datagrams]

    assert lost(1) == lost(1)
    assert lost(1) != lost(2)
    assert 330 < sum(lost(1)) < 470


async def test_what_was_recorded_as_lost_did_not_arrive() -> None:
    network = MemoryNetwork(3, rule=Rule(loss=0.5))
    ear = speak(network, *(b"%d" % i for i in range(200)))
    await asyncio.sleep(1)
    assert ear.text == [datagram.data for datagram in network.datagrams if not datagram.lost]


async def test_jitter_reordering_and_duplication() -> None:
    network = MemoryNetwork(4, rule=Rule(jitter=0.01, reordering=0.1, duplication=0.1))
    ear = speak(network, *(b"%d" % i for i in range(200)))
    await asyncio.sleep(1)
    assert 200 < len(ear.text) < 260
    assert set(ear.text) == {b"%d" % i for i in range(200)}
    assert ear.text != sorted(ear.text, key=int)


async def test_a_partition_and_its_end(network: MemoryNetwork) -> None:
    network.partition(ANNA.host, BO.host)
    ear = speak(network, b"unheard")
    network.heal()
    await asyncio.sleep(1)
    assert ear.text == []
    assert network.datagrams[0].fate == "partition"


async def test_the_latest_matching_rule_counts(network: MemoryNetwork) -> None:
    network.rule(Rule(source=ANNA.host, delay=0.5))
    network.rule(Rule(target=ANNA.host, delay=7.0))
    ear = speak(network, b"slow")
    await asyncio.sleep(1)
    assert ear.heard[0][0] == pytest.approx(network.datagrams[0].sent + 0.5)


async def test_a_chosen_datagram_is_dropped(network: MemoryNetwork) -> None:
    network.drop(lambda datagram: datagram.data == b"b")
    ear = speak(network, b"a", b"b", b"c")
    await asyncio.sleep(1)
    assert ear.text == [b"a", b"c"]
    assert network.datagrams[1].fate == "dropped"


async def test_an_address_is_bound_once(network: MemoryNetwork) -> None:
    socket = network.datagram(ANNA, Ear().datagram)
    with pytest.raises(OSError, match="in use") as refused:
        network.datagram(ANNA, Ear().datagram)
    assert refused.value.errno == errno.EADDRINUSE
    socket.close()
    network.datagram(ANNA, Ear().datagram)
    assert network.bound() == [ANNA]


async def test_nobody_listens(network: MemoryNetwork) -> None:
    network.datagram(ANNA, Ear().datagram).send(b"hello?", BO)
    await asyncio.sleep(1)
    assert network.datagrams[0].fate == "nobody listens"


async def connected(network: MemoryNetwork) -> tuple[Ear, Ear]:
    caller, callee = Ear(), Ear()
    await network.listen(BO, callee.opened)
    await network.connect_from(ANNA.host, BO, caller.opened)
    return caller, callee


async def test_a_stream_carries_both_ways_and_closes(network: MemoryNetwork) -> None:
    caller, callee = await connected(network)
    assert caller.connection
    assert callee.connection
    assert caller.connection.remote == callee.connection.local == BO
    caller.connection.write(b"one")
    callee.connection.write(b"two")
    caller.connection.close()
    await asyncio.sleep(1)
    assert (callee.text, caller.ended, callee.ended) == ([b"one"], [None], [None])


async def test_a_stream_is_cut_into_pieces() -> None:
    network = MemoryNetwork(rule=Rule(segment=1))
    caller, callee = await connected(network)
    assert caller.connection
    caller.connection.write(b"abc")
    await asyncio.sleep(1)
    assert callee.text == [b"a", b"b", b"c"]


async def test_a_stalled_stream_has_a_backlog(network: MemoryNetwork) -> None:
    caller, callee = await connected(network)
    assert caller.connection
    network.streams[0].stall()
    caller.connection.write(b"12345")
    caller.connection.close()
    await asyncio.sleep(1)
    assert (caller.connection.backlog(), callee.text, callee.ended) == (5, [], [])
    network.streams[0].resume()
    await asyncio.sleep(1)
    assert (caller.connection.backlog(), callee.text, callee.ended) == (0, [b"12345"], [None])


async def test_a_reset_reaches_both_ends_once(network: MemoryNetwork) -> None:
    caller, callee = await connected(network)
    network.streams[0].reset()
    await asyncio.sleep(1)
    assert caller.ended == [None]
    assert [type(error) for error in callee.ended] == [ConnectionResetError]
    assert caller.connection
    caller.connection.write(b"too late")
    await asyncio.sleep(1)
    assert callee.text == []


async def test_connecting_to_nobody_is_refused(network: MemoryNetwork) -> None:
    with pytest.raises(ConnectionRefusedError):
        await network.connect(BO, Ear().opened)
    network.partition(network.wildcard, BO.host)
    with pytest.raises(TimeoutError):
        await network.connect(BO, Ear().opened)
