"""What an operator asks about mailboxes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pbxd.commands.mailbox import list_lines, show_lines
from pbxd.errors import PbxdError
from pbxd.mailboxes import Answer, MailboxKey, MailboxOrders
from tests.support.mailroom import ANNA, BO, SALES, Post


async def test_mailboxes_and_messages_are_listed(post: Post) -> None:
    row = await post.left(BO)
    await post.box(BO).mark(await post.left(BO), "saved")
    await post.left(SALES)
    await post.box(ANNA).switch(off=True)
    orders = MailboxOrders(post.room)
    listed = {(box["mailbox"], box["new"], box["old"], box["switched_off"]) for box in orders.list()["mailboxes"]}
    assert listed == {("bo", 1, 1, False), ("sales", 1, 0, False), ("anna", 0, 0, True)}
    assert orders.list("another")["mailboxes"] == []
    shown = orders.show("bo")
    assert [message["state"] for message in shown["messages"]] == ["new", "saved"]
    assert shown["messages"][0]["path"] == str(post.root / row.path)
    assert shown["bytes"] == 2 * row.bytes


async def test_messages_are_deleted_by_id_or_all(post: Post) -> None:
    first, _, _ = [await post.left() for _ in range(3)]
    orders = MailboxOrders(post.room)
    assert orders.delete("bo", first.id) == {"deleted": 1}
    with pytest.raises(PbxdError, match="has no message x"):
        orders.delete("bo", "x")
    await post.settles()
    assert len(post.room.messages(BO)) == 2
    assert orders.delete("bo", "all") == {"deleted": 2}
    await post.settles()
    assert post.files() == []


async def test_what_is_not_clear_is_told(post: Post) -> None:
    orders = MailboxOrders(post.room)
    with pytest.raises(PbxdError, match="nothing is kept of a mailbox of bo"):
        orders.show("bo")
    await post.left(BO)
    await post.left(MailboxKey("house", "group", "bo"))
    assert orders.show("bo")["kind"] == "user", "a user's comes first"
    await post.left(MailboxKey("cabin", "user", "bo"))
    with pytest.raises(PbxdError, match="--organization must say which: cabin, house, house"):
        orders.show("bo")
    assert orders.show("bo", "cabin")["new"] == 1


async def test_wrong_pins_are_forgotten(post: Post) -> None:
    box = post.box(BO, "4711")
    for _ in range(5):
        await box.try_pin("0815", "")
    orders = MailboxOrders(post.room)
    assert orders.list()["mailboxes"][0]["locked_until"] is not None
    assert orders.unlock("bo") == {"failures": 5}
    assert await box.try_pin("4711", "") is Answer.RIGHT


BOX: dict[str, Any] = {
    "organization": "house", "kind": "user", "mailbox": "anna", "new": 1, "old": 1, "bytes": 704_088,
    "locked_until": None, "switched_off": False,
    "messages": [
        {"id": "67a1f0c2-90c2d4e5f6", "state": "heard", "at": 1_795_162_320.0, "seconds": 9.2, "caller": "+4530303030",
         "caller_name": "Eva Krog", "forwarded_from": ""},
        {"id": "67a1f3aa-0b1c2d3e4f", "state": "new", "at": 1_795_163_100.0, "seconds": 12.8, "caller": "202",
         "caller_name": "Bo Lind", "forwarded_from": ""},
    ],
}  # fmt: skip


def test_the_lines_are_those_of_the_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")
    shown = page.partition("## mailbox\n")[2].partition("```\n")[2].partition("```")[0]
    assert list(show_lines(BOX)) == shown.splitlines()


def test_what_is_unusual_is_told() -> None:
    unusual = BOX | {"locked_until": 1_800_000_000.0, "switched_off": True}
    summary = "1 new, 1 other, 0.7 MB, locked until 08:00Z after wrong PINs, switched off by its owner"
    assert list(list_lines([unusual])) == [f"{'house':<16}  {'anna':<24}  {summary}"]
    assert list(list_lines([])) == ["nothing is kept of any mailbox"]
    message = {**BOX["messages"][0], "caller": "", "caller_name": "", "forwarded_from": "Bo Lind"}
    assert list(show_lines(BOX | {"messages": [message]}))[1].endswith("9.2 s  unknown, sent on by Bo Lind")
