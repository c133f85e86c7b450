"""What is read out of iCalendar files: zones, repetition, what counts, and what strangers may write."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pbxd.calendars.sources import ical
from pbxd.calendars.sources.problems import CalendarError
from pbxd.org.calendars import CalendarEvent

ZONE = ZoneInfo("Europe/Copenhagen")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


def calendar(*events: str, before: str = "") -> str:
    lines = "".join(f"BEGIN:VEVENT\nUID:{number}\n{event}\nEND:VEVENT\n" for number, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//House//EN\n{before}{lines}END:VCALENDAR\n".replace("\n", "\r\n")


def read(*events: str, start: str = "2026-03-23", end: str = "2026-03-31", before: str = "") -> list[CalendarEvent]:
    content = calendar(*events, before=before)
    found = ical.events(content, ZONE, "anna@house.example", at(start), at(end))
    return sorted(found, key=lambda event: event.start)


@pytest.mark.covers("PRES-7")
def test_a_weekly_meeting_keeps_its_local_time_when_the_clock_changes() -> None:
    [winter, summer] = read(
        "DTSTART;TZID=Europe/Copenhagen:20260105T090000\nDTEND;TZID=Europe/Copenhagen:20260105T100000\n"
        "RRULE:FREQ=WEEKLY\nSUMMARY:Sales"
    )
    assert (winter.start, winter.end) == (at("2026-03-23 09:00"), at("2026-03-23 10:00"))
    assert (summer.start, summer.end) == (at("2026-03-30 09:00"), at("2026-03-30 10:00"))
    assert summer.start - winter.start == 7 * 86_400 - 3600


@pytest.mark.covers("PRES-7")
def test_exceptions_of_a_series_and_other_zones() -> None:
    found = read(
        "DTSTART;TZID=America/New_York:20260323T080000\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=4\n"
        "EXDATE;TZID=America/New_York:20260324T080000",
        "DTSTART:20260326T150000Z\nDTEND:20260326T160000Z",
        "DTSTART:20260327T120000\nDTEND:20260327T123000",
        "DTSTART;TZID=Romance Standard Time:20260328T120000\nDTEND;TZID=Romance Standard Time:20260328T130000",
    )
    moments = ["2026-03-23 13:00", "2026-03-25 13:00", "2026-03-26 13:00", "2026-03-26 16:00"]
    moments += ["2026-03-27 12:00", "2026-03-28 12:00"]
    assert [event.start for event in found] == [at(moment) for moment in moments]


@pytest.mark.covers("PRES-7")
def test_one_meeting_of_a_series_is_moved() -> None:
    series = "UID:series\nDTSTART:20260323T080000Z\nDTEND:20260323T090000Z\nRRULE:FREQ=DAILY;COUNT=2"
    moved = "UID:series\nRECURRENCE-ID:20260324T080000Z\nDTSTART:20260325T080000Z\nDTEND:20260325T090000Z"
    content = calendar(series, moved).replace("UID:0\r\n", "").replace("UID:1\r\n", "")
    found = ical.events(content, ZONE, "", at("2026-03-23"), at("2026-03-31"))
    assert sorted(event.start for event in found) == [at("2026-03-23 09:00"), at("2026-03-25 09:00")]


@pytest.mark.covers("PRES-7")
def test_a_day_is_the_users_day() -> None:
    [event] = read("DTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260330\nSUMMARY:Away")
    assert (event.start, event.end) == (at("2026-03-28"), at("2026-03-30"))
    assert event.end - event.start == 47 * 3600, "one of the two days is short"


@pytest.mark.parametrize(
    ("lines", "availability", "private"),
    [
        ("SUMMARY:x", "busy", False),
        ("TRANSP:TRANSPARENT", "free", False),
        ("STATUS:TENTATIVE", "tentative", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:OOF", "away", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE\nTRANSP:TRANSPARENT", "elsewhere", False),
        ("CLASS:PRIVATE", "busy", True),
        ("CLASS:CONFIDENTIAL", "busy", True),
    ],
)
def test_availability_and_private(lines: str, availability: str, private: bool) -> None:
    [event] = read(f"DTSTART:20260324T080000Z\nDTEND:20260324T090000Z\n{lines}")
    assert (event.availability, event.private) == (availability, private)


def test_what_is_cancelled_or_declined_is_no_event() -> None:
    time = "DTSTART:20260324T080000Z\nDTEND:20260324T090000Z\n"
    assert read(time + "STATUS:CANCELLED") == []
    assert read(time + "ATTENDEE;PARTSTAT=DECLINED:mailto:Anna@house.example") == []
    assert len(read(time + "ATTENDEE;PARTSTAT=DECLINED:mailto:bo@house.example")) == 1
    assert len(read(time + "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@house.example")) == 1


@pytest.mark.parametrize(
    "content",
    [
        "",
        "nonsense",
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT\r\nEND:VEVENT\r\n",
        "\0" * 99,
    ],
)
def test_what_is_no_calendar_is_refused_in_words(content: str) -> None:
    with pytest.raises(CalendarError, match=r"no calendar|nothing|it"):
        ical.events(content, ZONE, "", at("2026-03-23"), at("2026-03-31"))


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=MINUTELY;COUNT=9", "FREQ=secondly"])
def test_what_repeats_without_end_is_refused(rule: str) -> None:
    with pytest.raises(CalendarError, match="every minute or more often"):
        read(f"DTSTART:20260324T080000Z\nDTEND:20260324T080001Z\nRRULE:{rule}")


def test_too_many_events_are_refused() -> None:
    hourly = "DTSTART:20260301T000000Z\nDTEND:20260301T000100Z\nRRULE:FREQ=HOURLY"
    with pytest.raises(CalendarError, match=f"more than {ical.MAX_EVENTS} events"):
        read(*[hourly] * 15)
