"""``pbxd.yaml``: the server and its trunks."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field, PlainValidator, model_validator

from pbxd.address import Address, External
from pbxd.config.models.gateways import Sms, Smtp, WebAddress
from pbxd.config.scalars import (
    Count,
    Domain,
    Flag,
    Language,
    Name,
    OneOrMore,
    Positive,
    Seconds,
    Secret,
    Text,
    duration,
    reading,
    shown,
    wrong,
)
from pbxd.config.section import LATER, Section
from pbxd.config.snapshot import HttpListen, Listen, Match, PortRange, Scope, Transport
from pbxd.org.users import Dtmf, Srtp
from pbxd.sip.session.timer import LONGEST, MIN_SE, USUAL

Codec: TypeAlias = Literal["opus", "g722", "pcma", "pcmu"]

SHORTEST_SILENCE = 10
"""Seconds; RTCP comes about every 5 s, and up to 7.5 s apart (RFC 3550 6.2, 6.3.1)."""
SHORTEST_TOKEN = 24
"""Characters of a token for programs: nobody guesses as many."""
DRAIN = 5
"""Seconds. With those in which the server stops, less than the 10 s that Docker waits before it kills."""
_DEFAULT_PORTS: dict[Transport, int] = {"udp": 5060, "tcp": 5060, "tls": 5061, "ws": 80, "wss": 443}


def _listen(text: str) -> Listen:
    scheme, _, rest = text.partition("://")
    transport = next((known for known in _DEFAULT_PORTS if known == scheme), None)
    if transport is None or not rest:
        raise wrong(f"`{text[:40]}` is not an address to listen on", "such as `udp://127.0.0.1:5060`")
    place, slash, path = rest.partition("/")
    if slash and transport not in ("ws", "wss"):
        raise wrong(f"a path is for ws and wss only, not for {transport}")
    host, port = _host_port(place)
    try:
        host = str(ipaddress.ip_address(host))
    except ValueError as error:
        raise wrong(f"`{host[:40]}` is not an IP address", "write 0.0.0.0 for every address of the machine") from error
    return Listen(transport=transport, host=host, port=port or _DEFAULT_PORTS[transport], path=slash + path)


def _host_port(text: str) -> tuple[str, int | None]:
    """Host without brackets, and the port where one is given; raises ``ValueError``."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:\s]+))(?::([0-9]{1,5}))?", text)
    if match is None:
        raise ValueError(text)
    port = int(match[3]) if match[3] else None
    if port is not None and not 1 <= port <= 65_535:
        raise wrong(f"port {port} is not between 1 and 65535")
    return match[1] or match[2], port


def _ports(text: str) -> PortRange:
    match = re.fullmatch(r"([0-9]{1,5})\s?-\s?([0-9]{1,5})", text)
    if match is None:
        raise ValueError(text)
    first, last = int(match[1]), int(match[2])
    if not 1024 <= first < last <= 65_535:
        raise wrong("must go from a lower to a higher port, both between 1024 and 65535")
    if first % 2:
        raise wrong("must begin with an even port: RTP takes even ports, RTCP the odd ones after them")
    return PortRange(first=first, last=last)


def _match(text: str) -> Match:
    if "/" in text:
        return Match(network=ipaddress.ip_network(text), port=None)
    try:
        host, port = ipaddress.ip_address(text.strip("[]")), None
    except ValueError:
        name, port = _host_port(text)
        host = ipaddress.ip_address(name)
    return Match(network=ipaddress.ip_network(host), port=port)


def _external(value: Any) -> tuple[External, ...]:
    """One address for everybody of its IP version, or one for each network."""
    if isinstance(value, str):
        address = _ip_address(value)
        return (External(network="::/0" if ":" in address else "0.0.0.0/0", address=address),)
    if not isinstance(value, dict):
        raise wrong("must be an IP address, or a mapping of networks to addresses")
    found = tuple(External(network=_network(key), address=_ip_address(each)) for key, each in value.items())
    for each in found:
        if (":" in each.network) != (":" in each.address):
            raise wrong(f"`{each.address}` can't be told to `{each.network}`: one is IPv4, the other IPv6")
    return found


