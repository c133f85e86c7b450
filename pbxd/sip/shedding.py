"""Has messages wait while there are too many, and turns new requests away before they are read in full (REL-1)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, NamedTuple

from pbxd.sip.flow import Flow
from pbxd.sip.glance import Glance, glance
from pbxd.sip.overload import AT_ONCE, MOST, Rank, Waiting
from pbxd.sip.transaction.door import Door
from pbxd.sip.transaction.layer import TransactionLayer
from pbxd.sip.transaction.matching import branch_key

RETRY_AFTER: Final = 5
"""Seconds after which who was turned away may come again."""
CALM: Final = 5.0
"""Seconds without turning anybody away after which an overload is over."""

_log = logging.getLogger("pbxd.sip")


class _Message(NamedTuple):
    data: bytes
    flow: Flow
    seen: Glance | None
    """What can be refused without being read in full."""


class Shedder:
    """Stands between the sockets and the endpoint. It has a timer and a memory only in an overload."""

    def __init__(
        self,
        layer: TransactionLayer,
        *,
        handle: Callable[[bytes, Flow], None],
        send: Callable[[bytes, Flow], None],
        tag: str,
    ) -> None:
        """``handle``: what a message is for. ``tag``: our To tag in every refusal, by which its ACK is known."""
        self.shed = 0
        """Requests turned away so far."""
        self._layer = layer
        self._handle = handle
        self._send = send
        self._tag = tag.encode()
        self._loop = asyncio.get_running_loop()
        self._waiting: Waiting[_Message] = Waiting()
        self._refused: set[str] = set()
        """The transactions that were refused in this overload: their repetitions, which may cross the refusal, are not
        to become calls whose callers have gone elsewhere. Emptied when it is over.
        """
        self._serving: asyncio.Handle | None = None
        self._calming: asyncio.TimerHandle | None = None
        self._shed_before = 0
        self._last_shed = 0.0

    def keeps(self, data: bytes, flow: Flow, door: Door, now: float) -> bool:
        """Whether a message is not to be handled at once: it waits, or is the ACK of a refusal."""
        if self.shed and data.startswith(b"ACK ") and self._tag in data:
            return True
        waits = self._waiting.wanted(now)
        if not waits and not self._refused:
            return False
        seen = glance(data)
        if self._refuses_again(seen, flow):
            return True
        if not waits:
            return False
        rank = self._rank(data, seen, door)
        message = _Message(data, flow, seen if rank in (Rank.NEW, Rank.PROVEN) else None)
        if not self._waiting.put(message, rank, now):
            self._refuse(message, now)
        if self._serving is None:
            self._serving = self._loop.call_soon(self._serve)
        return True

    def _rank(self, data: bytes, seen: Glance | None, door: Door) -> Rank:
        if data.startswith(b"CANCEL "):
            return Rank.FOLLOWING
        if seen is None or door.urgent(seen.user) or self._layer.has(seen.method, seen.via):
            return Rank.UNDER_WAY
        return Rank.PROVEN if seen.credentials else Rank.NEW

    def status(self) -> dict[str, float]:
        """For ``pbxd status --json``: messages that wait, and requests turned away so far."""
        return {"waiting": len(self._waiting), "turned_away": self.shed}

    def close(self) -> None:
        """Forget what waits."""
        for timer in (self._serving, self._calming):
            if timer is not None:
                timer.cancel()

    def _serve(self) -> None:
        self._serving = None
        now = self._loop.time()
        for late in self._waiting.impatient(now):
            self._refuse(late, now)
        for _ in range(AT_ONCE):
            message = self._waiting.take()
            if message is None:
                return
            if not self._refuses_again(message.seen, message.flow):
                self._handle(message.data, message.flow)
        # Not at once: sockets are read first, since what is under way may have come meanwhile.
        if self._waiting and self._serving is None:
            self._serving = self._loop.call_soon(self._serve)

    def _refuses_again(self, seen: Glance | None, flow: Flow) -> bool:
        """Whether this repeats what was refused, and got the same answer."""
        if seen is None or not self._refused or branch_key(seen.method, seen.via) not in self._refused:
            return False
        self._send(seen.refusal(flow, self._tag, RETRY_AFTER), flow)
        return True

    def _refuse(self, message: _Message, now: float) -> None:
        seen = message.seen
        if seen is None:
            return  # there was no room
        if self._layer.has(seen.method, seen.via):
            self._handle(message.data, message.flow)  # the first copy was taken in while this one waited
            return
        if len(self._refused) < MOST:
            self._refused.add(branch_key(seen.method, seen.via))
        self.shed += 1
        self._last_shed = now
        self._send(seen.refusal(message.flow, self._tag, RETRY_AFTER), message.flow)
        if self._calming is None:
            _log.warning("overloaded: new requests are turned away")
            self._shed_before = self.shed - 1
            self._calming = self._loop.call_at(now + CALM, self._calms)

    def _calms(self) -> None:
        over = self._last_shed + CALM
        if self._loop.time() < over:
            self._calming = self._loop.call_at(over, self._calms)
            return
        self._calming = None
        self._refused.clear()
        _log.warning("no longer overloaded: %d requests were turned away", self.shed - self._shed_before)
