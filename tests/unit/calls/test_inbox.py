"""The inbox: one reader, any number of writers, and a deadline."""

from __future__ import annotations

import asyncio

from pbxd.calls.inbox import Inbox


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_items_come_in_order_and_before_any_deadline() -> None:
    inbox: Inbox[int] = Inbox()
    for item in range(3):
        inbox.put(item)
    assert [await inbox.next(until=0.0) for _ in range(4)] == [0, 1, 2, None]


async def test_a_deadline_passes() -> None:
    inbox: Inbox[int] = Inbox()
    start = now()
    assert await inbox.next(until=start + 20) is None
    assert now() == start + 20


async def test_an_item_wakes_the_reader_and_leaves_no_timer() -> None:
    inbox: Inbox[int] = Inbox()
    start = now()
    asyncio.get_running_loop().call_later(5, inbox.put, 7)
    assert await inbox.next(until=start + 60) == 7
    assert now() == start + 5
    await asyncio.sleep(100)
    inbox.put(8)
    assert await inbox.next() == 8


async def test_a_cancelled_reader_loses_nothing() -> None:
    inbox: Inbox[int] = Inbox()
    loop = asyncio.get_running_loop()
    reader = loop.create_task(inbox.next())
    await asyncio.sleep(1)
    inbox.put(7)
    reader.cancel()  # in the turn in which the item came
    await asyncio.wait([reader])
    assert reader.cancelled()
    assert await inbox.next() == 7


async def test_none_is_an_item_like_any_other() -> None:
    inbox: Inbox[int | None] = Inbox()
    inbox.put(None)
    inbox.put(1)
    assert [await inbox.next(), await inbox.next()] == [None, 1]
