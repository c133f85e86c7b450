"""Where the processor time of a call goes, part by part, in one process (`python -m bench.budget`).

A whole server handles calls from a trunk to a phone, with its call records, trail and log, on a network that delivers
at once: what the operating system takes for datagrams comes on top. Then each part does again what it did for one of
those calls. What no part accounts for is the machines, the call's task and the event loop.
"""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from time import thread_time
from typing import Any, TypeVar

import uvloop

from bench.wired import CALLER, NUMBER, PHONE, SERVER, TRUNK, Peers, WiredNetwork
from pbxd import cdr
from pbxd.calls.formats import offered_codecs
from pbxd.calls.media_plan import usable_codecs
from pbxd.calls.stream import Stream
from pbxd.clock import SystemClock
from pbxd.config import load
from pbxd.config.snapshot import Configuration
from pbxd.dialplan.router import decide
from pbxd.dialplan.situation import FromTrunk, Situation
from pbxd.events import CallEvent, CallId, Event
from pbxd.journal import Journal
from pbxd.journal.forms import as_json
from pbxd.journal.output import Output
from pbxd.process import COLLECTOR
from pbxd.server import Server
from pbxd.sip.message import Message, Request, Response
from pbxd.sip.parse import parse_message
from pbxd.sip.sdp import SessionDescription
from pbxd.store import Store
from pbxd.store.rows import BindingRow
from tests.interop.server import BO, House

T = TypeVar("T")

CALLS = 2_000
AT_ONCE = 8
"""Calls that begin in one turn of the loop; under load several do."""
ROUNDS = 400
"""Repetitions of one part."""


def configuration(directory: Path) -> Configuration:
    """A house with one phone and a trunk that its callers come by."""
    trunk = {
        "name": "trunk",
        "address": f"sip:{TRUNK}",
        "match": [TRUNK.host],
        "number_format": "e164",
        "organizations": ["house"],
    }
    house = House(
        address=SERVER.host,
        port=SERVER.port,
        trunks=[trunk],
        users=[BO],
        server={
            "database": f"sqlite:///{directory}/pbxd.db",
            "media": {"rtp_ports": "20000-39999", "codecs": ["pcma", "pcmu"]},
            "limits": {"calls": 100_000, "calls_per_second": 100_000},
        },
    )
    return load(house.write(directory / "config"))


