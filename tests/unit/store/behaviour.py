"""What every store promises, whichever database is behind it; run over each of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from pbxd.cdr import call_record
from pbxd.events import CallArrived, CallEnded, CallId, ServerStarted
from pbxd.store import (
    AgentRow,
    BindingKey,
    BindingRow,
    CallbackRow,
    EventsLost,
    ExtensionRow,
    MailboxRow,
    MessageRow,
    PhoneRow,
    Search,
    Storage,
    TicketRow,
    UserStateRow,
)
from pbxd.store.interface import Done
from pbxd.store.rebuild import Rebuilt, rebuild
from pbxd.store.retention import DAY, Retention
from pbxd.store.search import key_of
from tests.unit.store.samples import NOW, binding, conversation, letter, message, recording, voice_message


class StoppedClock:
    """A wall clock that says :data:`NOW` until a test moves it, and a monotonic one that runs."""

    def __init__(self) -> None:
        self.now = NOW

    def wall(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


@asynccontextmanager
async def running(store: Storage) -> AsyncIterator[Storage]:
    """``store`` with its writer running, as in a server."""
    async with asyncio.TaskGroup() as tasks:
        writer = tasks.create_task(store.run())
        try:
            yield store
        finally:
            await store.close()
        await writer


async def saved(store: Storage, changed: Sequence[BindingRow] = (), removed: Sequence[BindingKey] = ()) -> None:
    """Save, and wait for what ``done`` is told."""
    outcome = asyncio.get_running_loop().create_future()
    store.bindings.save(changed, removed, outcome.set_result)
    assert not outcome.done(), "done was called from within save"
    error = await outcome
    if error is not None:
        raise error


async def kept(store: Storage, changed: Sequence[MessageRow] = (), removed: Sequence[int] = ()) -> None:
    """Save messages, and wait for what ``done`` is told."""
    outcome = asyncio.get_running_loop().create_future()
    store.messages.save(changed, removed, outcome.set_result)
    assert await outcome is None


async def acknowledged(save: Callable[[Done], None]) -> None:
    """Save anything, and wait for what ``done`` is told."""
    outcome = asyncio.get_running_loop().create_future()
    save(outcome.set_result)
    assert await outcome is None


Open = Callable[[StoppedClock], Awaitable[Storage]]
Session = Callable[[], AbstractAsyncContextManager[Storage]]


class StoreBehaviour:
    """Subclasses give an ``open_store`` fixture: opens the test's database, again each time it is called."""

    @pytest.fixture
    def clock(self) -> StoppedClock:
        return StoppedClock()

    @pytest.fixture
    def session(self, open_store: Open, clock: StoppedClock) -> Session:
        @asynccontextmanager
        async def session() -> AsyncIterator[Storage]:
            async with running(await open_store(clock)) as store:
                yield store

        return session

    async def test_a_saved_binding_is_loaded_as_it_was(self, session: Session) -> None:
        rows = [
            binding("anna-desk"),
            binding("anna-soft", transport="tls", instance="<urn:uuid:1>", reg_id=2, q=700, path=("<sip:p;lr>",)),
            binding("bo", contact="sip:bo@[2001:db8::1]", cseq=2**32 - 1, user_agent="Téléphone"),
        ]
        async with session() as store:
            await saved(store, rows)
            assert await store.bindings.load() == rows

    async def test_bytes_that_are_no_text_survive(self, session: Session) -> None:
        row = binding(
            "odd\udcff", contact="sip:\udc80@x", user_agent="nul\0æ\uf7aa"[:5], call_id="\udcfe", instance="\udcfd"
        )
        async with session() as store:
            await saved(store, [row])
            assert await store.bindings.load() == [row]
            await saved(store, removed=[row.key])
            assert await store.bindings.load() == []

    async def test_the_same_contact_is_replaced_and_another_instance_is_not(self, session: Session) -> None:
        first, second = binding(instance="<urn:1>", reg_id=1), binding(instance="<urn:1>", reg_id=2)
        async with session() as store:
            await saved(store, [binding(cseq=1), first, second])
            await saved(store, [binding(cseq=2)])
            assert await store.bindings.load() == [binding(cseq=2), first, second]

    async def test_a_removed_binding_is_gone(self, session: Session) -> None:
        async with session() as store:
            await saved(store, [binding("anna"), binding("bo")])
            await saved(store, removed=[binding("anna").key, binding("nobody").key])
            assert await store.bindings.load() == [binding("bo")]

    async def test_what_is_removed_and_changed_in_one_save_is_changed(self, session: Session) -> None:
        async with session() as store:
            await saved(store, [binding(cseq=1)])
            await saved(store, [binding(cseq=2)], [binding().key])
            assert await store.bindings.load() == [binding(cseq=2)]

    async def test_the_last_of_several_saves_counts_and_all_hear_of_it(self, session: Session) -> None:
        told: list[BaseException | None] = []
        async with session() as store:
            store.bindings.save([binding(cseq=1)], [], told.append)
            store.bindings.save([], [binding().key], told.append)
            store.bindings.save([binding("bo"), binding(cseq=3)], [], told.append)
            await saved(store, removed=[binding("bo").key])
            assert told == [None, None, None]
            assert await store.bindings.load() == [binding(cseq=3)]

    async def test_a_thousand_at_once(self, session: Session) -> None:
        rows = [binding(f"phone-{number:04}") for number in range(1000)]
        async with session() as store:
            await asyncio.gather(*(saved(store, [row]) for row in rows))
            assert await store.bindings.load() == rows

    async def test_phones_and_tickets_are_loaded_as_they_were(self, session: Session) -> None:
        new = PhoneRow(organization="nordhavn", mac="00:04:13:aa:bb:01")
        known = PhoneRow(
            organization="nordhavn",
            mac="08:00:0f:aa:bb:02",
            secret="s" * 32,
            proved=NOW,
            ticket="t" * 32,
            model="mitel-6867",
            firmware="5.1.0",
            address="192.0.2.7",
            description="Lobby, æøå",
            lines=("anna-desk", "bo-desk"),
            user="anna",
            since=NOW + 1,
            first_seen=NOW + 2,
            last_seen=NOW + 3,
            refused=NOW + 4,
        )
        old = TicketRow(organization="nordhavn", ticket="a" * 32, made=NOW, expires=NOW + 5, revoked=NOW + 6)
        current = TicketRow(organization="nordhavn", ticket="b" * 32, made=NOW)
        async with session() as store:
            await acknowledged(partial(store.phones.save, [known, new], []))
            await acknowledged(partial(store.tickets.save, [current, old], []))
            assert await store.phones.load() == [new, known]
            assert await store.tickets.load() == [old, current]
            await acknowledged(partial(store.phones.save, [replace(known, user="")], [new.key]))
            await acknowledged(partial(store.tickets.save, [], [old.key]))
            assert await store.phones.load() == [replace(known, user="")]
            assert await store.tickets.load() == [current]

    async def test_an_expired_binding_is_not_loaded(self, session: Session, clock: StoppedClock) -> None:
        async with session() as store:
            await saved(store, [binding("anna", expires=NOW + 60), binding("bo", expires=NOW + 61)])
            clock.now = NOW + 60
            assert [row.device for row in await store.bindings.load()] == ["bo"]
            clock.now = NOW
            assert [row.device for row in await store.bindings.load()] == ["bo"], "it was not taken away"

    async def test_messages_are_kept_in_order_until_they_are_removed(self, session: Session) -> None:
        odd = message(10, sender_name="Ærø \udc80", body=b"\x00\xff\xef\x9e\x80 exactly", content_type="text/plain")
        async with session() as store:
            for row in (odd, message(9), message(2)):
                await kept(store, [row])
            assert await store.messages.load() == [message(2), message(9), odd]
            await kept(store, removed=[9, 77])
            assert await store.messages.load() == [message(2), odd]

    async def test_letters_are_kept_as_they_were_until_they_are_removed(self, session: Session) -> None:
        odd = letter(10, user="Ærø \udc80", letter='{"text": "nul \0"}', error="no route", attempts=7, used=NOW + 0.25)
        async with session() as store:
            for row in (odd, letter(3), letter(2, state="dead")):
                await acknowledged(partial(store.outbox.save, [row], []))
            assert await store.outbox.load() == [letter(2, state="dead"), letter(3), odd]
            await acknowledged(partial(store.outbox.save, [letter(3, attempts=1)], [2, 77]))
            assert await store.outbox.load() == [letter(3, attempts=1), odd]

    async def test_recordings_are_found_by_call_and_by_what_is_to_be_done_with_them(self, session: Session) -> None:
        odd = recording("c2-1", begun=NOW + 1, caller="Ærø \udc80", path="house/nul \0.wav")
        done = recording("c1-1", ended=NOW + 9, seconds=9.5, expires=NOW + 10)
        async with session() as store:
            found = store.recordings
            await acknowledged(partial(found.save, [odd, recording("c1-1")], []))
            assert await found.unfinished() == [recording("c1-1"), odd]
            await acknowledged(partial(found.save, [done], []))
            assert await found.unfinished() == [odd]
            assert await found.find(organization=None, call=None, limit=9) == [odd, done]
            assert await found.find(organization="house", call="c1", limit=9) == [done]
            assert await found.find(organization="other", call=None, limit=9) == []
            assert await found.expired(NOW + 9) == []
            assert await found.expired(NOW + 10) == [done]
            await acknowledged(partial(found.save, [], ["c1-1", "none"]))
            assert await found.find(organization=None, call=None, limit=9) == [odd]

    async def test_what_users_set_is_kept_until_it_is_replaced_or_removed(self, session: Session) -> None:
        anna = UserStateRow(organization="nordhavn", username="anna", state='{"note": "Ærø \\udc80"}', seen=NOW)
        bo = UserStateRow(organization="nordhavn", username="bo", state="{}", seen=NOW + 0.25)
        async with session() as store:
            states = store.states
            await acknowledged(partial(states.save, [bo, anna], []))
            await acknowledged(partial(states.save, [replace(bo, seen=NOW + 1)], []))
            assert await states.load() == [anna, replace(bo, seen=NOW + 1)]
            await acknowledged(partial(states.save, [], [anna.key]))
            assert await states.load() == [replace(bo, seen=NOW + 1)]

    async def test_extended_hours_are_kept_for_each_scope(self, session: Session) -> None:
        everybody = ExtensionRow(organization="nordhavn", scope="", until=NOW + 3600, by="cora")
        sales = ExtensionRow(organization="nordhavn", scope="sales", until=NOW + 60, by="cora")
        async with session() as store:
            await acknowledged(partial(store.extensions.save, [sales, everybody], []))
            assert await store.extensions.load() == [everybody, sales]
            await acknowledged(partial(store.extensions.save, [], [sales.key]))
            assert await store.extensions.load() == [everybody]

    async def test_messages_in_mailboxes_are_kept_until_they_are_removed(self, session: Session) -> None:
        first = voice_message("b", at=NOW - 1, caller="", caller_name="\udc80", bytes=3 * 2**31)
        second = voice_message("a", kind="group", forwarded_from="anna", comment="nordhavn/bo/a-comment.wav")
        async with session() as store:
            messages = store.voice_messages
            await acknowledged(partial(messages.save, [second, first], []))
            assert await messages.load() == [first, second], "the oldest is first"
            heard = replace(first, state="heard", changed=NOW + 0.5)
            await acknowledged(partial(messages.save, [heard], ["a", "unknown"]))
            assert await messages.load() == [heard]

    async def test_what_owners_of_mailboxes_set_is_kept(self, session: Session) -> None:
        bo = MailboxRow(organization="nordhavn", kind="user", mailbox="bo", pin="scrypt$1", failures=2)
        group = MailboxRow(
            organization="nordhavn", kind="group", mailbox="bo", replaces="scrypt$2", locked_until=NOW + 0.5,
            greeting="nordhavn/bo/hello.wav", switched_off=True, greeting_only=True,
        )  # fmt: skip
        async with session() as store:
            boxes = store.mailboxes
            await acknowledged(partial(boxes.save, [bo, group], []))
            assert await boxes.load() == [group, bo]
            await acknowledged(partial(boxes.save, [replace(bo, failures=0)], [group.key]))
            assert await boxes.load() == [replace(bo, failures=0)]

    async def test_agents_are_logged_in_where_they_were(self, session: Session) -> None:
        anna = AgentRow(organization="nordhavn", username="anna", queues=("sales", 'support "1"'), paused=False)
        bo = AgentRow(organization="nordhavn", username="bo", queues=(), paused=True)
        async with session() as store:
            await acknowledged(partial(store.agents.save, [bo, anna], []))
            assert await store.agents.load() == [anna, bo]
            out = replace(anna, queues=())
            await acknowledged(partial(store.agents.save, [out], [bo.key]))
            assert await store.agents.load() == [out]

    async def test_callbacks_are_kept_in_the_order_of_their_places(self, session: Session) -> None:
        later = CallbackRow(
            organization="nordhavn",
            call=CallId("c1"),
            queue="support",
            kind="queue",
            number="+4588887701",
            name="Åse \udc80",
            language="da",
            since=NOW + 0.125,
            expires=None,
            attempts=2,
        )
        earlier = replace(later, call=CallId("c2"), kind="personal", since=NOW, expires=NOW + 3600.5, attempts=0)
        async with session() as store:
            await acknowledged(partial(store.callbacks.save, [later, earlier], []))
            assert await store.callbacks.load() == [earlier, later]
            await acknowledged(partial(store.callbacks.save, [], [earlier.key]))
            assert await store.callbacks.load() == [later]

    async def test_events_come_back_in_order(self, session: Session) -> None:
        first, second = conversation("c1"), conversation("c2", start=NOW + 100)
        started = ServerStarted(at=NOW, version="1", listen=("udp:1", "tcp:1"), configuration="abc")
        async with session() as store:
            for event in (started, *first, *second):
                store.ledger.append(event)
            await store.ledger.flush()
            assert store.ledger.pending == 0
            assert await store.ledger.events() == [started, *first, *second]
            assert await store.ledger.events(call="c2") == second
            assert await store.ledger.events(call="c1", since=NOW + 3.5) == first[5:]
            assert await store.ledger.events(since=NOW + 100) == second
            arrived = await store.ledger.events(since=NOW + 100, kind=CallArrived)
            assert arrived == [event for event in second if isinstance(event, CallArrived)] != []
            assert await store.ledger.events(call="c3") == []

    async def test_the_record_of_a_call_follows_it(self, session: Session) -> None:
        story = conversation("c1")
        async with session() as store:
            store.ledger.append(story[0])
            await store.ledger.flush()
            assert await store.calls.get("c1") == call_record(story[:1])
            for event in story[1:]:
                store.ledger.append(event)
            await store.ledger.flush()
            assert await store.calls.get("c1") == call_record(story)
            assert await store.calls.get("c2") is None

    async def test_recent_calls_newest_first(self, session: Session) -> None:
        async with session() as store:
            for number in range(5):
                organization = "skagen" if number == 3 else "nordhavn"
                for event in conversation(f"c{number}", start=NOW + number, organization=organization):
                    store.ledger.append(event)
            await store.ledger.flush()
            assert [record.call for record in await store.calls.find(Search(limit=2))] == ["c4", "c3"]
            ours = await store.calls.find(Search(limit=3, organization="nordhavn"))
            assert [record.call for record in ours] == ["c4", "c2", "c1"]

    async def test_calls_are_found_by_number_name_time_result_and_organization(self, session: Session) -> None:
        async with session() as store:
            for number in range(4):
                for event in conversation(f"c{number}", start=NOW + number, caller=f"+458888770{number}"):
                    store.ledger.append(event)
            for event in conversation("odd", start=NOW + 9, organization="skagen", caller="+46812345678", called="*8*")[
                :3
            ]:
                store.ledger.append(event)
            await store.ledger.flush()

            async def calls(**wanted: Any) -> list[str]:
                return [record.call for record in await store.calls.find(Search(**wanted))]

            def touching(*texts: str) -> tuple[tuple[str, ...], ...]:
                return tuple((key_of(text),) for text in texts)

            assert await calls(touching=touching("88 88 77 03")) == ["c3"]
            assert await calls(touching=touching("004588887703")) == ["c3"]
            assert await calls(touching=touching("08-12345678")) == ["odd"], (
                "a national prefix is no digit of the number"
            )
            assert await calls(touching=touching("45678")) == [], "so short a number is a whole one"
            assert await calls(touching=touching("202")) == ["c3", "c2", "c1", "c0"]
            assert await calls(touching=touching("*8*")) == ["odd"]
            assert await calls(touching=touching("+4588887702")) == ["c3", "c2", "c1", "c0"], "where it went counts"
            assert await calls(touching=touching("bo-desk", "+4588887701")) == ["c1"], "all of it has to hold"
            either = (("nobody", key_of("88887700"), key_of("88887701")),)
            assert await calls(touching=(*either, *touching("anna-desk"))) == ["c1", "c0"]
            assert await calls(touching=touching("bo-desk"), limit=2) == ["c3", "c2"]
            assert await calls(touching=touching("bo-desk"), since=NOW + 1, until=NOW + 3) == ["c2", "c1"]
            assert await calls(since=NOW + 3) == ["odd", "c3"]
            assert await calls(until=NOW + 1) == ["c0"]
            assert await calls(result="answered", limit=1) == ["c3"]
            assert await calls(result="") == ["odd"]
            assert await calls(touching=touching("202"), organization="skagen") == []

    async def test_events_of_a_call_that_never_arrived_make_no_record(self, session: Session) -> None:
        async with session() as store:
            for event in conversation("c1")[3:]:
                store.ledger.append(event)
            await store.ledger.flush()
            assert await store.calls.find(Search(limit=10)) == []

    async def test_closing_writes_what_is_pending_and_ends_the_writer(self, session: Session) -> None:
        told: list[BaseException | None] = []
        async with session() as store:
            store.bindings.save([binding()], [], told.append)
            store.ledger.append(conversation("c1")[0])
        await asyncio.sleep(0)
        assert told == [None]


