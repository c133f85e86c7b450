"""``pbxd.yaml`` in itself."""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.config.building import matches
from pbxd.config.checks.once import Once
from pbxd.config.hints import nearest
from pbxd.config.judging import File
from pbxd.config.models.server import Server
from pbxd.config.snapshot import Listen
from pbxd.errors import ConfigProblem
from pbxd.events.outward import OUTWARD

SHORTEST_SECRET = 24
"""Of webhooks; shorter ones can be guessed from one delivery."""
WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - names them, binds nothing


def check_server(file: File[Server]) -> list[ConfigProblem]:
    """Listeners, ports, tokens and trunks."""
    return [*_listeners(file), *_media_ports(file), *_http(file), *_tokens(file), *_webhooks(file), *_trunks(file)]


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


def _http(file: File[Server]) -> Iterator[ConfigProblem]:
    http = file.model.http
    if http is not None and http.listen.tls and file.model.tls is None:
        hint = "add `tls: {certificate: ..., key: ...}`"
        yield file.problem(("http", "listen"), f"`{http.listen}` needs a certificate", hint)


def _tokens(file: File[Server]) -> Iterator[ConfigProblem]:
    names, tokens = Once("token"), set[str]()
    for index, token in enumerate(file.model.api_tokens):
        path = ("api_tokens", index)
        yield from names.take(file, token.name, (*path, "name"))
        if token.token in tokens:  # which is not repeated here
            yield file.problem((*path, "token"), "this token is used twice")
        tokens.add(token.token)
        for at, scope in enumerate(token.scopes):
            if token.user is not None and scope.startswith(("phones:", "tickets:", "recordings:", "sounds:")):
                words = f"`{scope}` is an administrator's, and `{token.name}` is for one user"
                yield file.problem((*path, "scopes", at), words)
        if token.user is not None and token.organization is None:
            yield file.problem((*path, "user"), "needs the `organization` that the user is in")


def _webhooks(file: File[Server]) -> Iterator[ConfigProblem]:
    for index, webhook in enumerate(file.model.webhooks):
        for at, event in enumerate(webhook.events):
            if event not in OUTWARD:
                problem = f"no event that is told outside is called `{event}`"
                yield file.problem(("webhooks", index, "events", at), problem, nearest(event, OUTWARD))
        if webhook.secret is not None and len(webhook.secret) < SHORTEST_SECRET:
            yield file.problem(("webhooks", index, "secret"), f"a secret has {SHORTEST_SECRET} characters at least")


def _trunks(file: File[Server]) -> Iterator[ConfigProblem]:
    names, sources = Once("trunk"), Once("source address")
    for index, trunk in enumerate(file.model.trunks):
        yield from names.take(file, trunk.name, ("trunks", index, "name"))
        if trunk.from_ == "account" and trunk.register_ is None:
            hint = "add `register`, or leave `from` out"
            yield file.problem(("trunks", index, "from"), f"`{trunk.name}` has no account to call from", hint)
        for at, match in enumerate(matches(trunk)):
            yield from sources.take(file, match, ("trunks", index, "match", at))
