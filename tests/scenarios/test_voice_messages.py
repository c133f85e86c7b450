"""Messages for programs and by links: who may have which, and what becomes of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from pbxd.calls.voice_messages import VoiceMessages
from pbxd.errors import PbxdError
from pbxd.events import MailboxChanged
from pbxd.mailboxes import MailboxKey, VoiceMessageRow
from tests.support.clock import VirtualClock
from tests.support.dialogue import voice
from tests.support.house import ORGANIZATION, SETTINGS, House, configure
from tests.support.mailroom import speak, write
from tests.support.network import MemoryNetwork

PUBLIC = "https://pbx.house.example/pbxd"
MAILS = f"""\
smtp: {{host: 127.0.0.1, from: pbx@house.example}}
sms: {{kind: http, url: "http://127.0.0.1:1/", from: House}}
http: {{listen: "http://127.0.0.1:8088", public_url: {PUBLIC}/}}
"""
PEOPLE = (
    ORGANIZATION.replace(
        "    name: Anna Holm\n",
        "    name: Anna Holm\n    email: anna@house.example\n    groups: [front]\n"
        "    settings: {voicemail: {email: attach, sms: true, keep_days: 3}}\n",
    )
    .replace('alias: "201", type: landline}]', 'alias: "201", type: landline}, {number: "+4588887761", type: mobile}]')
    .replace(
        "    name: Bo Lind\n",
        "    name: Bo Lind\n    email: bo@house.example\n    groups: [front]\n"
        "    settings: {voicemail: {email: notice, hide_link: true}}\n",
    )
    + """\
