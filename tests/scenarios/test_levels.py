"""What the organization, its groups and users say on top of each other, in calls: settings, permissions, defaults."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbxd.events import RouteDecided
from tests.support.clock import VirtualClock
from tests.support.feature_codes import dials
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork
from tests.support.phone import Phone

MOBILE = "+4526000003"
"""Cora's other line."""
Furnish = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def furnish(tmp_path: Path, network: MemoryNetwork, clock: VirtualClock) -> Furnish:
    """A house whose organization says more, and whose users do: lines of YAML by username. Cora has a mobile line."""

    def furnished(organization: str, **users: str) -> House:
        line, ranges = '{number: "+4588887703", alias: "203", type: landline}', "number_ranges:\n"
        text = ORGANIZATION.replace(line, f'{line}, {{number: "{MOBILE}", type: mobile}}')
        text = text.replace(ranges, f'{ranges}  - {{from: "{MOBILE}", to: "{MOBILE}"}}\n')
        for username, more in users.items():
            text = text.replace(f"  - username: {username}\n", f"  - username: {username}\n    {more}\n")
        return House(configure(tmp_path, organization=text + organization), network, clock)

    return furnished


RINGS = """\
settings: {ring_seconds: 40}
groups:
  - {name: quick, settings: {ring_seconds: 10}}
  - {name: slow, settings: {ring_seconds: 20}}
"""


@pytest.mark.covers("LVL-1", "LVL-2")
@pytest.mark.parametrize(
    ("called", "seconds"),
    [("201", 5), ("202", 10), ("203", 20), ("204", 40)],
    ids=["user", "groups", "group", "organization"],
)
async def test_the_nearest_level_says_how_long_a_phone_rings(furnish: Furnish, called: str, seconds: int) -> None:
    """Anna says it herself, Bo is in both groups, of which ``quick`` comes first, Cora in one, Dan in none."""
    users = {
        "anna": "groups: [slow, quick]\n    settings: {ring_seconds: 5}",
        "bo": "groups: [slow, quick]",
        "cora": "groups: [slow]",
    }
    async with furnish(RINGS, **users) as house:
        phones = await house.phones("anna", "bo", "cora", "dan")
        callee, caller = phones[int(called) - 201], phones[0] if called != "201" else phones[1]
        async with caller.calls(called):
            call = await callee.rings()
            await callee.pause(seconds - 0.5)
            assert call.state == "ringing"
            await callee.stops_ringing(within=1)
        await house.settles()


RIGHTS = """\
permissions: {pickup: []}
groups:
  - {name: desk, permissions: {pickup: [desk]}}
  - {name: floor, permissions: {pickup: [sales]}}
  - {name: sales}
"""


@pytest.mark.covers("LVL-3")
async def test_what_one_group_allows_no_other_takes_away(furnish: Furnish) -> None:
    """Anna may pick up calls of both groups, each by another one of hers; what the organization lacks is no refusal."""
    async with furnish(RIGHTS, anna="groups: [desk, floor]", bo="groups: [desk]", cora="groups: [sales]") as house:
        anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
        for callee, number in ((bo, "202"), (cora, "203")):
            async with dan.calls(number):
                await callee.rings()
                async with anna.calls(f"*9*{number}*"):
                    await anna.is_answered()
                    await callee.stops_ringing()
        async with dan.calls("203"):
            await cora.rings()
            async with bo.calls("*9*203*"):
                await bo.fails(403)
        await house.settles()


DEFAULTS = """\
defaults: {user: {groups: [quick]}}
groups:
  - {name: quick, settings: {ring_seconds: 5}}
  - {name: slow, settings: {ring_seconds: 20}}
"""


@pytest.mark.covers("LVL-6")
@pytest.mark.parametrize(("called", "seconds"), [("202", 5), ("203", 20)], ids=["default", "own"])
async def test_a_default_is_for_all_who_say_nothing_else(furnish: Furnish, called: str, seconds: int) -> None:
    async with furnish(DEFAULTS, cora="groups: [slow]") as house:
        anna, bo, cora = await house.phones("anna", "bo", "cora")
        callee = {"202": bo, "203": cora}[called]
        async with anna.calls(called):
            call = await callee.rings()
            await callee.pause(seconds - 0.5)
            assert call.state == "ringing"
            await callee.stops_ringing(within=1)
        await house.settles()


PREFIX = """\
outside_line_prefix: "0"
number_conversions: {own: [{prefix: "11", digits: any, rewrite: "+4570101"}]}
"""


@pytest.mark.covers("NUM-11")
@pytest.mark.parametrize(
    ("dialled", "called"),
    [("030303030", "+4530303030"), ("0118", "+45701018"), ("118", "+45701018"), ("114", "114"), ("0114", "114")],
)
async def test_what_is_dialled_for_an_outside_line(furnish: Furnish, dialled: str, called: str) -> None:
    async with furnish(PREFIX) as house:
        [anna] = await house.phones("anna")
        trunk = house.trunk()
        async with anna.calls(dialled):
            call = await trunk.rings()
            assert call.invite is not None
            assert call.invite.uri.user == called
        await house.settles()


