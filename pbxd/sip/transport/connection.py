"""One stream connection that carries SIP: bytes in, messages out, and the times that its peer has to keep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from pbxd.errors import MalformedMessage
from pbxd.network import Address, StreamConnection
from pbxd.sip.flow import Flow
from pbxd.sip.framing import Ping, StreamFramer
from pbxd.sip.transport.limits import (
    CLOSE_SECONDS,
    FIRST_MESSAGE_SECONDS,
    HANDSHAKE_SECONDS,
    MAX_BACKLOG,
    MESSAGE_SECONDS,
)
from pbxd.sip.transport.tls import TlsStream


class Framing(Protocol):
    """How messages lie in the bytes of a connection."""

    @property
    def ready(self) -> bool:
        """Whether messages may be sent."""
        ...

    @property
    def over(self) -> bool:
        """Whether the peer has said goodbye."""
        ...

    @property
    def in_message(self) -> bool:
        """Whether a part of a message is here, and waits for the rest."""
        ...

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that ``data`` completes. Raises :class:`MalformedMessage` where no next one can be found."""
        ...

    def wrap(self, message: bytes) -> bytes:
        """The bytes that carry a message."""
        ...

    def replies(self) -> bytes:
        """What has to be sent because of what was fed."""
        ...

    def farewell(self) -> bytes:
        """What has to be sent before closing."""
        ...


class PlainFraming:
    """Messages one after the other, cut by Content-Length (RFC 3261 18.3), and pings between them (RFC 5626 3.5.1)."""

    ready = True
    over = False

    def __init__(self) -> None:
        self._framer = StreamFramer()
        self._pongs = 0

    @property
    def in_message(self) -> bool:
        return self._framer.in_message

    def feed(self, data: bytes) -> Iterator[bytes]:
        for item in self._framer.feed(data):
            if isinstance(item, Ping):
                self._pongs += 1
            else:
                yield item

    def wrap(self, message: bytes) -> bytes:
        return message

    def replies(self) -> bytes:
        pongs, self._pongs = self._pongs, 0
        return b"\r\n" * pongs

    def farewell(self) -> bytes:
        return b""


class ConnectionOwner(Protocol):
    """Who keeps the connections."""

    def now(self) -> float:
        """Monotonic seconds."""
        ...

    def deliver(self, connection: Connection, data: bytes) -> None: ...

    def unreadable(self, connection: Connection, error: MalformedMessage) -> None: ...

    def gone(self, connection: Connection, reason: str) -> None: ...


class Connection:
    """One connection, from before it is open until it is lost; what is sent while it opens waits in order."""

    __slots__ = (
        "_began",
        "_closing_since",
        "_framing",
        "_heard",
        "_open",
        "_ours",
        "_owner",
        "_partial_since",
        "_pending",
        "_reason",
        "_spoke",
        "_stream",
        "_waiting",
        "asleep",
        "flow",
        "peer_names",
        "reached_by",
    )

    def __init__(self, owner: ConnectionOwner, flow: Flow, framing: Framing, *, asleep: bool = False) -> None:
        """``asleep``: it is ours to open, and nobody has sent anything yet."""
        self._owner = owner
        self.flow = flow
        self.asleep = asleep
        self._ours = asleep
        self.peer_names: tuple[str, ...] = ()
        """The names of the peer's certificate."""
        self.reached_by: list[tuple[Address, str]] = []
        """What the owner finds this connection by, for requests of ours."""
        self._framing = framing
        self._stream: StreamConnection | None = None
        self._open = False
        self._pending: list[bytes] = []
        self._waiting = 0
        self._began = self._heard = owner.now()
        self._partial_since: float | None = None
        self._closing_since: float | None = None
        self._spoke = False
        self._reason = ""

    def woken(self) -> None:
        """It is being opened now."""
        self.asleep = False
        self._began = self._owner.now()

    # From below ---------------------------------------------------------------------------------------------------

    def connected(self, stream: StreamConnection) -> None:
        """There is a connection; TLS may have to open it yet."""
        self._stream = stream

    def opened(self, stream: StreamConnection) -> None:
        """Bytes flow from now on."""
        self._stream = stream
        self._open = True
        if isinstance(stream, TlsStream):
            self.peer_names = stream.peer_names()
        self._send_pending()

    def received(self, data: bytes) -> None:
        """The next bytes."""
        if self._closing_since is not None:
            return
        self._heard = self._owner.now()
        framing = self._framing
        try:
            for message in framing.feed(data):
                self._spoke = True
                self._partial_since = None
                self._owner.deliver(self, message)
        except MalformedMessage as error:
            self._owner.unreadable(self, error)
            self.close()
            return
        if not framing.in_message:
            self._partial_since = None
        elif self._partial_since is None:
            self._partial_since = self._heard
        if replies := framing.replies():
            self._write(replies)
        if self._pending:
            self._send_pending()
        if framing.over:
            self.close()

    def lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        self._owner.gone(self, self._reason or (str(error) if error is not None else "closed by the peer"))

    # From above ---------------------------------------------------------------------------------------------------

    def send(self, message: bytes) -> None:
        """Queue one message."""
        if self._open and self._framing.ready:
            self._write(self._framing.wrap(message))
            return
        self._waiting += len(message)
        if self._waiting > MAX_BACKLOG:
            self.abort("too much to send")
        else:
            self._pending.append(message)

    def close(self) -> None:
        """Close when what is queued has been sent."""
        if self._stream is None or not self._open:
            self.abort("closed before it was open")
        elif self._closing_since is None:
            self._closing_since = self._owner.now()
            self._write(self._framing.farewell())
            self._stream.close()

    def abort(self, reason: str) -> None:
        """Close at once, and say why to whoever waits for an answer."""
        self._reason = reason
        if self._stream is None:
            self._owner.gone(self, reason)
        else:
            self._stream.abort()

    def overdue(self, now: float, idle_seconds: float) -> str:
        """Why the peer has used up its time; empty while it has not."""
        if self._closing_since is not None:
            return "the peer does not read" if now - self._closing_since > CLOSE_SECONDS else ""
        if self.asleep:
            return "not needed" if now - self._began > idle_seconds else ""
        if not self._open or not self._framing.ready:
            return "handshake not finished in time" if now - self._began > HANDSHAKE_SECONDS else ""
        if self._partial_since is not None and now - self._partial_since > MESSAGE_SECONDS:
            return "message not finished in time"
        if not self._spoke and not self._ours and now - self._began > FIRST_MESSAGE_SECONDS:
            return "no message in time"
        return "idle" if now - self._heard > idle_seconds else ""

    # Within -------------------------------------------------------------------------------------------------------

    def _send_pending(self) -> None:
        if not self._framing.ready:
            return
        pending, self._pending, self._waiting = self._pending, [], 0
        for message in pending:
            self.send(message)

    def _write(self, data: bytes) -> None:
        stream = self._stream
        if stream is None or not data:
            return
        if stream.backlog() > MAX_BACKLOG:
            self.abort("the peer does not read")
            return
        stream.write(data)
