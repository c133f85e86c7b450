"""Look-ups in an organization, its ranges and its users."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from pbxd.org.numbers import NumberRange
from pbxd.org.organization import Organization
from pbxd.org.users import Device, Line, User

ANNA = User(
    username="anna",
    name="Anna",
    language="da",
    lines=(
        Line(number="+4526000001", type="mobile"),
        Line(number="+4588887701", alias="201"),
        Line(number="+4588887709", alias="209"),
    ),
    devices=(
        Device(name="anna-desk", kind="desk", password="hemmeligt"),
        Device(name="anna-mobile", kind="mobile", number="+4526000001"),
    ),
)
HOUSE = Organization(
    name="house",
    title="The House",
    domain="house.example",
    country="DK",
    timezone=ZoneInfo("Europe/Copenhagen"),
    languages=("da",),
    number_ranges=(NumberRange(first="+4588887700", last="+4588887799"), NumberRange(first="0100", last="0299")),
    users={"anna": ANNA},
)


@pytest.mark.parametrize("number", ["+4588887701", "201"])
def test_a_number_and_its_alias_reach_the_same_line(number: str) -> None:
    owner = HOUSE.line(number)
    assert owner is not None
    assert owner.user is ANNA
    assert owner.line.number == "+4588887701"


def test_what_nobody_has_reaches_nobody() -> None:
    assert HOUSE.line("+4588887702") is None
    assert HOUSE.line("88887701") is None, "only canonical numbers are looked up"
    assert HOUSE.device("bo-desk") is None
    assert HOUSE.owner("bo-desk") is None


def test_a_device_is_found_with_its_owner() -> None:
    device = HOUSE.device("anna-desk")
    assert device is ANNA.devices[0]
    assert HOUSE.owner("anna-desk") is ANNA


def test_a_device_without_a_password_does_not_register() -> None:
    assert [device.registers for device in ANNA.devices] == [True, False]


@pytest.mark.covers("SEC-1")
def test_a_password_is_not_in_the_representation_of_anything() -> None:
    assert "hemmeligt" not in repr(HOUSE)
    assert "hemmeligt" not in repr(HOUSE.line("201"))


@pytest.mark.covers("USR-1")
def test_the_landline_is_primary_and_its_alias_is_the_extension() -> None:
    assert ANNA.landline == "+4588887701"
    assert ANNA.mobile == "+4526000001"
    assert ANNA.extension == "201"


@pytest.mark.covers("USR-1")
def test_a_mobile_alone_is_primary() -> None:
    user = User(username="x", name="X", language="da", lines=(Line(number="+4526000002", type="mobile"),))
    assert user.landline is None
    assert user.extension == "+4526000002"


def test_a_user_without_a_line_has_no_extension() -> None:
    assert User(username="x", name="X", language="da").extension is None


@pytest.mark.covers("NUM-1")
@pytest.mark.parametrize(
    ("number", "inside"),
    [
        ("+4588887700", True),
        ("+4588887799", True),
        ("+4588887800", False),
        ("+45888877001", False),
        ("4588887700", False),
        ("0100", True),
        ("0299", True),
        ("0300", False),
        ("100", False),
        ("", False),
    ],
)
def test_a_range_counts_in_numbers_of_its_own_length(number: str, inside: bool) -> None:
    assert HOUSE.in_ranges(number) is inside


def test_ranges_overlap_only_in_the_same_form() -> None:
    wide = NumberRange(first="200", last="299")
    assert wide.overlaps(NumberRange(first="290", last="310"))
    assert wide.overlaps(NumberRange(first="250", last="250"))
    assert not wide.overlaps(NumberRange(first="300", last="310"))
    assert not wide.overlaps(NumberRange(first="2000", last="2999"))
    assert str(wide) == "200-299"
