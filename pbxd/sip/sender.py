"""Our requests on their way out: looked up, sent by what can carry them, tried at one server after the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

from pbxd.sip.dialog import Dialog
from pbxd.sip.failover import Adapt, Failover, Ways
from pbxd.sip.flow import Flow
from pbxd.sip.large import is_large, send_large
from pbxd.sip.line import Indifferent
from pbxd.sip.message import Request, Response
from pbxd.sip.nat import Destination
from pbxd.sip.transaction import ClientEntry, ClientUser, TransactionLayer
from pbxd.sip.transport.sockets import Sockets


class Clockwork(Protocol):
    """Time, as the endpoint keeps it."""

    @property
    def now(self) -> float:
        """Monotonic seconds."""
        ...

    def arm(self) -> None:
        """Look at the deadlines anew: something was begun."""
        ...

    def later(self, seconds: float, what: Callable[[], None]) -> Callable[[], None]:
        """Call ``what`` after ``seconds``; returns what takes that back."""
        ...

    def firewall(self, what: str) -> AbstractContextManager[None]:
        """A bug within costs what it was about, and nothing else."""
        ...


class Sender:
    """Sends requests and ACKs through the transaction layer."""

    def __init__(self, layer: TransactionLayer, sockets: Sockets, clockwork: Clockwork) -> None:
        self._layer = layer
        self._sockets = sockets
        self._clockwork = clockwork

    @property
    def now(self) -> float:
        return self._clockwork.now

    def send(
        self,
        request: Request,
        destination: Destination,
        user: ClientUser,
        began: Callable[[ClientEntry], None] | None = None,
    ) -> None:
        """Send a request, without Via yet; ``user`` hears what becomes of it, ``began`` of its transactions."""
        self._sockets.resolve(destination, partial(self._send, request, user, began or _unnoticed))

    def try_each(
        self,
        request: Request,
        flow: Flow,
        ways: Ways,
        user: ClientUser,
        adapt: Adapt,
        began: Callable[[ClientEntry], None] | None = None,
    ) -> None:
        """Send a request by ``flow``, and by the other ``ways`` in turn, as ``adapt`` makes it, where that fails."""
        Failover(self, ways, user, adapt, began or _unnoticed).start(request, flow)

    def ack(self, ack: Request, destination: Destination) -> None:
        """Send the ACK of a 2xx."""
        self._sockets.resolve(destination, partial(self._send_ack, ack))

    def transmit(self, request: Request, flow: Flow, user: ClientUser, began: Callable[[ClientEntry], None]) -> None:
        """Begin a transaction; a long request goes by TCP where that is allowed and works."""
        if flow.undecided and is_large(request):
            send_large(self._layer, self._sockets, request, flow, user, self.now, began)
        else:
            began(self._layer.request(request, flow, user, self.now))
        self._clockwork.arm()

    def abandon(self, entry: ClientEntry) -> None:
        """Nobody waits for this transaction any more: an INVITE is cancelled as soon as it may be (RFC 3261 9.1)."""
        self._layer.cancel(entry, self.now)
        self._clockwork.arm()

    def refuse_late(self, response: Response, flow: Flow) -> None:
        """A 2xx to an INVITE whose session is over and forgotten: whoever answers must learn so, or it would wait for
        a call for ever.
        """
        orphan = Dialog.of_stray(response, contact=self._sockets.contact(flow), flow=flow)
        self._layer.send_ack(orphan.request("ACK", cseq=response.cseq.number), flow)
        self._layer.request(orphan.request("BYE"), flow, Indifferent(), self.now)

    def later(self, seconds: float, what: Callable[[], None]) -> Callable[[], None]:
        """Call ``what`` after ``seconds``; returns what takes that back."""
        return self._clockwork.later(seconds, partial(self._walled, what))

    def _walled(self, what: Callable[[], None]) -> None:
        with self._clockwork.firewall("a server that does not answer"):
            what()
        self._clockwork.arm()

    def _send(
        self, request: Request, user: ClientUser, began: Callable[[ClientEntry], None], flow: Flow | None
    ) -> None:
        if flow is None:
            user.failed(503, "Destination can't be reached", self.now)
        else:
            self.transmit(request, flow, user, began)

    def _send_ack(self, ack: Request, flow: Flow | None) -> None:
        if flow is not None:
            self._layer.send_ack(ack, flow)


def _unnoticed(entry: ClientEntry) -> None:
    """Nobody will cancel this one."""
