"""A transaction as the layer keeps it: its machine, its keys, its flow. Callers hold it as a handle."""

from __future__ import annotations

from math import inf
from typing import Protocol

from pbxd.sip.flow import Flow
from pbxd.sip.message import Request, Response
from pbxd.sip.transaction.client import NonInviteClientTransaction
from pbxd.sip.transaction.invite_client import InviteClientTransaction
from pbxd.sip.transaction.invite_server import InviteServerTransaction
from pbxd.sip.transaction.machine import State
from pbxd.sip.transaction.server import NonInviteServerTransaction


class ClientUser(Protocol):
    """Who made a request. Hears every provisional response, then either one final response or one failure."""

    def response(self, response: Response, now: float) -> None:
        """A response came."""
        ...

    def failed(self, status: int, reason: str, now: float) -> None:
        """None will come: 408 after a time-out, 503 after a transport failure (RFC 3261 8.1.3.1)."""
        ...


class Core(Protocol):
    """Who gets what comes from outside: the endpoint."""

    def request(self, request: Request, entry: ServerEntry | None, flow: Flow, now: float) -> None:
        """A new request, once. ``entry`` is where to answer it, ``None`` for an ACK that is not a transaction's own."""
        ...

    def cancelled(self, cancel: Request, entry: ServerEntry, now: float) -> None:
        """The INVITE of ``entry`` is cancelled and has no final response yet; the CANCEL was answered (9.2)."""
        ...

    def stray_response(self, response: Response, flow: Flow, now: float) -> None:
        """A 2xx to an INVITE after the first: its repetition, or that of another fork, however late."""
        ...

    def ack_missing(self, entry: ServerEntry, now: float) -> None:
        """No ACK came for a failure response to an INVITE (timer H, 17.2.1)."""
        ...


class ClientEntry:
    """A request of ours that is under way, or lingers so as to absorb repetitions."""

    __slots__ = ("branch", "cancel_headers", "flow", "key", "machine", "queued_at", "user")

    def __init__(
        self,
        key: str,
        branch: str,
        flow: Flow,
        machine: InviteClientTransaction | NonInviteClientTransaction,
        user: ClientUser,
    ) -> None:
        self.key = key
        self.branch = branch
        self.flow = flow
        self.machine = machine
        self.user: ClientUser | None = user
        """``None`` once it has its final response or failure, so that what lingers keeps no call alive."""
        self.cancel_headers: tuple[tuple[str, str], ...] | None = None
        """What the CANCEL that waits for a provisional response will say; ``None`` when none waits (9.1)."""
        self.queued_at = inf
        """The deadline under which it is queued; see :class:`~pbxd.sip.transaction.deadlines.Deadlines`."""

    @property
    def state(self) -> State:
        return self.machine.state


class ServerEntry:
    """A request from outside that is being answered, or lingers so as to repeat or absorb."""

    __slots__ = ("cancelled", "flow", "key", "legacy_key", "machine", "merge_key", "queued_at", "to_tag")

    def __init__(
        self,
        key: str,
        flow: Flow,
        machine: InviteServerTransaction | NonInviteServerTransaction,
    ) -> None:
        self.key = key
        self.flow = flow
        """Where the request came from, and where its responses go."""
        self.machine = machine
        self.cancelled = False
        """Whether a CANCEL met this INVITE before its final response."""
        self.to_tag: str | None = None
        """The tag of the latest response to an INVITE."""
        self.legacy_key: str | None = None
        """What an ACK of RFC 2543 finds this INVITE by, but for the tag; ``None`` when the branch does (17.2.3)."""
        self.merge_key: str | None = None
        """What copies of this request that came another way have in common with it (8.2.2.2)."""
        self.queued_at = inf
        """The deadline under which it is queued; see :class:`~pbxd.sip.transaction.deadlines.Deadlines`."""

    @property
    def state(self) -> State:
        return self.machine.state

    @property
    def request(self) -> Request:
        """The request, while it has no final response; raises :class:`LookupError` afterwards."""
        request = self.machine.request
        if request is None:
            raise LookupError("answered: the transaction keeps the response only")
        return request
