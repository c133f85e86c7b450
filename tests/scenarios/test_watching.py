"""Busy lamps, presence, registrations and mailboxes over the whole server: who watches sees it in time."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from pbxd.sip.message import Request
from tests.support.gadget import gadget, tcp_gadget
from tests.support.house import HOSTS, ORGANIZATION, SETTINGS, House, configure
from tests.support.network import Rule

DIALOG = "{urn:ietf:params:xml:ns:dialog-info}"


@pytest.mark.covers("PRES-5", "PRES-6")
async def test_a_lamp_follows_a_call(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    cora = gadget(house, "cora")
    lamp = await cora.subscribes("202", "dialog")
    await lamp.shows()
    async with anna.calls("202"):
        await bo.rings()
        await lamp.shows("early")
        await bo.answers()
        await lamp.shows("confirmed")
    await lamp.shows("terminated")
    versions = [ElementTree.fromstring(notify.body).get("version") for notify in lamp.notifies]
    assert versions == [str(number) for number in range(len(versions))]


@pytest.mark.covers("PRES-6")
async def test_a_lamp_shows_what_pickup_needs(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    cora = gadget(house, "cora")
    lamp = await cora.subscribes("202", "dialog")
    async with anna.calls("202"):
        call = await bo.rings(from_="201")
        notify = await lamp.shows("early")
        assert call.invite is not None
        (dialog,) = ElementTree.fromstring(notify.body).iter(f"{DIALOG}dialog")
        assert dialog.get("direction") == "recipient"
        assert dialog.get("call-id") == call.invite.call_id
        assert dialog.get("remote-tag") == call.invite.from_.tag
        assert dialog.get("local-tag") == call.tag
        assert dialog.findtext(f"{DIALOG}local/{DIALOG}identity") == "sip:202@house.example"
        assert dialog.findtext(f"{DIALOG}remote/{DIALOG}identity") == "sip:201@house.example"
        target = dialog.find(f"{DIALOG}local/{DIALOG}target")
        assert target is not None
        assert target.get("uri") == bo.contact.strip("<>")


async def test_both_sides_of_a_call_have_lamps(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    cora = gadget(house, "cora")
    lamp = await cora.subscribes("201", "dialog")
    async with anna.calls("202"):
        await bo.rings()
        notify = await lamp.shows("early")
        assert b'direction="initiator"' in notify.body
        await bo.answers()
        await lamp.shows("confirmed")
    await lamp.shows("terminated")


@pytest.mark.covers("PRES-5", "PRES-6")
async def test_a_lamp_of_several_dialogs(house: House) -> None:
    """One phone in two calls: each of its dialogs has an id of its own, keeps it, and ends by itself."""
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    lamp = await gadget(house, "anna-soft").subscribes("202", "dialog")
    bo.dials("201")
    await anna.answers()
    await bo.is_answered()
    talking = bo.call
    first = await lamp.shows("confirmed")
    ringing = cora.dials("202")
    await bo.rings(from_="203")
    both = await lamp.shows("confirmed", "early")
    assert ids(first)["initiator"] == ids(both)["initiator"]
    assert len(set(ids(both).values())) == 2
    await bo.hangs_up(talking)
    await lamp.shows("terminated", "early")
    await cora.cancels(ringing)
    await lamp.shows("terminated")
    await house.settles()


def ids(notify: Request) -> dict[str, str]:
    """The dialogs' ids by their direction."""
    return {
        one.get("direction", ""): one.get("id", "")
        for one in ElementTree.fromstring(notify.body).iter(f"{DIALOG}dialog")
    }


@pytest.mark.covers("PRES-6")
async def test_every_phone_of_somebody_counts(house: House) -> None:
    await house.phones("anna", "anna-soft", "bo")
    bo, desk, soft = house.phone("bo"), house.phone("anna"), house.phone("anna-soft")
    cora = gadget(house, "cora")
    lamp = await cora.subscribes("201", "dialog")
    async with bo.calls("201"):
        await desk.rings()
        await soft.rings()
        await lamp.shows("early", "early")
        await soft.answers()
        await lamp.shows("confirmed", "terminated")
        await soft.pause(3)
    await lamp.shows("terminated")


