"""A small house: one whole pbxd server on the network in memory, four colleagues with phones, and a trunk.

Anna (201) has a desk phone and a soft phone, Bo is 202, Cora 203, Dan 204; their full numbers are +45888877 and 01 to
04. Outside the ranges everything goes to the trunk, which is known by its address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self, TypeVar

from pbxd import cdr
from pbxd.calls.equipment import Perform
from pbxd.config import load
from pbxd.config.snapshot import Configuration
from pbxd.events import Event
from pbxd.network import Address
from pbxd.server import Server
from pbxd.sip.resolve import Resolver
from pbxd.speech.voices import Voices
from pbxd.store.memory import MemoryStore
from pbxd.treatments import perform as perform_treatment
from tests.support.clock import VirtualClock
from tests.support.engines import FaultyEngine
from tests.support.expect import Watch
from tests.support.ladder import draw
from tests.support.network import MemoryNetwork
from tests.support.phone import Habits, Phone
from tests.support.postman import Postman
from tests.support.sound import Style
from tests.support.voices import TonalVoices

E = TypeVar("E", bound=Event)

DOMAIN = "house.example"
SERVER = Address("192.0.2.1", 5060)
HOSTS = {
    "anna-soft": "192.0.2.9",
    "anna": "192.0.2.10",
    "pbxd": SERVER.host,
    "bo": "192.0.2.11",
    "cora": "192.0.2.12",
    "dan": "192.0.2.13",
    "trunk": "192.0.2.99",
}
"""Host of each phone; the order is that of the columns in a ladder."""
DEVICES: Mapping[str, str] = {
    "anna": "anna-desk",
    "anna-soft": "anna-soft",
    "bo": "bo-desk",
    "cora": "cora-desk",
    "dan": "dan-desk",
}

SETTINGS = """\
listen: [udp://192.0.2.1:5060, tcp://192.0.2.1:5060]
database: sqlite:///unused.db
media: {rtp_ports: 20000-23999, codecs: [opus, g722, pcma, pcmu], timeout: 0}
data: var
organizations: [house.yaml]
trunks:
  - name: trunk
    address: sip:192.0.2.99:5060
    match: [192.0.2.99:5060]
    number_format: plus_e164
    organizations: [house]
    options_every: 0
"""
ORGANIZATION = """\
organization: house
name: The House
domain: house.example
country: DK
timezone: Europe/Copenhagen
languages: [en, da]
switchboard: "+4588887700"
number_ranges:
  - {from: "+4588887700", to: "+4588887799"}
  - {from: "200", to: "299"}
users:
  - username: anna
    name: Anna Holm
    lines: [{number: "+4588887701", alias: "201", type: landline}]
    devices:
      - {name: anna-desk, kind: desk, password: anna-secret}
      - {name: anna-soft, kind: softphone, password: anna-soft-secret}
  - username: bo
    name: Bo Lind
    lines: [{number: "+4588887702", alias: "202", type: landline}]
    devices: [{name: bo-desk, kind: desk, password: bo-secret}]
  - username: cora
    name: Cora Beck
    lines: [{number: "+4588887703", alias: "203", type: landline}]
    devices: [{name: cora-desk, kind: desk, password: cora-secret}]
  - username: dan
    name: Dan Skov
    lines: [{number: "+4588887704", alias: "204", type: landline}]
    devices: [{name: dan-desk, kind: desk, password: dan-secret}]
"""


def configure(directory: Path, *, settings: str = SETTINGS, organization: str = ORGANIZATION) -> Configuration:
    """The house's configuration, by way of files in ``directory``, as an operator would write them."""
    (directory / "pbxd.yaml").write_text(settings)
    (directory / "house.yaml").write_text(organization)
    return load(directory / "pbxd.yaml")


class House:
    """``async with House(...)`` starts the server, and on leaving stops it and makes sure that nothing was left behind.

    ``server`` is the running :class:`pbxd.server.Server` and ``engine`` its media engine, ``events`` everything that it
    said happened, ``postman`` whoever takes its mails and SMS.
    """

    server: Server
    engine: FaultyEngine

    def __init__(
        self,
        configuration: Configuration,
        network: MemoryNetwork,
        clock: VirtualClock,
        *,
        perform: Perform = perform_treatment,
        resolver: Resolver | None = None,
        real_voices: Voices | None = None,
    ) -> None:
        """``perform`` replaces the server's treatments, ``resolver`` its name service, ``real_voices`` its tones."""
        self.configuration = configuration
        self.network = network
        self.clock = clock
        self.store = MemoryStore(clock, record_of=cdr.call_record)
        self.postman = Postman()
        self.events: list[Event] = []
        self.watch = Watch(self.ladder)
        self.voices = TonalVoices()
        """Says everything in tones, and keeps the words."""
        self._real_voices = real_voices
        self._perform = perform
        self._resolver = resolver
        self._everybody: dict[str, Phone] = {}

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for phone in self._everybody.values():
            phone.unplug()
        await self.stop()
        if error is None:
            assert self.network.bound() == []

    async def start(self) -> None:
        """Start the server; its store is the one of before, if it ran before."""
        self.engine = FaultyEngine(self.network, self.clock, self.configuration)
        self.server = Server(
            self.configuration,
            network=self.network,
            clock=self.clock,
            store=self.store,
            engine=self.engine,
            voices=self._real_voices or self.voices,
            perform=self._perform,
            resolver=self._resolver,
            random=Random(1),
            sender=self.postman,
        )
        await self.server.__aenter__()
        self.server.bus.subscribe(self._happened)
        self._empty = self.leftovers()

    async def stop(self) -> None:
        """Shut the server down as SIGTERM does."""
        await self.server.__aexit__(None, None, None)

    def phone(self, name: str, *, habits: Habits | None = None, style: Style | None = None) -> Phone:
        """A phone that is plugged in (UDP) and not registered; the same one each time that it is asked for."""
        if name not in self._everybody:
            phone = self._everybody[name] = self._new(name, habits, style)
            phone.plug_in(self.network, HOSTS[name])
        return self._everybody[name]

    async def tcp_phone(self, name: str, *, habits: Habits | None = None, style: Style | None = None) -> Phone:
        """A phone that is connected by TCP and not registered."""
        phone = self._everybody[name] = self._new(name, habits, style)
        await phone.connect(self.network, HOSTS[name])
        return phone

    async def phones(self, *names: str) -> list[Phone]:
        """Registered phones."""
        found = [self.phone(name) for name in names]
        for phone in found:
            await phone.registers(3600)
        return found

    def trunk(self) -> Phone:
        """The carrier's side of the trunk."""
        trunk = self.phone("trunk")
        trunk.domain = SERVER.host  # it calls numbers at our address
        return trunk

    def happened(self, kind: type[E]) -> list[E]:
        """All events of a class so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def ladder(self) -> str:
        """All SIP so far."""
        return draw(self.network, {host: name for name, host in HOSTS.items()})

    async def settles(self, seconds: float = 40.5) -> None:
        """Let every transaction end (64*T1 and a bit), then make sure that the server is as empty as at its start."""
        await asyncio.sleep(seconds)
        found = self.leftovers()
        if found != self._empty:
            raise self.watch.fail(f"left behind: {found}, where an idle server has {self._empty}")

    def leftovers(self) -> dict[str, int]:
        """What is alive in the server, by kind."""
        endpoint = self.server.endpoint
        return {
            "calls": len(self.server.exchange.calls),
            "sessions": endpoint.sessions,
            "transactions": endpoint.transactions,
            "ports": self.server.engine.ports_open,
            "tasks": len(asyncio.all_tasks()),
        }

    def _happened(self, event: Event) -> None:
        self.events.append(event)
        self.watch.changed()

    def _new(self, name: str, habits: Habits | None, style: Style | None) -> Phone:
        secret = "anna-soft-secret" if name == "anna-soft" else f"{name}-secret"
        username = DEVICES.get(name, name)
        return Phone(
            self.watch,
            name=name,
            username=username,
            password=secret,
            domain=DOMAIN,
            server=SERVER,
            habits=habits,
            style=style,
        )
