"""Where sound enters and leaves the server, by its configuration."""

from __future__ import annotations

from pbxd.clock import Clock
from pbxd.config.snapshot import Configuration
from pbxd.media.embedded.engine import EmbeddedEngine, Interface
from pbxd.network import Network


def embedded_engine(configuration: Configuration, network: Network, clock: Clock) -> EmbeddedEngine:
    """The in-process engine on the addresses that the configuration listens on."""
    ports = configuration.server.media.rtp_ports
    return EmbeddedEngine(
        network,
        clock=clock,
        interfaces=interfaces(configuration),
        ports=range(ports.first, ports.last + 1),
        silence=configuration.server.media.timeout,
    )


def interfaces(configuration: Configuration) -> list[Interface]:
    """Where sound may enter and leave: wherever SIP does, each address once."""
    server = configuration.server
    hosts = dict.fromkeys(listen.host for listen in server.listen)
    return [Interface(address=host, external=server.external_address) for host in hosts]
