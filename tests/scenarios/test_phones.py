"""Phones come for their settings, and are told to come: tickets, secrets, assignments, free seats, NOTIFY."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pbxd.errors import PbxdError
from pbxd.events import (
    CallArrived,
    CallEnded,
    PhoneAdded,
    PhoneFetched,
    PhoneRefused,
    RouteDecided,
    SeatLeft,
    SeatRefused,
    SeatTaken,
    TicketRevoked,
)
from pbxd.sip.message import Request
from tests.support.clock import VirtualClock
from tests.support.credentials import Credentials
from tests.support.house import ORGANIZATION, SETTINGS, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

SNOM, MITEL, STRANGER = "00:04:13:aa:bb:01", "08:00:0f:aa:bb:02", "00:04:13:aa:bb:99"
PHONES = f"""\
provisioning:
  overlap: 1h
  server: udp://192.0.2.1:5060
  firmware: {{snom-D725: "http://firmware.example/snomD725.bin"}}
  phones:
    - mac: "{SNOM}"
      model: snom-D725
      lines: [bo-desk]
      keys: [{{kind: blf, value: anna}}, {{kind: park}}]
    - {{mac: "{MITEL}", model: mitel-6867, free_seating: true, description: Lobby}}
"""
WITH_PINS = ORGANIZATION.replace("    name: Anna Holm\n", '    name: Anna Holm\n    pin: "4711"\n').replace(
    "    name: Cora Beck\n", '    name: Cora Beck\n    pin: "4713"\n'
)
HTTP = SETTINGS + "http: {listen: http://127.0.0.1:8088, public_url: https://pbx.house.example/pbxd/}\n"
BASE = "https://pbx.house.example/pbxd/phones/"
DAY = 86_400.0


@pytest.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    configuration = configure(tmp_path, settings=HTTP, organization=WITH_PINS + PHONES)
    async with House(configuration, network, clock) as house:
        yield house


async def order(house: House, name: str, **arguments: Any) -> dict[str, Any]:
    """What the control socket answers."""
    found = house.server.phones.commands()[name](**arguments)
    answer: dict[str, Any] = await found if asyncio.iscoroutine(found) else found
    return answer


async def ticket(house: House) -> str:
    """The ticket of now."""
    addresses = (await order(house, "tickets-show"))["addresses"]
    address: str = addresses["snom"]
    key, family = address.removeprefix(BASE).rstrip("/").split("/")
    assert family == "snom"
    return key


async def fetch(house: House, key: str, mac: str = SNOM, **said: Any) -> dict[str, Any] | None:
    """The settings of a phone; ``None``: refused."""
    said = {"family": "snom", "address": "192.0.2.50", **said}
    found = await order(house, "phone-fetch", key=key, mac=mac, **said)
    return found.get("settings")


def key_in(settings: dict[str, Any] | None) -> str:
    """Ticket and secret of the address that a phone was given."""
    assert settings is not None
    url: str = settings["url"]
    return url.removeprefix(BASE).partition("/")[0]


async def row(house: House, mac: str) -> dict[str, Any]:
    listed: list[dict[str, Any]] = (await order(house, "phones-list", mac=mac))["phones"]
    [found] = listed
    return found


@pytest.mark.covers("DEV-3")
async def test_a_phone_gets_a_secret_of_its_own_and_is_known_by_it(house: House) -> None:
    first = await ticket(house)
    settings = await fetch(house, first, model="snom-D725", firmware="10.1.42")
    assert settings is not None
    assert settings["lines"][0]["username"] == "bo-desk"
    assert settings["lines"][0]["password"] == "bo-secret"
    assert settings["firmware"] == "http://firmware.example/snomD725.bin"
    key = key_in(settings)
    assert key.startswith(f"{first}.")
    # The answer may have been lost: until it has come with its secret it may come without, and hears the same one.
    assert key_in(await fetch(house, first)) == key
    assert key_in(await fetch(house, key)) == key
    # From now on the ticket alone opens nothing of this phone's, and neither does another phone's secret.
    assert await fetch(house, first) is None
    assert await fetch(house, f"{first}.{'0' * 32}") is None
    other = key_in(await fetch(house, first, STRANGER))
    assert await fetch(house, other) is None
    assert [event.why for event in house.happened(PhoneRefused)] == [
        "without the phone's secret",
        "another secret than the phone's",
        "another secret than the phone's",
    ]
    assert (await row(house, SNOM))["refused"] is not None
    assert [event.mac for event in house.happened(PhoneFetched)] == [SNOM, SNOM, SNOM, STRANGER]


@pytest.mark.covers("DEV-3", "DEV-4")
async def test_an_unknown_phone_with_a_valid_ticket_is_listed_and_has_no_line(house: House) -> None:
    key = await ticket(house)
    settings = await fetch(house, key, STRANGER, model="snom-D345", firmware="10.1.42")
    assert settings is not None
    assert settings["lines"] == []
    [added] = house.happened(PhoneAdded)
    assert (added.mac, added.model, added.address) == (STRANGER, "snom-D345", "192.0.2.50")
    found = await row(house, STRANGER)
    assert (found["state"], found["model"], found["firmware"]) == ("unassigned", "snom-D345", "10.1.42")
    assert found["description"] == "192.0.2.50"
    assert await fetch(house, "0" * 32, STRANGER) is None
    assert await fetch(house, "", STRANGER) is None
    assert await fetch(house, "x" * 10_000, STRANGER) is None


@pytest.mark.covers("DEV-4")
async def test_the_states_of_a_phone(house: House) -> None:
    key = await ticket(house)
    assert (await row(house, SNOM))["state"] == "not-provisioned"
    assert (await row(house, MITEL))["state"] == "not-provisioned"
    await fetch(house, key)
    await fetch(house, key, MITEL, family="mitel")
    found = await row(house, SNOM)
    assert (found["state"], found["user"], found["lines"], found["registered"]) == (
        "assigned",
        "bo",
        ["bo-desk"],
        False,
    )
    await house.phones("bo")
    assert (await row(house, SNOM))["registered"]
    found = await row(house, MITEL)
    assert (found["state"], found["user"], found["description"]) == ("seat-empty", None, "Lobby")


@pytest.mark.covers("DEV-5")
async def test_assigning_a_line_assigns_the_phone(house: House) -> None:
    key = await ticket(house)
    await fetch(house, key, STRANGER, model="snom-D725")
    with pytest.raises(PbxdError, match="did you mean"):
        await order(house, "phones-assign", mac=STRANGER, lines=["cora-dsk"])
    await order(house, "phones-assign", mac="000413AABB99", lines=["cora-desk", "dan-desk"])
    found = await row(house, STRANGER)
    assert (found["state"], found["user"], found["lines"]) == ("assigned", "cora", ["cora-desk", "dan-desk"])
    settings = await fetch(house, key, STRANGER)
    assert settings is not None
    assert [line["username"] for line in settings["lines"]] == ["cora-desk", "dan-desk"]
    with pytest.raises(PbxdError, match="change it there"):
        await order(house, "phones-assign", mac=SNOM, lines=["cora-desk"])
    await order(house, "phones-assign", mac=STRANGER, lines=[])
    assert (await row(house, STRANGER))["state"] == "unassigned"


@pytest.mark.covers("TOOL-10")
async def test_a_new_ticket_overlaps_with_the_old_one_and_phones_move(house: House) -> None:
    old = await ticket(house)
    key = key_in(await fetch(house, old))
    await fetch(house, key)
    assert (await row(house, SNOM))["moved"]
    bo = (await house.phones("bo"))[0]
    await order(house, "tickets-renew")
    new = await ticket(house)
    assert new != old
    assert not (await row(house, SNOM))["moved"]
    assert await told(house, bo) == "check-sync;reboot=false"
    # The old address answers, and with the new one.
    settings = await fetch(house, key)
    moved = key_in(settings)
    assert moved == f"{new}.{key.partition('.')[2]}"
    assert not (await row(house, SNOM))["moved"]
    await fetch(house, moved)
    assert (await row(house, SNOM))["moved"]
    # A new phone with the old ticket: while they overlap, and not after that.
    assert await fetch(house, old, STRANGER) is not None
    await asyncio.sleep(3601)
    assert await fetch(house, old, "00:04:13:aa:bb:98") is None
    # A phone that slept through all of it finds its way by its own secret.
    assert key_in(await fetch(house, key)) == moved
    states = [one["state"] for one in (await order(house, "tickets-list"))["tickets"]]
    assert states == ["current", "over"]


@pytest.mark.covers("TOOL-10", "DEV-3")
async def test_a_revoked_ticket_shuts_everybody_out_at_once(house: House) -> None:
    old = await ticket(house)
    key = key_in(await fetch(house, old))
    await fetch(house, key)
    [listed] = (await order(house, "tickets-list"))["tickets"]
    assert (listed["state"], listed["phones"]) == ("current", 1)
    assert (await order(house, "tickets-revoke", ticket=listed["ticket"]))["phones"] == 1
    assert house.happened(TicketRevoked)[0].phones == 1
    assert await fetch(house, key) is None
    assert await fetch(house, old) is None
    # Given the new address by hand, it is let in as if for the first time.
    new = await ticket(house)
    assert key_in(await fetch(house, new)) != key
    with pytest.raises(PbxdError, match="no ticket"):
        await order(house, "tickets-revoke", ticket=listed["ticket"])


async def test_a_phone_that_was_reset_is_released(house: House) -> None:
    first = await ticket(house)
    key = key_in(await fetch(house, first))
    await fetch(house, key)
    assert await fetch(house, first) is None
    await order(house, "phones-release", mac=SNOM)
    again = key_in(await fetch(house, first))
    assert again != key
    assert await fetch(house, key) is None


async def test_what_is_kept_outlives_a_restart(house: House) -> None:
    key = key_in(await fetch(house, await ticket(house)))
    await fetch(house, key)
    await order(house, "phones-add", phones=[{"mac": STRANGER, "description": "Attic"}])
    await house.stop()
    await house.start()
    assert key_in(await fetch(house, key)) == key
    assert (await row(house, STRANGER))["description"] == "Attic"
    assert len((await order(house, "tickets-list"))["tickets"]) == 1


@pytest.mark.covers("DEV-6")
async def test_the_phone_book_is_for_who_has_a_phones_secret(house: House) -> None:
    first = await ticket(house)
    key = key_in(await fetch(house, first))
    book = await order(house, "phone-book", key=key, address="192.0.2.50")
    assert book["title"] == "The House"
    assert [[name, [*numbers]] for name, numbers in book["entries"][:2]] == [
        ["Anna Holm", ["201"]],
        ["Bo Lind", ["202"]],
    ]
    assert (await order(house, "phone-book", key=first))["refused"]
    assert (await order(house, "phone-book", key="nonsense"))["refused"]


async def dials(phone: Phone, code: str, status: int = 480) -> str:
    """The reason phrase that the phone shows after dialling a code."""
    async with phone.calls(code):
        return (await phone.fails(status)).reason


async def told(house: House, phone: Phone) -> str:
    """The event package of the last NOTIFY that the phone got."""
    found = await house.watch.until(lambda: phone.got("NOTIFY"), f"{phone.name} is told", 10.0)
    request = found[-1]
    assert isinstance(request, Request)
    assert request.headers.get("Subscription-State") == "terminated;reason=noresource"
    return request.headers.get("Event") or ""


async def seat_phone(house: House) -> Phone:
    """The phone in the lobby, as an empty seat: registered with what it fetched."""
    first = await ticket(house)
    settings = await fetch(house, first, MITEL, family="mitel")
    assert settings is not None
    [line] = settings["lines"]
    phone = house.phone("dan")
    phone.username, phone.credentials = line["username"], Credentials(line["username"], line["password"])
    await phone.registers(3600)
    return phone


@pytest.mark.covers("CODE-14")
async def test_free_seating_logs_in_on_any_free_phone_and_out_by_night(house: House) -> None:
    lobby = await seat_phone(house)
    assert await dials(lobby, "*57*201*4711*") == "Logged in: Anna Holm"
    assert house.happened(SeatTaken)[0].user == "anna"
    assert await told(house, lobby) == "check-sync"
    found = await row(house, MITEL)
    assert (found["state"], found["user"], found["lines"]) == ("seat-taken", "anna", ["anna-desk"])
    settings = await fetch(house, await ticket(house), MITEL, family="mitel")
    assert settings is not None
    assert settings["lines"][0]["username"] == "anna-desk"
    await asyncio.sleep(DAY)
    [left] = house.happened(SeatLeft)
    assert (left.user, left.why) == ("anna", "the night")
    assert (await row(house, MITEL))["state"] == "seat-empty"


@pytest.mark.covers("CODE-14")
async def test_logging_out_by_code_from_any_phone_of_ones_own(house: House) -> None:
    lobby = await seat_phone(house)
    assert await dials(lobby, "*57*201*4711*") == "Logged in: Anna Holm"
    [anna] = await house.phones("anna")
    assert await dials(anna, "#57#*") == "Logged out"
    assert (await row(house, MITEL))["state"] == "seat-empty"
    assert await dials(anna, "#57#*", 404) == "Not logged in"


@pytest.mark.covers("CODE-14")
async def test_a_wrong_pin_and_an_unknown_extension_look_alike_and_are_soon_not_asked(house: House) -> None:
    lobby = await seat_phone(house)
    for dialled in ("*57*201*9999*", "*57*299*4711*", "*57*202*4711*"):
        assert await dials(lobby, dialled, 403) == "Wrong number or PIN"
    for _ in range(3):
        await dials(lobby, "*57*201*9999*", 403)
    assert await dials(lobby, "*57*201*4711*", 403) == "Wrong number or PIN"
    assert house.happened(SeatRefused)[-1].why == "too many wrong PINs"
    await asyncio.sleep(901)
    assert await dials(lobby, "*57*201*4711*") == "Logged in: Anna Holm"


@pytest.mark.covers("CODE-14")
async def test_a_pin_is_written_down_nowhere(house: House) -> None:
    lobby = await seat_phone(house)
    await dials(lobby, "*57*201*4711*")
    assert house.happened(CallArrived)[-1].called == "*57*201*0000*"
    for event in (*house.happened(CallArrived), *house.happened(RouteDecided), *house.happened(CallEnded)):
        assert "4711" not in repr(event)


async def test_a_phone_that_is_no_free_seat_is_none(house: House) -> None:
    [cora] = await house.phones("cora")
    assert await dials(cora, "*57*201*4711*", 403) == "Not a free seat"


async def test_nobody_calls_from_an_empty_seat_but_for_help(house: House) -> None:
    lobby = await seat_phone(house)
    await house.phones("bo")
    assert await dials(lobby, "202", 403) == "Barred"
    trunk = house.trunk()
    lobby.dials("112")
    await trunk.rings()
    await trunk.answers()
    await lobby.is_answered()
    await lobby.hangs_up()


@pytest.mark.covers("DEV-5")
@pytest.mark.parametrize(
    ("model", "reload", "restart"),
    [
        ("snom-D725", "check-sync;reboot=false", "check-sync;reboot=true"),
        ("mitel-6867", "check-sync", "aastra-xml"),
        ("yealink-T46U", "check-sync;reboot=false", "check-sync;reboot=true"),
        ("grandstream-GXP2170", "check-sync", "sys-control"),
    ],
)
async def test_reload_and_restart_in_the_form_of_each_family(
    house: House, model: str, reload: str, restart: str
) -> None:
    key = await ticket(house)
    await fetch(house, key, STRANGER, family=model.partition("-")[0], model=model)
    await order(house, "phones-assign", mac=STRANGER, lines=["cora-desk"])
    [cora] = await house.phones("cora")
    for again, event in ((False, reload), (True, restart)):
        [answer] = (await order(house, "phones-reload", mac=STRANGER, restart=again))["told"]
        assert answer == {"mac": STRANGER, "device": "cora-desk", "status": 200, "reason": "OK"}
        assert await told(house, cora) == event


async def test_a_phone_that_registers_is_told_until_it_is_at_home(house: House) -> None:
    """The first answer has its own address; it is sent there soon, so that the ticket alone opens nothing any more."""
    key = key_in(await fetch(house, await ticket(house)))
    [bo] = await house.phones("bo")
    assert await told(house, bo) == "check-sync;reboot=false"
    await fetch(house, key)
    await bo.registers(3600)
    await asyncio.sleep(7200)
    assert len(bo.got("NOTIFY")) == 1
