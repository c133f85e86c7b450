"""How sessions begin: their names, their Contact, and what they are told of us."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random

from pbxd.sip.digest_client import DigestClient
from pbxd.sip.failover import Adapt
from pbxd.sip.flow import Flow
from pbxd.sip.invitation import Invitation
from pbxd.sip.message import Request
from pbxd.sip.session import InboundSession, OutboundSession
from pbxd.sip.transaction import ServerEntry, Timers
from pbxd.sip.transport.sockets import Sockets


class Names:
    """Fresh names of all kinds, which nobody can guess."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def tag(self) -> str:
        """64 random bits, twice what RFC 3261 19.3 asks for."""
        return f"{self._random.getrandbits(64):016x}"

    def call_id(self) -> str:
        return f"{self._random.getrandbits(96):024x}"

    def branch(self) -> str:
        """With the cookie of RFC 3261 8.1.1.7."""
        return f"z9hG4bK{self._random.getrandbits(72):018x}"


class Opening:
    """Makes sessions of INVITEs that came, and of invitations that go out."""

    def __init__(
        self,
        sockets: Sockets,
        *,
        random: Random,
        names: Names,
        timers: Timers,
        session_expires: Callable[[], int],
        server: str,
    ) -> None:
        self._sockets = sockets
        self._random = random
        self._names = names
        self._timers = timers
        self._session_expires = session_expires
        self._server = server

    def inbound(self, invite: Request, transaction: ServerEntry, credentials: DigestClient | None) -> InboundSession:
        """The session of an INVITE that came. Raises :class:`ProtocolViolation`, MalformedMessage."""
        return InboundSession(
            invite,
            transaction,
            local_tag=self._names.tag(),
            contact=self._sockets.contact(transaction.flow, invite.uri.user, secure=invite.uri.scheme == "sips"),
            timers=self._timers,
            jitter=self._random.random,
            session_expires=self._session_expires(),
            credentials=credentials,
        )

    def outbound(self, invitation: Invitation) -> tuple[OutboundSession, Adapt]:
        """The session of a call that we place, and how its INVITE is made for another server of the same trunk."""
        secure, flow = invitation.target.scheme == "sips", invitation.flow
        contact = self._sockets.contact(flow, invitation.user, secure=secure)
        cseq = self._random.randrange(1, 1 << 20)
        session = OutboundSession(
            invitation.request(
                contact=contact,
                tag=self._names.tag(),
                call_id=self._names.call_id(),
                cseq=cseq,
                server=self._server,
            ),
            contact=contact,
            flow=flow,
            direct=invitation.direct,
            timers=self._timers,
            jitter=self._random.random,
            session_expires=self._session_expires(),
            credentials=invitation.credentials,
        )
        return session, partial(self._elsewhere, session, invitation.user, secure)

    def _elsewhere(self, session: OutboundSession, user: str, secure: bool, flow: Flow) -> Request:
        return session.moved(flow, self._sockets.contact(flow, user, secure=secure))
