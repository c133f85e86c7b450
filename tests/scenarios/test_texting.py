"""Messages to numbers outside leave as SMS, for those who may (CALL-11)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pbxd.events import NoticeSent
from pbxd.store import StoreError
from tests.scenarios.test_messages import registered
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, SETTINGS, House, configure
from tests.support.network import MemoryNetwork

pytestmark = pytest.mark.covers("CALL-11")

GATEWAY = 'sms: {kind: http, url: "http://127.0.0.1:1/", from: House, per_hour: 3}\n'
PEOPLE = (
    ORGANIZATION.replace("    name: Anna Holm\n", "    name: Anna Holm\n    groups: [front]\n")
    .replace("    name: Bo Lind\n", "    name: Bo Lind\n    groups: [front]\n")
    .replace('alias: "202", type: landline}]', 'alias: "202", type: landline}, {number: "+4588887762", type: mobile}]')
    .replace("    name: Cora Beck\n", "    name: Cora Beck\n    permissions: {send_sms: true}\n")
    + """\
groups: [{name: front, permissions: {send_sms: true}, settings: {barring: [no-premium]}}]
number_types: {premium: {prefixes: ["+4590"]}}
barring: [{name: no-premium, deny: {types: [premium]}}]
queues:
  - name: sales
    number: "260"
    numbers: ["+4588887710"]
    groups: {agents: [front]}
    sms: {name: Sales, number: "+4588887710"}
  - {name: mute, number: "261", groups: {agents: [front]}}
"""
)


@pytest_asyncio.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    async with House(configure(tmp_path, settings=SETTINGS + GATEWAY, organization=PEOPLE), network, clock) as house:
        yield house


def as_queue(number: str) -> list[tuple[str, str]]:
    return [("P-Preferred-Identity", f"<sip:{number}@house.example>")]


async def test_a_message_to_a_number_outside_is_an_sms(house: House) -> None:
    anna, bo = await registered(house, "anna", "bo")
    assert (await anna.writes("26000001", "Paa vej ♥")).status == 202
    assert (await bo.writes("+46701234567", "Hej")).status == 202
    await anna.pause(1)
    national, foreign = house.postman.texts
    assert (national.to, national.sender, national.text) == ("+4526000001", "House", "Paa vej ♥")
    assert (foreign.to, foreign.sender, foreign.number) == ("+46701234567", "+4588887762", "+4588887762")
    assert [(sent.kind, sent.user, sent.to) for sent in house.happened(NoticeSent)] == [
        ("message", "anna", "+4526000001"),
        ("message", "bo", "+46701234567"),
    ]


async def test_a_message_to_a_colleague_is_none(house: House) -> None:
    anna, bo = await registered(house, "anna", "bo")
    assert (await anna.writes("+4588887702", "Lunch?")).status == 202
    assert (await anna.writes("+4588887762", "Or later?")).status == 202
    await bo.gets_messages("Lunch?", "Or later?")
    assert house.postman.texts == []


@pytest.mark.parametrize("to", ["112", "+4588887799", "anton", "1813"])
async def test_what_is_no_number_outside_gets_404(house: House, to: str) -> None:
    (anna,) = await registered(house, "anna")
    assert (await anna.writes(to, "x")).status == 404
    assert house.postman.attempts == []


async def test_who_may_not_send_sms_does_not(house: House) -> None:
    (dan,) = await registered(house, "dan")
    refused = await dan.writes("+4526000001", "x")
    assert (refused.status, refused.reason) == (403, "May Not Send SMS")


async def test_without_a_gateway_there_are_no_sms(house: House) -> None:
    house.postman.channels.discard("sms")
    (anna,) = await registered(house, "anna")
    assert (await anna.writes("+4526000001", "x")).status == 404


@pytest.mark.covers("SEC-6")
async def test_what_is_barred_is_barred_for_sms(house: House) -> None:
    anna, cora = await registered(house, "anna", "cora")
    refused = await anna.writes("+4590123456", "x")
    assert (refused.status, refused.reason.partition(":")[0]) == (403, "Barred")
    assert (await cora.writes("+4590123456", "x")).status == 202, "nothing bars Cora"


async def test_there_are_only_so_many_an_hour(house: House) -> None:
    (anna,) = await registered(house, "anna")
    statuses = [(await anna.writes("+4526000001", "x")).status for _ in range(4)]
    assert statuses == [202, 202, 202, 480]
    await anna.pause(3600)
    assert (await anna.writes("+4526000001", "x")).status == 202


async def test_texts_that_can_not_be_sent(house: House) -> None:
    (anna,) = await registered(house, "anna")
    assert (await anna.writes("+4526000001", "♥" * 671)).status == 413
    assert (await anna.writes("+4526000001", "x" * 1531)).status == 413
    assert (await anna.writes("+4526000001", "<a/>", content_type="text/html")).status == 415
    assert (await anna.writes("+4526000001", "")).status == 400
    assert (await anna.writes("+4526000001", "x" * 1530)).status == 202


@pytest.mark.covers("QUE-1")
async def test_agents_write_as_their_queue(house: House) -> None:
    anna, cora = await registered(house, "anna", "cora")
    for number in ("260", "+4588887710"):
        assert (await anna.writes("+4526000001", "Your order", headers=as_queue(number))).status == 202
    await anna.pause(1)
    assert [(sms.sender, sms.number) for sms in house.postman.texts] == [("Sales", "+4588887710")] * 2
    assert (await anna.writes("+4526000001", "x", headers=as_queue("261"))).status == 403, "it has no name"
    assert (await cora.writes("+4526000001", "x", headers=as_queue("260"))).status == 403, "Cora is no agent"
    assert (await cora.writes("+4526000001", "x", headers=as_queue("203"))).status == 202, "which is no queue"
    assert (await cora.writes("+4526000001", "x", headers=[("P-Preferred-Identity", "<<")])).status == 400


@pytest.mark.covers("REL-2")
async def test_no_202_before_it_is_on_disk(house: House) -> None:
    (anna,) = await registered(house, "anna")
    house.store.outbox.failure = StoreError("disk full")
    assert (await anna.writes("+4526000001", "x")).status == 500
    await anna.pause(1)
    assert house.postman.attempts == []
