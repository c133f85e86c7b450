"""Calendars by every way that there is, read by the processes of a running server, from servers that are not ours."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pbxd.calendars.children import Children
from pbxd.calendars.fetching import Failed, Fetched, Outcome, Unreachable, Wanted
from pbxd.org.calendars import CalendarRule, Connector
from tests.interop.diaries import ACCOUNT, calendar, mail_server, put, radicale, web
from tests.interop.operator import Place, pbxd, started
from tests.interop.server import House

pytestmark = pytest.mark.interop

HTTP_PORT, DAV_PORT, EWS_PORT = 8097, 5232, 8096
HOUR = 3600.0
NOW = 1_795_348_800.0
"""Sunday, 22 November 2026, 12:00 UTC."""
RULES = (
    CalendarRule(type="subject", match="lunch", activity="lunch"),
    CalendarRule(type="availability", match="away", activity="vacation"),
    CalendarRule(type="availability", match="busy", activity="meeting"),
)
Found = list[tuple[str | None, float, float]]


def wanted(url: str, directory: Path, kind: str = "ical", who: str = "anna@house.example", **more: Any) -> Wanted:
    exclude = (CalendarRule(type="private"),)
    connector = Connector(name="office", kind=kind, url=url, rules=RULES, exclude=exclude, **more)  # type: ignore[arg-type]
    return Wanted(connector=connector, id=who, zone="Europe/Copenhagen", now=NOW, cache=str(directory / "cache"))


def reading(questions: Callable[[Children], Coroutine[Any, Any, None]]) -> None:
    """Ask, with processes that are ended afterwards."""

    async def ask() -> None:
        children = Children()
        try:
            await questions(children)
        finally:
            await children.close()

    asyncio.run(ask())


def found(outcome: Outcome) -> Found:
    assert isinstance(outcome, Fetched), outcome
    return [(plan.activity, plan.start - NOW, plan.end - NOW) for plan in outcome.plans]


@pytest.mark.covers("PRES-7")
def test_a_calendar_at_an_address_is_sent_once(loopback: Place, tmp_path: Path) -> None:
    address = loopback()
    budget = calendar((NOW + HOUR, NOW + 2 * HOUR, "SUMMARY:Budget"))
    lunch = calendar((NOW + HOUR, NOW + 2 * HOUR, "SUMMARY:Lunch"))
    order = wanted(f"http://{address}:{HTTP_PORT}/{{id}}.ics", tmp_path)

    async def ask(children: Children) -> None:
        held.contents["/anna@house.example.ics"] = budget
        assert found(await children.fetch(order)) == [("meeting", HOUR, 2 * HOUR)]
        assert found(await children.fetch(order)) == [("meeting", HOUR, 2 * HOUR)]
        later = replace(order, now=NOW + 3 * HOUR)
        assert found(await children.fetch(later)) == [], "it is over, and the answer still empty"
        held.contents["/anna@house.example.ics"] = lunch
        assert found(await children.fetch(order)) == [("lunch", HOUR, 2 * HOUR)]
        assert held.statuses == [200, 304, 304, 200]
        held.sends_on["/bo.ics"] = f"http://{address}:{HTTP_PORT}/anna@house.example.ics"
        assert found(await children.fetch(replace(order, id="bo"))) == [("lunch", HOUR, 2 * HOUR)]
        held.sends_on["/bo.ics"] = f"http://{address}:{HTTP_PORT}/bo.ics"
        assert "more than 5 times" in getattr(await children.fetch(replace(order, id="bo")), "reason", "")
        assert await children.fetch(replace(order, id="cora")) == Failed(reason="the server answers 404")
        held.always = 503
        assert await children.fetch(order) == Unreachable(reason="the server answers 503")

    with web(address, HTTP_PORT) as held:
        reading(ask)
    reading(lambda children: _is_gone(children, order))
    modes = {path.stat().st_mode & 0o77 for path in (tmp_path / "cache").iterdir()}
    assert modes == {0}, "nobody else reads what is kept"


async def _is_gone(children: Children, order: Wanted) -> None:
    assert isinstance(await children.fetch(order), Unreachable)


@pytest.mark.covers("PRES-7")
def test_what_strangers_write_stalls_nothing(loopback: Place, tmp_path: Path) -> None:
    address = loopback()
    order = wanted(f"http://{address}:{HTTP_PORT}/{{id}}", tmp_path)
    often = "RRULE:FREQ=SECONDLY"
    nested = b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 50_000
    bombs = {
        "/long": b"BEGIN:VCALENDAR\r\n" + b"X-PAD:0123456789\r\n" * 500_000,
        "/often": calendar((NOW - 1e9, NOW - 1e9 + 1, often)),
        "/deep": nested,
        "/text": b"<html>Please log in</html>",
        "/many": calendar(*((NOW + n, NOW + n + 1, "SUMMARY:x") for n in range(3000))),
        "/zone": calendar((NOW, NOW + 1, "SUMMARY:x")).replace(b"DTSTART:", b"DTSTART;TZID=../../etc/passwd:"),
    }
    sound = {"/sound": calendar((NOW + HOUR, NOW + 2 * HOUR, "SUMMARY:Budget"))}

    async def ask(children: Children) -> None:
        held.contents = bombs | sound
        for path in bombs:
            outcome = await children.fetch(replace(order, id=path[1:]))
            assert isinstance(outcome, Failed) or path == "/zone", (path, outcome)
            assert found(await children.fetch(replace(order, id="sound"))) == [("meeting", HOUR, 2 * HOUR)]

    begun = time.monotonic()
    with web(address, HTTP_PORT) as held:
        reading(ask)
    assert time.monotonic() - begun < 60


@pytest.mark.covers("PRES-7")
def test_caldav_against_radicale(loopback: Place, tmp_path: Path) -> None:
    address, (username, password) = loopback(), ACCOUNT
    with radicale(address, DAV_PORT, tmp_path / "radicale") as url:
        place = f"{url}/pbx/{{id}}/"
        put(place.replace("{id}", "anna"), b"", "MKCALENDAR")
        weekly = "DTSTART;TZID=Europe/Copenhagen:20260907T090000\r\nDTEND;TZID=Europe/Copenhagen:20260907T100000"
        series = calendar((0.0, 1.0, "SUMMARY:Sales\nRRULE:FREQ=WEEKLY")).replace(
            b"DTSTART:19700101T000000Z\r\nDTEND:19700101T000001Z", weekly.encode()
        )
        put(place.replace("{id}", "anna") + "series.ics", series)
        put(f"{url}/pbx/anna/lunch.ics", calendar((NOW + HOUR, NOW + 2 * HOUR, "SUMMARY:Lunch")))
        put(f"{url}/pbx/anna/past.ics", calendar((NOW - 90 * HOUR, NOW - 89 * HOUR, "SUMMARY:Lunch")))
        put(f"{url}/pbx/anna/secret.ics", calendar((NOW + HOUR, NOW + 2 * HOUR, "CLASS:PRIVATE")))
        order = wanted(place, tmp_path, "caldav", "anna", username=username, password=password)
        monday = datetime(2026, 11, 23, 8, tzinfo=UTC).timestamp() - NOW

        async def ask(children: Children) -> None:
            meetings = [("lunch", HOUR, 2 * HOUR), ("meeting", monday, monday + HOUR)]
            assert found(await children.fetch(order)) == meetings
            assert isinstance(await children.fetch(replace(order, id="nobody")), Failed)
            wrong = replace(order, connector=replace(order.connector, password="wrong"))
            assert isinstance(await children.fetch(wrong), Failed)

        reading(ask)
    reading(lambda children: _is_gone(children, order))


@pytest.mark.covers("PRES-7")
def test_exchange_web_services(loopback: Place, tmp_path: Path) -> None:
    address, (username, password) = loopback(), ACCOUNT
    url = f"http://{address}:{EWS_PORT}/EWS/Exchange.asmx"

    def item(start: float, end: float, **more: str) -> dict[str, str]:
        said = ((name, datetime.fromtimestamp(NOW + at, UTC)) for name, at in (("start", start), ("end", end)))
        return {name: f"{moment:%Y-%m-%dT%H:%M:%SZ}" for name, moment in said} | more

    mailboxes = {
        "anna@house.example": [
            item(HOUR, 2 * HOUR, subject="Budget", location="Room 4"),
            item(2 * HOUR, 3 * HOUR, busy="OOF"),
            item(3 * HOUR, 4 * HOUR, sensitivity="Private"),
            item(4 * HOUR, 5 * HOUR, response="Decline"),
            item(5 * HOUR, 6 * HOUR, busy="Free", subject="Lunch"),
        ]
    }
    order = wanted(url, tmp_path, "ews", username=username, password=password)

    async def ask(children: Children) -> None:
        meetings: Found = [("meeting", HOUR, 2 * HOUR), ("vacation", 2 * HOUR, 3 * HOUR), ("lunch", 5 * HOUR, 6 * HOUR)]
        assert found(await children.fetch(order)) == meetings
        once = list(asked)
        assert found(await children.fetch(order)) == meetings
        assert asked[len(once) :] == ["FindItem", "GetItem"], "where the folder is is known by now"
        nobody = await children.fetch(replace(order, id="nobody@house.example"))
        assert isinstance(nobody, Failed)
        assert "No mailbox" in nobody.reason
        wrong = replace(order, connector=replace(order.connector, password="wrong"))
        assert isinstance(await children.fetch(wrong), Unreachable)

    with mail_server(address, EWS_PORT, mailboxes) as asked:
        reading(ask)
    reading(lambda children: _is_gone(children, order))


OF_ANNA = "username: anna\n  calendar: {connector: office, id: anna}"
ORGANIZATION = {
    "activities": [
        {"name": "available", "code": "0", "available": "true"},
        {"name": "meeting", "code": "1", "available": "false"},
    ],
    "calendars": [
        {
            "name": "office",
            "kind": "ical",
            "url": "file:calendars/{id}.ics",
            "map": [{"type": "availability", "match": "busy", "activity": "meeting"}],
        }
    ],
}


@pytest.mark.covers("PRES-7", "PRES-2")
def test_a_running_server_follows_a_file(loopback: Place, tmp_path: Path) -> None:
    house = House(address=loopback(), organization=ORGANIZATION)
    place = tmp_path / "server" / "organizations"
    with started(house, tmp_path / "server") as server:
        listed = json.loads(pbxd("calendars", "--json", "--config", str(server.config)).stdout)
        assert listed == []
        (place / "calendars").mkdir()
        now = time.time()
        (place / "calendars" / "anna.ics").write_bytes(calendar((now - HOUR, now + HOUR, "SUMMARY:Budget")))
        text = (place / "house.yaml").read_text()
        (place / "house.yaml").write_text(text.replace("username: anna", OF_ANNA))
        assert pbxd("reload", "--config", str(server.config)).returncode == 0
        table = pbxd("calendars", "fetch", "anna", "--config", str(server.config)).stdout
        assert " 1" in table.splitlines()[1]
        state = json.loads(pbxd("state", "anna", "--json", "--config", str(server.config)).stdout)
        assert (state["activity"], state["plans"][0]["calendar"]) == ("meeting", "office")
        assert pbxd("calendars", "fetch", "bo", "--config", str(server.config)).returncode == 1
        server.stop()
