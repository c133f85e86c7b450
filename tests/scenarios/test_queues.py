"""Queues over real calls: who is rung and shown what, what callers hear, where calls go that nobody takes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from pbxd.events import AgentLoggedIn, AgentLoggedOut, CallDequeued, CallEnded, CallQueued, MessageLeft, Said
from tests.scenarios.test_voicemail import LEAVES, calls
from tests.support.clock import VirtualClock
from tests.support.dialogue import Hears, Presses
from tests.support.gadget import gadget
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork
from tests.support.party import Party
from tests.support.phone import Phone

QUEUE = """\
groups: [{name: desk}]
queues:
  - name: support
    number: "250"
    numbers: ["+4588887750"]
    code: "50"
    display_text: Support
    distribution: {by: linear, ring_seconds: 15}
"""
Furnish = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def furnished(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> Furnish:
    """The house with a queue, ``extra`` being more keys of it."""

    def furnished(extra: str = "", *, more: str = "", users: str = ORGANIZATION) -> House:
        keys = extra if extra.startswith("agents:") else f"agents: [{{user: anna}}, {{user: bo}}]\n{extra}"
        lines = "".join(f"    {line}\n" for line in keys.splitlines())
        return House(configure(tmp_path, organization=users + QUEUE + lines + more), network, clock)

    return furnished


async def logged_in(house: House, *names: str, code: str = "*11*50*") -> list[Phone]:
    """Registered phones whose users have logged in by code."""
    phones = await house.phones(*names)
    for phone in phones:
        phone.dials(code)
        await phone.fails(480)
    return phones


def ends(house: House) -> list[tuple[str, str]]:
    return [(event.result, event.why or event.agent) for event in house.happened(CallDequeued)]


@pytest.mark.covers("QUE-2", "QUE-4", "CODE-1")
async def test_an_agent_logs_in_by_code_and_gets_the_call_that_waits(furnished: Furnish) -> None:
    async with furnished() as house:
        anna, dan = await house.phones("anna", "dan")
        dan.dials("250")
        await dan.is_answered()
        anna.dials("*11*50*")
        assert (await anna.fails(480)).reason == "Logged in to support"
        await anna.rings(shows="Support Dan Skov")
        await anna.answers()
        await anna.hears(dan)
        await dan.hears(anna)
        await dan.hangs_up()
        await anna.is_hung_up()
        assert ends(house) == [("answered", "anna")]
        assert [event.queue for event in house.happened(AgentLoggedIn)] == ["support"]
        await house.settles()


@pytest.mark.covers("QUE-3", "QUE-4")
async def test_the_next_agent_rings_when_one_does_not_answer_and_who_never_does_is_logged_out(
    furnished: Furnish,
) -> None:
    async with furnished("logout_after_unanswered: 2") as house:
        anna, bo = await logged_in(house, "anna", "bo")
        outsider = house.trunk()
        outsider.dials("+4588887750")
        await anna.rings(shows="Support Trunk")
        await bo.rings(within=16)
        await anna.stops_ringing(reason="No answer")
        await bo.declines()
        await anna.rings(within=1)
        await anna.stops_ringing(within=16)
        [out] = house.happened(AgentLoggedOut)
        assert (out.agent, out.queue, out.why) == ("anna", "support", "2 calls in a row were not answered")
        await bo.rings(within=11)
        await bo.answers()
        await bo.hears(outsider)
        await outsider.hangs_up()
        await bo.is_hung_up()
        await house.settles()


async def test_who_hangs_up_while_an_agent_rings_is_gone(furnished: Furnish) -> None:
    async with furnished() as house:
        [anna] = await logged_in(house, "anna")
        [dan] = await house.phones("dan")
        dan.dials("250")
        await anna.rings()
        await dan.is_answered()
        await dan.hangs_up()
        await anna.stops_ringing()
        assert ends(house) == [("abandoned", "hung-up")]
        await house.settles()


@pytest.mark.covers("QUE-3")
async def test_wrap_up_and_what_an_agent_does_himself_keep_calls_away(furnished: Furnish) -> None:
    async with furnished("wrap_up: 5s") as house:
        [anna] = await logged_in(house, "anna")
        dan, cora = await house.phones("dan", "cora")
        dan.dials("250")
        await anna.answers()
        cora.dials("250")
        await cora.is_answered()
        await anna.hangs_up()
        await dan.is_hung_up()
        await anna.pause(4.5)
        assert len(anna.calls_got) == 1
        await anna.answers()
        await cora.hangs_up()
        await anna.is_hung_up()
        anna.dials("204")
        await dan.answers()
        cora.dials("250")
        await cora.is_answered()
        await anna.pause(6)
        assert len(anna.calls_got) == 2, "she is in a call of her own"
        await dan.hangs_up()
        await anna.rings()
        await cora.hangs_up()
        await house.settles()


@pytest.mark.covers("QUE-5")
async def test_a_full_queue_is_busy_before_it_answers(furnished: Furnish) -> None:
    async with furnished("overflow: {max_waiting: 1}") as house:
        cora, dan = await house.phones("cora", "dan")
        cora.dials("250")
        await cora.is_answered()
        dan.dials("250")
        await dan.fails(486)
        await cora.hangs_up()
        assert ends(house) == [("overflowed", "full"), ("abandoned", "hung-up")]
        await house.settles()


@pytest.mark.covers("QUE-5")
async def test_a_full_queue_sends_calls_elsewhere(furnished: Furnish) -> None:
    async with furnished('overflow: {max_waiting: 1, then: "202"}') as house:
        bo, cora, dan = await house.phones("bo", "cora", "dan")
        cora.dials("250")
        await cora.is_answered()
        dan.dials("250")
        await bo.answers()
        await dan.is_answered()
        await dan.hangs_up()
        await bo.is_hung_up()
        await cora.hangs_up()
        await house.settles()


@pytest.mark.covers("QUE-6")
async def test_who_has_waited_too_long_goes_elsewhere(furnished: Furnish) -> None:
    async with furnished('waiting: {max_wait: "0:20", then: "202"}') as house:
        bo, dan = await house.phones("bo", "dan")
        dan.dials("250")
        await dan.is_answered()
        await bo.does_not_ring(within=19)
        await bo.answers()
        await bo.hears(dan)
        await dan.hangs_up()
        await bo.is_hung_up()
        assert ends(house) == [("overflowed", "max-wait")]
        await house.settles()


@pytest.mark.covers("QUE-6")
async def test_calls_go_elsewhere_when_the_last_agent_logs_out(furnished: Furnish) -> None:
    async with furnished('waiting: {no_agents: {number: "203"}}') as house:
        [anna] = await logged_in(house, "anna")
        bo, cora, dan = await house.phones("bo", "cora", "dan")
        anna.dials("202")
        await bo.answers()
        dan.dials("250")
        await dan.is_answered()
        await house.server.distribution.log_out("house", "anna", None, "test")
        await cora.answers()
        await cora.hears(dan)
        await dan.hangs_up()
        await cora.is_hung_up()
        await anna.hangs_up()
        await house.settles()


@pytest.mark.covers("QUE-7")
async def test_the_caller_hears_the_welcome_and_then_from_time_to_time_where_he_stands(furnished: Furnish) -> None:
    prompts = "prompts: {welcome: hello, status: please-hold, every: 20s, position: true, alternate: true}"
    sounds = "sounds: [{name: hello, languages: {en: {say: Hello.}}}]\n"
    async with furnished(prompts, more=sounds) as house:
        [anna] = await logged_in(house, "anna")
        cora, dan = await house.phones("cora", "dan")
        await house.server.distribution.pause("house", "anna", True, "test")
        cora.dials("250")
        await cora.is_answered()
        dan.dials("250")
        await dan.is_answered()
        await dan.pause(45)
        said = [(event.party, event.text) for event in house.happened(Said)]
        assert [text for party, text in said if party == "dan-desk"] == [
            "hello",
            "please-hold",
            "queue-position position=2",
        ]
        await house.server.distribution.pause("house", "anna", False, "test")
        await anna.answers()
        await anna.hears(cora)
        await cora.hangs_up()
        await anna.is_hung_up()
        await anna.answers()
        await dan.hangs_up()
        await house.settles()


@pytest.mark.covers("QUE-10", "TIME-3")
async def test_closing_tells_those_who_wait_and_hangs_up(furnished: Furnish) -> None:
    schedule = """\
