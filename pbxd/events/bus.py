"""The bus that hands events on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar, overload

from pbxd.events.base import Event

Subscriber = Callable[[Event], None]
Some = TypeVar("Some", bound=Event)
_log = logging.getLogger("pbxd.server")


def log_failure(event: Event, error: Exception) -> None:
    """Say in the log that a consumer failed."""
    call = getattr(event, "call", "")
    _log.error("a consumer of %s failed (call %s)", type(event).__name__, call, exc_info=error)


class Bus:
    """Hands each event to everybody who subscribed to its kind, at once and in the order of the subscriptions.

    A subscriber that raises is reported to ``failed`` and costs neither the emitter nor the other subscribers
    anything.
    """

    def __init__(self, failed: Callable[[Event, Exception], None]) -> None:
        self._subscriptions: list[tuple[Callable[[Any], None], type[Event]]] = []
        self._routes: dict[type[Event], tuple[Subscriber, ...]] = {}
        """Who gets events of a type: looked up once for each, for there are thirty events in a call."""
        self._failed = failed

    @overload
    def subscribe(self, subscriber: Subscriber, /) -> None: ...

    @overload
    def subscribe(self, subscriber: Callable[[Some], None], kind: type[Some], /) -> None: ...

    def subscribe(self, subscriber: Callable[[Any], None], kind: type[Event] = Event, /) -> None:
        """Call ``subscriber`` with each event of a ``kind``, or of what derives from it."""
        self._subscriptions.append((subscriber, kind))
        self._routes.clear()

    def emit(self, event: Event) -> None:
        route = self._routes.get(type(event))
        if route is None:
            route = self._route(type(event))
        for subscriber in route:
            try:
                subscriber(event)
            except Exception as error:  # a consumer's bug must not reach the call that emitted
                self._failed(event, error)

    def _route(self, kind: type[Event]) -> tuple[Subscriber, ...]:
        route = tuple(subscriber for subscriber, wanted in self._subscriptions if issubclass(kind, wanted))
        self._routes[kind] = route
        return route
