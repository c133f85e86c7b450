"""Users that call back, users that raise, and the deadlines of all."""

from __future__ import annotations

import pytest

from pbxd.sip.transaction import ClientEntry
from tests.unit.sip.transaction_side import TCP, VIA, BugError, Side, User, answer, theirs


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
