"""The distributor, told what happens and when: what it orders, rule by rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from pbxd.events import CallDequeued, CallId, Event
from pbxd.org.rules import Target, ToNumber
from pbxd.org.services import By
from pbxd.queues.acd import Distributor
from pbxd.queues.callbacks import AGAIN
from pbxd.queues.floor import REST
from pbxd.queues.orders import (
    Arrival,
    CallBack,
    Camp,
    Close,
    Forget,
    Keep,
    Notify,
    Offer,
    Order,
    Overflow,
    Ringback,
    Say,
    Tell,
    Withdraw,
)
from pbxd.queues.plan import CallbackPlan, Membership, Plan, QueueId, Rhythm
from pbxd.store.rows import AgentRow, CallbackRow

START = 1_800_000_000.0
SUPPORT, SALES = QueueId("support"), QueueId("sales")
ELSEWHERE: Target = ToNumber("1501")


class House:
    """A distributor with a clock; each event returns what is ordered, without what is only told or kept."""

    def __init__(self, *plans: Plan, logged_in: Iterable[str] = ()) -> None:
        self.acd = Distributor("house", Random(1))
        self.now = START
        self.events: list[Event] = []
        self.kept: list[Keep | Forget] = []
        self._calls = 0
        self.does(self.acd.configure({plan.queue: plan for plan in plans}, self.now))
        for user in logged_in:
            self.does(self.acd.log_in(user, None, self.now, "test"))

    def does(self, orders: list[Order]) -> list[Order]:
        self.events += [order.event for order in orders if isinstance(order, Tell)]
        self.kept += [order for order in orders if isinstance(order, Keep | Forget)]
        return [order for order in orders if not isinstance(order, Tell | Keep | Forget)]

    def arrives(self, queue: QueueId = SUPPORT, call: str = "", plan: Plan | None = None, **more: Any) -> list[Order]:
        self._calls += 1
        name = CallId(call or f"c{self._calls}")
        orders = self.does(self.acd.join(Arrival(call=name, queue=queue, **more), self.now, plan))
        return orders + self.does(self.acd.ready(name, self.now))

    def after(self, seconds: float) -> list[Order]:
        """What is ordered while time passes."""
        until, orders = self.now + seconds, []
        while (deadline := self.acd.deadline) is not None and deadline <= until:
            self.now = deadline
            orders += self.does(self.acd.wake(self.now))
        self.now = until
        return orders

    def answers(self, user: str, call: str) -> list[Order]:
        return self.does(self.acd.answered(CallId(call), user, self.now))

    def finishes(self, user: str) -> list[Order]:
        return self.does(self.acd.finished(user, self.now))

    def results(self) -> list[tuple[str, str, str]]:
        ends = [event for event in self.events if isinstance(event, CallDequeued)]
        return [(event.call, event.result, event.why or event.agent) for event in ends]


def members(*users: str, **more: Any) -> dict[str, Membership]:
    return {user: Membership(user=user, listed=at, **more) for at, user in enumerate(users)}


def plan(*users: str, queue: QueueId = SUPPORT, **more: Any) -> Plan:
    return Plan(queue=queue, members=members(*(users or ("anna", "bo", "cora"))), **more)


def offer(call: str, agent: str, queue: QueueId = SUPPORT, *, callback: bool = False) -> Offer:
    return Offer(call=CallId(call), queue=queue, agent=agent, callback=callback)


def withdraw(call: str, agent: str, *, elsewhere: bool = False) -> Withdraw:
    return Withdraw(call=CallId(call), agent=agent, elsewhere=elsewhere)


# Who is rung --------------------------------------------------------------------------------------------------------


def test_the_first_who_waits_gets_the_first_who_is_free() -> None:
    house = House(plan(), logged_in=["anna"])
    assert house.arrives() == [offer("c1", "anna")]
    assert house.arrives() == []
    assert house.answers("anna", "c1") == []
    assert house.finishes("anna") == [offer("c2", "anna")]
    assert house.results() == [("c1", "answered", "anna")]


@pytest.mark.covers("QUE-4")
def test_after_the_ring_time_the_next_agent_is_rung_and_after_the_last_the_first_again() -> None:
    house = House(plan("anna", "bo", by="priority", ring_seconds=15.0), logged_in=["bo", "anna"])
    assert house.arrives() == [offer("c1", "anna")]
    assert house.after(15) == [withdraw("c1", "anna"), offer("c1", "bo")], "it rings at one place at a time"
    assert house.after(15) == [withdraw("c1", "bo"), offer("c1", "anna")]


def order_of(by: By | None, **more: Any) -> list[str]:
    """In which order four agents, of whom ``nora`` is not named by the queue, are rung for one call."""
    people = {
        "anna": Membership(user="anna", listed=0, skill=1, priority=2),
        "bo": Membership(user="bo", listed=1, skill=9),
        "cora": Membership(user="cora", listed=2, skill=1, priority=1),
        "nora": Membership(user="nora"),
    }
    house = House(Plan(queue=SUPPORT, members=people, by=by, ring_seconds=10.0, **more))
    for user in ("nora", "bo", "cora", "anna"):  # nora has been idle longest
        house.does(house.acd.log_in(user, None, house.now, "test"))
        house.now += 1
    orders = house.arrives()
    for _ in range(3):
        orders += house.after(10)
    return [one.agent for one in orders if isinstance(one, Offer)]


@pytest.mark.covers("QUE-4")
@pytest.mark.parametrize(
    ("by", "order"),
    [
        (None, ["nora", "bo", "cora", "anna"]),
        ("skill", ["bo", "cora", "anna", "nora"]),
        ("priority", ["cora", "anna", "bo", "nora"]),
        ("linear", ["anna", "bo", "cora", "nora"]),
        ("round-robin", ["anna", "bo", "cora", "nora"]),
        ("least-talk-time", ["nora", "bo", "cora", "anna"]),
    ],
)
def test_agents_are_chosen_as_the_queue_says(by: By | None, order: list[str]) -> None:
    assert order_of(by) == order


@pytest.mark.covers("QUE-4")
def test_ring_all_rings_everybody_and_who_becomes_free_meanwhile() -> None:
    house = House(plan(by="ring-all"), logged_in=["anna", "bo"])
    assert house.arrives() == [offer("c1", "anna"), offer("c1", "bo")]
    assert house.does(house.acd.log_in("cora", None, house.now, "test")) == [offer("c1", "cora")]
    assert house.answers("bo", "c1") == [withdraw("c1", "anna", elsewhere=True), withdraw("c1", "cora", elsewhere=True)]


@pytest.mark.covers("QUE-4")
def test_equals_are_chosen_by_chance_where_idleness_does_not_count() -> None:
    first = set()
    for _ in range(20):
        house = House(plan("anna", "bo", longest_idle=False), logged_in=["anna", "bo"])
        for number in range(1, 9):
            [one] = house.arrives()
            assert isinstance(one, Offer)
            first.add(one.agent)
            house.answers(one.agent, f"c{number}")
            house.finishes(one.agent)
    assert first == {"anna", "bo"}


@pytest.mark.covers("QUE-4")
def test_round_robin_takes_turns_and_least_talk_time_spares_who_talked() -> None:
    house = House(plan("anna", "bo", by="round-robin"), logged_in=["anna", "bo"])
    assert house.arrives() == [offer("c1", "anna")]
    house.answers("anna", "c1")
    house.finishes("anna")
    assert house.arrives() == [offer("c2", "bo")]

    house = House(plan("anna", "bo", by="least-talk-time"), logged_in=["anna", "bo"])
    house.arrives()
    house.answers("anna", "c1")
    house.after(60)
    house.finishes("anna")
    assert house.arrives() == [offer("c2", "bo")]
    house.answers("bo", "c2")
    house.after(10)
    house.finishes("bo")
    assert house.arrives() == [offer("c3", "bo")]


@pytest.mark.covers("QUE-4")
def test_several_ring_in_parallel_and_one_for_whom_nobody_rings_comes_before_one_for_whom_more_could() -> None:
    house = House(plan("anna", "bo", "cora", by="linear", parallel=2), logged_in=["anna"])
    assert house.arrives() == [offer("c1", "anna")]
    assert house.arrives() == []
    assert house.does(house.acd.log_in("bo", None, house.now, "test")) == [offer("c2", "bo")]
    assert house.does(house.acd.log_in("cora", None, house.now, "test")) == [offer("c1", "cora")]


@pytest.mark.covers("QUE-4")
def test_presence_counts_where_it_is_respected() -> None:
    house = House(plan("anna"), plan("anna", queue=SALES, respect_presence=False), logged_in=["anna"])
    house.does(house.acd.attend("anna", False, house.now))
    assert house.arrives() == []
    assert house.arrives(SALES) == [offer("c2", "anna", SALES)]
    house.does(house.acd.leave(CallId("c2"), house.now))
    assert house.does(house.acd.attend("anna", True, house.now)) == [offer("c1", "anna")]
    assert house.does(house.acd.attend("anna", False, house.now)) == [withdraw("c1", "anna")]


def test_nobody_is_rung_who_is_in_any_call() -> None:
    house = House(plan("anna"), logged_in=["anna"])
    house.does(house.acd.occupy("anna", True, house.now))
    assert house.arrives() == []
    assert house.does(house.acd.occupy("anna", False, house.now)) == [offer("c1", "anna")]


def test_an_agent_of_two_queues_gets_who_waits_longest_in_either() -> None:
    house = House(plan("anna"), plan("anna", queue=SALES))
    house.arrives(SALES)
    house.after(10)
    house.arrives()
    assert house.does(house.acd.log_in("anna", None, house.now, "test")) == [offer("c1", "anna", SALES)]


def test_time_waited_elsewhere_counts() -> None:
    house = House(plan("anna"))
    house.arrives()
    house.after(10)
    house.arrives(waited=60.0)
    assert house.does(house.acd.log_in("anna", None, house.now, "test")) == [offer("c2", "anna")]


# Agents -------------------------------------------------------------------------------------------------------------


@pytest.mark.covers("QUE-3")
def test_wrap_up_keeps_calls_of_this_queue_away_and_not_those_of_others() -> None:
    house = House(plan("anna", wrap_up=5.0), plan("anna", queue=SALES), logged_in=["anna"])
    house.arrives()
    house.answers("anna", "c1")
    house.arrives()
    assert house.finishes("anna") == []
    assert house.arrives(SALES) == [offer("c3", "anna", SALES)]
    house.answers("anna", "c3")
    assert house.finishes("anna") == []
    assert house.after(5) == [offer("c2", "anna")]


@pytest.mark.covers("QUE-3")
def test_who_does_not_answer_several_times_in_a_row_is_logged_out_of_the_queue() -> None:
    house = House(plan("anna", ring_seconds=10.0, logout_after=3), logged_in=["anna"])
    house.arrives()
    assert house.after(25) == [withdraw("c1", "anna"), offer("c1", "anna")] * 2
    house.answers("anna", "c1")
    house.finishes("anna")
    assert house.arrives() == [offer("c2", "anna")]
    again = [withdraw("c2", "anna"), offer("c2", "anna")]
    assert house.after(60) == [*again, *again, again[0]], "answering began the count anew"
    assert house.kept[-1].key.username == "anna"  # type: ignore[union-attr]  # forgotten
    assert house.does(house.acd.log_in("anna", [SUPPORT], house.now, "test")) == [offer("c2", "anna")]


def test_who_declines_is_left_alone_for_a_while() -> None:
    house = House(plan("anna"), logged_in=["anna"])
    house.arrives()
    assert house.does(house.acd.failed(CallId("c1"), "anna", "declined", house.now)) == []
    assert house.after(REST) == [offer("c1", "anna")]


def test_pausing_takes_back_what_rings_and_logging_out_does_too() -> None:
    house = House(plan("anna", "bo", by="linear"), logged_in=["anna", "bo"])
    house.arrives()
    assert house.does(house.acd.pause("anna", True, house.now, "test")) == [withdraw("c1", "anna"), offer("c1", "bo")]
    assert house.does(house.acd.log_out("bo", None, house.now, "test")) == [withdraw("c1", "bo")]
    assert house.does(house.acd.pause("anna", False, house.now, "test")) == [offer("c1", "anna")]


def test_logging_out_does_not_end_the_call_that_one_talks_in() -> None:
    house = House(plan("anna"), logged_in=["anna"])
    house.arrives()
    house.answers("anna", "c1")
    assert house.does(house.acd.log_out("anna", [SUPPORT], house.now, "test")) == []
    assert house.finishes("anna") == []


@pytest.mark.covers("QUE-2")
def test_only_members_can_log_in() -> None:
    house = House(plan("anna"))
    assert house.does(house.acd.log_in("dora", [SUPPORT], house.now, "test")) == []
    assert house.does(house.acd.log_in("anna", [SALES], house.now, "test")) == []
    assert house.kept == []


@pytest.mark.covers("QUE-11")
def test_a_restart_finds_agents_and_callbacks_where_they_were() -> None:
    house = House(plan("anna"), logged_in=["anna"])
    house.arrives(call="c1", number="+4511")
    house.does(house.acd.call_back(CallId("c1"), "+4511", house.now))
    rows = [one.row for one in house.kept if isinstance(one, Keep)]
    agents = [row for row in rows if isinstance(row, AgentRow)]
    callbacks = [row for row in rows if isinstance(row, CallbackRow)]
    assert (agents[-1].queues, callbacks[-1].number) == (("support",), "+4511")

    again = House(plan("anna"))
    again.now += 10
    again.arrives(call="new")
    assert again.does(again.acd.restore(agents, callbacks, again.now)) == [offer("c1", "anna", callback=True)]


def test_what_is_kept_of_queues_that_are_gone_is_forgotten() -> None:
    row = CallbackRow(
        organization="house",
        call=CallId("c1"),
        queue="gone",
        kind="queue",
        number="+4511",
        name="",
        language="",
        since=START,
        expires=None,
        attempts=0,
    )
    house = House(plan("anna"))
    agents = [
        AgentRow(organization="house", username="dora", queues=("support",), paused=False),
        AgentRow(organization="house", username="anna", queues=("gone", "support"), paused=False),
    ]
    house.does(house.acd.restore(agents, [row], house.now))
    assert house.kept == [
        Forget(key=agents[0].key),
        Keep(row=replace(agents[1], queues=("support",))),
        Forget(key=row.key),
    ]


def test_a_reload_logs_out_who_does_not_belong_any_more_and_closes_queues_that_are_gone() -> None:
    house = House(plan("anna", "bo"), plan("anna", queue=SALES), logged_in=["anna", "bo"])
    house.does(house.acd.occupy("bo", True, house.now))
    house.arrives()
    house.arrives(SALES)
    orders = house.does(house.acd.configure({SUPPORT: plan("bo")}, house.now))
    assert orders == [Close(call=CallId("c2"), queue=SALES), withdraw("c1", "anna")]
    assert house.does(house.acd.occupy("bo", False, house.now)) == [offer("c1", "bo")]


# Overflow ------------------------------------------------------------------------------------------------------------


def overflow(call: str, why: Any, to: Target | None = ELSEWHERE) -> Overflow:
    return Overflow(call=CallId(call), queue=SUPPORT, why=why, to=to)


@pytest.mark.covers("QUE-5")
def test_a_queue_that_is_full_takes_nobody() -> None:
    house = House(plan("anna", max_waiting=1, full=ELSEWHERE))
    assert house.arrives() == []
    assert house.arrives() == [overflow("c2", "full")]
    house = House(plan("anna", max_waiting=1))
    house.arrives()
    assert house.arrives() == [overflow("c2", "full", to=None)]


@pytest.mark.covers("QUE-5")
def test_where_somebody_waits_too_long_nobody_else_gets_in() -> None:
    house = House(plan("anna", max_longest_wait=60.0, full=ELSEWHERE))
    house.arrives()
    house.after(60)
    assert house.arrives() == []
    house.after(1)
    assert house.arrives() == [overflow("c3", "longest-wait")]


@pytest.mark.covers("QUE-6")
def test_who_has_waited_too_long_goes_elsewhere_even_while_somebody_is_rung() -> None:
    house = House(plan("anna", max_wait=20.0, then=ELSEWHERE, ring_seconds=15.0), logged_in=["anna"])
    house.arrives()
    assert house.after(15) == [withdraw("c1", "anna"), offer("c1", "anna")]
    assert house.after(5) == [overflow("c1", "max-wait"), withdraw("c1", "anna")]


@pytest.mark.covers("QUE-6")
def test_calls_go_elsewhere_where_nobody_serves_the_queue() -> None:
    house = House(plan("anna", "bo", no_agents=ELSEWHERE), logged_in=["anna", "bo"])
    house.arrives()
    house.answers("anna", "c1")
    house.does(house.acd.attend("bo", False, house.now))
    assert house.arrives() == [], "somebody in a call counts as available"
    assert house.does(house.acd.log_out("anna", None, house.now, "test")) == [overflow("c2", "no-agents")]
    assert house.arrives() == [overflow("c3", "no-agents")]


@pytest.mark.covers("QUE-6")
def test_after_so_many_attempts_a_call_goes_elsewhere() -> None:
    house = House(plan(parallel=3, ring_seconds=10.0, max_attempts=2, then=ELSEWHERE), logged_in=["anna", "bo", "cora"])
    assert len(house.arrives()) == 3
    assert len(house.after(10)) == 6, "three who ring together are one attempt"
    assert house.after(10)[-1] == overflow("c1", "attempts")


def test_closing_ends_who_waits_and_keeps_who_is_to_be_called_back() -> None:
    house = House(plan("anna", callback=CallbackPlan()))
    house.arrives(number="+4511")
    house.arrives()
    house.does(house.acd.call_back(CallId("c1"), "+4511", house.now))
    assert house.does(house.acd.shut(SUPPORT, house.now)) == [Close(call=CallId("c2"), queue=SUPPORT)]
    assert house.does(house.acd.log_in("anna", None, house.now, "test")) == []
    assert house.does(house.acd.open(SUPPORT, house.now)) == [offer("c1", "anna", callback=True)]


# What callers are told ------------------------------------------------------------------------------------------------


def say(call: str, **what: Any) -> Say:
    return Say(call=CallId(call), **what)


@pytest.mark.covers("QUE-7")
def test_status_and_place_are_told_at_intervals_together_or_in_turn() -> None:
    house = House(plan("anna", rhythm=Rhythm(status=True, position=True, every=30.0)))
    house.arrives()
    house.arrives()
    assert house.after(30) == [say("c1", status=True, position=1), say("c2", status=True, position=2)]
    house = House(plan("anna", rhythm=Rhythm(status=True, position=True, every=30.0, alternate=True)))
    house.arrives()
    assert house.after(90) == [say("c1", status=True), say("c1", position=1), say("c1", status=True)]


@pytest.mark.covers("QUE-7")
def test_the_wait_is_told_within_its_limits_and_only_when_it_is_known() -> None:
    house = House(plan("anna", rhythm=Rhythm(estimate=True, every=10.0, lower=60.0, upper=200.0)), logged_in=["anna"])
    for _ in range(15):
        house.arrives()
    house.answers("anna", "c1")
    for number in range(1, 12):  # each call takes 30 s
        said = [one for one in house.after(30) if isinstance(one, Say)]
        assert number > 8 or not said, "too little is known to say anything"
        house.finishes("anna")
        house.answers("anna", f"c{number + 1}")
    waits = {one.call: one.wait for one in house.after(10) if isinstance(one, Say)}
    assert waits == {"c14": pytest.approx(60), "c15": pytest.approx(90)}


@pytest.mark.covers("QUE-7")
def test_ringing_tone_is_heard_while_agents_ring_and_the_place_is_kept() -> None:
    rhythm = Rhythm(ringing=True, status=True, every=10.0)
    house = House(plan("anna", rhythm=rhythm, ring_seconds=15.0), logged_in=["anna"])
    on, off = Ringback(call=CallId("c1"), on=True), Ringback(call=CallId("c1"), on=False)
    assert house.arrives() == [on, offer("c1", "anna")]
    assert house.after(10) == [], "no announcement breaks into it"
    assert house.does(house.acd.failed(CallId("c1"), "anna", "declined", house.now)) == [off]
    assert house.after(10) == [say("c1", status=True), on, offer("c1", "anna")]


# Callbacks ------------------------------------------------------------------------------------------------------------


def called_back(*users: str, **more: Any) -> House:
    house = House(plan(*(users or ("anna",)), callback=CallbackPlan(**more)))
    house.arrives(number="+4511", name="Dora", language="da")
    house.does(house.acd.call_back(CallId("c1"), "+4511", house.now))
    house.does(house.acd.leave(CallId("c1"), house.now))
    return house


CALL_BACK = CallBack(
    call=CallId("c1"), queue=SUPPORT, agent="anna", number="+4511", name="Dora", language="da", ring_seconds=30.0
)


@pytest.mark.covers("QUE-8")
def test_who_is_to_be_called_back_keeps_his_place_and_is_dialled_when_an_agent_has_answered() -> None:
    house = called_back()
    house.arrives()
    assert house.does(house.acd.log_in("anna", None, house.now, "test")) == [offer("c1", "anna", callback=True)]
    assert house.answers("anna", "c1") == [CALL_BACK]
    house.does(house.acd.reached(CallId("c1"), house.now))
    assert house.results() == [("c1", "called-back", "anna")]
    assert house.kept[-1] == Forget(key=house.kept[0].row.key)  # type: ignore[union-attr]
    assert house.finishes("anna") == [offer("c2", "anna")]


@pytest.mark.covers("QUE-8")
def test_who_is_not_reached_is_called_again_and_then_no_more() -> None:
    house = called_back(attempts=2)
    house.does(house.acd.log_in("anna", None, house.now, "test"))
    house.answers("anna", "c1")
    assert house.does(house.acd.unreached(CallId("c1"), house.now)) == []
    assert house.after(AGAIN) == [offer("c1", "anna", callback=True)]
    house.answers("anna", "c1")
    house.does(house.acd.unreached(CallId("c1"), house.now))
    assert house.results() == [("c1", "abandoned", "not-reached")]


@pytest.mark.covers("QUE-8")
def test_a_callback_is_valid_for_so_long() -> None:
    house = called_back(valid=600.0)
    house.after(600)
    assert house.results() == [("c1", "abandoned", "expired")]
    house = called_back(valid=None)
    house.after(1_000_000)
    assert house.results() == []


@pytest.mark.covers("QUE-8")
def test_the_same_caller_is_queued_once() -> None:
    house = called_back()
    house.arrives(number="+4511")
    house.does(house.acd.call_back(CallId("c2"), "+4511", house.now))
    assert house.does(house.acd.log_in("anna", None, house.now, "test")) == [offer("c1", "anna", callback=True)]
    house.answers("anna", "c1")
    house.does(house.acd.reached(CallId("c1"), house.now))
    assert house.results() == [("c1", "called-back", "anna"), ("c2", "called-back", "merged")]


@pytest.mark.covers("QUE-8")
def test_who_calls_again_waits_in_the_place_of_his_callback() -> None:
    house = called_back()
    house.arrives(number="+4522")
    house.arrives(number="+4511")
    assert house.does(house.acd.log_in("anna", None, house.now, "test")) == [offer("c3", "anna")]
    house.answers("anna", "c3")
    assert house.results() == [("c3", "answered", "anna"), ("c1", "answered", "merged")]

    house = called_back()
    house.arrives(number="+4511")
    house.does(house.acd.leave(CallId("c2"), house.now))
    assert house.does(house.acd.log_in("anna", None, house.now, "test")) == [offer("c1", "anna", callback=True)]


def test_a_call_that_stands_in_for_another_has_a_place_that_nobody_else_has() -> None:
    house = House(plan("anna", callback=CallbackPlan(valid=10.0)))
    house.arrives()
    house.arrives(number="+4511")
    house.does(house.acd.call_back(CallId("c2"), "+4511", house.now))
    house.after(5)
    house.arrives(number="+4511")
    house.after(5)
    assert house.results() == [("c2", "abandoned", "expired")]
    house.does(house.acd.call_back(CallId("c3"), "+4511", house.now))
    house.arrives(number="+4511")
    house.does(house.acd.call_back(CallId("c4"), "+4511", house.now))
    assert house.does(house.acd.shut(SUPPORT, house.now)) == [Close(call=CallId("c1"), queue=SUPPORT)]
    house.does(house.acd.open(SUPPORT, house.now))
    assert house.does(house.acd.log_in("anna", None, house.now, "test")) == [offer("c3", "anna", callback=True)]


def test_an_agent_who_hangs_up_before_the_caller_answers_gives_the_callback_back() -> None:
    house = called_back("anna", "bo")
    house.does(house.acd.log_in("anna", None, house.now, "test"))
    house.answers("anna", "c1")
    assert house.finishes("anna") == []
    assert house.does(house.acd.log_in("bo", None, house.now, "test")) == [offer("c1", "bo", callback=True)]


# Somebody's own queue, and camp-on ------------------------------------------------------------------------------------

OWN = QueueId("anna", "personal")


def own(**more: Any) -> Plan:
    return plan("anna", queue=OWN, respect_presence=False, **more)


@pytest.mark.covers("CALL-6")
def test_who_waits_for_a_user_is_put_through_when_he_is_free_and_pauses_do_not_count() -> None:
    house = House(plan("anna"), logged_in=["anna"])
    house.does(house.acd.pause("anna", True, house.now, "test"))
    house.does(house.acd.occupy("anna", True, house.now))
    assert house.arrives(OWN, plan=own()) == []
    assert house.arrives() == []
    assert house.does(house.acd.occupy("anna", False, house.now)) == [offer("c1", "anna", OWN)]


@pytest.mark.covers("CALL-6")
def test_a_users_own_queue_has_a_capacity_and_takes_who_need_not_wait() -> None:
    house = House()
    house.does(house.acd.occupy("anna", True, house.now))
    for _ in range(2):
        assert house.arrives(OWN, plan=own(max_waiting=2)) == []
    refused = Overflow(call=CallId("c3"), queue=OWN, why="full", to=None)
    assert house.arrives(OWN, plan=own(max_waiting=2)) == [refused]


@pytest.mark.covers("ATT-2")
def test_attendants_are_told_of_a_call_that_waits_long_for_somebody_busy() -> None:
    house = House()
    house.does(house.acd.occupy("anna", True, house.now))
    camp = Camp(by="rita", group=("rita", "rosa"), after=30.0, all_after=60.0)
    house.arrives(OWN, plan=own(), camp=camp)
    first, second = house.after(60)
    assert first == Notify(call=CallId("c1"), queue=OWN, attendants=("rita",), waited=30.0)
    assert second == Notify(call=CallId("c1"), queue=OWN, attendants=("rita", "rosa"), waited=60.0)
    assert house.does(house.acd.take(CallId("c1"), "rita", house.now)) == []
    assert house.results() == [("c1", "answered", "taken")]
    assert house.does(house.acd.occupy("anna", False, house.now)) == []
