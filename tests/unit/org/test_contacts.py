"""Contacts of organization, groups and users."""

from __future__ import annotations

import timeit
from zoneinfo import ZoneInfo

import pytest

from pbxd.org.contacts import Contact, ContactKind, ContactNumber, Contacts
from pbxd.org.organization import Group, Organization
from pbxd.org.users import User

NUMBER = "+4530303030"


def known(kind: ContactKind, *, mandatory: bool = False, short: str | None = None, **names: str) -> Contact:
    return Contact(numbers=(ContactNumber(number=NUMBER, short=short),), kind=kind, mandatory=mandatory, **names)


def house(*, organization: Contacts, first: Contacts, second: Contacts) -> Organization:
    return Organization(
        name="house",
        title="The House",
        domain="house.example",
        country="DK",
        timezone=ZoneInfo("Europe/Copenhagen"),
        languages=("da",),
        contacts=organization,
        groups={
            "first": Group(name="first", priority=0, contacts=first),
            "second": Group(name="second", priority=1, contacts=second),
        },
    )


@pytest.mark.covers("USR-5")
def test_the_nearest_list_that_knows_a_number_says_who_it_is() -> None:
    within = house(
        organization=Contacts((known("contact", company="Everybody's"),)),
        first=Contacts((known("vip", short="71"),)),
        second=Contacts((known("favourite", short="72"),)),
    )
    own = User(
        username="a", name="A", language="da", groups=("second", "first"), contacts=Contacts((known("blocked"),))
    )
    member = User(username="b", name="B", language="da", groups=("second", "first"))
    found = [within.contact(NUMBER, user) for user in (own, member, None)]
    assert [one.kind for one in found if one is not None] == ["blocked", "vip", "contact"]
    assert within.contact("+4530303031", own) is None
    assert [contacts.dialled("71") for contacts in within.dialling_for(member).lists] == [NUMBER, None, None]
    assert [contacts.dialled("72") for contacts in within.dialling_for(member).lists] == [None, NUMBER, None]
    assert [contacts.dialled("71") for contacts in within.dialling_for().lists] == [None]


@pytest.mark.covers("USR-5")
def test_a_mandatory_contact_can_not_be_covered_up() -> None:
    mandatory = known("contact", mandatory=True)
    within = house(organization=Contacts((known("vip"), mandatory)), first=Contacts((known("vip"),)), second=Contacts())
    user = User(username="a", name="A", language="da", groups=("first",), contacts=Contacts((known("blocked"),)))
    assert within.contact(NUMBER, user) is mandatory


def test_the_name_is_the_person_or_the_company_or_the_number() -> None:
    assert known("vip", first_name="Eva", last_name="Krog", company="Havnelageret").name == "Eva Krog"
    assert known("vip", company="Havnelageret").name == "Havnelageret"
    assert known("vip").name == NUMBER


@pytest.mark.covers("USR-6")
def test_looking_up_a_number_takes_no_longer_among_many() -> None:
    def seconds(amount: int) -> float:
        numbers = [f"+4540{number:06d}" for number in range(amount)]
        contacts = Contacts(tuple(Contact(numbers=(ContactNumber(number=one),)) for one in numbers))
        wanted = numbers[:: amount // 500]
        return min(timeit.repeat(lambda: [contacts.get(one) for one in wanted], number=5, repeat=5)) / 5 / len(wanted)

    few, many = seconds(1000), seconds(100_000)
    assert many < 0.001
    assert many < few * 20, "a list that is searched from its beginning would take a hundred times as long"