def _ip_address(text: Any) -> str:
    try:
        return str(ipaddress.ip_address(str(text).strip()))
    except ValueError as error:
        raise wrong(f"`{shown(str(text))}` is not an IP address") from error


def _network(text: Any) -> str:
    try:
        return str(ipaddress.ip_network(str(text).strip()))
    except ValueError as error:
        raise wrong(f"`{shown(str(text))}` is not a network", "such as `10.0.0.0/8`, or `0.0.0.0/0` for all") from error


def _silence(text: str) -> int:
    seconds = duration(text)
    if 0 < seconds < SHORTEST_SILENCE:
        raise wrong(f"must be at least {SHORTEST_SILENCE} seconds, or 0", "phones send their reports every 5 s")
    return seconds


def _drain(text: str) -> int:
    return 0 if text.strip() == "0" else duration(text)


def _database(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in ("sqlite", "postgresql"):
        raise ValueError(text)
    if scheme == "sqlite" and len(rest) < 2:
        raise wrong("names no file", "such as `sqlite:///var/pbxd.db`")
    return text


def _name_server(text: str) -> Address:
    found = _match(text) if "/" not in text else None
    if found is None:
        raise ValueError(text)
    return Address(str(found.network.network_address), found.port or 53)


def _sip_address(text: str) -> str:
    match = re.fullmatch(r"sips?:([^@;?\s]+)(;[^\s?]*)?", text)
    if match is None:
        raise ValueError(text)
    _host_port(match[1])
    return text


def _http_listen(text: str) -> HttpListen:
    scheme, _, place = text.partition("://")
    if scheme not in ("http", "https"):
        raise wrong(f"`{shown(text)}` does not begin with http:// or https://")
    host, port = _host_port(place.removesuffix("/"))
    return HttpListen(tls=scheme == "https", address=Address(_ip_address(host), port or _HTTP_PORTS[scheme]))


_HTTP_PORTS = {"http": 80, "https": 443}
_HASHED = re.compile(r"sha256:[0-9a-f]{64}")


def _token(text: str) -> str:
    """The hash of a token; one that is written as it is counts as its hash from here on."""
    if text.startswith("sha256:"):
        if not _HASHED.fullmatch(text):
            raise wrong("is no hash", "`pbxd token` prints a token and its hash")
        return text.removeprefix("sha256:")
    if len(text) < SHORTEST_TOKEN:
        raise wrong(f"must have {SHORTEST_TOKEN} characters at least", "`pbxd token` prints one, and its hash")
    return hashlib.sha256(text.encode()).hexdigest()


class Pair(Section):
    certificate: Text
    key: Text


class Tls(Pair):
    more: list[Pair] = []
    client_ca: Text | None = None
    client_certificates: Literal["required", "optional"] = "required"
    ca: Text | None = None


class Media(Section):
    engine: Literal["embedded", "child", "rtpengine"] = "embedded"
    rtp_ports: Annotated[PortRange, reading("a span of ports such as `20000-29999`", _ports)] = PortRange(
        first=20_000, last=29_999
    )
    codecs: Annotated[list[Codec], Field(min_length=1)] = ["opus", "g722", "pcma", "pcmu"]
    srtp: Srtp = "off"
    timeout: Annotated[int, reading("a time such as `60` or `2m`; 0: never", _silence)] = 60


class Http(Section):
    listen: Annotated[
        HttpListen, reading("an address such as `http://127.0.0.1:8088` or `https://192.0.2.1:8443`", _http_listen)
    ] = HttpListen(tls=False, address=Address("127.0.0.1", 8088))
    public_url: WebAddress | None = None


class Log(Section):
    format: Literal["json", "console"] = "json"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Speech(Section):
    engine: Literal["espeak", "piper", "none"] = "espeak"
    voices: dict[Language, Text] = {}

    @model_validator(mode="after")
    def _voiced(self) -> Speech:
        if (self.engine == "piper") != bool(self.voices):
            raise wrong("`voices` are for the engine piper, which needs some", "`{da: voices/da.onnx}`", key="voices")
        return self


class Limits(Section):
    calls: Positive = 500
    calls_per_second: Positive = 100
    registrations_per_user: Positive = 10
    connections: Positive = 20_000
    connections_per_address: Positive = 1_000
    connection_idle: Annotated[Seconds, Field(ge=60)] = 3_900
    ban_after: Count = 20


class Retention(Section):
    ledger_days: Positive = 365


class Webhook(Section):
    url: WebAddress
    events: list[Text] = []
    secret: Annotated[Secret | None, Field(repr=False)] = None
    organization: Name | None = None


class ApiToken(Section):
    name: Name
    token: Annotated[str, reading("a token or its hash", _token, secret=True), Field(repr=False)]
    scopes: Annotated[list[Scope], Field(min_length=1)]
    organization: Name | None = None
    user: Name | None = None


class Register(Section):
    username: Text
    password: Annotated[Secret, Field(repr=False)]
    domain: Domain
    expires: Positive = 600


class Login(Section):
    username: Text
    password: Annotated[Secret, Field(repr=False)]


class Trunk(Section):
    name: Name
    address: Annotated[str, reading("a SIP address such as `sip:192.0.2.1:5060`", _sip_address)]
    match: list[Annotated[Match, reading("an IP address, with or without port, or a network", _match)]] = []
    number_format: Literal["e164", "plus_e164", "national"] = "e164"
    codecs: list[Codec] = []
    dtmf: Dtmf = "rfc4733"
    srtp: Srtp | None = None
    caller_number: Literal["keep", "replace"] = "keep"
    diversion: Literal["diversion", "history-info", "both", "none"] = "diversion"
    from_: Annotated[Literal["caller", "account"], Field(alias="from")] = "caller"
    identity: Literal["p-asserted-identity", "p-preferred-identity", "none"] | None = None
    organizations: list[Name] = []
    max_calls: Positive | None = None
    priority: Positive = 1
    weight: Count = 10
    options_every: Count = 60
    reply_within: Seconds = 4
    called_number_from: Literal["request-uri", "to", "p-called-party-id"] = "request-uri"
    trusted: Flag = False
    register_: Annotated[Register | None, Field(alias="register")] = None
    login: Login | None = None
    certificate: Domain | None = None


class Server(Section):
    """The whole of ``pbxd.yaml``."""

    REFERRED: ClassVar = frozenset({"listen", "media", "tls"})

    listen: Annotated[
        list[Annotated[Listen, reading("an address such as `udp://127.0.0.1:5060`", _listen)]], Field(min_length=1)
    ]
    tls: Tls | None = None
    digest: Annotated[list[Literal["md5", "sha-256"]], Field(min_length=1)] = ["md5", "sha-256"]
    external_address: Annotated[tuple[External, ...], PlainValidator(_external)] = ()
    large_requests: Literal["udp", "tcp"] = "udp"
    name_servers: list[Annotated[Address, reading("an IP address, with or without port", _name_server)]] = []
    session_expires: Annotated[Seconds, Field(ge=MIN_SE, le=LONGEST)] = USUAL
    database: Annotated[
        str,
        reading(
            "a database such as `sqlite:///var/pbxd.db` or `postgresql://pbxd@db.example/pbxd`", _database, secret=True
        ),
        Field(repr=False),
    ] = "sqlite:///var/pbxd.db"
    media: Media = Media()
    http: Http | None = None
    log: Log = Log()
    smtp: Smtp | None = None
    sms: Sms | None = None
    speech: Speech = Speech()
    limits: Limits = Limits()
    retention: Retention | None = None
    drain: Annotated[int, reading("a time such as `30`, `30s` or `5m`; 0: not at all", _drain)] = DRAIN
    data: Text = "var"
    organizations: Annotated[list[Text], OneOrMore] = ["organizations/*.yaml"]
    tests: Annotated[list[Text], OneOrMore, LATER] = []
    webhooks: list[Webhook] = []
    api_tokens: list[ApiToken] = []
    trunks: list[Trunk] = []
