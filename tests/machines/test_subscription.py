"""The notifier's side of a subscription (RFC 6665 4.2) as tables: what comes in, when, and what goes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from pbxd.address import Address
from pbxd.errors import MalformedMessage, Refused
from pbxd.sip.dialog import Dialog
from pbxd.sip.event import EventId
from pbxd.sip.flow import Flow
from pbxd.sip.message import Request, Response, response_to
from pbxd.sip.parse import parse_message
from pbxd.sip.registrar import IntervalTooBrief
from pbxd.sip.session.effects import Respond, SendRequest
from pbxd.sip.subscription import ATTEMPTS, GONE, Content, Effect, Subscription, Terms
from pbxd.sip.transaction import DEFAULT_TIMERS, ServerEntry
from pbxd.sip.transaction.server import NonInviteServerTransaction
from pbxd.sip.uri import Uri

FLOW = Flow("udp", Address("192.0.2.1", 5060), Address("192.0.2.12", 5060))


def subscribe(cseq: int, expires: int | None = 600, *extra: str, event: str = "dialog") -> Request:
    lines = [
        "SUBSCRIBE sip:202@house.example SIP/2.0",
        f"Via: SIP/2.0/UDP 192.0.2.12:5060;branch=z9hG4bK{cseq}",
        "From: <sip:cora@house.example>;tag=c1",
        "To: <sip:202@house.example>",
        "Call-ID: watch@192.0.2.12",
        f"CSeq: {cseq} SUBSCRIBE",
        "Contact: <sip:cora@192.0.2.12:5060>",
        f"Event: {event}",
        *([] if expires is None else [f"Expires: {expires}"]),
        *extra,
        "Content-Length: 0\r\n\r\n",
    ]
    message = parse_message("\r\n".join(lines).encode())
    assert isinstance(message, Request)
    return message


class Table:
    """One subscription, its watcher, and a clock: each step returns what went out, in words."""

    def __init__(self, *extra: str, expires: int | None = 600, terms: Terms | None = None) -> None:
        self.now = 100.0
        self.told: list[int] = []
        request = subscribe(1, expires, *extra)
        dialog = Dialog.of_server(request, local_tag="b1", contact=Uri.parse("sip:202@192.0.2.1"), flow=FLOW)
        self.machine = Subscription(EventId.of(request), dialog, self._render, terms or Terms())
        self.notifies: list[Request] = []
        self.began = self._words(self.machine.accept(request, self._entry(request), self.now))

    def _render(self, version: int) -> Content:
        self.told.append(version)
        return Content("text/plain", f"state {version}".encode())

    def _entry(self, request: Request) -> ServerEntry:
        return ServerEntry("key", FLOW, NonInviteServerTransaction(request, reliable=False, timers=DEFAULT_TIMERS))

    def at(self, now: float) -> Table:
        self.now = now
        return self

    def subscribes(self, cseq: int, expires: int = 600) -> str:
        request = subscribe(cseq, expires)
        return self._words(self.machine.request(request, self._entry(request), self.now))

    def answers(self, status: int, *headers: tuple[str, str]) -> str:
        return self._words(self.machine.response(response_to(self.notifies[-1], status, headers=headers), self.now))

    def fails(self, status: int) -> str:
        return self._words(self.machine.failed(self.notifies[-1], status, "", self.now))

    def changes(self) -> str:
        self.machine.changed(self.now)
        return self.wakes()

    def terminates(self, reason: str) -> str:
        self.machine.terminate(reason, self.now)
        return self.wakes()

    def wakes(self) -> str:
        return self._words(self.machine.wake(self.now))

    def _words(self, effects: Iterable[Effect]) -> str:
        return ", ".join(self._each(effects))

    def _each(self, effects: Iterable[Effect]) -> Iterator[str]:
        for effect in effects:
            if isinstance(effect, Respond):
                yield _answer(effect.response)
            elif isinstance(effect, SendRequest):
                self.notifies.append(effect.request)
                state = effect.request.headers.get("Subscription-State")
                yield f"NOTIFY {state} {effect.request.body.decode()}".rstrip()


def _answer(response: Response) -> str:
    expires = response.headers.get("Expires")
    return f"{response.status}" + (f" for {expires} s" if expires else "")


def test_a_subscription_begins_with_the_state() -> None:
    """4.2.1.2, 4.2.2."""
    table = Table("Record-Route: <sip:proxy.example;lr>")
    assert table.began == "200 for 600 s, NOTIFY active;expires=600 state 0"
    (notify,) = table.notifies
    assert notify.headers.get("Event") == "dialog"
    assert notify.headers.get("Content-Type") == "text/plain"
    assert str(notify.uri) == "sip:cora@192.0.2.12:5060"
    assert [str(route.uri) for route in notify.routes] == ["sip:proxy.example;lr"]
    assert (notify.from_.tag, notify.to.tag) == ("b1", "c1")


@pytest.mark.parametrize(("asked", "granted"), [(None, 3600), (60, 60), (3600, 3600), (7200, 3600)])
def test_how_long_it_lasts(asked: int | None, granted: int) -> None:
    """4.2.1.1: never longer than asked for."""
    assert Table(expires=asked).began.startswith(f"200 for {granted} s")


def test_too_short_an_interval_changes_nothing() -> None:
    with pytest.raises(IntervalTooBrief):
        Table(expires=59)
    table = Table()
    table.answers(200)
    assert table.at(150).subscribes(2, 30) == "423"
    assert table.machine.deadline == 700


def test_a_fetch_gets_the_state_once() -> None:
    """4.4.3."""
    table = Table(expires=0)
    assert table.began == "200 for 0 s, NOTIFY terminated;reason=timeout state 0"
    assert not table.machine.finished
    assert table.machine.deadline is None
    assert table.answers(200) == ""
    assert table.machine.finished


def test_a_change_is_told() -> None:
    table = Table()
    table.answers(200)
    assert table.at(105).changes() == "NOTIFY active;expires=595 state 1"
    assert table.told == [0, 1], "rendered once for each NOTIFY"


def test_changes_are_told_once_a_second_and_the_newest_counts() -> None:
    table = Table()
    table.answers(200)
    assert table.at(100.2).changes() == ""
    assert table.at(100.4).changes() == ""
    assert table.machine.deadline == 101.0
    assert table.at(101).wakes() == "NOTIFY active;expires=599 state 1"


def test_one_notify_at_a_time() -> None:
    """4.2.2: the next one waits for the answer to the last."""
    table = Table()
    assert table.at(105).changes() == ""
    assert table.machine.deadline == 700, "only its end is waited for"
    assert table.at(110).answers(200) == "NOTIFY active;expires=590 state 1"


def test_a_refresh_is_answered_with_the_state_at_once() -> None:
    """4.2.1.2, whatever the pace."""
    table = Table()
    table.answers(200)
    assert table.at(100.1).subscribes(2, 300) == "200 for 300 s, NOTIFY active;expires=300 state 1"
    assert table.machine.deadline == 400.1


@pytest.mark.parametrize("at", [100.1, 32759.77])
def test_no_more_is_told_than_was_granted(at: float) -> None:
    table = Table(expires=40_000)
    table.answers(200)
    assert table.at(at).subscribes(2, 300) == "200 for 300 s, NOTIFY active;expires=300 state 1"


def test_a_refresh_while_a_notify_is_unanswered() -> None:
    table = Table()
    assert table.at(101).subscribes(2) == "200 for 600 s"
    assert table.at(102).answers(200) == "NOTIFY active;expires=599 state 1"


def test_an_old_refresh_is_refused() -> None:
    table = Table()
    assert table.subscribes(1) == "500"


def test_the_watcher_ends_it() -> None:
    """4.1.2.3."""
    table = Table()
    table.answers(200)
    assert table.at(110).subscribes(2, 0) == "200 for 0 s, NOTIFY terminated;reason=timeout state 1"
    assert table.subscribes(3) == "481"
    assert table.answers(200) == ""
    assert table.machine.finished


def test_it_expires() -> None:
    """4.2.1.5: the state is not told again."""
    table = Table()
    table.answers(200)
    assert table.at(699.9).wakes() == ""
    assert table.at(700).wakes() == "NOTIFY terminated;reason=timeout"
    assert table.at(700.1).changes() == ""
    assert table.answers(200) == ""
    assert table.machine.finished


def test_it_expires_while_a_notify_is_unanswered() -> None:
    table = Table(expires=60)
    assert table.at(160).wakes() == ""
    assert table.machine.deadline is None
    assert table.at(161).answers(200) == "NOTIFY terminated;reason=timeout"


def test_we_end_it() -> None:
    """4.1.3; not subject to the pace."""
    table = Table()
    table.answers(200)
    assert table.at(100.1).terminates("probation;retry-after=10") == "NOTIFY terminated;reason=probation;retry-after=10"
    assert table.terminates("noresource") == ""
    assert table.fails(408) == ""
    assert table.machine.finished


@pytest.mark.parametrize("status", sorted(GONE))
def test_a_watcher_that_is_gone_ends_it(status: int) -> None:
    """4.2.2, RFC 5057 5.1."""
    table = Table()
    assert table.answers(status) == ""
    assert table.machine.finished
    assert table.machine.deadline is None
    assert table.at(105).changes() == ""
    assert table.subscribes(2) == "481"


def test_a_notify_that_no_answer_comes_for_ends_it() -> None:
    """4.2.2: expiration of timer F."""
    table = Table()
    table.at(132).fails(408)
    assert table.machine.finished


def test_a_notify_that_is_refused_for_now_is_tried_again() -> None:
    table = Table()
    assert table.at(101).answers(503, ("Retry-After", "7")) == ""
    assert table.machine.deadline == 108
    assert table.at(108).wakes() == "NOTIFY active;expires=592 state 1"
    assert table.at(109).answers(500) == ""
    assert table.machine.deadline == 114
    table.at(114).wakes()
    assert table.answers(200) == ""
    assert not table.machine.finished


def test_a_notify_that_is_refused_again_and_again_ends_it() -> None:
    table = Table()
    for _ in range(ATTEMPTS - 1):
        table.answers(500, ("Retry-After", "tomorrow"))
        table.at(table.machine.deadline or 0).wakes()
    table.answers(500)
    assert table.machine.finished


def test_provisional_and_strange_responses_change_nothing() -> None:
    table = Table()
    assert table.answers(100) == ""
    table.answers(200)
    assert table.answers(481) == "", "the answer to a NOTIFY that was answered"
    assert table.at(105).changes() == "NOTIFY active;expires=595 state 1"


def test_the_watcher_may_move() -> None:
    table = Table()
    table.answers(200, ("Contact", "<sip:cora@192.0.2.77>"))
    table.at(105).changes()
    assert str(table.notifies[-1].uri) == "sip:cora@192.0.2.77"


def test_events() -> None:
    """8.2.1: package and id tell subscriptions apart, other parameters don't."""
    assert EventId.of(subscribe(1, event="dialog;sla;id=7")) == EventId("dialog", "7")
    assert str(EventId.of(subscribe(1, event="presence ; x=y"))) == "presence"
    with pytest.raises(MalformedMessage):
        EventId.of(subscribe(1, event="dia log"))
    without = subscribe(1).with_headers(subscribe(1).headers.without("Event"))
    with pytest.raises(Refused) as refused:
        EventId.of(without)
    assert refused.value.status == 489
