"""The outbox: letters that are on disk until somebody has taken them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from pbxd.errors import PbxdError
from pbxd.events import GatewayDown, GatewayUp, InvitationUsed, NoticeDelayed, NoticeFailed, NoticeReported, NoticeSent
from pbxd.notices import schedule
from pbxd.notices.letter import (
    Channel,
    Delayed,
    Letter,
    Outcome,
    Refused,
    Sender,
    Sent,
    Unreachable,
    channel_of,
    from_data,
    line_of,
    recipient_of,
    to_text,
)
from pbxd.store.rows import OutboxRow

if TYPE_CHECKING:
    from pbxd.clock import Clock
    from pbxd.events import Bus
    from pbxd.store.interface import Done, OutboxStore

AT_ONCE: Final = 4
"""Letters of one channel that are being sent at the same time."""
REMEMBERED: Final = 1_000
"""SMS whose reports can still be told."""
LOOK_AGAIN: Final = 60.0
"""Seconds after which the clock is looked at in any case: somebody may set it."""

_log = logging.getLogger("pbxd.notices")


class OutboxFull(PbxdError):
    """So many letters wait that no more are taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A letter, and whom it concerns."""

    organization: str
    kind: str
    user: str
    letter: Letter
    insist: bool = False
    """Send it even where the database does not take it: better twice after a crash than not at all."""
    remember: bool = False
    """Keep, after it was sent, that it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much an outbox keeps."""

    waiting: int = 10_000
    """Letters of a channel that wait; some 20 MB at the most."""
    dead: int = 1_000
    """Letters that were given up and are still listed; the oldest go first."""


@dataclass(slots=True)
class _Line:
    """What waits for one channel."""

    due: list[tuple[float, int]] = field(default_factory=list)
    """A heap of moments and numbers; those of letters that have changed since count for nothing."""
    running: int = 0
    failures: int = 0
    """How often the channel could not be reached, in a row."""
    resting_until: float = 0.0


class Outbox:
    """Keeps letters, has them sent, and remembers those that were not."""

    def __init__(
        self,
        *,
        clock: Clock,
        bus: Bus,
        store: OutboxStore,
        sender: Sender,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        bounds: Bounds = Bounds(),
    ) -> None:
        self._clock = clock
        self._bounds = bounds
        self._bus = bus
        self._store = store
        self._sender = sender
        sender.subscribe(self.reported)
        self._spawn = spawn
        self._rows: dict[int, OutboxRow] = {}
        self._lines: defaultdict[str, _Line] = defaultdict(_Line)
        """By channel, and of webhooks by host besides: who is not reached does not hold up others."""
        self._waiting: Counter[str] = Counter()
        """Letters that wait, by channel."""
        self._under_way: set[int] = set()
        self.unused: dict[tuple[str, str, str], int] = {}
        """Invitations that were sent and are not used yet: by kind, organization and user, their numbers."""
        self._told: dict[int, OutboxRow] = {}
        """SMS that were sent, by number."""
        self._serial = count(1)
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False

    async def restore(self) -> None:
        """Load what was there when the server last stopped, and go on with it. Raises ``StoreError``."""
        rows = await self._store.load()
        self._serial = count(rows[-1].seq + 1 if rows else 1)
        for row in rows:
            self._hold(row)
            self._enlist(row)
            self._watch(row)
        self._pump()

    def stop(self) -> None:
        """Send nothing more; what is being sent counts as not sent."""
        self._stopped = True
        self._sender.stop()
        if self._timer is not None:
            self._timer.cancel()

    # Letters in ----------------------------------------------------------------------------------------------------

    def can(self, channel: Channel) -> bool:
        """Whether letters of this channel go anywhere."""
        return self._sender.can(channel)

    def put(self, notice: Notice, done: Done | None = None) -> int:
        """Keep a letter and have it sent; ``done`` is told after the commit. Returns its number, at once."""
        row = self._row(notice)
        if self._waiting[row.channel] >= self._bounds.waiting and not notice.insist:
            asyncio.get_running_loop().call_soon(
                self._not_kept, replace(row, seq=0), done, OutboxFull("too many letters wait")
            )
            return 0
        self._store.save([row], [], partial(self._kept, row, notice.insist, done))
        return row.seq

    def _row(self, notice: Notice) -> OutboxRow:
        now = self._clock.wall()
        return OutboxRow(
            seq=next(self._serial),
            organization=notice.organization,
            kind=notice.kind,
            user=notice.user,
            channel=channel_of(notice.letter),
            recipient=recipient_of(notice.letter),
            letter=to_text(notice.letter),
            state="waiting",
            created=now,
            due=now,
            attempts=0,
            error="",
            used=0.0 if notice.remember else None,
        )

    def _kept(self, row: OutboxRow, insist: bool, done: Done | None, error: BaseException | None) -> None:
        if error is not None and not insist:
            self._not_kept(row, done, error)
            return
        self._hold(row)
        if done is not None:
            done(None)
        self._enlist(row)
        self._pump()

    def _not_kept(self, row: OutboxRow, done: Done | None, error: BaseException) -> None:
        self._bus.emit(NoticeFailed(**self._about(row), attempts=0, reason=str(error)))
        if done is not None:
            done(error)

    # Letters out ---------------------------------------------------------------------------------------------------

    def _enlist(self, row: OutboxRow) -> None:
        if row.state == "waiting":
            heappush(self._lines[line_of(row.channel, row.recipient)].due, (row.due, row.seq))

    def _pump(self) -> None:
        """Begin with whatever is due, and see to being called when the next is."""
        if self._stopped:
            return
        now = self._clock.wall()
        moments = [moment for name, line in self._lines.items() for moment in self._begin(name, line, now)]
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if moments:
            seconds = min(max(min(moments) - now, 0.0), LOOK_AGAIN)
            self._timer = asyncio.get_running_loop().call_later(seconds, self._pump)

    def _begin(self, name: str, line: _Line, now: float) -> Iterator[float]:
        """Begin with what is due on one line; yields the moment at which there is more to do, if that is known."""
        while line.due:
            due, seq = line.due[0]
            row = self._rows.get(seq)
            if row is None or row.due != due or row.state != "waiting":
                heappop(line.due)
                continue
            if line.running >= (1 if line.failures else AT_ONCE):
                return  # whoever comes back looks again
            if (moment := max(due, line.resting_until)) > now:
                yield moment
                return
            heappop(line.due)
            line.running += 1
            self._under_way.add(seq)
            self._spawn(self._try(name, line, row))

    async def _try(self, name: str, line: _Line, row: OutboxRow) -> None:
        try:
            outcome = await self._sender.send(row.seq, from_data(json.loads(row.letter)))
        except Exception as error:
            _log.exception("notice %d met a bug", row.seq)
            outcome = Refused(reason=f"a bug in pbxd: {error!r}")
        finally:
            line.running -= 1
            self._under_way.discard(row.seq)
        if self._stopped:
            return
        if isinstance(outcome, Unreachable):
            self._rest(name, line, outcome.reason)
        elif line.failures:
            line.failures = 0
            self._bus.emit(GatewayUp(at=self._clock.wall(), channel=name))
        if self._rows.get(row.seq) is row:  # nobody has dropped it meanwhile
            self._settle(row, outcome)
        self._pump()

    def _rest(self, name: str, line: _Line, reason: str) -> None:
        """Leave a line alone for a while."""
        now = self._clock.wall()
        line.failures += 1
        again = schedule.pause(line.failures)
        line.resting_until = now + again
        if line.failures == 1:
            self._bus.emit(GatewayDown(at=now, channel=name, reason=reason, again=again))

    def _settle(self, row: OutboxRow, outcome: Outcome) -> None:
        now, channel = self._clock.wall(), cast("Channel", row.channel)
        attempts = row.attempts + 1
        match outcome:
            case Sent():
                seconds = round(now - row.created, 3)
                self._bus.emit(NoticeSent(**self._about(row), attempts=attempts, seconds=seconds))
                self._sent(replace(row, state="sent", due=now, attempts=attempts, letter="", error=""))
            case Refused(reason=reason):
                self._die(replace(row, attempts=attempts, error=reason))
            case Delayed(reason=reason) | Unreachable(reason=reason):
                again = schedule.next_attempt(channel, created=row.created, attempts=attempts, now=now)
                if again is None:
                    self._die(replace(row, attempts=attempts, error=reason))
                elif isinstance(outcome, Unreachable):  # which says nothing about the letter
                    self._change(replace(row, error=reason))
                else:
                    self._change(replace(row, attempts=attempts, error=reason, due=again))
                    seconds = round(again - now, 3)
                    self._bus.emit(NoticeDelayed(**self._about(row), attempts=attempts, reason=reason, again=seconds))

    def _sent(self, row: OutboxRow) -> None:
        if row.channel == "sms":
            self._told[row.seq] = row
            if len(self._told) > REMEMBERED:
                del self._told[next(iter(self._told))]
        if row.used is None:
            self._forget(row.seq)
            return
        about = row.kind, row.organization, row.user
        for earlier in self.rows():
            if (earlier.kind, earlier.organization, earlier.user) == about and earlier.seq < row.seq:
                self._forget(earlier.seq)
        self._change(row)

    def _die(self, row: OutboxRow) -> None:
        self._bus.emit(NoticeFailed(**self._about(row), attempts=row.attempts, reason=row.error))
        self._change(replace(row, state="dead", due=self._clock.wall()))
        dead = [one.seq for one in self._rows.values() if one.state == "dead"]
        for seq in dead[: -self._bounds.dead]:
            self._forget(seq)

    def _hold(self, row: OutboxRow) -> None:
        before = self._rows.get(row.seq)
        self._waiting[row.channel] += (row.state == "waiting") - (before is not None and before.state == "waiting")
        self._rows[row.seq] = row

    def _change(self, row: OutboxRow) -> None:
        self._hold(row)
        self._store.save([row], [], _ignore)
        self._enlist(row)
        self._watch(row)

    def _watch(self, row: OutboxRow) -> None:
        if row.state == "sent" and row.used == 0.0:
            self.unused[_invited(row)] = row.seq

    def _forget(self, seq: int) -> None:
        row = self._rows.pop(seq, None)
        if row is not None and row.state == "waiting":
            self._waiting[row.channel] -= 1
        if row is not None and self.unused.get(_invited(row)) == seq:
            del self.unused[_invited(row)]
        self._store.save([], [seq], _ignore)

    def reported(self, notice: int, state: str) -> None:
        """The gateway says what became of an SMS."""
        row = self._told.get(notice)
        if row is not None:
            self._bus.emit(NoticeReported(**self._about(row), state=state))

    def _about(self, row: OutboxRow) -> dict[str, Any]:
        return {
            "at": self._clock.wall(),
            "organization": row.organization,
            "notice": row.seq,
            "kind": row.kind,
            "channel": row.channel,
            "user": row.user,
            "to": row.recipient,
        }

    # For those who look after it -----------------------------------------------------------------------------------

    def rows(self) -> list[OutboxRow]:
        """Everything that is kept, oldest first."""
        return [self._rows[seq] for seq in sorted(self._rows)]

    def retry(self, seq: int | None = None) -> list[int]:
        """Try one letter, or every one that waits or was given up, now; which."""
        now = self._clock.wall()
        found = [
            row
            for row in self.rows()
            if row.state != "sent" and seq in (None, row.seq) and row.seq not in self._under_way
        ]
        for line in self._lines.values():
            line.resting_until = 0.0
        for row in found:
            again = replace(row, created=now, attempts=0) if row.state == "dead" else row
            self._change(replace(again, state="waiting", due=now))
        self._pump()
        return [row.seq for row in found]

    def drop(self, seq: int | None = None) -> list[int]:
        """Forget one letter, or every one that was given up; which."""
        found = [row.seq for row in self.rows() if (row.state == "dead" if seq is None else row.seq == seq)]
        for one in found:
            self._forget(one)
        return found

    def used(self, seq: int) -> None:
        """What the letter invited to is used now."""
        row = self._rows[seq]
        self.unused.pop(_invited(row), None)
        self._bus.emit(InvitationUsed(**self._about(row)))
        self._change(replace(row, used=self._clock.wall()))

    def status(self) -> dict[str, dict[str, int]]:
        """How many letters wait and were given up, by channel."""
        counts = {str(channel): {"waiting": 0, "dead": 0} for channel in get_args(Channel)}
        for row in self._rows.values():
            if row.state in ("waiting", "dead"):
                counts[row.channel][row.state] += 1
        return counts


def _invited(row: OutboxRow) -> tuple[str, str, str]:
    return row.kind, row.organization, row.user


def _ignore(error: BaseException | None) -> None:
    """A removal that is lost costs a second copy after a restart; an attempt that is not counted costs nothing."""
