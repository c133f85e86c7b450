"""The machinery under :class:`~tests.support.phone.Phone`: sockets, matching, authentication, repetition."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from pbxd.network import Address
from pbxd.sip.message import Message, Request, Response, reason_for
from pbxd.sip.parse import parse_message
from pbxd.sip.uri import Uri
from tests.support.attempt import Attempt
from tests.support.credentials import Credentials
from tests.support.expect import Watch
from tests.support.network import MemoryNetwork
from tests.support.phone_call import PhoneCall
from tests.support.sound import Sound, Style
from tests.support.wire import Pairs, TcpWire, UdpWire, Wire, write, write_response

CHECK_SYNC = ("check-sync", "aastra-xml", "sys-control")
"""Event packages by which phones are told to fetch their settings, outside of any subscription."""
_CHALLENGES = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}


@dataclass(slots=True, kw_only=True)
class Habits:
    """What a phone does by itself. Everything is on, except what real phones seldom do."""

    retransmits: bool = True
    """Its requests, on UDP."""
    repeats: bool = True
    """Its final and reliable responses, until they are acknowledged."""
    acknowledges: bool = True
    """2xx to its INVITE."""
    rings: bool = True
    """Sends 180 as soon as an INVITE comes."""
    obeys_cancel: bool = True
    authenticates: bool = True
    preemptive: bool = False
    """Sends credentials for the last challenge without being asked again."""
    responds: bool = True
    """Answers anything at all."""
    supports: tuple[str, ...] = ("replaces",)
    allows: str = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO"


class Outside:
    """A request outside of any call, followed through its challenge."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt

    def result(self) -> Response | None:
        """The final response that the phone did not answer with another request."""
        return self.attempt.final


