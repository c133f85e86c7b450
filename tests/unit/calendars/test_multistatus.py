"""What CalDAV servers answer: the calendars in it, and what is none."""

from __future__ import annotations

import pytest

from pbxd.calendars.sources.caldav import calendars
from pbxd.calendars.sources.ical import MAX_EVENTS
from pbxd.calendars.sources.problems import CalendarError

HEAD = '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
ONE = "<d:response><d:propstat><d:prop><c:calendar-data>{}</c:calendar-data></d:prop></d:propstat></d:response>"


def answer(*found: str) -> bytes:
    return (HEAD + "".join(ONE.format(one) for one in found) + "</d:multistatus>").encode()


@pytest.mark.covers("PRES-7")
def test_every_calendar_is_found() -> None:
    assert calendars(answer()) == []
    assert calendars(answer("A &amp; B", "<![CDATA[C < D]]>")) == ["A & B", "C < D"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no XML"),
        (b"<html>", "no XML"),
        (b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>', "document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "document type"),
        (answer(*["x"] * (MAX_EVENTS + 1)), "more than"),
    ],
)
def test_what_is_no_answer_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(CalendarError, match=words):
        calendars(content)