def microseconds(operation: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Of processor time for one ``operation``: the best of five runs."""
    best = float("inf")
    gc.collect()
    for _ in range(5):
        begun = thread_time()
        for _ in range(rounds):
            operation()
        best = min(best, thread_time() - begun)
    return best / rounds * 1e6


class Budget:
    """One server, and the parts of what it did for its last call."""

    def __init__(self, server: Server, peers: Peers, journal: Journal) -> None:
        self._server = server
        self._peers = peers
        self._journal = journal
        self.events: list[Event] = []

    def hear(self, event: Event) -> None:
        """Remember the events of the latest call; subscribed while one is recorded."""
        self.events.append(event)

    async def whole(self, count: int) -> float:
        """Microseconds of a call, all parts together."""
        gc.collect()
        begun, peers = thread_time(), self._peers.seconds
        await self._peers.call(count, at_once=AT_ONCE)
        return (thread_time() - begun - (self._peers.seconds - peers)) / count * 1e6

    def messages_read(self) -> float:
        """Parse what came in."""
        received = list(self._peers.to_server)
        return microseconds(lambda: [parse_message(data) for data in received])

    def messages_written(self) -> float:
        """Build what went out, header by header."""
        sent = [parse_message(data) for data in self._peers.from_server]
        return microseconds(lambda: [_again(message).to_bytes() for message in sent])

    def descriptions(self) -> float:
        """Both offers and both answers."""
        bodies = [parse_message(data).body for data in self._peers.to_server]
        offer, answer = [body for body in bodies if body]
        engine, allowed = self._server.engine, offered_codecs(self._server.configuration.server.media.codecs)

        async def opened() -> tuple[Stream, Stream]:
            streams = Stream(engine, 1), Stream(engine, 2)
            for stream in streams:
                await stream.open(PHONE)
            return streams

        inbound, outbound = _finished(opened())

        def negotiate() -> None:
            inbound.ours = outbound.ours = None
            outbound.offer(usable_codecs(SessionDescription.parse(offer), allowed))
            outbound.accepted(answer)
            inbound.answer(offer, outbound.heard())

        try:
            return microseconds(negotiate)
        finally:
            inbound.close()
            outbound.close()

    def decision(self) -> float:
        """From who calls whom to what to do, and why."""
        server = self._server
        facts = server.exchange.world(CallId(""))
        source = FromTrunk(organization="house", trunk="trunk", number=CALLER, number_format="e164", name="")
        situation = Situation(source=source, dialled=NUMBER)
        return microseconds(lambda: decide(situation, facts, server.clock.wall()))

    def ports(self) -> float:
        """Open two, connect them, close them; their sockets come from the pool."""
        engine = self._server.engine

        async def use() -> None:
            one, other = await engine.open(toward=TRUNK), await engine.open(toward=PHONE)
            engine.hear(one.port, other.port)
            engine.hear(other.port, one.port)
            engine.close(one.port)
            engine.close(other.port)

        return microseconds(lambda: _finished(use()), 20)

    def log(self) -> float:
        """Lines to nowhere."""

        def write() -> None:
            for event in self.events:
                self._journal(event)

        return microseconds(write)

    def ledger(self) -> float:
        """Rows and records, up to where the database's thread takes them."""
        calls = [event for event in self.events if isinstance(event, CallEvent)]
        append = self._server.store.ledger.append

        def keep() -> None:
            for event in calls:
                append(event)

        return microseconds(keep, ROUNDS // 5)


def _again(message: Message) -> Message:
    headers = type(message.headers)(message.headers)
    if isinstance(message, Request):
        return Request(message.method, message.uri, headers, message.body)
    return Response(message.status, message.reason, headers, message.body)


def _finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """The value of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stopped:
        value: T = stopped.value
        return value
    raise RuntimeError("it waits")


async def _bind_phone(store: Store, clock: SystemClock) -> None:
    """Have the phone registered when the server starts."""
    row = BindingRow(
        organization="house",
        device=BO.devices[0],
        contact=f"sip:bo@{PHONE}",
        transport="udp",
        local=SERVER,
        remote=PHONE,
        expires=clock.wall() + 3600,
        call_id="registered",
        cseq=1,
    )
    saved = asyncio.get_running_loop().create_future()
    store.bindings.save([row], [], saved.set_result)
    if error := await saved:
        raise error


async def measure(directory: Path) -> None:
    """Print the table."""
    clock, peers, settings = SystemClock(), Peers(), configuration(directory)
    store = await Store.open(settings.server.database, clock, record_of=cdr.call_record)
    with Path(os.devnull).open("wb") as nowhere:  # noqa: ASYNC230  nothing to wait for
        output = Output(nowhere.fileno())
        journal = Journal(output.write, as_json, clock)
        writing = asyncio.create_task(store.bindings.group.run())  # until the server runs the store
        await _bind_phone(store, clock)
        writing.cancel()
        async with Server(settings, network=WiredNetwork(peers), clock=clock, store=store) as server:
            server.bus.subscribe(journal)
            output.attach(asyncio.get_running_loop())
            gc.collect()
            gc.freeze()
            gc.set_threshold(*COLLECTOR)
            budget = Budget(server, peers, journal)
            await budget.whole(AT_ONCE)
            whole = min([await budget.whole(CALLS // 5) for _ in range(5)])
            server.bus.subscribe(budget.hear)
            await peers.call(1, at_once=1)
            _print(whole, budget)
            output.detach()


def _print(whole: float, budget: Budget) -> None:
    parts = [
        ("messages parsed", budget.messages_read()),
        ("messages built", budget.messages_written()),
        ("offers and answers", budget.descriptions()),
        ("decision", budget.decision()),
        ("media ports", budget.ports()),
        ("log lines", budget.log()),
        ("ledger rows and records", budget.ledger()),
    ]
    rest = whole - sum(cost for _, cost in parts)
    print("microseconds of processor time for one call, without what the operating system takes for datagrams")
    for name, cost in [*parts, ("machines, kernel, event loop", rest), ("a whole call", whole)]:
        print(f"{cost:8.0f}  {name}")


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        uvloop.run(measure(Path(place)))


if __name__ == "__main__":
    main()