class LastingStoreBehaviour(StoreBehaviour):
    """And what a store promises that outlives its process."""

    async def test_everything_is_there_after_a_restart(self, session: Session) -> None:
        story = conversation("c1")
        async with session() as store:
            store.bindings.save([binding()], [], lambda _: None)
            for event in story:
                store.ledger.append(event)
        async with session() as store:
            assert await store.bindings.load() == [binding()]
            assert await store.ledger.events() == story
            assert await store.calls.find(Search(limit=10)) == [call_record(story)]
            store.ledger.append(conversation("c2")[0])
            assert [event.call for event in await store.ledger.events(call="c2")] == ["c2"]  # type: ignore[attr-defined]

    async def test_a_call_cut_off_is_closed_as_crashed_once(self, session: Session) -> None:
        cut_off, unanswered = conversation("c1")[:6], conversation("c2", start=NOW + 1)[:3]
        async with session() as store:
            for event in (*cut_off, *unanswered):
                store.ledger.append(event)
        async with session() as store:
            record = await store.calls.get("c1")
            assert record is not None
            assert (record.result, record.ended, record.seconds, record.talk_seconds) == ("crashed", NOW + 3.5, 3.5, 0)
            events = await store.ledger.events(call="c2")
            assert events[:-1] == unanswered
            assert isinstance(events[-1], CallEnded)
            assert events[-1].at == unanswered[-1].at
            assert events[-1].seconds == pytest.approx(0.01)
            assert events[-1].talk_seconds == 0
        async with session() as store:
            assert len(await store.ledger.events(call="c1")) == 7

    async def test_records_can_be_made_again_and_are_the_same(self, session: Session) -> None:
        whole = [event for number in range(3) for event in conversation(f"c{number}", start=NOW + number)]
        async with session() as store:
            for event in (*whole, conversation("running")[0]):
                store.ledger.append(event)
            await store.ledger.flush()
            database = store._database  # type: ignore[attr-defined]
            assert await rebuild(database, call_record, dry=True) == Rebuilt(agree=4)
            before = await store.calls.find(Search())
            await database.change("UPDATE calls SET result = 'nice', caller = '+4599' WHERE call = 'c1'")
            await database.change("DELETE FROM calls WHERE call = 'c2'")
            await database.change("UPDATE calls SET result = 'going' WHERE call = 'running'")
            assert await rebuild(database, call_record, dry=True) == Rebuilt(agree=1, differ=2, running=1)
            assert await rebuild(database, call_record) == Rebuilt(agree=1, differ=2, running=1)
            assert await rebuild(database, call_record) == Rebuilt(agree=3, running=1)
            after = await store.calls.find(Search())
            assert [record.result for record in after] == ["answered", "answered", "going", "answered"]
            assert [after[0], after[1], after[3]] == [before[0], before[1], before[3]]

    async def test_a_record_that_knows_more_than_the_ledger_stays(self, session: Session) -> None:
        first, second = conversation("c1"), conversation("c2")
        lost = EventsLost(at=NOW, count=2)
        async with session() as store:
            for event in (*first[:3], lost, *first[5:], *second[1:]):
                store.ledger.append(event)
            await store.ledger.flush()
            database = store._database  # type: ignore[attr-defined]
            await database.change("UPDATE calls SET reason = 'known better' WHERE call = 'c1'")
            assert await rebuild(database, call_record) == Rebuilt(with_gap=1, without_beginning=1)
            record = await store.calls.get("c1")
            assert record is not None
            assert record.reason == "known better"

    async def test_what_is_old_is_forgotten_and_a_call_that_lasted_keeps_its_story(
        self, session: Session, clock: StoppedClock
    ) -> None:
        old = [event for number in range(300) for event in conversation(f"old{number}", start=NOW + number / 100)]
        long = conversation("long", start=NOW)
        long[-1] = replace(long[-1], at=NOW + 2 * DAY)
        new = conversation("new", start=NOW + 2 * DAY)
        started = ServerStarted(at=NOW, version="1", listen=(), configuration="")
        async with session() as store:
            for event in (started, *old, *long, *new):
                store.ledger.append(event)
            await store.ledger.flush()
            retention = Retention(store._database, clock, 1)  # type: ignore[attr-defined]
            clock.now = NOW + DAY
            await retention.sweep()
            assert len(await store.calls.find(Search(limit=1000))) == 302
            clock.now = NOW + 2 * DAY
            await retention.sweep()
            assert [record.call for record in await store.calls.find(Search())] == ["new", "long"]
            assert await store.ledger.events() == [*long, *new]
            keys = await store._database.read("SELECT DISTINCT call FROM call_keys ORDER BY call")  # type: ignore[attr-defined]
            assert keys == [("long",), ("new",)]
