"""Voicemail over the network: callers leave messages, owners hear them, and phones show that they wait."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from pbxd.events import CallEnded, KeysPressed, MessageLeft, RouteDecided
from tests.support.clock import VirtualClock
from tests.support.dialogue import HangsUp, Hears, Presses, Speaks, Step
from tests.support.gadget import gadget
from tests.support.hearing import frequency
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork
from tests.support.party import Party
from tests.support.phone import Phone

MAILBOXES = """\
activities:
  - {name: available, available: true}
  - {name: lunch, available: false, labels: {en: Lunch, da: Frokost}, prompt: at-lunch}
  - {name: meeting, available: false}
groups: [{name: sales}]
group_mailboxes:
  - {name: sales-box, number: "250", code: "77", pin: "9090", greeting: leave-message, groups: [sales]}
voicemail_numbers:
  - {number: "290", numbers: ["+4588887790"], kind: user}
  - {number: "291", kind: group, mailbox: "250"}
number_types: {premium: {prefixes: ["+4590"]}}
barring: [{name: no-premium, deny: {types: [premium]}}]
"""
SETTINGS = "settings: {{voicemail: {{{0}}}, barring: [no-premium]}}\n"
RULES = 'rules: {incoming: {overridable: ["when a call is received, voicemail"]}}\n'

Houses = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def houses(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> Houses:
    """Houses with mailboxes; Bo has the PIN 4712 and Cora is in sales."""

    @asynccontextmanager
    async def furnished(voicemail: str = "", more: str = RULES) -> AsyncIterator[House]:
        organization = ORGANIZATION.replace("    name: Bo Lind\n", '    name: Bo Lind\n    pin: "4712"\n')
        organization = organization.replace("    name: Cora Beck\n", "    name: Cora Beck\n    groups: [sales]\n")
        organization += MAILBOXES + SETTINGS.format(voicemail) + more
        async with House(configure(tmp_path, organization=organization), network, clock) as house:
            yield house

    return furnished


async def begins(house: House, phone: Phone, number: str, *script: Step) -> Party:
    """Call, and follow the script from the answer on."""
    since = len(Party(house, phone).heard)
    phone.dials(number)
    await phone.is_answered()
    party = Party(house, phone, since)
    await party.follows(script)
    return party


async def calls(house: House, phone: Phone, number: str, *script: Step) -> list[str]:
    """Call, follow the script to the end of the call, and say what was heard."""
    since = len(Party(house, phone).heard)
    party = await begins(house, phone, number, *script)
    if not any(isinstance(step, HangsUp) for step in script):
        await phone.is_hung_up(within=60)
    return party.heard[since:]


LEAVES: tuple[Step, ...] = (Hears("(beep)"), Speaks(3.0), Presses("#"), Hears("message-review"), Presses("#"))


@pytest.mark.covers("VM-6", "VM-8", "PRES-5")
async def test_the_owner_hears_what_the_caller_said_and_the_lamp_says_that_it_waits(houses: Houses) -> None:
    async with houses() as house:
        bo = gadget(house, "bo")
        await bo.registers()
        (anna,) = await house.phones("anna")
        lamp = await bo.subscribes("bo-desk", "message-summary")
        await lamp.notified(lambda notify: b"Voice-Message: 0/0" in notify.body, "nothing waits")
        heard = await calls(house, anna, "202", *LEAVES)
        assert heard == [
            *("press-to-skip", "greeting-default name=Bo Lind", "leave-message"),
            *("(beep)", "message-review", "message-saved", "goodbye"),
        ]
        await lamp.notified(lambda notify: b"Voice-Message: 1/0" in notify.body, "one waits")
        [left] = house.happened(MessageLeft)
        assert (left.mailbox, left.caller, left.caller_name) == ("bo", "201", "Anna Holm")
        assert left.seconds == pytest.approx(3.0, abs=0.6)

        party = await begins(house, bo, "290", Hears("summary messages=1 messages-new"), Hears("(recording)"))
        bo.call.sound.heard.clear()
        await bo.pause(2.5)
        assert frequency(bo.call.sound.samples()) == pytest.approx(400, abs=2)
        await party.follows([Hears("message-menu"), Presses("3"), Hears("message-deleted"), Presses("3"), HangsUp()])
        await lamp.notified(lambda notify: b"Voice-Message: 0/1" in notify.body, "one was heard")
        await house.settles()


async def test_who_hangs_up_has_left_what_he_said(houses: Houses) -> None:
    async with houses() as house:
        anna, _ = await house.phones("anna", "bo")
        await calls(house, anna, "202", Hears("(beep)"), Speaks(2.5), HangsUp())
        await house.settles()
        [left] = house.happened(MessageLeft)
        assert left.seconds == pytest.approx(2.5, abs=0.7)


@pytest.mark.covers("VM-9")
@pytest.mark.parametrize("after", [0.0, 0.3, 0.9, 1.3, 1.4, 1.9, 2.3, 2.4, 2.5, 3.0, 4.7, 5.2, 5.6])
async def test_hanging_up_at_any_moment_leaves_a_whole_message_or_none(houses: Houses, after: float) -> None:
    async with houses("skip: false") as house:
        anna, _ = await house.phones("anna", "bo")
        anna.dials("202")
        await anna.is_answered()
        anna.call.sound.sings(4.0)
        loop = asyncio.get_running_loop()
        loop.call_later(4.2, anna.call.sound.presses, "#")
        loop.call_later(5.0, anna.call.sound.presses, "#")
        await anna.pause(after)
        await anna.hangs_up()
        await house.settles()
        root = house.server.mailroom.spool.root
        left = house.happened(MessageLeft)
        assert {row.id for row in house.store.voice_messages.rows.values()} == {message.id for message in left}
        assert len(left) == (after > 2.2)
        assert len([path for path in root.rglob("*") if path.is_file()]) == 2 * len(left)
        for message in left:
            assert message.seconds == seconds_of(Path(message.path)) >= 1.0


def seconds_of(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        return file.getnframes() / file.getframerate()


async def test_a_server_that_stops_while_somebody_speaks_keeps_what_was_said(houses: Houses) -> None:
    async with houses() as house:
        anna, _ = await house.phones("anna", "bo")
        await begins(house, anna, "202", Hears("(beep)"), Speaks(2.5))
        await house.stop()
        [left] = house.happened(MessageLeft)
        assert left.seconds == pytest.approx(2.5, abs=0.7)
        await house.start()
        assert house.server.mailroom.counts(house.server.mailroom.boxes()[0]).new == 1


@pytest.mark.covers("VM-2")
async def test_assistance_and_the_next_rule(houses: Houses) -> None:
    offers = 'assistance: {enabled: true, to: "203"}'
    async with houses(offers) as house:
        anna, bo, cora = await house.phones("anna", "bo", "cora")
        await begins(house, anna, "202", Hears("assistance"), Hears("press-to-skip"), Presses("1"), Hears("greeting"))
        assert house.happened(RouteDecided)[-1].treatment == "voicemail of cora", "whose own rules count"
        await anna.hangs_up()
        await begins(house, cora, "202", Hears("press-to-skip"), Presses("2"))
        await bo.rings("203")
        await cora.hangs_up()
        await house.settles()


@pytest.mark.covers("VM-3")
async def test_voicemail_that_its_owner_has_switched_off_is_passed_over(houses: Houses) -> None:
    async with houses() as house:
        anna, bo = await house.phones("anna", "bo")
        await calls(house, bo, "290", Hears("menu-switch-off"), Presses("4"), Hears("voicemail-off"), HangsUp())
        anna.dials("202")
        await bo.rings("201")
        await anna.cancels()
        assert "bo has switched voicemail off" in "".join(house.happened(RouteDecided)[-1].trail)
        await house.settles()
    async with houses("may: {switch_off: false}") as house:
        anna, bo = await house.phones("anna", "bo")
        heard = await calls(house, bo, "290", Hears("goodbye"))
        assert "menu-switch-off" not in heard


async def test_greeting_only_by_choice_where_that_is_allowed(houses: Houses) -> None:
    async with houses("may: {greeting_only: true}") as house:
        anna, bo = await house.phones("anna", "bo")
        await calls(house, bo, "290", Hears("menu-greeting-only"), Presses("5"), Hears("greeting-only-on"), HangsUp())
        heard = await calls(house, anna, "202")
        assert heard == ["press-to-skip", "greeting-default name=Bo Lind", "goodbye"]
        await house.settles()


@pytest.mark.covers("VM-1", "PRES-1")
@pytest.mark.parametrize(
    ("voicemail", "said"),
    [
        ("skip: false", ["absent-activity-until activity=Lunch until=2026-01-05 14:00+01:00"]),
        ("skip: false, speak_last_end: false", ["absent-activity-until activity=Lunch until=2026-01-05 12:30+01:00"]),
        ("skip: false, speak_activity: false", []),
    ],
)
async def test_the_activity_is_told_with_the_end_of_the_last_of_several(
    houses: Houses, clock: VirtualClock, voicemail: str, said: list[str]
) -> None:
    async with houses(voicemail) as house:
        anna, _ = await house.phones("anna", "bo")
        orders = house.server.orders
        await orders.set("bo", what="plan", value="lunch", start="2026-01-05 12:00", until="2026-01-05 12:30")
        await orders.set("bo", what="plan", value="meeting", start="2026-01-05 12:30", until="2026-01-05 14:00")
        await anna.pause(2 * 3600 + 60)
        heard = await calls(house, anna, "202", Hears("(beep)"), HangsUp())
        assert heard == ["greeting-default name=Bo Lind", *said, "leave-message", "(beep)"]


async def test_the_caller_is_spoken_to_in_his_language(houses: Houses) -> None:
    prompt = 'greeting: {say: {en: "Bo is away.", da: "Bo er ikke her."}}, skip: false'
    async with houses(prompt, RULES.replace("received,", "received, set language da,")) as house:
        anna, _ = await house.phones("anna", "bo")
        heard = await calls(house, anna, "202", Hears("(beep)"), HangsUp())
        assert heard[0] == "Bo er ikke her."


@pytest.mark.covers("RULE-3")
@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("voicemail with announcement closed", ["closed", "greeting-default name=Bo Lind", "leave-message", "(beep)"]),
        ("voicemail without leaving a message", ["greeting-default name=Bo Lind", "goodbye"]),
    ],
)
async def test_what_rules_say_of_voicemail(houses: Houses, step: str, said: list[str]) -> None:
    rules = f'rules: {{incoming: {{overridable: ["when a call is received, {step}"]}}}}\n'
    async with houses("skip: false", rules) as house:
        anna, _ = await house.phones("anna", "bo")
        heard = await calls(house, anna, "202", Hears(said[-1]), HangsUp())
        assert heard == said


@pytest.mark.covers("RULE-6", "PRES-1")
async def test_an_activity_that_has_its_own_message_is_not_told_twice(houses: Houses) -> None:
    settings = "skip: false}, call_handling: {landline: {activity: message-then-voicemail}"
    async with houses(settings, "") as house:
        anna, _ = await house.phones("anna", "bo")
        await house.server.orders.set("bo", what="activity", value="lunch", until="13:00")
        heard = await calls(house, anna, "202", Hears("(beep)"), HangsUp())
        assert heard == [
            *("at-lunch", "greeting-default name=Bo Lind", "absent-until until=2026-01-05 13:00+01:00"),
            *("leave-message", "(beep)"),
        ]


# Who may open what ----------------------------------------------------------------------------------------------------


@pytest.mark.covers("VM-7")
async def test_a_group_has_a_mailbox_that_its_members_open_without_a_pin(houses: Houses) -> None:
    async with houses() as house:
        anna, cora = await house.phones("anna", "cora")
        heard = await calls(house, anna, "250", *LEAVES)
        assert heard == ["leave-message", "(beep)", "message-review", "message-saved", "goodbye"]
        assert [(left.mailbox, left.kind) for left in house.happened(MessageLeft)] == [("sales-box", "group")]
        for number in ("291", "77"):
            heard = await calls(house, cora, number, Hears("(recording)"), HangsUp())
            assert heard[0] == "mailbox-summary messages=1 messages-new"
        heard = await calls(house, anna, "291", Hears("mailbox-pin"), Presses("9090#"), Hears("(recording)"), HangsUp())
        assert heard[0] == "mailbox-pin"
        heard = await calls(house, anna, "77", Presses("1#2#3#"), Hears("goodbye"))
        assert heard.count("pin-wrong") == 3
        await house.settles()


async def test_from_outside_by_number_and_pin(houses: Houses) -> None:
    async with houses() as house:
        trunk = house.trunk()
        (anna,) = await house.phones("anna")
        await calls(house, anna, "202", *LEAVES)
        entry: list[Step] = [Hears("mailbox-number"), Presses("202#"), Hears("mailbox-pin"), Presses("4712#")]
        heard = await calls(house, trunk, "+4588887790", *entry, Hears("(recording)"), HangsUp())
        assert heard[2] == "mailbox-summary messages=1 messages-new"
        assert [event.keys for event in house.happened(KeysPressed)][-2:] == ["202", "***"]
        await house.settles()


async def test_who_left_a_message_is_called_back_on_the_account_of_the_mailboxs_owner(houses: Houses) -> None:
    async with houses(more="") as house:
        trunk = house.trunk()
        anna, bo = await house.phones("anna", "bo")
        await house.server.orders.set("bo", what="divert", value="*1*202*")
        await calls(house, anna, "202", *LEAVES)
        await begins(house, bo, "290", Hears("(recording)"), Presses("4"), Hears("callback-begins"))
        await anna.rings("202")
        await anna.answers()
        await bo.hangs_up()

        trunk.username = "+4590123456"
        trunk.dials("+4588887702")
        await trunk.is_answered()
        await trunk.pause(3)
        await Party(house, trunk, len(Party(house, trunk).heard)).follows([Speaks(3.0), HangsUp()])
        await trunk.pause(3)
        await begins(house, bo, "290", Hears("(recording)"), Presses("4"), Hears("callback-begins"))
        await bo.is_hung_up(within=60)
        ended = house.happened(CallEnded)[-1]
        assert "no-premium bars bo" in "".join(house.happened(RouteDecided)[-1].trail)
        assert ended.talk_seconds > 0
        await house.settles()


@pytest.mark.covers("CODE-11")
async def test_a_call_goes_straight_to_a_mailbox_by_code(houses: Houses) -> None:
    async with houses(more="") as house:
        anna, bo = await house.phones("anna", "bo")
        heard = await calls(house, anna, "*1*202*", *LEAVES)
        assert "message-saved" in heard
        heard = await calls(house, anna, "*1*250*", Hears("leave-message"), HangsUp())
        await house.server.orders.set("cora", what="divert", value="*1*202*")
        heard = await calls(house, anna, "203", *LEAVES)
        assert "greeting-default name=Bo Lind" in heard
        anna.dials("*1*299*")
        await anna.fails(404)
        anna.dials("202")
        await bo.rings("201")
        await bo.answers()
        await anna.is_answered()
        await bo.transfers("*1*203*")
        await anna.pause(2)
        assert house.happened(RouteDecided)[-1].treatment == "voicemail of cora"
        await anna.hangs_up()
        await house.settles()
