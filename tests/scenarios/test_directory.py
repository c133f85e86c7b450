"""Who finds whom in the directory, and what users change in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pbxd.calls.orders import OrderError
from pbxd.errors import PbxdError
from pbxd.events import FieldChanged
from pbxd.people.orders import DirectoryOrders
from pbxd.phones.book import entries
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork

FIELDS = """\
directory_fields:
  - {id: ships, name: {en: Ships}, editable_by_user: true, moderated: true}
  - {id: room, name: {en: Room}, editable_by_user: true}
  - {id: badge, name: {en: Badge}, searchable: false}
hunt_groups:
  - {name: crew, number: "260", groups: []}
  - {name: secret-crew, number: "261", groups: [], hidden_in_directory: true}
contacts:
  external:
    - {last_name: Krog, company: Havnelageret, email: eva@havnelageret.example, numbers: [{number: "+4530303030"}]}
    - {last_name: Pest, kind: blocked, numbers: [{number: "+4599999999"}]}
"""
ANNA = "    role: group-admin\n    fields: {ships: tankers, badge: '17'}\n"


def organization(*, bo: str = "", anna: str = ANNA) -> str:
    text = ORGANIZATION + FIELDS
    text = text.replace("    name: Anna Holm\n", f"    name: Anna Holm\n{anna}")
    return text.replace("    name: Bo Lind\n", f"    name: Bo Lind\n{bo}")


@pytest.fixture
async def house(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> AsyncIterator[House]:
    async with House(configure(tmp_path, organization=organization()), network, clock) as house:
        yield house


def orders(house: House) -> DirectoryOrders:
    server = house.server
    return DirectoryOrders(lambda: server.configuration, server.people, server.bus, server.clock.wall)


async def found(house: House, text: str, **how: Any) -> list[str]:
    return [entry["name"] for entry in (await orders(house).search(text, **how))["entries"]]


@pytest.mark.covers("USR-4")
async def test_a_search_by_name_number_and_field(house: House) -> None:
    assert await found(house, "HOLM") == ["Anna Holm"]
    assert await found(house, "88 88 77 02") == await found(house, "202") == ["Bo Lind"]
    assert await found(house, "tank") == await found(house, "tank", field="ships") == ["Anna Holm"]
    assert await found(house, "tank", field="name") == []
    assert await found(house, "havnelag") == await found(house, "+4530303030", field="number") == ["Krog"]
    assert await found(house, "crew") == ["crew"]
    assert await found(house, "pest") == [], "nobody wants to call whom he has blocked"
    assert await found(house, "17") == [], "the field is not to be searched"
    assert len(await found(house, "", limit=2)) == 2
    with pytest.raises(OrderError, match="badge can't be searched"):
        await found(house, "17", field="badge")
    with pytest.raises(OrderError, match="did you mean `ships`"):
        await found(house, "x", field="ship")
    with pytest.raises(PbxdError, match="no user"):
        await found(house, "x", viewer="nobody")


@pytest.mark.covers("USR-4")
async def test_who_is_hidden_is_found_by_administrators_only(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    text = organization(bo="    groups: [night]\n    settings: {directory: {hidden: true}}\n")
    text = text.replace("    role: group-admin\n", "    role: group-admin\n    groups: [night]\n")
    text = text.replace("    name: Cora Beck\n", "    name: Cora Beck\n    settings: {directory: {search: false}}\n")
    text += "groups: [{name: night}]\n"
    async with House(configure(tmp_path, organization=text), network, clock) as house:
        assert await found(house, "lind") == ["Bo Lind"], "an administrator's program"
        assert await found(house, "lind", viewer="anna") == ["Bo Lind"], "she administers him"
        assert await found(house, "lind", viewer="bo") == ["Bo Lind"], "himself"
        within = house.server.configuration.organizations["house"]
        assert "Bo Lind" not in [name for name, _ in entries(within)]
        assert {"Anna Holm", "crew", "Krog"} <= {name for name, _ in entries(within)}
        assert "secret-crew" not in [name for name, _ in entries(within)]
        with pytest.raises(OrderError, match="cora may not search"):
            await found(house, "holm", viewer="cora")


@pytest.mark.covers("USR-4")
@pytest.mark.parametrize(
    ("settings", "numbers", "by_mobile"),
    [
        ("", ("202", "+4526000009"), ["Bo Lind"]),
        ("show_mobile: false", ("202",), []),
        ("first_number: mobile", ("+4526000009", "202"), ["Bo Lind"]),
        ("first_number: landline", ("202", "+4526000009"), ["Bo Lind"]),
    ],
)
async def test_which_numbers_are_shown_and_first(
    settings: str,
    numbers: tuple[str, ...],
    by_mobile: list[str],
    tmp_path: Path,
    network: MemoryNetwork,
    clock: VirtualClock,
) -> None:
    text = organization(bo=f"    settings: {{directory: {{{settings}}}}}\n")
    line = '{number: "+4588887702", alias: "202", type: landline}'
    assert line in text
    text = text.replace(line, f'{line}, {{number: "+4526000009", type: mobile}}')
    text = text.replace("number_ranges:", 'number_ranges:\n  - {from: "+4526000009", to: "+4526000009"}', 1)
    async with House(configure(tmp_path, organization=text), network, clock) as house:
        [bo] = (await orders(house).search("lind"))["entries"]
        assert tuple(bo["numbers"]) == numbers
        assert await found(house, "26000009") == by_mobile, "a number that is not shown tells nobody whose it is"
        within = house.server.configuration.organizations["house"]
        assert dict(entries(within))["Bo Lind"] == numbers


@pytest.mark.covers("USR-4")
async def test_a_moderated_field_waits_for_an_administrator(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    text = organization(bo="    groups: [night]\n    fields: {ships: barges}\n", anna=f"{ANNA}    groups: [night]\n")
    text += "groups: [{name: night}]\n"
    async with House(configure(tmp_path, organization=text), network, clock) as house:
        asked = orders(house)
        with pytest.raises(OrderError, match="bo may not change badge"):
            await asked.change("bo", "badge", "1", by="bo")
        with pytest.raises(OrderError, match="cora may not change ships of bo"):
            await asked.change("bo", "ships", "ferries", by="cora")
        with pytest.raises(OrderError, match="no directory field is called shps; did you mean `ships`"):
            await asked.change("bo", "shps", "ferries", by="bo")
        with pytest.raises(OrderError, match="one line"):
            await asked.change("bo", "ships", "a\nb", by="bo")
        after = await asked.change("bo", "room", "4.2", by="bo")
        assert after["fields"] == {"ships": "barges", "room": "4.2"}, "nobody has to accept this one"
        after = await asked.change("bo", "ships", "ferries", by="bo")
        assert (after["fields"]["ships"], after["waiting"]) == ("barges", {"ships": "ferries"})
        assert await found(house, "ferries") == []
        waiting = asked.waiting(by="anna")["changes"]
        assert [(one["user"], one["field"], one["was"], one["value"]) for one in waiting] == [
            ("bo", "ships", "barges", "ferries")
        ]
        assert asked.waiting(by="cora")["changes"] == []
        with pytest.raises(OrderError, match="cora may not decide"):
            await asked.decide("bo", "ships", True, by="cora")
        after = await asked.decide("bo", "ships", True, by="anna")
        assert (after["fields"]["ships"], after["waiting"]) == ("ferries", {})
        assert await found(house, "ferries") == ["Bo Lind"]
        with pytest.raises(OrderError, match="no change of ships of bo waits"):
            await asked.decide("bo", "ships", True, by="anna")
        await asked.change("bo", "ships", "rafts", by="bo")
        after = await asked.decide("bo", "ships", False, by="anna")
        assert (after["fields"]["ships"], after["waiting"]) == ("ferries", {}), "refused: it is as before"
        told = [(event.why, event.field, event.value, event.state) for event in house.happened(FieldChanged)]
        assert told == [
            ("bo", "room", "4.2", "accepted"),
            ("bo", "ships", "ferries", "waiting"),
            ("anna", "ships", "ferries", "accepted"),
            ("bo", "ships", "rafts", "waiting"),
            ("anna", "ships", "rafts", "refused"),
        ]


@pytest.mark.covers("USR-9")
async def test_an_administrator_sets_the_number_that_is_shown_and_a_diversion(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    trunk = house.trunk()
    await house.server.orders.set("anna", what="number", value="switchboard")
    anna.dials("+4530303030")
    call = await trunk.rings()
    assert call.invite is not None
    assert "+4588887700" in str(call.invite.from_)
    await trunk.declines()
    await house.server.orders.set("bo", what="divert", value="203")
    anna.dials("202")
    await cora.rings()
    await bo.does_not_ring()
    await cora.declines()


@pytest.mark.covers("USR-4")
async def test_the_file_is_the_truth(house: House, tmp_path: Path) -> None:
    asked = orders(house)
    assert (await asked.change("anna", "ships", "ferries"))["fields"]["ships"] == "ferries"
    await asked.change("anna", "badge", "")
    assert asked.fields("anna")["fields"] == {"ships": "ferries"}
    text = organization().replace("ships: tankers", "ships: yachts")
    house.server.install(configure(tmp_path, organization=text))
    assert asked.fields("anna")["fields"] == {"ships": "yachts"}
