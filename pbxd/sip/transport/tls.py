"""TLS as a layer over any stream connection (RFC 8446, RFC 5246), without sockets of its own.

Doing it here instead of in the event loop lets a connection be counted, and timed, from the moment it is accepted:
a peer that never finishes its handshake is one more connection of its address.
"""

from __future__ import annotations

import contextlib
import ssl
from typing import Protocol

from pbxd.network import StreamConnection, StreamReceiver
from pbxd.sip.transport.certificates import dns_names

CHUNK = 65_536
"""Bytes of plain text taken at once."""


class TlsUser(StreamReceiver, Protocol):
    """Who gets what arrives; ``lost`` is called exactly once, after a failed handshake as well."""

    def opened(self, stream: StreamConnection) -> None:
        """The handshake is done."""
        ...


class TlsStream:
    """One TLS connection: receiver of the connection below, and itself a connection for its user.

    The client's side greets as soon as it is made.
    """

    def __init__(
        self, below: StreamConnection, context: ssl.SSLContext, user: TlsUser, *, server_name: str | None = None
    ) -> None:
        """``server_name`` makes it the client's side, and is what the peer's certificate must be for."""
        self.local = below.local
        self.remote = below.remote
        self._below = below
        self._user = user
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_name is None, server_hostname=server_name
        )
        self._open = False
        self._error: Exception | None = None
        if server_name is not None:
            self._advance()

    def peer_names(self) -> tuple[str, ...]:
        """The DNS names of the peer's verified certificate; empty where it showed none."""
        return dns_names(self._tls.getpeercert() or {})

    # What comes from below ----------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        if self._error is None:
            self._incoming.write(data)
            self._advance()

    def lost(self, error: Exception | None) -> None:
        self._user.lost(self._error or error)

    def _advance(self) -> None:
        try:
            if not self._open:
                self._tls.do_handshake()
                self._open = True
                self._flush()
                self._user.opened(self)
            while data := self._tls.read(CHUNK):
                self._user.received(data)
        except ssl.SSLWantReadError:
            self._flush()
            return
        except ssl.SSLZeroReturnError:
            pass
        except ssl.SSLError as error:
            # Said shortly: OpenSSL's own text ends with a line of its source.
            reason = getattr(error, "verify_message", "") or (error.reason or "error").lower().replace("_", " ")
            self._error = ConnectionError(f"TLS: {reason}")
        self._flush()  # the alert that says why
        self._below.close()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._below.write(self._outgoing.read())

    # What goes down -----------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        if self._error is not None:
            return
        try:
            rest = memoryview(data)
            while rest:  # OpenSSL takes one record at a time
                rest = rest[self._tls.write(rest) :]
        except ssl.SSLError:  # closed for writing; the user is about to be told
            return
        self._flush()

    def backlog(self) -> int:
        return self._below.backlog()

    def close(self) -> None:
        """Say goodbye (close_notify), then close; nobody waits for the peer's."""
        if self._error is None:
            # An error: the peer's own close_notify is not here, or there never was a session.
            with contextlib.suppress(ssl.SSLError):
                self._tls.unwrap()
            self._flush()
        self._below.close()

    def abort(self) -> None:
        self._below.abort()
