"""The only shell round the SIP machines: sockets in, machines, sockets out, and one timer.

Everything else in :mod:`pbxd.sip` decides; this performs. It owns the transports, the transaction layer, the tables of
sessions and other usages of dialogs, and one heap of their deadlines (the layer keeps its own), and drives them all
with one timer.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil, inf
from random import Random
from typing import TypeAlias

from pbxd.errors import MalformedMessage, ProtocolViolation, Refused
from pbxd.network import Network
from pbxd.sip.digest_client import DigestClient
from pbxd.sip.event import EventId
from pbxd.sip.failover import Adapt, Ways
from pbxd.sip.flow import Flow
from pbxd.sip.headers import Reason
from pbxd.sip.invitation import Invitation
from pbxd.sip.line import EndpointUser, Line, LineRequest, SessionOwner, Usage
from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.nat import Destination
from pbxd.sip.opening import Names, Opening
from pbxd.sip.parse import Unparsable, parse_message
from pbxd.sip.resolve import DEFAULT_PORT, Resolver
from pbxd.sip.sender import Sender
from pbxd.sip.session import (
    Cancel,
    Effect,
    InviteSession,
    Report,
    Respond,
    SendAck,
    SendRequest,
)
from pbxd.sip.session.timer import USUAL
from pbxd.sip.shedding import Shedder
from pbxd.sip.transaction import DEFAULT_TIMERS, ClientUser, ServerEntry, Timers, TransactionLayer
from pbxd.sip.transaction.door import Door, OpenDoor
from pbxd.sip.transport.sockets import Reach, Sockets
from pbxd.sip.transport.stream import Spawn
from pbxd.sip.usages import Usages

GRAIN = 0.02
"""Seconds: deadlines are served in steps of this. At 50 calls/s, waking up for each one was half of all wake-ups, and
the cheapest of SIP's timers is an estimate of half a second."""
SCHEMES = frozenset({"sip", "sips", "tel"})
"""What a request to us may be addressed to."""
Tap: TypeAlias = Callable[[bool, bytes, Flow], None]
"""Called with each message: whether it goes out, its bytes, and the flow that it takes."""


