"""A network that delivers at once, and on it a trunk and a phone that do what a call takes and no more."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import count
from time import thread_time

from pbxd.address import Address, IpNetwork
from pbxd.network import Accepted, DatagramSocket, Received, StreamConnection, StreamListener
from tests.interop.part import audio

SERVER = Address("127.8.1.1", 5060)
TRUNK = Address("127.8.0.2", 5060)
PHONE = Address("127.8.0.3", 5060)
CALLER, NUMBER = "4512345678", "4588887702"


def _body(host: str) -> str:
    """A description by SIPp's template."""
    text = audio().replace("[local_ip_type]", "4").replace("[media_ip_type]", "4")
    return text.replace("[local_ip]", host).replace("[media_ip]", host).replace("[media_port]", "6000").strip()


class WiredSocket:
    """A bound socket; what is sent from the server's SIP port goes to the peers."""

    def __init__(self, local: Address, sent: Callable[[bytes, Address], None] | None) -> None:
        self.local = local
        self._sent = sent

    def send(self, data: bytes | bytearray | memoryview, to: Address) -> None:
        if self._sent is not None:
            self._sent(bytes(data), to)

    def close(self) -> None:
        pass


class WiredNetwork:
    """A :class:`pbxd.network.Network` for one server and its :class:`Peers`."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    def datagram(self, local: Address, received: Received) -> DatagramSocket:
        if local != SERVER:
            return WiredSocket(local, None)
        self._peers.deliver = received
        return WiredSocket(local, self._peers.take)

    async def listen(self, local: Address, accepted: Accepted) -> StreamListener:
        return WiredSocket(local, None)

    async def connect(self, remote: Address, opened: Accepted, *, source: str = "") -> StreamConnection:
        raise OSError("nobody is there")

    def source(self, remote: Address) -> str:
        return SERVER.host

    def attached(self) -> list[IpNetwork]:
        return []


class Peers:
    """The trunk that calls, and the phone that answers at once."""

    deliver: Received
    """The server's; set when it listens."""

    def __init__(self) -> None:
        self.to_server: deque[bytes] = deque(maxlen=6)
        """The latest messages: INVITE, 180, 200, ACK, BYE, 200, when one call was made alone."""
        self.from_server: deque[bytes] = deque(maxlen=8)
        """100, INVITE, 180, ACK, 200, BYE, 200 and so on."""
        self.seconds = 0.0
        """Processor time that the peers themselves took."""
        self._serials = count(1)
        self._waiting: list[tuple[bytes, Address]] = []
        self._open = 0
        self._done: asyncio.Future[None] | None = None

    async def call(self, calls: int, *, at_once: int) -> None:
        """Make ``calls`` calls, ``at_once`` of them in each turn of the loop, all of them short."""
        loop = asyncio.get_running_loop()
        for _ in range(0, calls, at_once):
            self._done = loop.create_future()
            for _ in range(at_once):
                self._open += 1
                self._send(self._invite(next(self._serials)), TRUNK)
            await self._done

    def take(self, data: bytes, to: Address) -> None:
        """What the server sends."""
        begun = thread_time()
        self.from_server.append(data)
        start, _, rest = data.decode().partition("\r\n")
        if to == PHONE:
            self._phone(start, rest)
        else:
            self._trunk(start, rest)
        self.seconds += thread_time() - begun

    def _phone(self, start: str, rest: str) -> None:
        if start.startswith("INVITE"):
            headers = [*_copied(rest), f"Contact: <sip:{PHONE}>"]
            headers[2] += ";tag=phone"
            self._send(_message("SIP/2.0 180 Ringing", headers), PHONE)
            self._send(_message("SIP/2.0 200 OK", headers, _body(PHONE.host)), PHONE)
        elif start.startswith("BYE"):
            self._send(_message("SIP/2.0 200 OK", _copied(rest)), PHONE)
            self._ended()

    def _trunk(self, start: str, rest: str) -> None:
        if start[8:9] in "3456" and self._done is not None and not self._done.done():
            self._done.set_exception(RuntimeError(f"a call was refused: {start}"))
        if not start.startswith("SIP/2.0 200"):
            return
        via, from_, to, call_id, cseq = _copied(rest)
        if cseq != "CSeq: 1 INVITE":
            return
        branch = via.partition(";branch=")[2].partition(";")[0]
        for method, number in (("ACK", 1), ("BYE", 2)):
            via = f"Via: SIP/2.0/UDP {TRUNK};branch={branch}-{method}"
            headers = [via, from_, to, call_id, f"CSeq: {number} {method}", "Max-Forwards: 70"]
            self._send(_message(f"{method} sip:{NUMBER}@{SERVER} SIP/2.0", headers), TRUNK)

    def _ended(self) -> None:
        self._open -= 1
        if not self._open and self._done is not None:
            asyncio.get_running_loop().call_later(0.002, self._done.set_result, None)

    def _invite(self, serial: int) -> bytes:
        headers = [
            f"Via: SIP/2.0/UDP {TRUNK};branch=z9hG4bK-{serial}",
            f'From: "Caller" <sip:{CALLER}@{TRUNK}>;tag=t{serial}',
            f"To: <sip:{NUMBER}@{SERVER}>",
            f"Call-ID: {serial}-call@{TRUNK.host}",
            "CSeq: 1 INVITE",
            "Max-Forwards: 70",
            f"Contact: <sip:{CALLER}@{TRUNK}>",
        ]
        return _message(f"INVITE sip:{NUMBER}@{SERVER} SIP/2.0", headers, _body(TRUNK.host))

    def _send(self, data: bytes, source: Address) -> None:
        self.to_server.append(data)
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._deliver)
        self._waiting.append((data, source))

    def _deliver(self) -> None:
        waiting, self._waiting = self._waiting, []
        for data, source in waiting:
            self.deliver(data, source)


def _copied(rest: str) -> list[str]:
    """Via, From, To, Call-ID and CSeq of a message of the server's."""
    lines = rest.partition("\r\n\r\n")[0].split("\r\n")
    found = {line.partition(":")[0]: line for line in lines}
    return [found[name] for name in ("Via", "From", "To", "Call-ID", "CSeq")]


def _message(start: str, headers: list[str], body: str = "") -> bytes:
    data = body.replace("\n", "\r\n").encode() + b"\r\n" if body else b""
    lines = [start, *headers, *(["Content-Type: application/sdp"] if body else []), f"Content-Length: {len(data)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data
