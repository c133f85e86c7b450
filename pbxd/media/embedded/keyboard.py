"""The keys of one port: those pressed by its party that nobody else's phone can hear, and those sent to it."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from pbxd.media import rtp
from pbxd.media.engine import Format, KeyPressed
from pbxd.media.telephone_event import ENCODING, KEYS, LONGEST, Event, build, parse

if TYPE_CHECKING:
    from pbxd.media.embedded.port import Port

INTERVAL: Final = 0.02
"""Seconds between two packets of an event."""
ENDS: Final = 3
"""How often the end of an event is said (RFC 4733 2.5.1.4)."""
PAUSE: Final = 3
"""Packets' time of silence between two keys; a detector wants 45 ms (ITU-T Q.24)."""
SHORTEST, LONGEST_KEY = 40, 5000
"""Milliseconds of one key."""
MOST_WAITING: Final = 32
"""Keys that wait to be sent; more are dropped."""


class Keyboard:
    """Made for the first key of a port. ``formats`` of what the party takes are looked at when a key is due."""

    __slots__ = ("_due", "_heard", "_port", "_said", "_timer", "_timestamp", "_waiting")

    def __init__(self, port: Port) -> None:
        self._port = port
        self._heard: tuple[int, int] | None = None
        """Source and timestamp of the last event that was let go: each end comes three times."""
        self._waiting: deque[tuple[str, int]] = deque(maxlen=MOST_WAITING)
        self._timer: asyncio.TimerHandle | None = None
        self._said = self._timestamp = self._due = 0

    def heard(self, rate: int, ssrc: int, timestamp: int, payload: bytes) -> KeyPressed | None:
        """Take an event's packet from the party; the key, once, when it is let go."""
        event = parse(payload)
        if event is None or not event.end or self._heard == (ssrc, timestamp):
            return None
        self._heard = ssrc, timestamp
        return KeyPressed(port=self._port.id, key=event.key, milliseconds=event.duration * 1000 // rate)

    def press(self, key: str, milliseconds: int) -> None:
        """Have the party hear of a key, after those that wait already; without a format for it, nothing is sent."""
        if key not in KEYS or len(self._waiting) == MOST_WAITING:
            return
        self._waiting.append((key, min(max(milliseconds, SHORTEST), LONGEST_KEY)))
        if self._timer is None:
            self._said = 0
            self._step()

    def stop(self) -> None:
        """Send no more."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _step(self) -> None:
        """Send what is due now, and come back in a packet's time."""
        self._timer = None
        if not self._waiting:
            return
        key, milliseconds = self._waiting[0]
        format_ = self._format()
        packets = -(-milliseconds // round(INTERVAL * 1000))
        if format_ is not None and self._said < packets + ENDS - 1:
            self._send(format_, key, min(self._said + 1, packets), end=self._said >= packets - 1)
        self._said += 1
        if format_ is None or self._said >= packets + ENDS - 1 + PAUSE:
            self._waiting.popleft()
            self._said = 0
        self._timer = asyncio.get_running_loop().call_later(INTERVAL, self._step)

    def _send(self, format_: Format, key: str, packets: int, *, end: bool) -> None:
        port, rate = self._port, format_.clock_rate
        first = self._said == 0
        if first:
            self._timestamp = port.outgoing.timestamp_at(port.now())
        duration = min(round(packets * INTERVAL * rate), LONGEST)
        second = format_.payload_type | (rtp.MARKER if first else 0)
        payload = build(Event(key, end, duration))
        port.transmit(port.outgoing.inserted(second, self._timestamp, payload))

    def _format(self) -> Format | None:
        """The events that the party takes, at best at the clock rate of its sound (RFC 4733 2.5.1.2)."""
        remote = self._port.remote
        if remote is None or not remote.hears:
            return None
        formats = [each for each in remote.receives_as if each.encoding.lower() == ENCODING]
        rate = self._port.outgoing.rate
        return min(formats, key=lambda each: each.clock_rate != rate, default=None)