async def test_quick_changes_come_together_and_no_faster_than_once_a_second(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    cora = gadget(house, "cora")
    lamp = await cora.subscribes("202", "dialog")
    await lamp.shows()
    for _ in range(5):
        async with anna.calls("202"):
            await bo.declines(486)
            await anna.fails(486)
    await cora.pause(3)
    assert len(lamp.notifies) <= 4
    await lamp.shows(*[])


async def test_a_subscription_is_refreshed_and_ended_by_its_watcher(house: House) -> None:
    cora = gadget(house, "cora")
    lamp = await cora.subscribes("202", "dialog;id=7", expires=60)
    await cora.pause(50)
    final = await lamp.refreshes(60)
    assert final.headers.get("Expires") == "60"
    await cora.pause(50)
    assert lamp.states == ["active", "active"]
    await lamp.refreshes(0)
    await lamp.notified(lambda _: "terminated" in lamp.states[-1], "the end")
    assert lamp.states[-1] == "terminated;reason=timeout"
    assert {notify.headers.get("Event") for notify in lamp.notifies} == {"dialog;id=7"}
    await lamp.refreshes(60, expect=481)
    assert len(house.server.watchers) == 0
    await house.settles()


async def test_a_subscription_that_nobody_refreshes_expires(house: House) -> None:
    cora = gadget(house, "cora")
    lamp = await cora.subscribes("202", "dialog", expires=60)
    await cora.pause(61)
    assert lamp.states == ["active", "terminated;reason=timeout"]
    assert len(house.server.watchers) == 0


async def test_a_fetch_is_answered_once(house: House) -> None:
    await house.phones("bo")
    cora = gadget(house, "cora")
    lamp = await cora.subscribes("202", "presence", expires=0)
    notify = await lamp.notified(bool, "the state")
    assert b"<basic>open</basic>" in notify.body
    await cora.pause(5)
    assert lamp.states == ["terminated;reason=timeout"]
    assert len(house.server.watchers) == 0


@pytest.mark.parametrize(
    ("number", "event", "expires", "status", "header"),
    [
        ("202", "conference", 600, 489, ("Allow-Events", "dialog, message-summary, presence, reg")),
        ("202", "dialog", 30, 423, ("Min-Expires", "60")),
        ("299", "dialog", 600, 404, None),
        ("202", "reg", 600, 403, None),
        ("202", "message-summary", 600, 403, None),
    ],
)
async def test_what_cannot_be_watched(
    house: House, number: str, event: str, expires: int, status: int, header: tuple[str, str] | None
) -> None:
    cora = gadget(house, "cora")
    await cora.subscribes(number, event, expires=expires, expect=status)
    if header is not None:
        refused = cora.got(status)
        assert refused[-1].headers.get(header[0]) == header[1]
    assert len(house.server.watchers) == 0


async def test_a_watcher_who_understands_something_else(house: House) -> None:
    cora = gadget(house, "cora")
    await cora.subscribes("202", "dialog", expect=406, headers=[("Accept", "text/plain")])
    await cora.subscribes("202", "dialog", headers=[("Accept", "text/plain, application/dialog-info+xml;q=0.5")])


@pytest.mark.covers("SEC-1")
async def test_nobody_watches_without_a_password(house: House) -> None:
    cora = gadget(house, "cora")
    cora.credentials.password = "guess"
    await cora.subscribes("202", "dialog", expect=401)
    assert len(house.server.watchers) == 0


async def test_a_watcher_that_forgot_is_left_alone(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    cora = gadget(house, "cora")
    lamp = await cora.subscribes("202", "dialog")
    await lamp.shows()
    cora.answers_notify = 481
    async with anna.calls("202"):
        await bo.rings()
        await cora.pause(3)
        assert len(house.server.watchers) == 0
    assert len(lamp.notifies) == 2


async def test_a_watcher_that_is_gone_is_given_up(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    cora = gadget(house, "cora")
    lamp = await cora.subscribes("202", "dialog")
    await lamp.shows()
    cora.answers_notify = None
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await anna.pause(40)
    assert len(house.server.watchers) == 0
    await house.settles()


async def test_the_end_of_a_call_ends_no_subscription(house: House) -> None:
    """RFC 5057: each usage ends for itself."""
    anna, bo = await house.phones("anna", "bo")
    cora = gadget(house, "cora")
    await cora.registers()
    lamp = await cora.subscribes("202", "dialog")
    async with cora.calls("202"):
        await bo.answers()
        await cora.is_answered()
        await lamp.shows("confirmed")
    await lamp.shows("terminated")
    async with anna.calls("202"):
        await bo.rings()
        await lamp.shows("early")


@pytest.mark.covers("PRES-5")
async def test_presence_knows_registrations_calls_and_publications(house: House) -> None:
    bo = gadget(house, "bo")
    cora = gadget(house, "cora")
    watching = await cora.subscribes("202", "presence")
    await watching.notified(lambda notify: b"<basic>closed<" in notify.body, "closed")
    await bo.registers()
    await watching.notified(lambda notify: b"<basic>open<" in notify.body, "open")
    published = await bo.publishes(LUNCH, to="202")
    etag = published.headers.get("SIP-ETag") or ""
    await watching.notified(lambda notify: b"<rpid:lunch/>" in notify.body, "lunch")
    (anna,) = await house.phones("anna")
    async with anna.calls("202"):
        await bo.answers()
        await watching.notified(lambda notify: b"<rpid:lunch/><rpid:on-the-phone/>" in notify.body, "both")
    refreshed = await bo.publishes(etag=etag, to="202")
    assert refreshed.status == 200
    assert (await bo.publishes(etag=etag, to="202")).status == 412, "an entity tag is good once"
    await bo.publishes(etag=refreshed.headers.get("SIP-ETag") or "", expires=0, to="202")
    await cora.pause(2)
    assert "lunch" not in watching.bodies[-1]
    assert "on-the-phone" not in watching.bodies[-1]


LUNCH = """<?xml version="1.0"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
 xmlns:r="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:bo-desk@house.example">
 <tuple id="x"><status><basic>open</basic></status></tuple>
 <dm:person id="p"><r:activities><r:lunch/></r:activities><dm:note>back at one</dm:note></dm:person>
</presence>"""


async def test_a_publication_expires(house: House) -> None:
    bo = gadget(house, "bo")
    cora = gadget(house, "cora")
    watching = await cora.subscribes("202", "presence")
    await bo.publishes(LUNCH, expires=60)
    await watching.notified(lambda notify: b"back at one" in notify.body, "lunch")
    await cora.pause(62)
    assert "lunch" not in watching.bodies[-1]


async def test_nobody_publishes_for_somebody_else(house: House) -> None:
    bo = gadget(house, "bo")
    assert (await bo.publishes(LUNCH, to="201")).status == 403
    assert (await bo.publishes("<presence", to="202")).status == 400
    assert (await bo.publishes("", to="202")).status == 400
    assert (await bo.publishes(LUNCH, etag="never-given")).status == 412


async def test_own_registrations_and_an_empty_mailbox(house: House) -> None:
    anna = gadget(house, "anna")
    watching = await anna.subscribes("anna-desk", "reg")
    await watching.notified(lambda notify: notify.body.count(b'state="init"') == 2, "nothing")
    await anna.registers()
    notify = await watching.notified(lambda notify: b'state="active"' in notify.body, "a contact")
    assert f"<uri>{anna.contact.strip('<>')}</uri>" in notify.body.decode()
    mailbox = await anna.subscribes("anna-desk", "message-summary")
    notify = await mailbox.notified(bool, "nothing waits")
    assert (
        notify.body == b"Messages-Waiting: no\r\nMessage-Account: sip:anna-desk@house.example\r\nVoice-Message: 0/0\r\n"
    )


async def test_a_server_that_stops_says_so_and_when_to_come_back(house: House) -> None:
    cora = gadget(house, "cora")
    lamp = await cora.subscribes("202", "dialog")
    await lamp.shows()
    await cora.pause(1)
    await house.stop()
    await cora.pause(1)
    assert lamp.states[-1] == "terminated;reason=probation;retry-after=10"
    await house.start()
    await lamp.refreshes(expect=481)


async def test_options_name_what_is_served(house: House) -> None:
    cora = house.phone("cora")
    final = await cora.sends("OPTIONS")
    assert final.allow >= {"INVITE", "REGISTER", "SUBSCRIBE", "PUBLISH", "MESSAGE"}
    assert final.headers.get("Allow-Events") == "dialog, message-summary, presence, reg"
    assert final.headers.get("Accept") == "application/sdp, application/pidf+xml, text/plain"


async def test_a_reload_ends_what_it_took_away(house: House, tmp_path: Path) -> None:
    cora = gadget(house, "cora")
    anna_lamp, bo_lamp = await cora.subscribes("201", "dialog"), await cora.subscribes("202", "dialog")
    await cora.pause(1)
    start, _, rest = ORGANIZATION.partition("  - username: bo\n")
    house.server.install(configure(tmp_path, organization=start + rest[rest.index("  - username: cora") :]))
    await cora.pause(2)
    assert bo_lamp.states[-1] == "terminated;reason=noresource"
    assert anna_lamp.states == ["active"], "nothing new about her"
    assert len(house.server.watchers) == 1
    renamed = ORGANIZATION.replace("Anna Holm", "Anna Lund")
    house.server.install(configure(tmp_path, organization=renamed))
    await cora.pause(2)
    assert anna_lamp.states == ["active", "active"]
    without_cora = renamed[: renamed.index("  - username: cora")]
    house.server.install(configure(tmp_path, organization=without_cora))
    await cora.pause(2)
    assert anna_lamp.states[-1] == "terminated;reason=rejected"


async def test_a_lamp_over_a_network_that_loses_a_third(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    cora = gadget(house, "cora")
    house.network.rule(Rule(source=HOSTS["cora"], loss=0.33))
    house.network.rule(Rule(target=HOSTS["cora"], loss=0.33))
    lamp = await cora.subscribes("202", "dialog")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await lamp.shows("confirmed", within=60)
    await lamp.shows("terminated", within=60)


async def test_a_lamp_over_tcp_is_given_up_with_its_connection(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    cora = await tcp_gadget(house, "cora")
    lamp = await cora.subscribes("202", "dialog")
    await lamp.shows()
    async with anna.calls("202"):
        await bo.rings()
        await lamp.shows("early")
        cora.wire.close()
        await bo.answers()
        await anna.is_answered()
        await anna.pause(20)
    assert len(house.server.watchers) == 0
    await house.settles()


async def test_a_required_extension_that_nobody_has(house: House) -> None:
    cora = gadget(house, "cora")
    for method in ("SUBSCRIBE", "PUBLISH", "MESSAGE"):
        final = await cora.asks(method, cora.uri_of("202"), headers=[("Require", "magic"), ("Event", "presence")])
        assert (final.status, final.headers.get("Unsupported")) == (420, "magic")


SEEN_BY_CREW = (
    ORGANIZATION.replace(
        "users:\n",
        "groups:\n  - {name: crew, permissions: {see_status: [crew]}}\n  - {name: front}\n"
        "settings: {permissions_on_me: {seen_by: []}}\nusers:\n",
    )
    .replace(
        "name: Bo Lind\n", "name: Bo Lind\n    groups: [crew]\n    settings: {permissions_on_me: {seen_by: [front]}}\n"
    )
    .replace("name: Cora Beck\n", "name: Cora Beck\n    groups: [front]\n")
    .replace("name: Anna Holm\n", "name: Anna Holm\n    groups: [crew]\n")
)


@pytest.mark.covers("LVL-7", "PRES-5")
async def test_who_sees_whom_is_given_from_both_sides(house: House, tmp_path: Path) -> None:
    house.server.install(configure(tmp_path, organization=SEEN_BY_CREW))
    anna, cora, dan = (gadget(house, name) for name in ("anna", "cora", "dan"))
    await (await anna.subscribes("202", "dialog")).shows()  # crew may see crew
    await (await cora.subscribes("202", "presence")).shows()  # Bo lets the front see him
    await cora.subscribes("201", "dialog", expect=403)  # Anna does not
    await dan.subscribes("202", "dialog", expect=403)
    await (await dan.subscribes("204", "dialog")).shows()  # himself


PARTNER = """\
organization: partner
name: The Partner
domain: partner.example
country: DK
timezone: Europe/Copenhagen
languages: [en]
linked_organizations: [house]
number_ranges: [{from: "+4577777700", to: "+4577777799"}, {from: "200", to: "299"}]
groups: [{name: desk, federated: true}, {name: back}]
users:
  - username: eva
    name: Eva Krog
    groups: [desk]
    lines: [{number: "+4577777701", alias: "201"}]
    devices: [{name: eva-desk, kind: desk, password: eva-secret}]
  - username: finn
    name: Finn Bo
    groups: [back]
    lines: [{number: "+4577777702", alias: "202"}]
"""


@pytest.mark.covers("NUM-9", "USR-2")
async def test_a_federated_group_is_visible_in_linked_organizations(house: House, tmp_path: Path) -> None:
    (tmp_path / "partner.yaml").write_text(PARTNER)
    settings = SETTINGS.replace("[house.yaml]", "[house.yaml, partner.yaml]")
    linked = ORGANIZATION.replace("users:\n", "linked_organizations: [partner]\nusers:\n")
    house.server.install(configure(tmp_path, settings=settings, organization=linked))
    cora = gadget(house, "cora")
    lamp = await cora.subscribes("+4577777701", "dialog")
    await lamp.shows()
    await (await cora.subscribes("77777701", "presence")).shows()
    await cora.subscribes("+4577777702", "dialog", expect=404)  # his group is not federated
    await cora.subscribes("+4577777701", "reg", expect=403)
    (tmp_path / "partner.yaml").write_text(PARTNER.replace("federated: true", "federated: false"))
    house.server.install(configure(tmp_path, settings=settings, organization=linked))
    await cora.pause(2)
    assert lamp.states[-1] == "terminated;reason=rejected"
