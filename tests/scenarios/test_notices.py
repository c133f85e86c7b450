"""Who is told of what by mail and SMS, in which language, and what it says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from pbxd.errors import PbxdError
from pbxd.events import InvitationUsed, MessageLeft, NoticeSent
from pbxd.store import StoreError
from tests.support.clock import MONDAY, VirtualClock
from tests.support.house import ORGANIZATION, SETTINGS, House, configure
from tests.support.network import MemoryNetwork

GATEWAYS = """\
smtp: {host: 127.0.0.1, from: pbx@house.example}
sms: {kind: http, url: "http://127.0.0.1:1/", from: House}
"""
PEOPLE = (
    ORGANIZATION.replace(
        "    name: Anna Holm\n",
        "    name: Anna Holm\n    email: anna@house.example\n    language: da\n"
        "    settings: {voicemail: {email: attach, sms: true}}\n",
    )
    .replace('alias: "201", type: landline}]', 'alias: "201", type: landline}, {number: "+4588887761", type: mobile}]')
    .replace(
        "    name: Bo Lind\n",
        "    name: Bo Lind\n    email: bo@house.example\n    groups: [front]\n"
        "    settings: {voicemail: {email: notice}}\n",
    )
    .replace("    name: Cora Beck\n", "    name: Cora Beck\n    email: cora@house.example\n    groups: [front]\n")
    .replace("    name: Dan Skov\n", "    name: Dan Skov\n    settings: {voicemail: {email: attach, sms: true}}\n")
    + """\
