"""Free numbers of ranges."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.org.display import DisplayNumber
from pbxd.org.levels import Settings
from pbxd.org.numbering import amount, free_numbers, free_spans, numbers_in_use
from pbxd.org.numbers import NumberRange
from pbxd.org.organization import Group, Organization
from pbxd.org.services import Queue
from pbxd.org.users import Line, User


def house(*numbers: str, last: str = "299") -> Organization:
    """An organization with these numbers as lines."""
    return Organization(
        name="house",
        title="The House",
        domain="house.example",
        country="DK",
        timezone=ZoneInfo("Europe/Copenhagen"),
        languages=("da",),
        number_ranges=(NumberRange(first="200", last=last),),
        users={
            number: User(username=number, name=number, language="da", lines=(Line(number=number),))
            for number in numbers
        },
    )


def spans(organization: Organization, numbers: NumberRange) -> list[str]:
    return [str(span) for span in free_spans(organization, numbers)]


@pytest.mark.covers("NUM-1")
def test_free_numbers_come_as_spans() -> None:
    within = house("200", "203", "299", "+4588887700")
    assert spans(within, within.number_ranges[0]) == ["201-202", "204-298"]
    assert spans(house(), NumberRange(first="200", last="299")) == ["200-299"]
    assert spans(house("205"), NumberRange(first="205", last="205")) == []
    assert spans(house("999"), NumberRange(first="990", last="999")) == ["990-998"]
    assert list(free_numbers(house("001"), NumberRange(first="000", last="003"))) == ["000", "002", "003"]
    assert amount(NumberRange(first="+4588887700", last="+4588887799")) == 100


@pytest.mark.covers("NUM-1", "NUM-8")
def test_aliases_service_numbers_and_switchboards_are_in_use() -> None:
    within = Organization(
        name="house",
        title="The House",
        domain="house.example",
        country="DK",
        timezone=ZoneInfo("Europe/Copenhagen"),
        languages=("da",),
        switchboard="+4588887700",
        groups={"a": Group(name="a", priority=0, settings=Settings(switchboard="+4588887701"))},
        users={"u": User(username="u", name="U", language="da", lines=(Line(number="+4588887702", alias="202"),))},
        display_numbers=(DisplayNumber(number="+4588887704"),),
        queues={"q": Queue(name="q", number="1500", numbers=("+4588887703",))},
    )
    assert numbers_in_use(within) == {
        *(f"+458888770{last}" for last in range(5)),
        "202",
        "1500",
    }


@given(st.sets(st.integers(0, 30)))
def test_what_is_not_in_use_is_free(used: set[int]) -> None:
    within = house(*(f"2{number:02}" for number in used), last="230")
    (numbers,) = within.number_ranges
    free = list(free_numbers(within, numbers))
    assert free == [f"2{number:02}" for number in range(31) if number not in used]
    assert sum(map(amount, free_spans(within, numbers))) == len(free)
