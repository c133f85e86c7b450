"""``pbxd.yaml`` in itself."""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.config.building import matches
from pbxd.config.checks.once import Once
from pbxd.config.judging import File
from pbxd.config.models.server import Server
from pbxd.config.snapshot import Listen
from pbxd.errors import ConfigProblem

WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - names them, binds nothing


def check_server(file: File[Server]) -> list[ConfigProblem]:
    """Listeners, ports and trunks."""
    return [*_listeners(file), *_media_ports(file), *_trunks(file)]


def _listeners(file: File[Server]) -> Iterator[ConfigProblem]:
    seen: list[Listen] = []
    for index, listen in enumerate(file.model.listen):
        clash = next((other for other in seen if _same_socket(listen, other)), None)
        if clash is not None:
            words = "is given twice" if clash == listen else f"uses the same port as `{clash}`"
            yield file.problem(("listen", index), f"`{listen}` {words}")
        if listen.transport in ("tls", "wss") and file.model.tls is None:
            hint = "add `tls: {certificate: ..., key: ...}`"
            yield file.problem(("listen", index), f"`{listen}` needs a certificate", hint)
        seen.append(listen)


def _same_socket(one: Listen, other: Listen) -> bool:
    datagrams = (one.transport == "udp") == (other.transport == "udp")
    same_version = (":" in one.host) == (":" in other.host)
    hosts = one.host == other.host or (same_version and bool({one.host, other.host} & WILDCARDS))
    return datagrams and hosts and one.port == other.port


def _media_ports(file: File[Server]) -> Iterator[ConfigProblem]:
    ports = file.model.media.rtp_ports
    for index, listen in enumerate(file.model.listen):
        if listen.transport == "udp" and listen.port in ports:
            yield file.problem(("listen", index), f"port {listen.port} is among `media.rtp_ports` ({ports})")


def _trunks(file: File[Server]) -> Iterator[ConfigProblem]:
    names, sources = Once("trunk"), Once("source address")
    for index, trunk in enumerate(file.model.trunks):
        yield from names.take(file, trunk.name, ("trunks", index, "name"))
        if trunk.from_ == "account" and trunk.register_ is None:
            hint = "add `register`, or leave `from` out"
            yield file.problem(("trunks", index, "from"), f"`{trunk.name}` has no account to call from", hint)
        for at, match in enumerate(matches(trunk)):
            yield from sources.take(file, match, ("trunks", index, "match", at))