@pytest.mark.covers("NUM-11")
async def test_a_diversion_is_read_as_what_is_dialled(furnish: Furnish) -> None:
    async with furnish(PREFIX) as house:
        anna, bo = await house.phones("anna", "bo")
        trunk = house.trunk()
        assert await dials(bo, "*21*0118*") == "All calls to 0118"
        async with anna.calls("202"):
            call = await trunk.rings()
            assert call.invite is not None
            assert call.invite.uri.user == "+45701018"
        await house.settles()


SHOWN = """\
roles: [{name: timed, code: "5", labels: {en: Timed}}]
settings: {timed_presentation: {role: timed, inside: switchboard, outside: mobile}, display_number: mobile}
working_hours:
  mon-fri: ["08:00-16:00"]
  exceptions: [{date: 2026-01-07, closed: true}, {holidays: DK, closed: true, half_days: ["08:00-12:00"]}]
groups: [{name: sales}]
display_numbers:
  - {number: "+4588887750", users: [cora], groups: [sales]}
"""


async def shown(house: House, phone: Phone) -> str:
    """The number that a call outside shows."""
    trunk = house.trunk()
    async with phone.calls("30303030"):
        call = await trunk.rings()
        assert call.invite is not None
        return call.invite.from_.uri.user


@pytest.mark.covers("CLI-2")
@pytest.mark.parametrize(
    ("who", "status", "number"),
    [("cora", 480, "+4588887750"), ("bo", 480, "+4588887750"), ("dan", 403, "+4588887704")],
    ids=["user", "group", "nobody"],
)
async def test_who_may_show_a_number_that_is_granted(furnish: Furnish, who: str, status: int, number: str) -> None:
    async with furnish(SHOWN, bo="groups: [sales]") as house:
        [phone] = await house.phones(who)
        async with phone.calls("*30*88887750*"):
            await phone.fails(status)
        assert await shown(house, phone) == number
        await house.settles()


@pytest.mark.covers("CLI-3")
async def test_who_has_no_mobile_shows_his_landline(furnish: Furnish) -> None:
    async with furnish(SHOWN) as house:
        bo, cora = await house.phones("bo", "cora")
        assert await shown(house, cora) == MOBILE
        assert await shown(house, bo) == "+4588887702"
        await house.settles()


@pytest.mark.covers("CLI-4", "TIME-1", "TIME-4")
@pytest.mark.parametrize(
    ("day", "number"),
    [
        ("2026-01-05 10:00", "+4588887700"),
        ("2026-01-05 16:30", MOBILE),
        ("2026-01-07 10:00", MOBILE),
        ("2026-03-30 08:30", "+4588887700"),
        ("2026-03-27 15:30", "+4588887700"),
        ("2026-04-03 10:00", MOBILE),
        ("2026-12-24 10:00", "+4588887700"),
        ("2026-12-24 13:00", MOBILE),
    ],
    ids=[
        "at work",
        "afterwards",
        "exception",
        "summer time",
        "winter time",
        "Good Friday",
        "half day",
        "its afternoon",
    ],
)
async def test_what_is_shown_at_work_and_otherwise(
    furnish: Furnish, clock: VirtualClock, day: str, number: str
) -> None:
    async with furnish(SHOWN) as house:
        [cora] = await house.phones("cora")
        assert await dials(cora, "*24*5*") == "Role Timed"
        clock.set_wall(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Europe/Copenhagen")).timestamp())
        assert await shown(house, cora) == number
        await house.settles()


ORDER = """\
contacts: {external: [{kind: blocked, last_name: Pest, numbers: [{number: "204"}]}]}
rules:
  incoming:
    required:
      - when the caller's number is 203, reject as "Not today"
    overridable:
      - when the caller's number is 202, reject as "Too late"
  fallback: [reject as "Nobody here"]
"""


@pytest.mark.covers("RULE-8", "RULE-10")
async def test_one_thing_after_the_other_steers_a_call(furnish: Furnish) -> None:
    """Blocked callers first, then required rules, diversions, overridable rules, and what is done when all fails."""
    async with furnish(ORDER) as house:
        anna, bo, cora, dan = await house.phones("anna", "bo", "cora", "dan")
        async with bo.calls("201"):
            assert (await bo.fails(480)).reason == "Too late"
        assert await dials(anna, "*21*30303030*") == "All calls to 30303030"
        for caller, words in ((dan, ""), (cora, "Not today")):
            async with caller.calls("201"):
                refused = await caller.fails(480 if words else 603)
                assert not words or refused.reason == words
        trunk = house.trunk()
        async with bo.calls("201"):
            await trunk.rings()
        await house.settles()
    trails = [" | ".join(event.trail) for event in house.happened(RouteDecided)]
    assert "blocked" in trails[-3]
    assert "required" in trails[-2]
    assert "diversion" in trails[-1]
