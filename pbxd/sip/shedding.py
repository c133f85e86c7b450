"""Turns new requests away while there are too many, before they are read in full (REL-1)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from pbxd.sip.flow import Flow
from pbxd.sip.glance import glance
from pbxd.sip.overload import BEAT, Load
from pbxd.sip.transaction.door import Door
from pbxd.sip.transaction.layer import TransactionLayer

RETRY_AFTER: Final = 5
"""Seconds after which who was turned away may come again."""

_log = logging.getLogger("pbxd.sip")


class Shedder:
    """Watches how the endpoint keeps up. It runs a timer only while messages come."""

    def __init__(self, layer: TransactionLayer, send: Callable[[bytes, Flow], None], tag: str) -> None:
        """``tag``: our To tag in every refusal, by which its ACK is known."""
        self.load = Load()
        self.shed = 0
        """Requests turned away so far."""
        self._layer = layer
        self._send = send
        self._tag = tag.encode()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._heard = False
        self._shed_before = 0

    def sheds(self, data: bytes, flow: Flow, door: Door, now: float) -> bool:
        """Take note of a message; whether it was turned away, or is the ACK of one that was."""
        self.load.heard(now)
        self._heard = True
        if self._timer is None:
            self._timer = self._loop.call_at(now + BEAT, self._beat, now + BEAT)
        if not self.load.share:
            return self.shed > 0 and self._is_ack(data)
        if self._is_ack(data):
            return True
        new = glance(data)
        if new is None or door.urgent(new.user) or self._layer.has(new.method, new.via) or not self.load.sheds():
            return False
        self.shed += 1
        self._send(new.refusal(flow, self._tag, RETRY_AFTER), flow)
        return True

    def status(self) -> dict[str, float]:
        """For ``pbxd status --json``: the share of what is new that is turned away, and how late timers are."""
        return {"share": self.load.share, "lag_ms": round(1000 * self.load.lag, 1), "turned_away": self.shed}

    def close(self) -> None:
        """Stop watching."""
        if self._timer is not None:
            self._timer.cancel()

    def _is_ack(self, data: bytes) -> bool:
        return data.startswith(b"ACK ") and self._tag in data

    def _beat(self, due: float) -> None:
        before, now = self.load.share, self._loop.time()
        self.load.beat(now, due)
        if self.load.share and not before:
            _log.warning("overloaded: new requests are turned away")
            self._shed_before = self.shed
        elif before and not self.load.share:
            _log.warning("no longer overloaded: %d requests were turned away", self.shed - self._shed_before)
        if self._heard or self.load.share:
            self._timer = self._loop.call_at(now + BEAT, self._beat, now + BEAT)
        else:
            self._timer = None
        self._heard = False
