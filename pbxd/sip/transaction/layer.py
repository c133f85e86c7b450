"""The transaction layer: which message belongs to which machine, and who is told (RFC 3261 17, 9, 8.2.2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pbxd.sip.flow import Flow
from pbxd.sip.headers import BRANCH_COOKIE
from pbxd.sip.message import Message, Request, Response, response_to
from pbxd.sip.transaction.client import NonInviteClientTransaction
from pbxd.sip.transaction.deadlines import Deadlines, Entry
from pbxd.sip.transaction.derived import ack_branch, cancel_for
from pbxd.sip.transaction.door import Door, OpenDoor
from pbxd.sip.transaction.effects import Deliver, Effect, Send, TimedOut, TransportFailed
from pbxd.sip.transaction.entries import ClientEntry, ClientUser, Core, ServerEntry
from pbxd.sip.transaction.invite_client import InviteClientTransaction
from pbxd.sip.transaction.invite_server import InviteServerTransaction
from pbxd.sip.transaction.machine import DEFAULT_TIMERS, State, Timers
from pbxd.sip.transaction.matching import (
    branch_key,
    client_key,
    is_ours,
    legacy_ack_key,
    legacy_key,
    merge_key,
    server_key,
    with_source,
)
from pbxd.sip.transaction.server import NonInviteServerTransaction
from pbxd.sip.values import Via


class TransactionLayer:
    """All transactions of an endpoint.

    It does nothing by itself: messages and moments come in by its methods, bytes go out by ``send``, news by ``core``
    and by the user of each request. Before any of these is called all tables are right, so they may call back into the
    layer, and what they raise comes out of the method that called them and costs no other transaction anything.
    """

    def __init__(
        self,
        *,
        core: Core,
        send: Callable[[bytes, Flow], None],
        sent_by: Callable[[Flow], tuple[str, int]],
        branch: Callable[[], str],
        timers: Timers = DEFAULT_TIMERS,
    ) -> None:
        """``sent_by``: host and port of our Via on a flow; ``branch``: a fresh one, with its cookie."""
        self._core = core
        self._send = send
        self._sent_by = sent_by
        self._branch = branch
        self._timers = timers
        self.door: Door = OpenDoor()
        """Decides which requests begin a transaction."""
        self._clients: dict[str, ClientEntry] = {}
        self._servers: dict[str, ServerEntry] = {}
        self._legacy_acks: dict[str, ServerEntry] = {}
        """INVITEs of RFC 2543 peers that wait for an ACK, whose To tag is another than theirs."""
        self._merging: dict[str, ServerEntry] = {}
        """Requests outside dialogs, by what their merged copies share with them."""
        self._streams: dict[Flow, dict[Entry, None]] = {}
        """What is under way on each connection: a datagram flow can't be lost."""
        self._deadlines = Deadlines()

    def __len__(self) -> int:
        """Transactions that are under way or linger."""
        return len(self._clients) + len(self._servers)

    def has(self, method: str, via: Via) -> bool:
        """Whether a request with this topmost Via, whose branch has the cookie, is one that we have taken in."""
        return branch_key(method, via) in self._servers

    # Our requests ---------------------------------------------------------------------------------------------------

    def request(self, request: Request, flow: Flow, user: ClientUser, now: float) -> ClientEntry:
        """Send a request, which has no Via of ours yet, in a transaction of its own; not for ACK."""
        branch = self._branch()
        return self._begin(self._with_via(request, flow, branch), branch, flow, user, now)

    def send_ack(self, ack: Request, flow: Flow) -> None:
        """Send the ACK of a 2xx, which has no Via of ours yet and belongs to no transaction (13.2.2.4).

        Repeated for a repeated 2xx it is the same request, and has the same branch.
        """
        self._send(self._with_via(ack, flow, ack_branch(ack)).to_bytes(), flow)

    def cancel(self, entry: ClientEntry, now: float, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Cancel an INVITE of ours (9.1), now or when its first provisional response comes.

        Nothing happens after a final response, or the second time. The user still gets the final response, or 408 when
        none comes within 64*T1.
        """
        machine = entry.machine
        if not isinstance(machine, InviteClientTransaction) or entry.cancel_headers is not None:
            return
        entry.cancel_headers = tuple(headers)
        if machine.state is State.PROCEEDING:
            self._send_cancel(entry, machine, now)

    def _begin(self, request: Request, branch: str, flow: Flow, user: ClientUser, now: float) -> ClientEntry:
        kind = InviteClientTransaction if request.method == "INVITE" else NonInviteClientTransaction
        machine = kind(request, reliable=flow.reliable, timers=self._timers)
        effects = machine.start(now)
        entry = ClientEntry(client_key(request.method, branch), branch, flow, machine, user)
        self._clients[entry.key] = entry
        self._bind(entry)
        self._perform_client(entry, effects, now)
        return entry

    def _with_via(self, request: Request, flow: Flow, branch: str) -> Request:
        host, port = self._sent_by(flow)
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        via = f"SIP/2.0/{flow.transport.upper()} {address};branch={branch};rport"
        return request.with_headers(request.headers.prepending("Via", via))

    def _send_cancel(self, entry: ClientEntry, machine: InviteClientTransaction, now: float) -> None:
        invite = machine.request
        assert invite is not None  # it is in Proceeding
        machine.cancel_sent(now)
        self._deadlines.put(entry)
        self._begin(cancel_for(invite, entry.cancel_headers or ()), entry.branch, entry.flow, _NOBODY, now)

    # Messages from the network --------------------------------------------------------------------------------------

    def receive(self, message: Message, flow: Flow, now: float) -> None:
        """Take in a message that came on ``flow``, as the parser made it."""
        if isinstance(message, Response):
            self._receive_response(message, flow, now)
        else:
            self._receive_request(message, flow, now)

    def _receive_response(self, response: Response, flow: Flow, now: float) -> None:
        if not is_ours(response, self._sent_by(flow)):
            return
        method = response.cseq.method
        entry = self._clients.get(client_key(method, response.via.branch))
        if entry is None:
            if method == "INVITE" and response.status // 100 == 2:
                self._core.stray_response(response, flow, now)
            return
        machine = entry.machine
        waited = machine.state is State.CALLING
        effects = machine.receive(response, now)
        if waited and entry.cancel_headers is not None and machine.state is State.PROCEEDING:
            assert isinstance(machine, InviteClientTransaction)
            self._send_cancel(entry, machine, now)
        self._perform_client(entry, effects, now)

    def _receive_request(self, request: Request, flow: Flow, now: float) -> None:
        method = request.method
        legacy = legacy_key(request)
        key = server_key("INVITE" if method == "ACK" and legacy is None else method, request, legacy)
        entry = self._servers.get(key) or self._legacy_acks.get(key)
        if entry is not None:
            self._perform_server(entry, entry.machine.receive(request, now), now)
        elif method == "ACK":  # as it came: nobody answers it, so its Via needs no source
            self._core.request(request, None, flow, now)
        elif not self.door.enter(request, flow, now):
            return
        elif method == "CANCEL":
            target = self._servers.get(server_key("INVITE", request, legacy))
            self._receive_cancel(with_source(request, flow), key, target, flow, now)
        else:
            self._receive_new(with_source(request, flow), key, legacy, flow, now)

    def _receive_new(self, request: Request, key: str, legacy: str | None, flow: Flow, now: float) -> None:
        merging = merge_key(request) if request.to.tag is None else None
        entry = self._take_in(request, key, flow)
        entry.legacy_key = legacy
        if merging is not None and merging in self._merging:
            self.respond(entry, response_to(request, 482, to_tag=self._tag()), now)
            return
        if merging is not None:
            entry.merge_key = merging
            self._merging[merging] = entry
        self._perform_server(entry, entry.machine.start(now), now)

    def _receive_cancel(self, cancel: Request, key: str, target: ServerEntry | None, flow: Flow, now: float) -> None:
        entry = self._take_in(cancel, key, flow)
        if target is None:
            self.respond(entry, response_to(cancel, 481, to_tag=self._tag()), now)
            return
        # Before anything is sent: a second CANCEL, or one after the final response, has no effect (9.2).
        takes_effect = target.state is State.PROCEEDING and not target.cancelled
        target.cancelled |= takes_effect
        self.respond(entry, response_to(cancel, 200, to_tag=target.to_tag or self._tag()), now)
        if takes_effect:
            self._core.cancelled(cancel, target, now)

    def _take_in(self, request: Request, key: str, flow: Flow) -> ServerEntry:
        kind = InviteServerTransaction if request.method == "INVITE" else NonInviteServerTransaction
        entry = ServerEntry(key, flow, kind(request, reliable=flow.reliable, timers=self._timers))
        self._servers[key] = entry
        self._bind(entry)
        return entry

    # Our responses --------------------------------------------------------------------------------------------------

    def respond(self, entry: ServerEntry, response: Response, now: float) -> None:
        """Answer a request. What can't follow an earlier response is dropped, but for a 2xx to INVITE after a 2xx."""
        machine = entry.machine
        open_invite = isinstance(machine, InviteServerTransaction) and machine.state is State.PROCEEDING
        effects = machine.respond(response, now)
        if open_invite and response.status > 100:
            entry.to_tag = response.to.tag
            if entry.legacy_key is not None and response.status >= 300:
                self._legacy_acks[legacy_ack_key("ACK", entry.legacy_key, entry.to_tag)] = entry
        self._perform_server(entry, effects, now)

    # Time and transport ---------------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """When ``wake`` wants to be called next; ``None`` when only a message can change anything."""
        return self._deadlines.first()

    def nothing_before(self, moment: float) -> bool:
        """Whether ``wake`` surely need not be called before ``moment``; cheap, so that every message may ask."""
        return self._deadlines.nothing_before(moment)

    def wake(self, now: float) -> None:
        """Let everything happen that is due.

        What the users raise is collected and raised as one :class:`ExceptionGroup` when all are served.
        """
        errors: list[Exception] = []
        while (entry := self._deadlines.take(now)) is not None:
            self._report(entry, entry.machine.wake(now), now, errors)
        if errors:
            raise ExceptionGroup("users failed at their deadlines", errors)

    def flow_lost(self, flow: Flow, reason: str, now: float) -> None:
        """A connection is gone, or could not be made: what is under way on it fails.

        Raises like :meth:`wake`. Of a request that came on the flow nobody is told: the endpoint said it itself.
        """
        errors: list[Exception] = []
        for entry in tuple(self._streams.get(flow, ())):
            self._report(entry, entry.machine.transport_failed(reason, now), now, errors)
        if errors:
            raise ExceptionGroup("users failed at the loss of their flow", errors)

    # What machines ask for ------------------------------------------------------------------------------------------

    def _report(self, entry: Entry, effects: list[Effect], now: float, errors: list[Exception]) -> None:
        try:
            if isinstance(entry, ClientEntry):
                self._perform_client(entry, effects, now)
            else:
                self._perform_server(entry, effects, now)
        except Exception as error:  # the others are due as well
            errors.append(error)

    def _perform_client(self, entry: ClientEntry, effects: list[Effect], now: float) -> None:
        self._settle(entry)
        for effect in effects:
            match effect:
                case Send(data):
                    self._send(data, entry.flow)
                case Deliver(Response() as response):
                    self._deliver(entry, response, now)
                case TimedOut():
                    self._fail(entry, 408, "Request Timeout", now)
                case TransportFailed(reason):
                    self._fail(entry, 503, reason, now)

    def _perform_server(self, entry: ServerEntry, effects: list[Effect], now: float) -> None:
        self._settle(entry)
        for effect in effects:
            match effect:
                case Send(data):
                    self._send(data, entry.flow)
                case Deliver(Request(method="ACK") as ack):
                    self._core.request(ack, None, entry.flow, now)
                case Deliver(Request() as request):
                    self._core.request(request, entry, entry.flow, now)
                case TimedOut():
                    self._core.ack_missing(entry, now)

    def _deliver(self, entry: ClientEntry, response: Response, now: float) -> None:
        user = entry.user
        if response.status >= 200:
            # A call may be over in a second, and its INVITE lingers for 32: it must not keep the call alive.
            entry.user = None
        if user is not None:
            user.response(response, now)
        elif response.status // 100 == 2:
            self._core.stray_response(response, entry.flow, now)

    def _fail(self, entry: ClientEntry, status: int, reason: str, now: float) -> None:
        user, entry.user = entry.user, None
        if user is not None:
            user.failed(status, reason, now)

    # Tables ---------------------------------------------------------------------------------------------------------

    def _settle(self, entry: Entry) -> None:
        """Bring tables and heap in line with the machine's state, before anybody is told of it."""
        if not entry.machine.terminated:
            self._deadlines.put(entry)
        elif isinstance(entry, ClientEntry):
            if self._clients.pop(entry.key, None) is not None:
                self._unbind(entry)
        elif self._servers.get(entry.key) is entry:  # not a later one: the peer may use the branch again
            del self._servers[entry.key]
            if entry.merge_key is not None:
                del self._merging[entry.merge_key]
            if entry.legacy_key is not None:
                self._legacy_acks.pop(legacy_ack_key("ACK", entry.legacy_key, entry.to_tag), None)
            self._unbind(entry)
            self.door.leave(entry.flow)

    def _bind(self, entry: Entry) -> None:
        if entry.flow.reliable:
            self._streams.setdefault(entry.flow, {})[entry] = None

    def _unbind(self, entry: Entry) -> None:
        if entry.flow.reliable:
            bound = self._streams[entry.flow]
            del bound[entry]
            if not bound:
                del self._streams[entry.flow]

    def _tag(self) -> str:
        return self._branch().removeprefix(BRANCH_COOKIE)


class _Nobody:
    """The user of a CANCEL: what matters is the final response to its INVITE."""

    def response(self, response: Response, now: float) -> None:
        pass

    def failed(self, status: int, reason: str, now: float) -> None:
        pass


_NOBODY = _Nobody()