class PhoneCore:
    """Knows which message belongs to what; all calls are in ``calls_made`` and ``calls_got``."""

    wire: Wire
    call: PhoneCall
    """The call that the user is busy with: the last one made, or noticed ringing."""

    def __init__(
        self,
        watch: Watch,
        *,
        name: str,
        username: str,
        password: str,
        domain: str,
        server: Address,
        habits: Habits | None = None,
        style: Style | None = None,
    ) -> None:
        self.watch = watch
        self.name = name
        self.username = username
        self.domain = domain
        self.server = server
        self.habits = habits or Habits()
        self.style = style or Style()
        self.credentials = Credentials(username, password)
        self.received: list[Message] = []
        self.calls_made: list[PhoneCall] = []
        self.calls_got: list[PhoneCall] = []
        self._attempts: dict[tuple[str, str], tuple[PhoneCall | None, Attempt]] = {}
        self._answered: dict[tuple[str | None, str], bytes] = {}
        self._sources: dict[tuple[str | None, str], Address] = {}
        self._outside: dict[Attempt, Outside] = {}
        self._challenge: tuple[str, dict[str, str]] | None = None
        self._serial = 0
        self._cseq = 0

    # -- on the network --------------------------------------------------------------------------------------------

    def plug_in(self, network: MemoryNetwork, host: str, port: int = 5060) -> None:
        """Take a UDP address."""
        self._network, self.host = network, host
        self.wire = UdpWire(network, Address(host, port), self._heard)

    async def connect(self, network: MemoryNetwork, host: str) -> None:
        """Open a TCP connection to the server, for everything."""
        self._network, self.host = network, host
        self.wire = await TcpWire.open(network, host, self.server, self._heard)

    def unplug(self) -> None:
        """Gone without a word."""
        for call in (*self.calls_made, *self.calls_got):
            call.stop()
        for _, attempt in self._attempts.values():
            attempt.stop()
        self.wire.close()

    def forget(self) -> None:
        """Let go of the past: what was received and answered, and every call that is over."""
        for call in (*self.calls_made, *self.calls_got):
            if call.state == "over":
                call.stop()
        self.calls_made[:] = [call for call in self.calls_made if call.state != "over"]
        self.calls_got[:] = [call for call in self.calls_got if call.state != "over"]
        for past in (self.received, self._attempts, self._answered, self._sources):
            past.clear()

    @property
    def contact(self) -> str:
        """Our Contact."""
        transport = ";transport=tcp" if self.wire.reliable else ""
        return f"<sip:{self.username}@{self.wire.local}{transport}>"

    def via(self, branch: str) -> str:
        """A Via of ours."""
        return f"SIP/2.0/{self.wire.transport} {self.wire.local};branch={branch};rport"

    def token(self, prefix: str) -> str:
        """A word never used before."""
        self._serial += 1
        return f"{prefix}-{self.name}-{self._serial}"

    def new_sound(self) -> Sound:
        """A fresh RTP socket."""
        return Sound(self._network, self.host, self.style, self.name, self.watch.changed)

    def resolve(self, uri: Uri) -> Address:
        """Where a URI is: our domain is the server, everything else has to be an address."""
        if uri.host == self.domain:
            return self.server
        return Address(uri.host, uri.port or 5060)

    async def pause(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)

    # -- requests --------------------------------------------------------------------------------------------------

    def start(self, call: PhoneCall | None, method: str, data: bytes, branch: str, to: Address) -> Attempt:
        """Send a request and remember who waits for its responses."""
        attempt = Attempt(method, data, self.wire, to, lambda response: self._responded(call, attempt, response))
        attempt.on_give_up = lambda: self._gave_up(call, attempt)
        self._attempts[branch, method] = call, attempt
        if call:
            call.attempts.append(attempt)
        attempt.start(retransmits=self.habits.retransmits)
        return attempt

    def outside(self, method: str, uri: str, headers: Pairs) -> Outside:
        """Send a request outside of any call."""
        self._cseq += 1
        branch = self.token("z9hG4bK")
        me = f"<sip:{self.username}@{self.domain}>"
        fields = [
            ("Via", self.via(branch)),
            ("From", f"{me};tag={self.token('tag')}"),
            ("To", me if method == "REGISTER" else f"<{uri}>"),
            ("Call-ID", f"outside-{method.lower()}@{self.host}"),
            ("CSeq", f"{self._cseq} {method}"),
            ("Max-Forwards", "70"),
            ("User-Agent", f"{self.name}'s phone"),
            *self.credentials_for(method, uri),
            *headers,
        ]
        data = write(f"{method} {uri} SIP/2.0", fields)
        attempt = self.start(None, method, data, branch, self.resolve(Uri.parse(uri)))
        outside = self._outside[attempt] = Outside(attempt)
        return outside

    def credentials_for(self, method: str, uri: str) -> list[tuple[str, str]]:
        """Credentials for the challenge that we know already, where this phone sends such."""
        if not self.habits.preemptive or self._challenge is None:
            return []
        header, challenge = self._challenge
        return [(header, self.credentials.answer(challenge, method, uri))]

    # -- responses -------------------------------------------------------------------------------------------------

    def respond(self, request: Request, status: int, reason: str, tag: str, headers: Pairs, body: bytes) -> bytes:
        """Answer a request; its retransmissions get the same again."""
        data = write_response(request, status, reason, tag, headers, body)
        key = request.via.branch, request.method
        self._answered[key] = data
        self.send_to(request, data)
        return data

    def send_to(self, request: Request, data: bytes) -> None:
        """Send to where a request came from."""
        if self.habits.responds:
            self.wire.send(data, self._sources[request.via.branch, request.method])

    def _heard(self, data: bytes, source: Address) -> None:
        message = parse_message(data)
        self.received.append(message)
        if isinstance(message, Response):
            known = self._attempts.get((message.via.branch or "", message.cseq.method))
            if known:
                known[1].receive(message)
        else:
            self._requested(message, source)
        self.watch.changed()

    def _requested(self, request: Request, source: Address) -> None:
        key = request.via.branch, request.method
        call = next((call for call in (*self.calls_got, *self.calls_made) if call.call_id == request.call_id), None)
        if request.method == "ACK":
            if call:
                call.acknowledged(request)
        elif key in self._sources:
            if key in self._answered:
                self.send_to(request, self._answered[key])
        elif call and (request.to.tag or request.method == "CANCEL"):
            self._sources[key] = source
            call.received(request)
        else:
            self._sources[key] = source
            self._unattached(request)

    def _unattached(self, request: Request) -> None:
        if request.method == "INVITE" and request.to.tag is None:
            call = PhoneCall(
                self,
                call_id=request.call_id,
                local=(request.headers.get("To") or ""),
                remote=re.sub(r";tag=[^;]*", "", request.headers.get("From") or ""),
                invite=request,
            )
            self.calls_got.append(call)
            if self.habits.rings:
                call.respond(180)
        else:
            served = request.method == "OPTIONS" or (request.headers.get("Event") or "").startswith(CHECK_SYNC)
            status = 200 if served else 481
            self.respond(request, status, reason_for(status), self.token("tag"), (), b"")

    def _responded(self, call: PhoneCall | None, attempt: Attempt, response: Response) -> None:
        challenged = response.status in _CHALLENGES and self.habits.authenticates
        if attempt.method == "INVITE" and response.status >= 300:
            self.wire.send(_ack_failure(attempt.data, response), attempt.to)
        if challenged and attempt.responses[-1] is response and b"uthorization:" not in attempt.data:
            self._again_with_credentials(call, attempt, response)
        elif call and attempt.method == "INVITE":
            if response.status < 200:
                call.progressed(response)
            elif response.status < 300:
                call.accepted(response)
            elif attempt is call.attempt:
                call.failed(response.status)

    def _gave_up(self, call: PhoneCall | None, attempt: Attempt) -> None:
        if call and attempt.method == "INVITE":
            call.failed(408)
        self.watch.changed()

    def _again_with_credentials(self, call: PhoneCall | None, attempt: Attempt, response: Response) -> None:
        challenge_header, header = _CHALLENGES[response.status]
        challenge = self.credentials.choose(response.headers.all(challenge_header))
        self._challenge = header, challenge
        head, _, body = attempt.data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        _, uri, _ = lines[0].split(" ")
        if call:
            call.cseq += 1
        else:
            self._cseq += 1
        number = call.cseq if call else self._cseq
        branch = self.token("z9hG4bK")
        changed = [_changed(line, {"Via": self.via(branch), "CSeq": f"{number} {attempt.method}"}) for line in lines]
        changed.insert(-1, f"{header}: {self.credentials.answer(challenge, attempt.method, uri)}")
        data = "\r\n".join(changed).encode() + b"\r\n\r\n" + body
        again = self.start(call, attempt.method, data, branch, attempt.to)
        if attempt in self._outside:
            self._outside[again] = self._outside.pop(attempt)
            self._outside[again].attempt = again


def _changed(line: str, values: dict[str, str]) -> str:
    name, colon, _ = line.partition(": ")
    return f"{name}: {values[name]}" if colon and name in values else line


def _ack_failure(invite: bytes, response: Response) -> bytes:
    """ACK to a non-2xx: the INVITE's Via, Route, From, Call-ID and CSeq number, the response's To (17.1.1.3)."""
    lines = invite.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    kept = [
        tuple(line.split(": ", 1)) for line in lines[1:] if line.startswith(("Via:", "Route:", "From:", "Call-ID:"))
    ]
    fields = [(name, value) for name, value in kept]
    fields += [
        ("To", response.headers.get("To") or ""),
        ("CSeq", f"{response.cseq.number} ACK"),
        ("Max-Forwards", "70"),
    ]
    return write(lines[0].replace("INVITE", "ACK", 1), fields)