schedule:
  - {name: Open, repeat: daily, from: "00:00", to: "10:01", action: open}
  - {name: default, action: closed, hang_up_waiting: true}
"""
    async with furnished(schedule) as house:
        [dan] = await house.phones("dan")
        dan.dials("250")
        await dan.is_answered()
        await dan.is_hung_up(within=90)
        assert ends(house) == [("closed", "")]
        assert house.happened(Said)[-1].text == "queue-closing"
        await house.settles()


@pytest.mark.covers("QUE-10")
async def test_a_closed_queue_takes_messages(furnished: Furnish) -> None:
    keys = "mailbox: support-box\nschedule: [{name: default, action: closed}]"
    box = 'group_mailboxes: [{name: support-box, number: "259", groups: [desk]}]\n'
    async with furnished(keys, more=box) as house:
        [dan] = await house.phones("dan")
        assert "message-saved" in await calls(house, dan, "250", *LEAVES)
        assert [(left.mailbox, left.kind) for left in house.happened(MessageLeft)] == [("support-box", "group")]
        assert house.happened(CallQueued) == []
        await house.settles()


@pytest.mark.covers("QUE-9", "CLI-8")
async def test_agents_phones_show_and_ring_what_the_queue_says(furnished: Furnish) -> None:
    tones = "settings: {ringtones: {internal: ring-1, queue: ring-3}}\n"
    async with furnished("force_redirecting_number: true\nshow_caller: false", more=tones) as house:
        [anna] = await logged_in(house, "anna")
        [dan] = await house.phones("dan")
        dan.dials("250")
        ringing = await anna.rings(shows="Support Dan Skov")
        assert ringing.invite is not None
        headers = ringing.invite.headers
        assert "info=ring-3" in (headers.get("Alert-Info") or "")
        assert "250" in (headers.get("Diversion") or "")
        await dan.hangs_up()
        await house.settles()


@pytest.mark.covers("QUE-11")
async def test_a_restart_finds_agents_logged_in(furnished: Furnish) -> None:
    async with furnished() as house:
        [anna] = await logged_in(house, "anna")
        await house.stop()
        await house.start()
        await anna.registers(3600)
        [dan] = await house.phones("dan")
        dan.dials("250")
        await anna.answers()
        await dan.hangs_up()
        await anna.is_hung_up()


@pytest.mark.covers("PROF-3")
async def test_a_profile_logs_in_and_out(furnished: Furnish) -> None:
    profiles = (
        'profiles: [{name: work, code: "1", queues: [support]}, {name: home, code: "2", queues: [], pause: true}]\n'
    )
    async with furnished(more=profiles) as house:
        anna, dan = await house.phones("anna", "dan")
        anna.dials("*20*1*")
        await anna.fails(480)
        dan.dials("250")
        await anna.answers()
        await anna.hangs_up()
        await dan.is_hung_up()
        anna.dials("*20*2*")
        await anna.fails(480)
        [out] = house.happened(AgentLoggedOut)
        assert (out.agent, out.why) == ("anna", "profile home")
        await house.settles()


@pytest.mark.covers("CALL-6")
async def test_who_waits_for_a_busy_user_is_put_through_when_he_is_free(furnished: Furnish) -> None:
    handling = "call_handling: {landline: {busy: personal-queue}}"
    settings = f"settings: {{call_waiting: false, {handling}, personal_queue: {{capacity: 1}}}}\n"
    async with furnished(more=settings) as house:
        anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
        anna.dials("202")
        await bo.answers()
        await anna.is_answered()
        dan.dials("202")
        await dan.is_answered()
        cora.dials("202")
        await cora.fails(486)
        await bo.hangs_up()
        await bo.rings(from_="204")
        await bo.answers()
        await bo.hears(dan)
        await dan.hangs_up()
        await bo.is_hung_up()
        assert [event.kind for event in house.happened(CallQueued)] == ["personal", "personal"]
        await house.settles()


@pytest.mark.covers("ATT-1")
async def test_an_attendant_group_is_a_queue(furnished: Furnish) -> None:
    group = 'attendant_groups: [{name: front, number: "251", agents: [{user: bo}]}]\n'
    async with furnished(more=group) as house:
        bo, dan = await house.phones("bo", "dan")
        await house.server.distribution.log_in("house", "bo", ["front"], "test")
        dan.dials("251")
        await bo.answers()
        await dan.hangs_up()
        await bo.is_hung_up()
        assert [event.result for event in house.happened(CallEnded)] == ["answered"]
        await house.settles()


CALLBACK = "callback: {enabled: true, ring_seconds: 20, attempts: 2, display_text: Callback}"


async def asks_for_callback(house: House, caller: Phone) -> None:
    """Somebody outside presses 5 and hears that he will be called."""
    caller.username = "+4526000001"
    caller.dials("+4588887750")
    await caller.is_answered()
    await Party(house, caller).follows([Hears("callback-offer"), Presses("5"), Hears("callback-accepted")])
    await caller.is_hung_up()


@pytest.mark.covers("QUE-8")
async def test_a_caller_is_called_back_when_an_agent_has_answered(furnished: Furnish) -> None:
    async with furnished(CALLBACK) as house:
        outsider = house.trunk()
        await asks_for_callback(house, outsider)
        [anna] = await house.phones("anna")
        anna.dials("*11*50*")
        await anna.fails(480)
        await anna.rings(shows="Callback Trunk")
        await anna.answers()
        await outsider.rings(from_="+4588887701")
        assert house.happened(Said)[-1].text == "callback-agent"
        await outsider.answers()
        await anna.hears(outsider)
        await outsider.hears(anna)
        await anna.hangs_up()
        await outsider.is_hung_up()
        assert ends(house) == [("called-back", "anna")]
        assert house.store.callbacks.rows == {}
        await house.settles()


@pytest.mark.covers("QUE-8")
async def test_a_caller_who_is_not_reached_is_called_again_and_then_no_more(furnished: Furnish) -> None:
    async with furnished(CALLBACK) as house:
        outsider = house.trunk()
        await asks_for_callback(house, outsider)
        [anna] = await logged_in(house, "anna")
        await anna.answers()
        await outsider.rings()
        await outsider.stops_ringing(within=21)
        await anna.is_hung_up()
        await anna.pause(59)
        assert len(anna.calls_got) == 1
        await anna.answers()
        await outsider.declines(486)
        await anna.is_hung_up()
        await anna.pause(70)
        assert len(anna.calls_got) == 2
        assert ends(house) == [("abandoned", "not-reached")]
        await house.settles()


@pytest.mark.covers("QUE-8", "QUE-11")
async def test_callbacks_outlive_a_restart_and_the_agent_who_hangs_up(furnished: Furnish) -> None:
    async with furnished(CALLBACK) as house:
        outsider = house.trunk()
        await asks_for_callback(house, outsider)
        await house.stop()
        await house.start()
        anna, bo = await logged_in(house, "anna", "bo")
        await anna.answers()
        await outsider.rings()
        await anna.hangs_up()
        await outsider.stops_ringing()
        await bo.answers()
        await outsider.answers()
        await bo.hears(outsider)
        await outsider.hangs_up()
        await bo.is_hung_up()
        assert ends(house) == [("called-back", "bo")]


@pytest.mark.covers("QUE-8")
async def test_who_stays_unknown_is_not_offered_a_callback(furnished: Furnish) -> None:
    async with furnished(CALLBACK) as house:
        [dan] = await house.phones("dan")
        dan.dials("250", headers=[("Privacy", "id")])
        await dan.is_answered()
        await dan.pause(5)
        assert house.happened(Said) == []
        await dan.hangs_up()
        await house.settles()


CAMPING = """\
attendant_groups:
  - name: front
    number: "251"
    agents: [{user: cora}, {user: dan}]
    camp_on: {enabled: true, notify_attendant_after: 20s, notify_all_after: 40s}
