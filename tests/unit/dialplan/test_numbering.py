"""Numbers: as dialled, canonical, as trunks write them."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.dialplan.numbering import MAX_LENGTH, Kind, TrunkFormat, canonical, for_trunk, from_trunk
from pbxd.org.numbers import NumberRange
from pbxd.org.organization import Organization
from pbxd.org.users import Line, User

BO = User(username="bo", name="Bo Lind", language="da", lines=(Line(number="+4588887702", alias="202"),))
HOUSE = Organization(
    name="house",
    title="The House",
    domain="house.example",
    country="DK",
    timezone=ZoneInfo("Europe/Copenhagen"),
    languages=("da",),
    number_ranges=(
        NumberRange(first="+4588887700", last="+4588887799"),
        NumberRange(first="200", last="299"),
        NumberRange(first="0500", last="0599"),
    ),
    users={"bo": BO},
)
OUTSIDE = replace(HOUSE, outside_line_prefix="0")
SWEDEN = replace(OUTSIDE, country="SE")


@pytest.mark.covers("NUM-3")
@pytest.mark.parametrize(
    ("dialled", "kind", "number"),
    [
        ("202", Kind.INTERNAL, "202"),
        ("299", Kind.INTERNAL, "299"),
        ("0500", Kind.INTERNAL, "0500"),
        ("+4588887702", Kind.INTERNAL, "+4588887702"),
        ("4588887702", Kind.INTERNAL, "+4588887702"),
        ("88887702", Kind.INTERNAL, "+4588887702"),
        ("004588887702", Kind.INTERNAL, "+4588887702"),
        ("88887799", Kind.INTERNAL, "+4588887799"),
        ("88 88-77.02", Kind.INTERNAL, "+4588887702"),
        ("+45(88)887702", Kind.INTERNAL, "+4588887702"),
        ("70123456", Kind.EXTERNAL, "+4570123456"),
        ("+46701234567", Kind.EXTERNAL, "+46701234567"),
        ("0046701234567", Kind.EXTERNAL, "+46701234567"),
        ("0701234567;phone-context=+46", Kind.EXTERNAL, "+46701234567"),
        ("202;phone-context=house.example", Kind.INTERNAL, "202"),
        ("1813", Kind.EXTERNAL, "1813"),
        ("114", Kind.EXTERNAL, "114"),
        ("112", Kind.EMERGENCY, "112"),
        ("+112", Kind.EMERGENCY, "112"),
        ("+45112", Kind.EMERGENCY, "112"),
        ("701234", Kind.INVALID, ""),
        ("+999123456", Kind.INVALID, ""),
        ("+", Kind.INVALID, ""),
        ("", Kind.INVALID, ""),
        ("  ", Kind.INVALID, ""),
        ("anna", Kind.INVALID, ""),
        ("*21*202#", Kind.INVALID, ""),
        ("%23" + "21", Kind.INVALID, ""),
        ("٢٠٢", Kind.INVALID, ""),
        ("1" * 40, Kind.INVALID, ""),
        ("202" + " " * MAX_LENGTH, Kind.INVALID, ""),
    ],
)
def test_what_is_dialled_in_denmark(dialled: str, kind: Kind, number: str) -> None:
    found = canonical(dialled, HOUSE)
    assert (found.raw, found.kind, found.canonical) == (dialled, kind, number)
    assert found.words


@pytest.mark.covers("NUM-11")
@pytest.mark.parametrize(
    ("dialled", "kind", "number"),
    [
        ("088887702", Kind.INTERNAL, "+4588887702"),
        ("88887702", Kind.INTERNAL, "+4588887702"),
        ("0202", Kind.INTERNAL, "202"),
        ("0500", Kind.INTERNAL, "0500"),
        ("00046701234567", Kind.EXTERNAL, "+46701234567"),
        ("0046701234567", Kind.EXTERNAL, "+46701234567"),
        ("0+46701234567", Kind.EXTERNAL, "+46701234567"),
        ("0112", Kind.EMERGENCY, "112"),
        ("112", Kind.EMERGENCY, "112"),
        ("0114", Kind.EXTERNAL, "114"),
        ("0", Kind.INVALID, ""),
    ],
)
def test_an_outside_line_prefix_is_taken_off(dialled: str, kind: Kind, number: str) -> None:
    found = canonical(dialled, OUTSIDE)
    assert (found.kind, found.canonical) == (kind, number)


@pytest.mark.parametrize(
    ("dialled", "number"),
    [
        ("0701234567", "+46701234567"),
        ("00701234567", "+46701234567"),
        ("08123456", "+468123456"),
        ("0004570123456", "+4570123456"),
        ("11414", "11414"),
    ],
)
def test_an_outside_line_prefix_beside_a_national_prefix_that_looks_like_it(dialled: str, number: str) -> None:
    found = canonical(dialled, SWEDEN)
    assert (found.kind, found.canonical) == (Kind.EXTERNAL, number)


@pytest.mark.covers("NUM-4")
@pytest.mark.parametrize(
    ("country", "number"),
    [("DK", "112"), ("SE", "112"), ("NO", "113"), ("FI", "112"), ("DE", "110"), ("GB", "999"), ("US", "911")],
)
def test_emergency_numbers_come_before_everything_else(country: str, number: str) -> None:
    ranges = (NumberRange(first="100", last="999"),)
    found = canonical(number, replace(HOUSE, country=country, number_ranges=ranges))
    assert (found.kind, found.canonical) == (Kind.EMERGENCY, number)
    assert found.words == (f"{number} is an emergency number of {country}",)


def test_an_own_number_wins_over_the_numbering_plan() -> None:
    own = replace(HOUSE, number_ranges=(NumberRange(first="70000000", last="79999999"),))
    found = canonical("70123456", own)
    assert (found.kind, found.canonical) == (Kind.INTERNAL, "70123456")


def test_each_step_is_in_the_words() -> None:
    assert canonical("0 88 88 77 02", OUTSIDE).words == (
        "0 88 88 77 02 is written 088887702",
        "the outside-line prefix 0 is taken off: 88887702",
        "88887702 is a national number of DK: +4588887702",
        "+4588887702 is a number of Bo Lind",
    )
    assert canonical("299", HOUSE).words == ("299 is in The House's own ranges",)
    assert canonical("11111111", HOUSE).words == (
        "11111111 is a national number of DK, though in no range that is known to be in use: +4511111111",
    )
    assert canonical("701234", HOUSE).words == ("701234 is no own number, and too short for the numbering plan",)
    assert canonical("*21*5#", HOUSE).words == ("*21*5# has * or # in it, which no number has",)


@given(st.text(alphabet=st.sampled_from("0123456789+*#%;=-. ()abcphone-context\u0660\x00"), max_size=40))
def test_whatever_is_dialled_has_an_answer_and_a_reason(dialled: str) -> None:
    for organization in (HOUSE, OUTSIDE, SWEDEN):
        found = canonical(dialled, organization)
        assert found.words
        assert bool(found.canonical) == (found.kind is not Kind.INVALID)
        if found.kind in (Kind.INTERNAL, Kind.EXTERNAL):
            again = canonical(found.canonical, organization)
            assert (again.kind, again.canonical) == (found.kind, found.canonical), "canonical is a fixed point"


@pytest.mark.parametrize(
    ("number", "trunk_format", "country", "written"),
    [
        ("+4588887702", "e164", "DK", "4588887702"),
        ("+4588887702", "plus_e164", "DK", "+4588887702"),
        ("+4588887702", "national", "DK", "88887702"),
        ("+46701234567", "national", "SE", "0701234567"),
        ("+46701234567", "national", "DK", "0046701234567"),
        ("+46701234567", "national", "US", "01146701234567"),
        ("112", "e164", "DK", "112"),
        ("112", "plus_e164", "DK", "112"),
        ("1813", "national", "DK", "1813"),
    ],
)
def test_a_number_for_a_trunk(number: str, trunk_format: TrunkFormat, country: str, written: str) -> None:
    assert for_trunk(number, trunk_format, country) == written


@pytest.mark.parametrize("trunk_format", ["e164", "plus_e164", "national"])
@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+4588887702", "+4588887702"),
        ("4588887702", "+4588887702"),
        ("88887702", "+4588887702"),
        ("004588887702", "+4588887702"),
        ("+46 70-123 45 67", "+46701234567"),
        ("46701234567", "+46701234567"),
        ("112", "112"),
        ("201", "201"),
        ("anonymous", "anonymous"),
        ("", ""),
    ],
)
def test_a_number_from_a_trunk_that_keeps_its_format_or_not(
    number: str, trunk_format: TrunkFormat, expected: str
) -> None:
    assert from_trunk(number, trunk_format, "DK") == expected


@given(st.sampled_from(["e164", "plus_e164", "national"]), st.integers(20_000_000, 99_999_999))
def test_what_a_trunk_is_sent_means_the_same_when_it_comes_back(trunk_format: TrunkFormat, subscriber: int) -> None:
    dialled = canonical(f"{subscriber}", HOUSE)
    known = from_trunk(dialled.canonical[1:], "e164", "DK")
    if dialled.kind is Kind.EXTERNAL and known.startswith("+"):
        assert from_trunk(for_trunk(dialled.canonical, trunk_format, "DK"), trunk_format, "DK") == dialled.canonical
