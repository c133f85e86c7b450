"""What the events of a server's life add up to. Kept as plain numbers, because every event passes here."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from pbxd import events
from pbxd.events import CallId, Event

SETUP_BOUNDS = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0)
"""Seconds from a call's arrival to its answer."""
TALK_BOUNDS = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
MAX_TRUNKS = 200
"""Trunks with figures of their own: each is a series, which costs memory in whatever collects them."""
OTHER = "other"
RESULTS = {events.NoticeSent: "sent", events.NoticeDelayed: "delayed", events.NoticeFailed: "failed"}


class Histogram:
    """How many values were at most so large."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """Those up to each bound and above the one before; the last one: above all."""
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Figures:
    """Subscribe it to the :class:`pbxd.events.Bus`."""

    def __init__(self) -> None:
        self.counts: Counter[type[Event]] = Counter()
        """All events, by class."""
        self.ended: Counter[str] = Counter()
        """Calls, by result."""
        self.refused: Counter[str] = Counter()
        """Requests, by status."""
        self.notices: Counter[tuple[str, str]] = Counter()
        """Mails and SMS, by channel and what became of them."""
        self.refreshes = 0
        self.trunk_failures: Counter[str] = Counter()
        self.last_reload = 0.0
        """Wall-clock seconds; 0: never."""
        self.setup = Histogram(SETUP_BOUNDS)
        self.talk = Histogram(TALK_BOUNDS)
        self._unanswered: dict[CallId, float] = {}
        self._more: dict[type[Event], Callable[[Any], None]] = {
            events.CallArrived: self._arrived,
            events.LegAnswered: self._answered,
            events.CallEnded: self._call_ended,
            events.RequestRefused: self._request_refused,
            events.RequestsRefused: self._requests_refused,
            events.Registered: self._registered,
            events.TrunkDown: self._trunk_down,
            events.ConfigReloaded: self._reloaded,
            events.NoticeSent: self._notice,
            events.NoticeDelayed: self._notice,
            events.NoticeFailed: self._notice,
        }

    def __call__(self, event: Event) -> None:
        kind = type(event)
        self.counts[kind] += 1
        more = self._more.get(kind)
        if more is not None:
            more(event)

    def _arrived(self, event: events.CallArrived) -> None:
        self._unanswered[event.call] = event.at

    def _answered(self, event: events.LegAnswered) -> None:
        arrived = self._unanswered.pop(event.call, None)
        if arrived is not None:
            self.setup.observe(max(0.0, event.at - arrived))

    def _call_ended(self, event: events.CallEnded) -> None:
        self._unanswered.pop(event.call, None)
        self.ended[event.result] += 1
        if event.talk_seconds > 0:
            self.talk.observe(event.talk_seconds)

    def _request_refused(self, event: events.RequestRefused) -> None:
        self.refused[str(event.status)] += 1

    def _requests_refused(self, event: events.RequestsRefused) -> None:
        self.refused[OTHER] += event.count

    def _registered(self, event: events.Registered) -> None:
        self.refreshes += event.refresh

    def _trunk_down(self, event: events.TrunkDown) -> None:
        known = event.trunk in self.trunk_failures or len(self.trunk_failures) < MAX_TRUNKS
        self.trunk_failures[event.trunk if known else OTHER] += 1

    def _notice(self, event: events.NoticeEvent) -> None:
        self.notices[event.channel, RESULTS[type(event)]] += 1

    def _reloaded(self, event: events.ConfigReloaded) -> None:
        self.last_reload = event.at