groups: [{name: front}]
group_mailboxes: [{name: front-box, number: "250", groups: [front], email: [front], sms: []}]
"""
)
ANNA = MailboxKey("house", "user", "anna")
BO = MailboxKey("house", "user", "bo")
FRONT = MailboxKey("house", "group", "front-box")
DAY = 86_400.0


@pytest_asyncio.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    async with House(configure(tmp_path, settings=SETTINGS + MAILS, organization=PEOPLE), network, clock) as house:
        yield house


@pytest.fixture
def commands(house: House) -> Mapping[str, Any]:
    return VoiceMessages(lambda: house.server.configuration, house.server.mailroom).commands()


async def left(house: House, box: MailboxKey = ANNA, *, comment: str = "") -> VoiceMessageRow:
    """A message in a mailbox, and everybody has been told."""
    mailroom = house.server.mailroom
    async with mailroom.new_message(box, caller="+4570100100", caller_name="Eva Kvist", comment=comment) as message:
        speak(message, 3.0)
        if comment:
            write(mailroom.spool.absolute(comment), voice(1.0))
        row = await message.keep()
    assert row is not None
    await house.phone("anna").pause(1)
    return row


def links(text: str) -> list[str]:
    """The links in a mail or an SMS, without what comes before them in every one."""
    return [word.removeprefix(f"{PUBLIC}/voicemail/") for word in text.split() if word.startswith("http")]


@pytest.mark.covers("VM-4")
async def test_mail_and_sms_have_a_link_that_ends_when_the_message_would(
    house: House, commands: Mapping[str, Any], clock: VirtualClock
) -> None:
    row = await left(house)
    (mail,), (sms,) = house.postman.mails, house.postman.texts
    [link] = links(mail.text)
    assert links(sms.text) == [link]
    assert "Listen: https://pbx.house.example/pbxd/voicemail/" in mail.text
    path = house.server.mailroom.spool.absolute(row.path)
    assert commands["message-linked"](link=link) == {"path": str(path), "message": row.id}
    assert house.server.mailroom.find(row.id) == row, "it is as new as before"
    links_ = house.server.mailroom.office.links
    assert links_.message(link, row.at + 3 * DAY - 1) == row.id
    assert links_.message(link, row.at + 3 * DAY + 1) is None


@pytest.mark.covers("VM-4")
async def test_who_wants_no_link_gets_none_in_a_group_too(house: House) -> None:
    await left(house, BO)
    (mail,) = house.postman.mails
    assert links(mail.text) == []
    await left(house, FRONT)
    assert {mail.to: len(links(mail.text)) for mail in house.postman.mails[1:]} == {
        "anna@house.example": 1,
        "bo@house.example": 0,
    }


@pytest.mark.parametrize("http", ["", 'http: {listen: "http://127.0.0.1:8088"}\n'], ids=["no http", "nothing public"])
async def test_without_a_public_address_there_is_no_link(
    http: str, tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    settings = (
        SETTINGS + "".join(line for line in MAILS.splitlines(keepends=True) if not line.startswith("http")) + http
    )
    async with House(configure(tmp_path, settings=settings, organization=PEOPLE), network, clock) as house:
        await left(house)
        assert "http" not in house.postman.mails[0].text + house.postman.texts[0].text


async def test_links_outlive_the_server_and_not_the_message(house: House, commands: Mapping[str, Any]) -> None:
    row = await left(house)
    [link] = links(house.postman.mails[0].text)
    await house.stop()
    await house.start()
    again = VoiceMessages(lambda: house.server.configuration, house.server.mailroom).commands()
    assert again["message-linked"](link=link)["message"] == row.id
    assert again["message-linked"](link=f"{link}x") == {"path": None}
    assert await again["message-delete"](message=row.id, kind="user", mailbox="anna") == {"deleted": 1}
    assert again["message-linked"](link=link) == {"path": None}


@pytest.mark.covers("VM-4")
async def test_messages_are_listed_heard_saved_and_deleted(house: House, commands: Mapping[str, Any]) -> None:
    first, second = await left(house), await left(house)
    whose = {"kind": "user", "mailbox": "anna", "organization": "house", "user": "anna"}
    marked = await commands["message-mark"](message=first.id, state="heard", **whose)
    assert (marked["id"], marked["state"]) == (first.id, "heard")
    listed = commands["messages"](**whose)["messages"]
    assert [(one["id"], one["state"]) for one in listed] == [(second.id, "new"), (first.id, "heard")]
    assert listed[1] == commands["message"](message=first.id, **whose) == marked
    assert (marked["caller"], marked["caller_name"], marked["seconds"]) == ("+4570100100", "Eva Kvist", 3.0)
    with pytest.raises(PbxdError, match="heard or saved"):
        await commands["message-mark"](message=first.id, state="new", **whose)
    path = Path(commands["message-sound"](message=first.id, **whose)["path"])
    assert house.server.mailroom.spool.measure(str(path)).heard
    await commands["message-delete"](message=first.id, **whose)
    with pytest.raises(PbxdError, match="has no message"):
        commands["message-sound"](message=first.id, **whose)
    await house.phone("anna").pause(2)
    assert house.server.mailroom.spool.size(str(path)) == 0
    assert [(one.new, one.old) for one in house.happened(MailboxChanged)] == [(1, 0), (2, 0), (1, 1), (1, 0)]


async def test_a_comment_is_heard_too(house: House, commands: Mapping[str, Any]) -> None:
    place = house.server.mailroom.spool.place(ANNA, "1-0000000001-comment.wav")
    row, plain = await left(house, comment=place), await left(house)
    found = commands["message-sound"](message=row.id, part="comment", kind="user", mailbox="anna")
    assert found == {"path": str(house.server.mailroom.spool.absolute(place)), "message": row.id}
    assert commands["message"](message=row.id, kind="user", mailbox="anna")["commented"]
    with pytest.raises(PbxdError, match="nobody has said anything"):
        commands["message-sound"](message=plain.id, part="comment", kind="user", mailbox="anna")


@pytest.mark.covers("VM-7")
async def test_a_groups_mailbox_is_for_its_members(house: House, commands: Mapping[str, Any]) -> None:
    row = await left(house, FRONT)
    whose = {"kind": "group", "mailbox": "front-box", "organization": "house"}
    for member in ("anna", "bo", None):
        assert [one["id"] for one in commands["messages"](**whose, user=member)["messages"]] == [row.id]
    for asked in (
        whose | {"user": "cora"},
        whose | {"user": "nobody"},
        whose | {"organization": "annex"},
        whose | {"mailbox": "front"},
        {"kind": "user", "mailbox": "anna", "organization": "house", "user": "bo"},
        {"kind": "user", "mailbox": "front-box", "organization": "house"},
    ):
        with pytest.raises(PbxdError, match="no such mailbox"):
            commands["messages"](**asked)
    with pytest.raises(PbxdError, match="has no message"):
        commands["message"](message=row.id, kind="user", mailbox="anna", user="anna")


@pytest.mark.covers("USR-7", "USR-1")
async def test_who_may_not_use_the_inbox_opens_no_mailbox(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    people = PEOPLE.replace("    name: Bo Lind\n", "    name: Bo Lind\n    apps: [softphone]\n")
    async with House(configure(tmp_path, settings=SETTINGS + MAILS, organization=people), network, clock) as house:
        commands = VoiceMessages(lambda: house.server.configuration, house.server.mailroom).commands()
        row = await left(house, FRONT)
        whose = {"kind": "group", "mailbox": "front-box"}
        assert [one["id"] for one in commands["messages"](**whose, user="anna")["messages"]] == [row.id]
        for which in (whose, {"kind": "user", "mailbox": "bo"}):
            with pytest.raises(PbxdError, match="no such mailbox"):
                commands["messages"](**which, user="bo")
