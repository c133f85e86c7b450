"""What a configuration comes to: frozen values that the running server reads."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

from pbxd.address import Address, External
from pbxd.config.gateways import SmsConfig, SmtpConfig, WebhookConfig
from pbxd.org.organization import Organization
from pbxd.org.users import Dtmf, Srtp
from pbxd.sip.transport.certificates import TlsFiles
from pbxd.sip.transport.limits import StreamLimits
from pbxd.speech.engines.engine import SpeechConfig

Transport: TypeAlias = Literal["udp", "tcp", "tls", "ws", "wss"]
CalledNumberFrom: TypeAlias = Literal["request-uri", "to", "p-called-party-id"]
Identity: TypeAlias = Literal["p-asserted-identity", "p-preferred-identity", "none"]
DiversionHeader: TypeAlias = Literal["diversion", "history-info", "both", "none"]
NumberFormat: TypeAlias = Literal["e164", "plus_e164", "national"]
Scope: TypeAlias = Literal[
    "phones:read",
    "phones:write",
    "tickets:read",
    "tickets:write",
    "presence:read",
    "presence:write",
    "calls:read",
    "calls:write",
    "events:read",
    "voicemail:read",
    "voicemail:write",
    "recordings:read",
    "sounds:read",
    "queues:read",
    "queues:write",
    "directory:read",
    "directory:write",
    "directory:moderate",
]
"""What a token is for. Those of phones, tickets, recordings and sounds are an administrator's."""
IpNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """An address that the server listens on."""

    transport: Transport
    host: str
    """An IP address, without brackets."""
    port: int
    path: str = ""
    """Of WebSocket listeners: ``/sip``."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}://{host}:{self.port}{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortRange:
    """The ports from ``first`` (even) to ``last``, both included."""

    first: int
    last: int

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaConfig:
    rtp_ports: PortRange
    codecs: tuple[str, ...]
    """Lower case, the most wanted first."""
    engine: str
    srtp: Srtp
    """Of devices and trunks that don't say it themselves."""
    timeout: int
    """Seconds without a sign of life after which a party's sound has stopped; 0: it never does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogConfig:
    format: Literal["json", "console"]
    level: Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpListen:
    """Where HTTP is served."""

    tls: bool
    """By the certificate of ``tls``."""
    address: Address

    def __str__(self) -> str:
        return f"http{'s' if self.tls else ''}://{self.address}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpConfig:
    listen: HttpListen
    public_url: str
    """What phones and people are told, without a slash at its end."""
    public: bool = False
    """Whether somebody has said so. Otherwise it is where we listen, which people elsewhere may not reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """Who may ask over HTTP, and for what."""

    name: str
    sha256: str = field(repr=False)
    """Of the token, in hexadecimal."""
    scopes: frozenset[Scope]
    organization: str | None = None
    """The only one that it is for; ``None``: all."""
    user: str | None = None
    """The only one that it is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsConfig:
    calls: int
    calls_per_second: int
    registrations_per_user: int
    connections: int
    """Stream connections at once."""
    connections_per_address: int
    """Those of them that one address made to us."""
    connection_idle: int
    """Seconds that one may be silent."""
    ban_after: int

    @property
    def streams(self) -> StreamLimits:
        """Those of connections, as transports want them."""
        return StreamLimits(
            connections=self.connections,
            per_address=self.connections_per_address,
            idle_seconds=self.connection_idle,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """``pbxd.yaml``, with every path absolute."""

    listen: tuple[Listen, ...]
    tls: TlsFiles | None
    digest: tuple[str, ...]
    """Algorithms of digest authentication in the order of their challenges: ``MD5``, ``SHA-256``."""
    external_address: tuple[External, ...]
    """What to advertise instead of our own, to whom."""
    large_requests: Literal["udp", "tcp"]
    """How requests that are too long for one datagram go where nothing says how (RFC 3261 18.1.1)."""
    name_servers: tuple[Address, ...]
    """Whom to ask for names; empty: those of the machine."""
    session_expires: int
    """Interval of session timers that we ask for, seconds (RFC 4028)."""
    database: str = field(repr=False)
    """``sqlite:///`` and an absolute path, or ``postgresql://...``; may hold a password."""
    media: MediaConfig
    http: HttpConfig | None
    """``None``: nothing is served over HTTP, and there is no process for it."""
    smtp: SmtpConfig | None
    """``None``: no mails are sent."""
    sms: SmsConfig | None
    webhooks: tuple[WebhookConfig, ...]
    api_tokens: tuple[ApiToken, ...]
    log: LogConfig
    speech: SpeechConfig
    limits: LimitsConfig
    ledger_days: int | None
    """How long events and call records are kept; ``None``: for ever."""
    drain: int
    """Seconds that running calls get to end when the server is told to stop."""
    data: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Where a trunk's inbound requests come from: one address or a network, from any port or one."""

    network: IpNetwork
    port: int | None

    def __str__(self) -> str:
        single = self.network.prefixlen == self.network.max_prefixlen
        host = str(self.network.network_address if single else self.network)
        return host if self.port is None else f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Ours at a carrier."""

    username: str
    password: str = field(repr=False)
    domain: str
    expires: int
    """Seconds that we ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A carrier's, with us."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPolicy:
    """What a trunk is told of who calls, and where."""

    from_: Literal["caller", "account"]
    """Whose number is in From: the caller's, or that of our account there."""
    asserted: Identity
    """The header that has the caller's number besides."""
    caller_number: Literal["keep", "replace"]
    """Whose number a call from outside has that was sent on: the caller's, or that of our user who sent it on."""
    diversion: DiversionHeader
    """Which headers tell who sent the call on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A carrier or peer server."""

    name: str
    address: str
    """SIP URI that outbound requests go to."""
    match: tuple[Match, ...]
    number_format: NumberFormat
    codecs: tuple[str, ...]
    """In order; empty: those of the server."""
    organizations: tuple[str, ...]
    max_calls: int | None
    """Calls at once, in both directions together; ``None``: as many as there are."""
    priority: int
    """1 is tried first."""
    weight: int
    """Share of the calls among trunks of the same priority."""
    options_every: int
    """Seconds between two OPTIONS that ask whether it is there; 0: never."""
    reply_within: int
    """Seconds after which a server of it that said nothing to a request is given up."""
    called_number_from: CalledNumberFrom
    account: Account | None
    """What we register with, and answer its challenges with."""
    login: Login | None
    """What it answers our challenges with, when it does not call from an address that is known."""
    certificate: str | None
    """The DNS name that the certificate of its connections to us is for."""
    trusted: bool
    """Learns who calls even where the caller wants to stay unknown, and is believed when it says who does."""
    identity: IdentityPolicy
    srtp: Srtp | None
    """``None``: as the server says."""
    dtmf: Dtmf
    """How it sends keys, and wants them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingTest:
    """What must hold for one call (TOOL-2)."""

    name: str
    caller: str
    """Username, device or number."""
    to: str
    at: datetime | None
    """On the organization's clock; ``None``: whenever it is asked."""
    as_if: Mapping[str, str]
    organization: str | None
    outcomes: tuple[str, ...]
    """Of what rings, in order; where they are used up, nobody answers."""
    expect: tuple[Mapping[str, object], ...]
    """The first steps, each with the keys that are looked at."""
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Configuration:
    """A complete, checked configuration."""

    path: Path
    server: ServerConfig
    organizations: Mapping[str, Organization]
    trunks: Mapping[str, Trunk]
    """By name, in the order of ``priority``, then of the file."""
    inactive: tuple[str, ...]
    """``not active yet: queues (organizations/nordhavn.yaml:331)``: what was read and checked, and does nothing yet."""
    warnings: tuple[str, ...]
    """What can be done, and will hardly have been meant so, each with file and line."""
    content_hash: str
    """SHA-256 over every file that was read."""
    tests: tuple[RoutingTest, ...] = ()
    _domains: dict[str, Organization] = field(init=False, repr=False, compare=False)
    _addresses: dict[tuple[str, int | None], Trunk] = field(init=False, repr=False, compare=False)
    _certificates: dict[str | None, Trunk] = field(init=False, repr=False, compare=False)
    _logins: dict[str, Trunk] = field(init=False, repr=False, compare=False)
    _networks: tuple[tuple[Match, Trunk], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        addresses: dict[tuple[str, int | None], Trunk] = {}
        networks: list[tuple[Match, Trunk]] = []
        for trunk in self.trunks.values():
            for match in trunk.match:
                if match.network.num_addresses == 1:
                    addresses[str(match.network.network_address), match.port] = trunk
                else:
                    networks.append((match, trunk))
        object.__setattr__(self, "_certificates", {one.certificate: one for one in self.trunks.values()})
        object.__setattr__(self, "_logins", {one.login.username: one for one in self.trunks.values() if one.login})
        networks.sort(key=lambda pair: pair[0].network.prefixlen, reverse=True)
        object.__setattr__(self, "_domains", {found.domain: found for found in self.organizations.values()})
        object.__setattr__(self, "_addresses", addresses)
        object.__setattr__(self, "_networks", tuple(networks))

    def organization_for(self, domain: str) -> Organization | None:
        """The organization whose SIP domain this is."""
        return self._domains.get(domain.lower())

    def organizations_with(self, device: str) -> tuple[Organization, ...]:
        """The organizations that have a device of this name: for phones that register with an address for a domain."""
        return tuple(found for found in self.organizations.values() if found.device(device) is not None)

    def trunk_with_login(self, username: str, organization: str) -> Trunk | None:
        """The trunk of an organization that calls in with this username."""
        trunk = self._logins.get(username)
        return trunk if trunk is not None and organization in trunk.organizations else None

    def trunk_with_certificate(self, names: Iterable[str]) -> Trunk | None:
        """The trunk whose verified certificate is for one of ``names``."""
        found = (self._certificates.get(name.lower()) for name in names)
        return next((trunk for trunk in found if trunk is not None), None)

    def trunk_at(self, host: str, port: int | None) -> Trunk | None:
        """The trunk that requests from this IP address and port belong to; the narrowest match wins.

        ``port`` is ``None`` for a stream, whose far end may have any: then only a match without port counts, because
        a phone on the same machine must never pass for the trunk.
        """
        trunk = self._addresses.get((host, port)) or self._addresses.get((host, None))
        if trunk is not None or not self._networks:
            return trunk
        address = ipaddress.ip_address(host)
        return next(
            (trunk for match, trunk in self._networks if address in match.network and match.port in (None, port)), None
        )