class Endpoint:
    """Our side of SIP: where we listen, what is under way, and how to send."""

    def __init__(
        self,
        network: Network,
        *,
        resolver: Resolver,
        spawn: Spawn,
        random: Random,
        reach: Reach | None = None,
        session_expires: Callable[[], int] = lambda: USUAL,
        server: str = "pbxd",
        timers: Timers = DEFAULT_TIMERS,
    ) -> None:
        """``spawn`` starts a task in the server's group, ``session_expires`` gives the seconds that we want for session
        timers; for the others see :class:`Sockets`.
        """
        self.user: EndpointUser
        """Set before the first :meth:`listen`."""
        self.sockets = Sockets(network, user=self, resolver=resolver, spawn=spawn, reach=reach)
        self._names = Names(random)
        self._opening = Opening(
            self.sockets,
            random=random,
            names=self._names,
            timers=timers,
            session_expires=session_expires,
            server=server,
        )
        self._loop = asyncio.get_running_loop()
        self._layer = TransactionLayer(
            core=self, send=self._send, sent_by=self.sockets.advertised, timers=timers, branch=self._names.branch
        )
        self._sender = Sender(self._layer, self.sockets, self)
        self._door: Door = OpenDoor()
        self.shedder = Shedder(self._layer, handle=self._handle, send=self._send, tag=self.tag())
        self._usages = Usages()
        self._lines = self._usages.lines
        self._timer: asyncio.TimerHandle | None = None
        self._armed = 0.0
        self._busy = False
        """Whether a message is being handled."""
        self.tap: Tap | None = None
        """Looks at every message that comes and goes."""
        self.counters: Counter[str] = Counter()
        """``received``, ``sent``, ``malformed``, ``crashed``."""

    def guard(self, door: Door) -> None:
        """Have ``door`` decide whom we hear, from now on."""
        self._door = self._layer.door = door

    # Life ----------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Let go of all sockets and timers."""
        if self._timer is not None:
            self._timer.cancel()
        self.shedder.close()
        self.sockets.close()

    async def idle(self, seconds: float) -> bool:
        """Wait until no session is left, ``seconds`` at the most; whether that came true."""
        return await self._usages.idle(seconds)

    @property
    def now(self) -> float:
        """Monotonic seconds, the ``now`` of every machine here."""
        return self._loop.time()

    @property
    def transactions(self) -> int:
        """Transactions under way or lingering."""
        return len(self._layer)

    @property
    def sessions(self) -> int:
        """Sessions that are not finished."""
        return len(self._lines)

    # Names ---------------------------------------------------------------------------------------------------------

    def tag(self) -> str:
        """A fresh tag."""
        return self._names.tag()

    def call_id(self) -> str:
        """A fresh Call-ID."""
        return self._names.call_id()

    # Sessions ------------------------------------------------------------------------------------------------------

    def answer_call(
        self, invite: Request, transaction: ServerEntry, owner: SessionOwner, credentials: DigestClient | None = None
    ) -> Line:
        """Take an INVITE in as a session of ``owner``'s, whose caller may ask us for ``credentials``.

        Raises :class:`ProtocolViolation`, MalformedMessage.
        """
        session = self._opening.inbound(invite, transaction, credentials)
        line = self._line((invite.call_id, session.dialog.id.local_tag), session, owner)
        line.invited_by = transaction.key
        self._usages.invites[transaction.key] = line
        return line

    def place_call(self, invitation: Invitation, owner: SessionOwner) -> Line:
        """Make a session that calls as ``invitation`` says; ``line.session.start()`` sends the INVITE."""
        session, adapt = self._opening.outbound(invitation)
        line = self._line((session.invite.call_id, session.local_tag), session, owner)
        if invitation.ways is not None:
            line.course = invitation.ways, adapt
        return line

    def _line(self, key: tuple[str, str], session: InviteSession, owner: SessionOwner) -> Line:
        line = self._lines[key] = Line(self, key, session, owner)
        return line

    def perform(self, line: Line, effects: list[Effect]) -> None:
        """Do what a session asked for, then look at its deadline and whether it is finished."""
        for effect in effects:
            match effect:
                case Report(event):
                    line.owner(event)
                case Respond(transaction, response):
                    self.respond(transaction, response)
                case SendRequest(request, destination):
                    self._send_request(line, request, destination)
                case SendAck(request, destination):
                    self._sender.ack(request, destination)
                case Cancel(reason):
                    self._cancel(line, reason)
        if line.session.finished:
            self._usages.remove(line)
        else:
            self._usages.schedule(line)
        self.arm()

    def _send_request(self, line: Line, request: Request, destination: Destination) -> None:
        user = LineRequest(line, request)
        if request.method != "INVITE":
            self._sender.send(request, destination, user)
        elif line.course is not None and request.to.tag is None and isinstance(destination, Flow):
            ways, adapt = line.course
            self._sender.try_each(request, destination, ways, user, adapt, line.invites)
        else:
            self._sender.send(request, destination, user, line.invites)

    def _cancel(self, line: Line, reason: Reason | None) -> None:
        if line.invite is not None:
            headers = (("Reason", str(reason)),) if reason is not None else ()
            self._layer.cancel(line.invite, self.now, headers=headers)

    # Other usages of dialogs ---------------------------------------------------------------------------------------

    def keep(self, usage: Usage) -> None:
        """Hand requests within its dialog, and its deadline, to ``usage``. To be said again when it may be earlier."""
        self._usages.others[usage.key] = usage
        self._usages.schedule(usage)
        self.arm()

    def forget(self, usage: Usage) -> None:
        """``usage`` is over."""
        self._usages.others.pop(usage.key, None)

    # Sending -------------------------------------------------------------------------------------------------------

    def send(self, request: Request, destination: Destination, user: ClientUser) -> None:
        """Send a request of no session, without Via yet; ``user`` hears what becomes of it."""
        self._sender.send(request, destination, user)

    def send_to_one_of(self, ways: Ways, request: Request, user: ClientUser, adapt: Adapt) -> None:
        """Like :meth:`send`, to the first of several servers that takes it (RFC 3263 4.3)."""
        self._sender.try_each(request, ways.first, ways, user, adapt)

    def respond(self, transaction: ServerEntry, response: Response) -> None:
        """Answer a request through its server transaction."""
        self._layer.respond(transaction, response, self.now)
        self.arm()

    def _send(self, data: bytes, flow: Flow) -> None:
        self.counters["sent"] += 1
        if self.tap is not None:
            self.tap(True, data, flow)
        if not self.sockets.send(data, flow):
            # Not from within the layer's own call: it must have finished with the entry that is sending.
            self._loop.call_soon(self.flow_lost, flow, "the connection is gone")

    # Receiving -----------------------------------------------------------------------------------------------------

    def message(self, data: bytes, flow: Flow) -> None:
        """One message from the network. Whatever it is and whatever it causes, the server goes on."""
        self.counters["received"] += 1
        if self.tap is not None:
            self.tap(False, data, flow)
        now = self.now
        if self._door.hears(flow, now) and not self.shedder.keeps(data, flow, self._door, now):
            self._handle(data, flow)

    def _handle(self, data: bytes, flow: Flow) -> None:
        self._busy = True  # what follows from one message asks for the timer again and again: it is set once, below
        try:
            self._layer.receive(parse_message(data), flow, self.now)
        except Unparsable as error:
            self._malformed(error, error.request, flow)
        except MalformedMessage as error:
            self._malformed(error, None, flow)
        except Exception as error:  # the firewall round one message
            self._crashed(error, f"a message from {flow}")
        finally:
            self._busy = False
        self.arm()

    def garbage(self, error: MalformedMessage, flow: Flow) -> None:
        """A stream that can't be read."""
        self._malformed(error, None, flow)

    def _malformed(self, error: MalformedMessage, request: Request | None, flow: Flow) -> None:
        self.counters["malformed"] += 1
        if request is not None and request.method != "ACK":
            answer = response_to(request, error.status, f"{error}"[:120], to_tag=self.tag())
            self._send(answer.to_bytes(), flow)

    def request(self, request: Request, entry: ServerEntry | None, flow: Flow, now: float) -> None:
        """A new request from the transaction layer (``entry`` is ``None`` for the ACK of a 2xx)."""
        if flow.reliable and entry is not None and "alias" in dict(request.via.params):
            self.sockets.alias(flow, request.via.port or DEFAULT_PORT[flow.transport])
        try:
            self._dispatch(request, entry, now)
        except (MalformedMessage, ProtocolViolation, Refused) as error:
            if entry is not None:
                self.respond(entry, response_to(request, error.status, str(error)[:120], to_tag=self.tag()))
        except Exception as error:  # the firewall round one request
            self._crashed(error, f"{request.method} from {flow}")
            if entry is not None:
                self.respond(entry, response_to(request, 500, to_tag=self.tag()))

    def _dispatch(self, request: Request, entry: ServerEntry | None, now: float) -> None:
        tag = request.to.tag
        if tag is not None:
            self._dispatch_inside(request, tag, entry, now)
        elif entry is None:
            return  # an ACK for nothing
        elif request.uri.scheme not in SCHEMES:
            raise Refused(416, "Unsupported URI Scheme")  # RFC 3261 8.2.2.1
        elif request.method == "INVITE":
            self.user.invited(request, entry, now)
        else:
            self.user.asked(request, entry, now)

    def _dispatch_inside(self, request: Request, tag: str, entry: ServerEntry | None, now: float) -> None:
        """A request within a dialog: its method says which usage of the dialog it is for (RFC 5057 5)."""
        line = self._lines.get((request.call_id, tag))
        if entry is None:
            if line is not None:
                self.perform(line, line.session.ack(request))
            return
        usage: Usage | None = line
        if request.method == "SUBSCRIBE":
            usage = self._usages.others.get((request.call_id, tag, EventId.of(request).key), line)
        if usage is not None:
            usage.request(request, entry, now)
        else:
            self.respond(entry, response_to(request, 481))

    def cancelled(self, cancel: Request, entry: ServerEntry, now: float) -> None:
        """A CANCEL met its INVITE; the layer has answered the CANCEL itself."""
        line = self._usages.invites.get(entry.key) or self._lines.get((cancel.call_id, cancel.to.tag or ""))
        if line is not None:
            self.perform(line, line.session.cancelled(cancel, entry))

    def stray_response(self, response: Response, flow: Flow, now: float) -> None:
        """A 2xx to an INVITE after the first: its ACK was lost, or it is another fork's, however late (13.2.2.4)."""
        line = self._lines.get((response.call_id, response.from_.tag or ""))
        if line is not None:
            self.perform(line, line.session.response(response, now))
            return
        self._sender.refuse_late(response, flow)

    def ack_missing(self, entry: ServerEntry, now: float) -> None:
        """A failure response of ours was never acknowledged; the call it refused is gone all the same."""
        self.counters["unacknowledged"] += 1

    def flow_lost(self, flow: Flow, reason: str) -> None:
        """A connection is gone: its transactions fail, its bindings with it."""
        with self.firewall(f"the loss of {flow}"):
            self._layer.flow_lost(flow, reason, self.now)
            self.user.flow_lost(flow, reason)
        self.arm()

    @contextmanager
    def firewall(self, what: str) -> Iterator[None]:
        """A bug in what one message or moment causes is told of, and everything else goes on."""
        try:
            yield
        except Exception as error:
            self._crashed(error, what)

    def _crashed(self, error: Exception, what: str) -> None:
        self.counters["crashed"] += 1
        self.user.crashed(error, what)

    # Time ----------------------------------------------------------------------------------------------------------

    def arm(self) -> None:
        """Have the timer go off at the first deadline; one that comes too early just looks again."""
        if self._busy:
            return
        usage = self._usages.first()
        armed = self._armed if self._timer is not None else inf
        if (usage is None or armed <= usage) and self._layer.nothing_before(armed):
            return
        first = self._layer.next_deadline()
        if usage is not None and (first is None or usage < first):
            first = usage
        if first is None or (self._timer is not None and self._armed <= first):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed = first
        self._timer = self._loop.call_at(ceil(first / GRAIN) * GRAIN, self._wake)

    def later(self, seconds: float, what: Callable[[], object]) -> Callable[[], None]:
        """Call ``what`` after ``seconds``; returns what takes that back."""
        return self._loop.call_later(seconds, what).cancel

    def _wake(self) -> None:
        self._timer = None
        now = self.now
        with self.firewall("a deadline of a transaction"):
            self._layer.wake(now)
        for usage in self._usages.due(now):
            with self.firewall("a deadline of a usage"):
                usage.wake(now)
        self.arm()
