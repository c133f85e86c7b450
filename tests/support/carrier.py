"""A carrier's proxy, as a script: every request is answered by a function of the test's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from pbxd.address import Address
from pbxd.sip.digest import Accepted, Authenticator, Ha1
from pbxd.sip.message import Headers, Request, Response, response_to
from pbxd.sip.parse import parse_message
from pbxd.sip.uri import Uri
from tests.support.network import MemoryNetwork

Pairs = Sequence[tuple[str, str]]
Script = Callable[[Request], Sequence[Response]]


class Carrier:
    """Listens on one address; ``requests`` is what came, without repetitions."""

    def __init__(self, network: MemoryNetwork, host: str, script: Script, *, port: int = 5060) -> None:
        self.requests: list[Request] = []
        self._came = asyncio.Event()
        self._script = script
        self._seen: dict[tuple[str, str], list[bytes]] = {}
        self._socket = network.datagram(Address(host, port), self._received)

    def got(self, method: str) -> list[Request]:
        """The requests of one method, in order."""
        return [request for request in self.requests if request.method == method]

    async def gets(self, method: str, count: int = 1, *, within: float = 10.0) -> list[Request]:
        """Wait until so many have come."""
        async with asyncio.timeout(within):
            while len(self.got(method)) < count:
                self._came.clear()
                await self._came.wait()
        return self.got(method)

    def invites(self, uri: str, *, to: str, server: Address, caller: str = "+4512345678", headers: Pairs = ()) -> None:
        """Call; whatever comes back is not looked at."""
        local = self._socket.local
        fields = [
            ("Via", f"SIP/2.0/UDP {local};branch=z9hG4bKcarrier{len(self.requests)}"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{caller}@carrier.example>;tag=carrier"),
            ("To", f"<sip:{to}@carrier.example>"),
            ("Call-ID", f"carrier-{to}"),
            ("CSeq", "1 INVITE"),
            ("Contact", f"<sip:{local}>"),
            *headers,
        ]
        self._socket.send(Request("INVITE", Uri.parse(uri), Headers(fields)).to_bytes(), server)

    def close(self) -> None:
        self._socket.close()

    def _received(self, data: bytes, source: Address) -> None:
        message = parse_message(data)
        if not isinstance(message, Request):
            return
        key = message.method, message.via.branch or ""
        answers = self._seen.get(key)
        if answers is None:
            self.requests.append(message)
            self._came.set()
            answers = self._seen[key] = [response.to_bytes() for response in self._script(message)]
        for answer in answers:
            self._socket.send(answer, source)


def ok(request: Request) -> list[Response]:
    """200 to anything."""
    return [] if request.method == "ACK" else [response_to(request, 200, to_tag="carrier")]


def silent(request: Request) -> list[Response]:
    """Nothing to anything."""
    del request
    return []


def refusing(status: int, *headers: tuple[str, str]) -> Script:
    """``status`` to every INVITE, 200 to the rest."""

    def script(request: Request) -> list[Response]:
        if request.method == "INVITE":
            return [response_to(request, status, to_tag="carrier", headers=headers)]
        return ok(request)

    return script


class Registrar:
    """A script that wants a password for some methods, and answers what has it by ``then``."""

    def __init__(
        self,
        username: str,
        password: str,
        realm: str,
        then: Script,
        *,
        now: Callable[[], float],
        challenged: Sequence[str] = ("REGISTER", "INVITE"),
    ) -> None:
        self._authenticator = Authenticator(b"carrier" * 5)
        self._ha1 = Ha1.of(username, realm, password)
        self._username = username
        self._realm = realm
        self._then = then
        self._now = now
        self._challenged = challenged

    def __call__(self, request: Request) -> Sequence[Response]:
        if request.method not in self._challenged:
            return ok(request)
        status, ask, header = (
            (401, "WWW-Authenticate", "Authorization")
            if request.method == "REGISTER"
            else (407, "Proxy-Authenticate", "Proxy-Authorization")
        )
        verdict = self._authenticator.verify(request, header, self._known, self._now(), realm=self._realm)
        if isinstance(verdict, Accepted):
            return self._then(request)
        challenges = [(ask, value) for value in self._authenticator.challenges(self._realm, self._now())]
        return [response_to(request, status, to_tag="carrier", headers=challenges)]

    def _known(self, username: str, realm: str) -> Ha1 | None:
        return self._ha1 if (username, realm) == (self._username, self._realm) else None
