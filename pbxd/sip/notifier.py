"""A subscription as the endpoint drives it and its owner holds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pbxd.sip.line import Usage
from pbxd.sip.message import Request, Response
from pbxd.sip.nat import Destination
from pbxd.sip.session.effects import Respond
from pbxd.sip.subscription import Effect, Subscription
from pbxd.sip.transaction import ClientUser, ServerEntry


class Sender(Protocol):
    """What the endpoint does for a subscription."""

    @property
    def now(self) -> float: ...

    def respond(self, transaction: ServerEntry, response: Response) -> None: ...

    def send(self, request: Request, destination: Destination, user: ClientUser) -> None: ...

    def keep(self, usage: Usage) -> None: ...

    def forget(self, usage: Usage) -> None: ...


class Notifier:
    """One subscription: a usage of its dialog. ``over`` is called once, when it has ended."""

    def __init__(self, sender: Sender, subscription: Subscription, over: Callable[[Notifier], None]) -> None:
        self._sender = sender
        self._subscription = subscription
        self._over = over
        self.key = (*subscription.dialog.id[:2], subscription.event.key)
        self.due: float | None = None

    def accept(self, request: Request, transaction: ServerEntry, now: float) -> None:
        """Grant the SUBSCRIBE that makes the dialog. Raises :class:`IntervalTooBrief` (423) with nothing kept."""
        self._do(self._subscription.accept(request, transaction, now))

    def changed(self) -> None:
        """The state is another one."""
        self._subscription.changed(self._sender.now)
        self._do([])

    def terminate(self, reason: str) -> None:
        """End the subscription from our side; the NOTIFY that says so is sent before this returns if it can be."""
        now = self._sender.now
        self._subscription.terminate(reason, now)
        self._do(self._subscription.wake(now))

    # Called by the endpoint ----------------------------------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        return self._subscription.deadline

    def request(self, request: Request, transaction: ServerEntry, now: float) -> None:
        self._do(self._subscription.request(request, transaction, now))

    def wake(self, now: float) -> None:
        try:
            self._do(self._subscription.wake(now))
        except Exception:  # a state that can't be told now must not keep the subscription from ending in time
            self._do([])
            raise

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Respond):
                self._sender.respond(effect.transaction, effect.response)
            else:
                self._sender.send(effect.request, effect.destination, _Notification(self, effect.request))
        if not self._subscription.finished:
            self._sender.keep(self)
        else:
            over, self._over = self._over, _nothing
            self._sender.forget(self)
            over(self)

    def answered(self, response: Response, now: float) -> None:
        """A response to a NOTIFY."""
        self._do(self._subscription.response(response, now))

    def unanswered(self, request: Request, status: int, reason: str, now: float) -> None:
        """No response to a NOTIFY will come."""
        self._do(self._subscription.failed(request, status, reason, now))


class _Notification:
    """The client user of one NOTIFY."""

    __slots__ = ("_notifier", "_request")

    def __init__(self, notifier: Notifier, request: Request) -> None:
        self._notifier = notifier
        self._request = request

    def response(self, response: Response, now: float) -> None:
        self._notifier.answered(response, now)

    def failed(self, status: int, reason: str, now: float) -> None:
        self._notifier.unanswered(self._request, status, reason, now)


def _nothing(notifier: Notifier) -> None:
    """What is over is over."""
