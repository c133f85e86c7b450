"""A house with trunks of the test's own, the carriers behind them, and a name service that knows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pbxd.address import Address
from pbxd.sip.resolve import Place
from pbxd.sip.uri import Uri
from tests.support.carrier import Carrier, Script
from tests.support.clock import VirtualClock
from tests.support.house import SETTINGS, House, configure
from tests.support.network import MemoryNetwork

ONE, TWO, THREE = "192.0.2.71", "192.0.2.72", "192.0.2.73"
ACCOUNT = "register: {username: house, password: its-secret, domain: carrier.example, expires: 300}"
"""What a trunk at ``carrier.example`` registers with."""
_HEAD = SETTINGS[: SETTINGS.index("trunks:")]


def trunk(name: str, host: str, *more: str) -> str:
    """A trunk in YAML; ``host`` may have a port, or be a name."""
    place = host if ":" in host or not host[0].isdigit() else f"{host}:5060"
    fields = [f"name: {name}", f"address: sip:{place}", "organizations: [house]", "options_every: 0", *more]
    return "  - {" + ", ".join({field.split(":")[0]: field for field in fields}.values()) + "}\n"


class NameService:
    """A :class:`pbxd.sip.resolve.Resolver` that knows what a test tells it."""

    def __init__(self) -> None:
        self.known: dict[str, list[Place]] = {}

    def tells(self, name: str, *places: str) -> None:
        """``name`` leads to ``places`` (``udp:192.0.2.71``), in this order, all at port 5060."""
        split = (place.split(":", 1) for place in places)
        self.known[name] = [Place(transport, Address(host, 5060)) for transport, host in split]

    async def places(self, uri: Uri) -> Sequence[Place]:
        return self.known.get(uri.host, [])


class Scene:
    """What a test of trunks needs."""

    def __init__(self, directory: Path, network: MemoryNetwork, clock: VirtualClock) -> None:
        self._directory = directory
        self.network = network
        self.clock = clock
        self.names = NameService()
        self.carriers: list[Carrier] = []

    def carrier(self, host: str, script: Script) -> Carrier:
        """A carrier's server at ``host``."""
        carrier = Carrier(self.network, host, script)
        self.carriers.append(carrier)
        return carrier

    def house(self, *trunks: str) -> House:
        """The house, not started."""
        settings = _HEAD + "trunks:\n" + "".join(trunks)
        return House(configure(self._directory, settings=settings), self.network, self.clock, resolver=self.names)

    def close(self) -> None:
        for carrier in self.carriers:
            carrier.close()
