"""Numbers that are converted before they are read, and those that never are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.dialplan.numbering import Kind, canonical, is_emergency
from pbxd.org.dialling import Conversion, Conversions
from pbxd.org.numbers import NumberRange
from pbxd.org.organization import Group, Organization
from pbxd.org.users import Line, User
from tests.unit.dialplan.test_numbering import HOUSE, OUTSIDE

SHORT = Conversion(prefix="20", digits=1, only=(("0", "9"),), rewrite="+458877317")
DOCTOR = Conversion(prefix="1", digits=3, rewrite="+451")


def house(*conversions: Conversion, base: Organization = HOUSE, **more: object) -> Organization:
    return replace(base, conversions=Conversions(own=conversions), **more)  # type: ignore[arg-type]


@pytest.mark.covers("NUM-2")
@pytest.mark.parametrize(
    ("dialled", "number"),
    [("1813", "+451813"), ("200", "+4588773170"), ("205", "+4588773175"), ("209", "+4588773179"), ("2055", "")],
)
def test_a_prefix_and_so_many_digits_become_another_prefix_and_the_same_digits(dialled: str, number: str) -> None:
    assert canonical(dialled, house(SHORT, DOCTOR, number_ranges=())).canonical == number


@pytest.mark.covers("NUM-2")
@pytest.mark.parametrize(
    ("digits", "converted"),
    [
        *((digits, True) for digits in ("07", "08", "15", "17", "29")),
        *((digits, False) for digits in ("06", "16", "30", "7", "8", "007", "170", "")),
    ],
)
def test_intervals_have_leading_zeros(digits: str, converted: bool) -> None:
    conversion = Conversion(prefix="9", digits=2, only=(("07", "15"), ("17", "29")), rewrite="+4570123")
    assert conversion.convert(f"9{digits}") == (f"+4570123{digits}" if converted else None)


@pytest.mark.covers("NUM-2")
def test_any_count_of_digits_and_an_interval_of_the_first_ones() -> None:
    conversion = Conversion(prefix="9", only=(("07", "15"),), rewrite="+45")
    assert conversion.convert("90812345") == "+450812345"
    assert conversion.convert("91612345") is None
    assert Conversion(prefix="9", rewrite="0").convert("9") == "0"
    assert Conversion(prefix="", rewrite="0").convert("+45") is None


@pytest.mark.covers("NUM-2")
def test_the_first_that_fits_is_used_and_only_once() -> None:
    again = Conversion(prefix="+451", rewrite="+462")
    first = Conversion(prefix="181", rewrite="+4570123456")
    assert canonical("1813", house(DOCTOR, first, again)).canonical == "+451813"
    assert canonical("1813", house(first, DOCTOR)).canonical == "+45701234563"


@pytest.mark.covers("NUM-2")
def test_a_conversion_comes_before_the_organizations_own_numbers_and_can_lead_to_one() -> None:
    outside = canonical("205", house(SHORT))
    assert (outside.kind, outside.canonical) == (Kind.EXTERNAL, "+4588773175")
    own = canonical("252", house(Conversion(prefix="25", digits=1, rewrite="+458888770")))
    assert own.words[0] == "252 is converted to +4588887702 (25 and 1 digit to +458888770, on house)"
    assert (own.kind, own.canonical) == (Kind.INTERNAL, "+4588887702")


@pytest.mark.covers("NUM-2", "LVL-2")
def test_the_users_groups_convert_before_the_organization_by_priority() -> None:
    groups = {
        "low": Group(name="low", priority=1, conversions=Conversions(own=(_to("+4570000001"),))),
        "high": Group(name="high", priority=0, conversions=Conversions(own=(_to("+4570000000"),))),
    }
    bo = User(username="bo", name="Bo", language="da", groups=("low", "high"))
    cora = replace(bo, username="cora", groups=("low",))
    organization = house(_to("+4570000002"), groups=groups, users={"bo": bo, "cora": cora})
    assert [canonical("5", organization, user).canonical for user in (bo, cora, None)] == [
        "+4570000000",
        "+4570000001",
        "+4570000002",
    ]


def _to(number: str) -> Conversion:
    return Conversion(prefix="5", digits=0, rewrite=number)


@pytest.mark.covers("NUM-3")
@pytest.mark.parametrize(
    ("country", "national", "number"),
    [
        ("DK", "70123456", "+4570123456"),
        ("SE", "08123456", "+468123456"),
        ("NO", "22123456", "+4722123456"),
        ("FI", "0912345678", "+358912345678"),
        ("DE", "03012345678", "+493012345678"),
        ("GB", "02079460123", "+442079460123"),
        ("US", "2125550123", "+12125550123"),
    ],
)
def test_every_country_has_a_template(country: str, national: str, number: str) -> None:
    prefix = {"US": "011"}.get(country, "00")
    by_template = replace(HOUSE, conversions=Conversions(template=country))
    for organization in (replace(HOUSE, country=country), by_template):
        assert canonical(national, organization).canonical == number
        assert canonical(number, organization).canonical == number
        assert canonical(prefix + number[1:], organization).canonical == number
        assert canonical("202", organization).kind is Kind.INTERNAL


@pytest.mark.covers("NUM-3", "TIME-1")
def test_an_office_abroad_dials_by_its_own_country_and_calls_its_own_help() -> None:
    malmo = Group(name="malmo", priority=0, country="SE")
    usa = Group(name="usa", priority=1, conversions=Conversions(template="US"), country="US")
    eva = User(username="eva", name="Eva", language="sv", groups=("malmo",))
    joe = User(username="joe", name="Joe", language="en", groups=("usa",))
    organization = replace(HOUSE, groups={"malmo": malmo, "usa": usa}, users={"eva": eva, "joe": joe})
    assert canonical("0701234567", organization, eva).canonical == "+46701234567"
    assert canonical("2125550123", organization, joe).canonical == "+12125550123"
    assert canonical("911", organization, joe).kind is Kind.EMERGENCY
    assert canonical("112", organization, joe).kind is Kind.EMERGENCY
    assert canonical("911", organization, eva).kind is not Kind.EMERGENCY
    assert canonical("11414", organization, eva).words == ("11414 is never converted in SE",)
    assert is_emergency("911", organization)


@pytest.mark.covers("NUM-11")
@pytest.mark.parametrize(
    ("country", "number"), [("DK", "112"), ("DK", "114"), ("SE", "112"), ("SE", "11414"), ("SE", "114 14")]
)
def test_numbers_that_are_never_converted(country: str, number: str) -> None:
    everything = Conversion(prefix="", rewrite="+4670")
    for prefix in ("", "0", "00"):
        organization = house(everything, base=replace(HOUSE, country=country, outside_line_prefix=prefix))
        for dialled in {number, prefix + number}:
            assert canonical(dialled, organization).canonical == number.replace(" ", "")


def test_more_numbers_that_an_organization_never_converts() -> None:
    organization = replace(HOUSE, conversions=Conversions(own=(DOCTOR,), never=frozenset({"1813"})))
    found = canonical("1813", organization)
    assert (found.kind, found.canonical, found.words) == (Kind.EXTERNAL, "1813", ("1813 is never converted",))


@pytest.mark.covers("NUM-11")
@pytest.mark.parametrize("prefix", ["0", "00"])
def test_conversions_apply_before_and_after_the_outside_line_prefix(prefix: str) -> None:
    organization = house(DOCTOR, base=replace(OUTSIDE, outside_line_prefix=prefix))
    for dialled in ("1813", f"{prefix}1813"):
        assert canonical(dialled, organization).canonical == "+451813"
    for dialled in ("70123456", f"{prefix}70123456", f"{prefix}004570123456", f"{prefix}+4570123456"):
        assert canonical(dialled, organization).canonical == "+4570123456"


def test_what_a_trunk_calls_was_not_dialled() -> None:
    ranges = (NumberRange(first="0500", last="0599"), NumberRange(first="500", last="599"))
    organization = house(Conversion(prefix="05", rewrite="+4570"), base=replace(OUTSIDE, number_ranges=ranges))
    assert canonical("0555", organization, inbound=True).canonical == "0555"


conversions = st.builds(
    Conversion,
    prefix=st.sampled_from(["", "1", "11", "112", "0", "00", "9", "+", "+45", "+45112"]),
    rewrite=st.sampled_from(["", "1", "+45", "+4670", "0", "202"]),
    digits=st.sampled_from([None, 0, 1, 2, 3]),
    only=st.sampled_from([(), (("0", "9"),), (("00", "99"),)]),
)


@pytest.mark.covers("NUM-4")
@given(
    own=st.lists(conversions, max_size=5),
    country=st.sampled_from([("DK", "112"), ("SE", "112"), ("NO", "113"), ("DE", "110"), ("GB", "999"), ("US", "911")]),
    prefix=st.sampled_from(["", "0", "00", "9"]),
    alias=st.sampled_from(["112", "911", "110", "999", "113"]),
)
def test_no_conversion_captures_a_call_for_help(
    own: list[Conversion], country: tuple[str, str], prefix: str, alias: str
) -> None:
    region, number = country
    line = Line(number="+4588887702", alias=alias)
    greedy = User(username="bo", name="Bo", language="da", lines=(line,), groups=("all",))
    organization = replace(
        house(*own),
        country=region,
        outside_line_prefix=prefix,
        number_ranges=(NumberRange(first="000", last="999"),),
        groups={"all": Group(name="all", priority=0, conversions=Conversions(own=tuple(own), template="DK"))},
        users={"bo": greedy},
    )
    for dialled in (number, prefix + number, f"+{number}"):
        for user in (None, greedy):
            found = canonical(dialled, organization, user)
            assert (found.kind, found.canonical) == (Kind.EMERGENCY, number)
        assert is_emergency(dialled, organization)
