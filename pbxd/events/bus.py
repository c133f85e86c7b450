"""The bus that hands events on."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pbxd.events.base import Event

Subscriber = Callable[[Event], None]
_log = logging.getLogger("pbxd.server")


def log_failure(event: Event, error: Exception) -> None:
    """Say in the log that a consumer failed."""
    call = getattr(event, "call", "")
    _log.error("a consumer of %s failed (call %s)", type(event).__name__, call, exc_info=error)


class Bus:
    """Hands each event to every subscriber, at once and in order.

    A subscriber that raises is reported to ``failed`` and costs neither the emitter nor the other subscribers
    anything.
    """

    def __init__(self, failed: Callable[[Event, Exception], None]) -> None:
        self._subscribers: list[Subscriber] = []
        self._failed = failed

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)

    def emit(self, event: Event) -> None:
        for subscriber in self._subscribers:
            try:
                subscriber(event)
            except Exception as error:  # a consumer's bug must not reach the call that emitted
                self._failed(event, error)
