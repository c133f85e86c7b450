"""Those whom the endpoint works for: its user, usages of dialogs, sessions as their owners hold them, who awaits a
response.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from pbxd.sip.failover import Adapt, Ways
from pbxd.sip.flow import Flow
from pbxd.sip.message import Request, Response
from pbxd.sip.session import Effect, InviteSession, SessionEvent
from pbxd.sip.transaction import ClientEntry, ServerEntry

SessionOwner = Callable[[SessionEvent], None]
UsageKey: TypeAlias = tuple[str, ...]
"""Call-ID and our tag; that of a subscription goes on with its event, of which a dialog may have several."""


class EndpointUser(Protocol):
    """Who is asked about requests outside dialogs: the exchange."""

    def invited(self, request: Request, transaction: ServerEntry, now: float) -> None:
        """A new call."""
        ...

    def asked(self, request: Request, transaction: ServerEntry, now: float) -> None:
        """Any other request outside a dialog."""
        ...

    def flow_lost(self, flow: Flow, reason: str) -> None:
        """A stream's connection is gone, and with it whatever was reachable there."""
        ...

    def crashed(self, error: Exception, what: str) -> None:
        """A bug met the firewall round one message; that message is lost, nothing else."""
        ...


class Usage(Protocol):
    """One usage of a dialog (RFC 5057): its session, or a subscription. Each ends for itself."""

    due: float | None
    """The deadline under which the endpoint has queued it; the endpoint's to change."""

    @property
    def key(self) -> UsageKey: ...

    @property
    def deadline(self) -> float | None:
        """When ``wake`` wants to be called; monotonic seconds."""
        ...

    def request(self, request: Request, transaction: ServerEntry, now: float) -> None:
        """A request within the dialog, for this usage of it."""
        ...

    def wake(self, now: float) -> None:
        """The deadline has come."""
        ...


class Performer(Protocol):
    """Who does what sessions ask for: the endpoint."""

    def perform(self, line: Line, effects: list[Effect]) -> None: ...


class Line:
    """One session: commands go through :meth:`do`, which performs what the machine returns."""

    __slots__ = ("_performer", "course", "due", "invite", "invited_by", "key", "owner", "session")

    def __init__(self, performer: Performer, key: tuple[str, str], session: InviteSession, owner: SessionOwner) -> None:
        self._performer = performer
        self.key = key
        """Call-ID and our tag."""
        self.session = session
        self.owner = owner
        """Who gets what the session reports."""
        self.invite: ClientEntry | None = None
        """The transaction of the newest INVITE that we sent."""
        self.course: tuple[Ways, Adapt] | None = None
        """The servers that may take our call, and how its INVITE is made for another of them."""
        self.invited_by = ""
        """The key of the transaction of the INVITE that we got."""
        self.due: float | None = None
        """The deadline under which the endpoint has queued the session."""

    def invites(self, entry: ClientEntry) -> None:
        """The newest INVITE that we sent is this one."""
        self.invite = entry

    @property
    def deadline(self) -> float | None:
        """When the session wants to be woken."""
        return self.session.deadline

    def request(self, request: Request, transaction: ServerEntry, now: float) -> None:
        """A request within the session's dialog."""
        self.do(self.session.request(request, transaction, now))

    def wake(self, now: float) -> None:
        """The session's deadline has come."""
        self.do(self.session.wake(now))

    def leave(self) -> None:
        """Nobody hears what the session reports from here on. It finishes by itself, and keeps nobody alive."""
        self.owner = _nobody

    def do(self, effects: list[Effect]) -> None:
        """Perform what a command of the session returned."""
        self._performer.perform(self, effects)


def _nobody(event: SessionEvent) -> None:
    """The owner of a session that nobody waits for."""


class LineRequest:
    """The client user of one request of a session."""

    __slots__ = ("_line", "_request")

    def __init__(self, line: Line, request: Request) -> None:
        self._line = line
        self._request = request

    def response(self, response: Response, now: float) -> None:
        self._line.do(self._line.session.response(response, now))

    def failed(self, status: int, reason: str, now: float) -> None:
        self._line.do(self._line.session.failed(self._request, status, reason, now))


class Indifferent:
    """The client user of a request whose answer changes nothing."""

    def response(self, response: Response, now: float) -> None:
        pass

    def failed(self, status: int, reason: str, now: float) -> None:
        pass
