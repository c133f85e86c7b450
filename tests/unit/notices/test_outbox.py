"""The outbox on virtual time: what is tried when, what is given up, what a restart finds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeVar

import pytest

from pbxd.events import (
    Bus,
    Event,
    GatewayDown,
    GatewayUp,
    NoticeDelayed,
    NoticeFailed,
    NoticeReported,
    NoticeSent,
)
from pbxd.notices.letter import Delayed, Mail, Refused, Sent, Sms, Unreachable
from pbxd.notices.outbox import AT_ONCE, Bounds, Notice, Outbox, OutboxFull
from pbxd.notices.schedule import DELAYS, LIFETIME, PAUSES, next_attempt
from pbxd.store import StoreError
from pbxd.store.memory import MemoryOutbox
from tests.support.clock import VirtualClock
from tests.support.postman import Postman

E = TypeVar("E", bound=Event)
LATER = Delayed(reason="450 try later")
DOWN = Unreachable(reason="connection refused")
USUAL = Bounds()


class Desk:
    """An outbox that runs, with everything round it."""

    def __init__(
        self,
        clock: VirtualClock,
        tasks: asyncio.TaskGroup,
        store: MemoryOutbox,
        postman: Postman,
        bounds: Bounds,
    ) -> None:
        self.clock = clock
        self.store = store
        self.postman = postman
        self.events: list[Event] = []
        bus = Bus(failed=self._failed)
        bus.subscribe(self.events.append)

        def spawn(coroutine: Coroutine[Any, Any, None]) -> None:
            tasks.create_task(coroutine)

        self.outbox = Outbox(clock=clock, bus=bus, store=store, sender=postman, spawn=spawn, bounds=bounds)

    def _failed(self, event: Event, error: Exception) -> None:
        raise error

    def happened(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def mails(self, count: int = 1, **changes: Any) -> None:
        for number in range(count):
            self.outbox.put(notice(f"anna{number or ''}@house.example", **changes))


@asynccontextmanager
async def opened(
    clock: VirtualClock, store: MemoryOutbox, postman: Postman, bounds: Bounds = USUAL
) -> AsyncIterator[Desk]:
    async with asyncio.TaskGroup() as tasks:
        desk = Desk(clock, tasks, store, postman, bounds)
        await desk.outbox.restore()
        yield desk
        desk.outbox.stop()


@pytest.fixture
def store() -> MemoryOutbox:
    return MemoryOutbox()


@pytest.fixture
def postman() -> Postman:
    return Postman()


def mail(to: str) -> Mail:
    return Mail(to=to, from_name="The House", subject="s", text="t", identification="x", written=0.0)


def notice(to: str = "anna@house.example", **changes: Any) -> Notice:
    values: dict[str, Any] = {"organization": "house", "kind": "voicemail", "user": "anna", "letter": mail(to)}
    return Notice(**{**values, **changes})


def sms(to: str = "+4526000001") -> Notice:
    return notice(letter=Sms(to=to, sender="House", text="hello"))


async def test_a_letter_goes_out_at_once_and_is_forgotten(
    clock: VirtualClock, store: MemoryOutbox, postman: Postman
) -> None:
    async with opened(clock, store, postman) as desk:
        desk.mails()
        await asyncio.sleep(1)
        assert [letter.to for letter in postman.mails] == ["anna@house.example"]
        assert store.rows == {}
        (sent,) = desk.happened(NoticeSent)
        assert (sent.notice, sent.attempts, sent.user, sent.to) == (1, 1, "anna", "anna@house.example")


async def test_nothing_is_sent_before_it_is_on_disk(clock: VirtualClock, store: MemoryOutbox, postman: Postman) -> None:
    store.delay = 3.0
    async with opened(clock, store, postman) as desk:
        told: list[BaseException | None] = []
        desk.outbox.put(notice(), told.append)
        await asyncio.sleep(2.9)
        assert (postman.attempts, told) == ([], [])
        await asyncio.sleep(0.2)
        assert (len(postman.attempts), told) == (1, [None])


async def test_what_the_database_does_not_take_is_not_sent_unless_somebody_insists(
    clock: VirtualClock, store: MemoryOutbox, postman: Postman
) -> None:
    store.failure = StoreError("disk full")
    async with opened(clock, store, postman) as desk:
        told: list[BaseException | None] = []
        desk.outbox.put(notice(), told.append)
        desk.outbox.put(notice("cora@house.example", insist=True))
        await asyncio.sleep(1)
        assert told == [store.failure]
        assert [letter.to for letter in postman.mails] == ["cora@house.example"]
        assert [failed.reason for failed in desk.happened(NoticeFailed)] == ["disk full"]


async def test_it_is_tried_again_at_growing_distances_until_its_time_is_over(
    clock: VirtualClock, store: MemoryOutbox, postman: Postman
) -> None:
    postman.always = LATER
    async with opened(clock, store, postman) as desk:
        desk.mails()
        await asyncio.sleep(LIFETIME["email"] + 1)
        times = postman.attempts_of("email")
        assert [round(b - a) for a, b in pairwise(times)][: len(DELAYS)] == list(DELAYS)
        assert times[-1] - times[0] < LIFETIME["email"]
        assert len(desk.happened(NoticeDelayed)) == len(times) - 1
        (failed,) = desk.happened(NoticeFailed)
        assert (failed.reason, failed.attempts) == ("450 try later", len(times))
        (row,) = store.rows.values()
        assert (row.state, row.error) == ("dead", "450 try later")
        await asyncio.sleep(10 * DELAYS[-1])
        assert postman.attempts_of("email") == times, "it is given up"


def test_the_end_of_trying() -> None:
    assert next_attempt("sms", created=0.0, attempts=1, now=5.0) == 35.0
    assert next_attempt("sms", created=0.0, attempts=99, now=100.0) == 100.0 + DELAYS[-1]
    assert next_attempt("sms", created=0.0, attempts=1, now=LIFETIME["sms"] - DELAYS[0]) is None


async def test_what_is_refused_is_given_up_at_once(clock: VirtualClock, store: MemoryOutbox, postman: Postman) -> None:
    postman.outcomes.append(Refused(reason="550 no such user"))
    async with opened(clock, store, postman) as desk:
        desk.mails(2)
        await asyncio.sleep(1)
        assert [failed.reason for failed in desk.happened(NoticeFailed)] == ["550 no such user"]
        assert len(postman.taken) == 1
        none = {"waiting": 0, "dead": 0}
        assert desk.outbox.status() == {"email": {"waiting": 0, "dead": 1}, "sms": none, "webhook": none}


async def test_a_gateway_that_is_down_is_asked_by_one_letter_at_a_time(
    clock: VirtualClock, store: MemoryOutbox, postman: Postman
) -> None:
    postman.always = DOWN
    async with opened(clock, store, postman) as desk:
        desk.mails(20)
        desk.outbox.put(sms())
        await asyncio.sleep(4)
        first = len(postman.attempts_of("email"))
        assert first <= AT_ONCE
        await asyncio.sleep(sum(PAUSES) + 600)
        later = postman.attempts_of("email")[first:]
        assert len(later) < 12, "not every letter finds out for itself"
        assert [down.channel for down in desk.happened(GatewayDown)] == ["email", "sms"]
        assert all(row.attempts == 0 for row in store.rows.values()), "which says nothing about the letters"
        postman.always = Sent()
        await asyncio.sleep(PAUSES[-1] + 1)
        assert (len(postman.mails), len(postman.texts)) == (20, 1)
        assert {up.channel for up in desk.happened(GatewayUp)} == {"email", "sms"}
        assert store.rows == {}


async def test_mails_do_not_hold_up_sms(clock: VirtualClock, store: MemoryOutbox, postman: Postman) -> None:
    postman.seconds = 30.0
    async with opened(clock, store, postman) as desk:
        desk.mails(50)
        desk.outbox.put(sms())
        await asyncio.sleep(31)
        assert len(postman.texts) == 1
        assert postman.most == AT_ONCE + 1
        await asyncio.sleep(50 * 30)
        assert len(postman.mails) == 50


async def test_a_restart_goes_on_where_it_stood(clock: VirtualClock, store: MemoryOutbox, postman: Postman) -> None:
    postman.outcomes.extend([LATER, LATER])
    async with opened(clock, store, postman) as desk:
        desk.mails()
        await asyncio.sleep(1)
    async with opened(clock, store, postman) as desk:
        await asyncio.sleep(DELAYS[0] - 2)
        assert len(postman.attempts) == 1, "its time has not come"
        await asyncio.sleep(DELAYS[0] + DELAYS[1])
        assert (len(postman.attempts), len(postman.taken)) == (3, 1)
        desk.mails()
        assert max(store.rows, default=1) == 1


async def test_what_was_being_sent_when_the_server_stopped_is_sent_again(
    clock: VirtualClock, store: MemoryOutbox, postman: Postman
) -> None:
    postman.seconds = 5.0
    async with opened(clock, store, postman) as desk:
        desk.mails()
        await asyncio.sleep(1)
    assert desk.happened(NoticeSent) == []
    async with opened(clock, store, postman):
        await asyncio.sleep(6)
    assert len(postman.taken) == 2, "once more at the most"
    assert store.rows == {}


async def test_somebody_has_it_tried_again_or_dropped(
    clock: VirtualClock, store: MemoryOutbox, postman: Postman
) -> None:
    postman.outcomes.extend([Refused(reason="no")] * 3)
    async with opened(clock, store, postman) as desk:
        desk.mails(3)
        await asyncio.sleep(1)
        assert [row.state for row in desk.outbox.rows()] == ["dead"] * 3
        assert desk.outbox.retry(2) == [2]
        assert desk.outbox.drop(1) == [1]
        assert desk.outbox.drop(77) == []
        await asyncio.sleep(1)
        assert [letter.to for letter in postman.mails] == ["anna1@house.example"]
        assert desk.outbox.drop() == [3]
        await asyncio.sleep(1)
        assert store.rows == {}


async def test_retry_does_not_send_twice_what_is_under_way(
    clock: VirtualClock, store: MemoryOutbox, postman: Postman
) -> None:
    postman.seconds = 5.0
    async with opened(clock, store, postman) as desk:
        desk.mails()
        await asyncio.sleep(1)
        assert desk.outbox.retry() == []
        await asyncio.sleep(30)
        assert len(postman.attempts) == 1


async def test_what_is_dropped_while_it_is_tried_stays_dropped(
    clock: VirtualClock, store: MemoryOutbox, postman: Postman
) -> None:
    postman.seconds, postman.always = 5.0, LATER
    async with opened(clock, store, postman) as desk:
        desk.mails()
        await asyncio.sleep(1)
        assert desk.outbox.drop(1) == [1]
        await asyncio.sleep(600)
        assert (len(postman.attempts), store.rows) == (1, {})


async def test_there_is_an_end_to_what_is_kept(clock: VirtualClock, store: MemoryOutbox, postman: Postman) -> None:
    postman.seconds, postman.always = 5.0, Refused(reason="no")
    async with opened(clock, store, postman, Bounds(waiting=3, dead=2)) as desk:
        told: list[BaseException | None] = []
        desk.mails(3)
        await asyncio.sleep(1)
        assert desk.outbox.put(notice(), told.append) == 0
        await asyncio.sleep(1)
        assert [type(error) for error in told] == [OutboxFull]
        assert desk.happened(NoticeFailed)[0].notice == 0
        await asyncio.sleep(10)
        assert [row.seq for row in desk.outbox.rows()] == [2, 3]


async def test_the_clock_is_set_back(clock: VirtualClock, store: MemoryOutbox, postman: Postman) -> None:
    postman.outcomes.append(LATER)
    async with opened(clock, store, postman) as desk:
        desk.mails()
        await asyncio.sleep(1)
        clock.set_wall(clock.wall() - 3600)
        await asyncio.sleep(3600 + DELAYS[0] + 61)
        assert len(postman.taken) == 1


async def test_reports_of_the_gateway_are_told(clock: VirtualClock, store: MemoryOutbox, postman: Postman) -> None:
    async with opened(clock, store, postman) as desk:
        desk.outbox.put(sms())
        await asyncio.sleep(1)
        postman.report(1, "delivered")
        postman.report(99, "delivered")
        (reported,) = desk.happened(NoticeReported)
        assert (reported.state, reported.to, reported.organization) == ("delivered", "+4526000001", "house")


async def test_a_letter_that_can_not_be_read_is_no_end_of_the_server(
    clock: VirtualClock, store: MemoryOutbox, postman: Postman
) -> None:
    async with opened(clock, store, postman) as desk:
        desk.outbox.put(notice())
        await asyncio.sleep(1)
    row = replace(desk.outbox._row(notice()), letter='{"channel": "pigeon"}')
    store.rows[row.seq] = row
    async with opened(clock, store, postman) as desk:
        await asyncio.sleep(1)
        assert [row.state for row in desk.outbox.rows()] == ["dead"]