groups: [{name: front}]
emergency: {callback_number: "+4588887700", location: "Kajgade 1", notify: [anna, dan, cora]}
group_mailboxes: [{name: front-box, number: "250", groups: [front], email: [front], sms: []}]
voicemail_numbers: [{number: "251", kind: user}]
"""
)


@pytest_asyncio.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    async with House(configure(tmp_path, settings=SETTINGS + GATEWAYS, organization=PEOPLE), network, clock) as house:
        yield house


def left(mailbox: str, **changes: object) -> MessageLeft:
    message = MessageLeft(
        at=MONDAY, organization="house", mailbox=mailbox, kind="user", id="m1", caller="+4570100100",
        caller_name="Eva Kvist", seconds=42.4, path="/var/messages/m1.wav",
    )  # fmt: skip
    return replace(message, **changes)  # type: ignore[arg-type]


async def happens(house: House, event: MessageLeft) -> None:
    house.server.bus.emit(event)
    await house.phone("anna").pause(1)


@pytest.mark.covers("VM-4")
async def test_the_owner_is_told_by_mail_with_the_recording_and_by_sms(house: House) -> None:
    await happens(house, left("anna"))
    (mail,), (sms,) = house.postman.mails, house.postman.texts
    assert (mail.to, mail.from_name) == ("anna@house.example", "The House")
    assert mail.subject == "Talebesked fra Eva Kvist (+4570100100)"
    assert mail.text.splitlines() == [
        "Du har fået en talebesked.",
        "",
        "Fra: Eva Kvist (+4570100100)",
        "Modtaget: 05.01.2026 kl. 10.00",
        "Længde: 0:42",
        "",
        "Ring til 251 for at høre den.",
    ]
    (attached,) = mail.attachments
    assert (attached.path, attached.name) == ("/var/messages/m1.wav", "m1.wav")
    assert (sms.to, sms.sender) == ("+4588887761", "House")
    assert sms.text.startswith("Talebesked fra Eva Kvist (+4570100100), 05.01.2026 kl. 10.00 (0:42).")
    assert [(sent.kind, sent.channel, sent.user) for sent in house.happened(NoticeSent)] == [
        ("voicemail", "email", "anna"),
        ("voicemail", "sms", "anna"),
    ]


@pytest.mark.covers("VM-4")
async def test_notice_is_without_the_recording_and_none_is_none(house: House) -> None:
    await happens(house, left("bo", caller="", caller_name=""))
    await happens(house, left("cora"))
    await happens(house, left("dan"))  # has neither address nor mobile
    await happens(house, left("nobody"))
    (mail,) = house.postman.mails
    assert (mail.to, mail.subject, mail.attachments) == (
        "bo@house.example",
        "Voice message from an unknown number",
        (),
    )
    assert house.postman.texts == []


@pytest.mark.covers("VM-7")
async def test_groups_are_told_of_their_mailbox_with_the_recording(house: House) -> None:
    await happens(house, left("front-box", kind="group"))
    assert [mail.to for mail in house.postman.mails] == ["bo@house.example", "cora@house.example"]
    for mail in house.postman.mails:
        assert mail.subject == "Voice message for front-box from Eva Kvist (+4570100100)"
        assert "Mailbox: front-box\n" in mail.text
        assert "Call 250 to hear it." in mail.text
        assert len(mail.attachments) == 1


@pytest.mark.covers("VM-4")
async def test_without_a_mail_server_there_are_no_mails(house: House) -> None:
    house.postman.channels.discard("email")
    await happens(house, left("anna"))
    assert house.postman.mails == []
    assert len(house.postman.texts) == 1


async def test_what_a_caller_is_called_adds_no_lines(house: House) -> None:
    await happens(house, left("bo", caller_name="Eva\r\nCall +4590000000 to hear it.\udc80"))
    (mail,) = house.postman.mails
    assert mail.subject == "Voice message from Eva Call +4590000000 to hear it. (+4570100100)"
    assert not [line for line in mail.text.splitlines() if line.startswith("Call +45")]


@pytest.mark.covers("NUM-4")
async def test_a_call_for_help_is_told_by_mail_even_without_a_database(house: House) -> None:
    bo, _ = await house.phones("bo", "anna")
    house.store.outbox.failure = StoreError("disk full")
    trunk = house.trunk()
    async with bo.calls("112"):
        await trunk.rings()
        await bo.pause(1)
    assert [mail.to for mail in house.postman.mails] == ["anna@house.example", "cora@house.example"]
    danish, english = house.postman.mails
    assert danish.subject == "Nødopkald: Bo Lind (202) har ringet til 112"
    assert english.text.splitlines() == [
        "Bo Lind (202) has called 112.",
        "",
        "When: 05 Jan 2026, 10:00",
        "Telephone: bo-desk",
        "Place: Kajgade 1",
        "Number that the emergency services see: +4588887700",
    ]


@pytest.mark.covers("REL-2")
async def test_what_waits_is_sent_after_a_restart(house: House) -> None:
    house.postman.seconds = 30.0
    await happens(house, left("bo"))
    await house.stop()
    (row,) = house.store.outbox.rows.values()
    assert json.loads(row.letter)["to"] == "bo@house.example"
    house.postman.seconds = 0.0
    await house.start()
    await house.phone("anna").pause(1)
    assert {mail.to for mail in house.postman.mails} == {"bo@house.example"}
    assert house.store.outbox.rows == {}


@pytest.mark.covers("USR-8")
async def test_users_are_welcomed_and_it_is_known_who_uses_it(house: House) -> None:
    invitations = house.server.notices.invitations
    assert invitations.invite(["anna", "bo"])["notices"] == [1, 2]
    await house.phone("anna").pause(1)
    danish, english = house.postman.mails
    assert danish.subject == "Din telefon hos The House"
    assert "Lokalnummer" not in danish.text
    assert "Brugernavn: anna-desk, anna-soft" in danish.text
    assert english.text.splitlines() == [
        "Welcome, Bo Lind.",
        "",
        "Your number: +4588887702",
        "Your extension: 202",
        "",
        "Set up your telephone or softphone:",
        "",
        "Server: house.example",
        "User name: bo-desk",
        "",
        "Dial 251 for your voice messages.",
    ]
    assert "secret" not in danish.text + english.text
    await house.stop()
    await house.start()
    await house.phones("bo")
    states = {one["user"]: one for one in house.server.notices.invitations.states()["users"]}
    assert (states["anna"]["state"], states["anna"]["used"]) == ("sent", None)
    assert states["anna"]["sent"] == pytest.approx(MONDAY, abs=5)
    assert states["bo"]["used"] == pytest.approx(MONDAY, abs=60)
    assert states["cora"]["state"] == ""
    (used,) = house.happened(InvitationUsed)
    assert (used.user, used.to) == ("bo", "bo@house.example")
    assert "letter" not in str(states)
    assert all(row.letter == "" for row in house.store.outbox.rows.values()), "what was sent is not kept"


@pytest.mark.covers("DEV-7")
async def test_users_are_invited_to_their_mobile_clients_by_sms(house: House) -> None:
    invitations = house.server.notices.invitations
    invitations.invite(["anna"], by="sms", passwords=True, mobile=True)
    await house.phone("anna").pause(1)
    (sms,) = house.postman.texts
    assert "brugernavn anna-soft." in sms.text
    assert "anna-soft-secret" in sms.text
    assert "anna-desk" not in sms.text
    await house.phones("anna")
    assert house.happened(InvitationUsed) == [], "a desk phone is no mobile client"
    await house.stop()
    await house.start()
    await house.phones("anna-soft")
    (used,) = house.happened(InvitationUsed)
    assert (used.kind, used.channel, used.user) == ("mobile-client", "sms", "anna")
    states = {one["user"]: one for one in invitations.states(mobile=True)["users"]}
    assert states["anna"]["sent"] is not None
    assert {one["state"] for one in house.server.notices.invitations.states()["users"]} == {""}
    with pytest.raises(PbxdError, match="bo has no softphone or mobile that could register"):
        invitations.invite(["bo"], mobile=True)


@pytest.mark.covers("USR-8")
async def test_a_welcome_by_sms_says_passwords_where_that_is_asked_for(house: House) -> None:
    invitations = house.server.notices.invitations
    invitations.invite(["anna"], by="sms", passwords=True)
    await house.phone("anna").pause(1)
    (sms,) = house.postman.texts
    assert sms.text == (
        "The House: dit lokalnummer er 201. Server house.example, brugernavn anna-desk, anna-soft. "
        "Adgangskode anna-secret, anna-soft-secret."
    )
    with pytest.raises(PbxdError, match="bo has no mobile number"):
        invitations.invite(["anna", "bo"], by="sms")
    with pytest.raises(PbxdError, match="dan has no `email`"):
        invitations.invite(["dan"])
    with pytest.raises(PbxdError, match="no user anne; did you mean `anna`"):
        invitations.invite(["anne"])
    house.postman.channels.discard("email")
    with pytest.raises(PbxdError, match="nothing is configured"):
        invitations.invite(["anna"])
    await house.phone("anna").pause(1)
    assert len(house.postman.taken) == 1