settings:
  call_waiting: false
  call_handling: {landline: {busy: personal-queue}}
  permissions_on_me: {retrieved_by: [desk]}
"""


@pytest.mark.covers("ATT-2")
async def test_an_attendant_is_told_of_who_waits_for_somebody_busy_and_takes_the_call_back(furnished: Furnish) -> None:
    users = ORGANIZATION.replace("username: cora\n", "username: cora\n    groups: [desk]\n")
    async with furnished(more=CAMPING, users=users) as house:
        anna, bo = await house.phones("anna", "bo")
        cora, dan = gadget(house, "cora"), gadget(house, "dan")
        await cora.registers(3600)
        await dan.registers(3600)
        outsider = house.trunk()
        anna.dials("202")
        await bo.answers()
        await anna.is_answered()
        outsider.dials("+4588887703")
        await cora.answers()
        await outsider.is_answered()
        await cora.transfers("202")
        await cora.hears_of_transfer(200)
        await cora.is_hung_up()
        await cora.pause(19)
        await cora.gets_messages("Your call for Bo Lind is still waiting.")
        assert dan.texts == []
        await dan.pause(19)
        await dan.gets_messages("Your call for Bo Lind is still waiting.")
        cora.dials("*86*202*")
        await cora.is_answered()
        await cora.hears(outsider)
        await cora.hangs_up()
        await outsider.is_hung_up()
        await anna.hangs_up()
        await bo.is_hung_up()
        assert ends(house) == [("answered", "taken")]
        await house.settles()


DESK = "    devices: [{name: dan-desk, kind: desk, password: dan-secret}]\n"
MOBILE = '    devices: [{name: dan-mobile, kind: mobile, number: "+4526000004", confirm: true}]\n'
ON_MOBILE = ORGANIZATION.replace(DESK, MOBILE)


@pytest.mark.covers("CLI-7")
async def test_a_mobile_shows_by_more_digits_which_queue_calls(furnished: Furnish) -> None:
    async with furnished('agents: [{user: dan}]\nmobile_suffix: "15"', users=ON_MOBILE) as house:
        carrier = house.trunk()
        await house.server.distribution.log_in("house", "dan", None, "test")
        [cora] = await house.phones("cora")
        async with cora.calls("250"):
            await carrier.rings(from_="+458888770315")
        async with cora.calls("204"):
            await carrier.rings(from_="+4588887703")
        await house.settles()


@pytest.mark.covers("QUE-9", "CLI-7")
async def test_a_mobile_shows_the_queue_where_its_caller_is_not_to_be_seen(furnished: Furnish) -> None:
    keys = 'agents: [{user: dan}]\nmobile_suffix: "15"\nshow_caller: false'
    async with furnished(keys, users=ON_MOBILE) as house:
        carrier = house.trunk()
        await house.server.distribution.log_in("house", "dan", None, "test")
        [cora] = await house.phones("cora")
        async with cora.calls("250"):
            await carrier.rings(from_="+458888775015")
        await house.settles()


@pytest.mark.covers("QUE-4")
async def test_who_is_asked_on_a_mobile_holds_nobody_up_when_another_agent_answers(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    with_all = QUEUE.replace("by: linear", "by: ring-all")
    users = ON_MOBILE + with_all + "    agents: [{user: dan}, {user: bo}]\n"
    async with House(configure(tmp_path, organization=users), network, clock) as house:
        carrier = house.trunk()
        [bo] = await logged_in(house, "bo")
        [cora] = await house.phones("cora")
        await house.server.distribution.log_in("house", "dan", None, "test")
        cora.dials("250")
        await carrier.answers()
        await Party(house, carrier).follows([Hears("confirm-answer-for")])
        await bo.answers()
        await carrier.is_hung_up(within=1)
        await cora.hears(bo)
        await cora.hangs_up()
        await bo.is_hung_up()
        await house.settles()


@pytest.mark.covers("QUE-4")
async def test_a_mobile_takes_a_call_of_a_queue_by_a_key_only(furnished: Furnish) -> None:
    async with furnished("agents: [{user: dan}]", users=ON_MOBILE) as house:
        carrier = house.trunk()
        [cora] = await house.phones("cora")
        await house.server.distribution.log_in("house", "dan", None, "test")
        cora.dials("250")
        await cora.is_answered()
        ringing = await carrier.rings()
        assert ringing.invite is not None
        await carrier.answers()
        party = Party(house, carrier)
        await party.follows([Hears("confirm-answer-for")])
        assert ends(house) == [], "a voicemail would have the call by now"
        carrier.call.sound.presses("1")
        await carrier.pause(1)
        await cora.hears(carrier)
        assert ends(house) == [("answered", "dan")]
        await cora.hangs_up()
        await carrier.is_hung_up()
        await house.settles()


@pytest.mark.covers("ATT-3")
async def test_an_attendant_sees_whom_she_transfers_to(furnished: Furnish) -> None:
    """While her caller is on hold: what a colleague does and until when, and whether he is in a call."""
    activities = "activities: [{name: available, available: true}, {name: lunch, available: false}]\n"
    group = 'attendant_groups: [{name: front, number: "251", numbers: ["+4588887751"], agents: [{user: cora}]}]\n'
    async with furnished(more=activities + group) as house:
        cora = gadget(house, "cora")
        await cora.registers(3600)
        bo, dan = await house.phones("bo", "dan")
        await house.server.distribution.log_in("house", "cora", ["front"], "test")
        lamp, presence = await cora.subscribes("202", "dialog"), await cora.subscribes("202", "presence")
        await lamp.shows()
        outsider = house.trunk()
        async with bo.calls("204"):
            await dan.answers()
            outsider.dials("+4588887751")
            await cora.answers()
            await cora.holds()
            await lamp.shows("confirmed")
            await house.server.orders.set("bo", "house", what="activity", value="lunch", until="13:00")
            await presence.notified(lambda notify: b"lunch (-13:00)" in notify.body, "lunch, until when")
        await lamp.shows("terminated")
        await cora.transfers("204")
        await dan.answers()
        await dan.hears(outsider)
        await outsider.hangs_up()
        await dan.is_hung_up()
