"""Users that call back, users that raise, and the deadlines of all."""

from __future__ import annotations

import gc
from typing import Any
from weakref import ref

import pytest

from pbxd.sip.message import Request, response_to
from pbxd.sip.transaction import ClientEntry
from tests.unit.sip.transaction_side import TCP, UDP, VIA, BugError, Side, User, answer, ours, theirs


@pytest.fixture
def side() -> Side:
    return Side()


# Users that call back, and users that raise ----------------------------------------------------------------------


def test_the_core_may_answer_from_within_its_delivery(side: Side) -> None:
    side.on_request = lambda: side.respond(486)
    side.receive(theirs("INVITE"))
    side.receive(theirs("ACK", to_tag="ours"))
    assert side.out() == ["486 INVITE"]
    side.pass_time(5)
    assert side.is_empty()


def test_a_user_may_cancel_from_within_a_provisional_response(side: Side) -> None:
    entries: list[ClientEntry] = []
    user = User(lambda: side.layer.cancel(entries[0], side.now))
    entries.append(side.ask("INVITE", user))
    side.receive(answer(side.sent[0], 180))
    assert side.out() == ["INVITE", "CANCEL"]


def crash() -> None:
    raise BugError


def test_a_crash_at_delivery_leaves_a_transaction_that_can_be_answered(side: Side) -> None:
    side.on_request = crash
    with pytest.raises(BugError):
        side.receive(theirs("INVITE"))
    side.receive(theirs("INVITE"))
    assert len(side.requests) == 1
    side.respond(500)
    side.receive(theirs("ACK", to_tag="ours"))
    side.pass_time(5)
    assert side.is_empty()


def test_a_crash_at_a_response_leaves_no_trace(side: Side) -> None:
    side.ask("INVITE", User(crash))
    with pytest.raises(BugError):
        side.receive(answer(side.sent[0], 486))
    assert side.out() == ["INVITE", "ACK"]
    side.pass_time(32)
    assert side.is_empty()


def test_a_crash_at_a_deadline_costs_the_others_nothing(side: Side) -> None:
    users = [User(crash), User(), User(crash)]
    for user in users:
        side.ask("OPTIONS", user, TCP)
    with pytest.raises(ExceptionGroup) as caught:
        side.pass_time(32)
    assert [type(error) for error in caught.value.exceptions] == [BugError, BugError]
    assert [user.heard for user in users] == [["408 Request Timeout"]] * 3
    assert side.is_empty()


def test_a_crash_at_a_lost_connection_costs_the_others_nothing(side: Side) -> None:
    users = [User(crash), User()]
    for user in users:
        side.ask("OPTIONS", user, TCP)
    with pytest.raises(ExceptionGroup):
        side.layer.flow_lost(TCP, "reset", side.now)
    assert [user.heard for user in users] == [["503 reset"]] * 2
    assert side.is_empty()


def test_what_cannot_be_sent_changes_nothing(side: Side) -> None:
    broken = ours("OPTIONS")
    with pytest.raises(ValueError, match="line break"):
        side.layer.request(Request("OPTIONS\r\nEvil:", broken.uri, broken.headers), UDP, User(), side.now)
    assert side.is_empty()
    side.receive(theirs("INVITE"))
    for status in (180, 200, 486):
        with pytest.raises(ValueError, match="line break"):
            side.layer.respond(side.entry, response_to(side.entry.request, status, "a\r\nb"), side.now)
    side.pass_time(0.2)
    side.respond(200)
    assert side.out() == ["100 INVITE", "200 INVITE"]


def test_an_answer_too_late_does_not_touch_a_later_request_with_the_same_branch(side: Side) -> None:
    side.receive(theirs("OPTIONS"), TCP)
    first = side.entry
    side.respond(200)
    side.receive(theirs("OPTIONS"), TCP)  # J is zero, so this is new
    side.layer.respond(first, answer(theirs("OPTIONS"), 404), side.now)
    assert len(side.layer) == 1
    side.respond(200)
    assert side.out() == ["200 OPTIONS", "200 OPTIONS"]
    assert side.is_empty()


# Deadlines -------------------------------------------------------------------------------------------------------


def test_wake_does_all_that_is_due_and_nothing_before(side: Side) -> None:
    for _ in range(3):
        side.ask("OPTIONS")
    side.out()
    side.layer.wake(side.now + 0.49)
    assert side.out() == []
    side.layer.wake(side.now + 0.5)
    assert side.out() == ["OPTIONS"] * 3
    assert side.layer.next_deadline() == side.now + 1.5


def test_a_deadline_that_moved_earlier_is_kept(side: Side) -> None:
    side.ask("OPTIONS", flow=TCP)  # F: 32 s
    side.receive(theirs("INVITE"))
    side.pass_time(0.2)  # its own 100
    side.respond(486)
    assert side.layer.next_deadline() == side.now + 0.5


def test_a_late_wake_repeats_once(side: Side) -> None:
    side.ask("OPTIONS")
    side.out()
    side.layer.wake(side.now + 20)
    assert side.out() == ["OPTIONS"]


def test_the_heap_does_not_grow_with_the_repetitions(side: Side) -> None:
    for number in range(50):
        side.receive(theirs("INVITE", via=f"{VIA}{number}", cseq=number))
        side.respond(180)
        side.respond(486)
        side.pass_time(0.01)
    side.pass_time(20)
    assert len(side.layer._deadlines._heap) == len(side.layer) == 50


def test_what_lingers_keeps_neither_messages_nor_users(side: Side) -> None:
    user = User()
    side.ask("INVITE", user)
    side.receive(answer(side.sent[0], 200))
    side.receive(theirs("INVITE"))
    side.respond(180)
    side.respond(486)
    side.receive(theirs("BYE", via=f"{VIA}2", to_tag="x"))
    side.respond(200)
    kept: list[ref[Any]] = [ref(user), *(ref(request) for request, _ in side.requests)]
    del user
    side.requests.clear()
    gc.collect()
    assert len(side.layer) == 3
    assert [reference() for reference in kept] == [None] * 3
