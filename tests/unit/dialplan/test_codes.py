"""Feature codes as phones send them, whole and digit by digit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.dialplan.codes import Complete, Incomplete, Match, match
from pbxd.org.codes import CALLS, CODES, NAMES, TAKING, clashes
from tests.unit.org.test_organization import HOUSE


@pytest.mark.parametrize(
    ("dialled", "expected"),
    [
        ("*23*1*", Complete("activity", ("1",))),
        ("*23*1*1300*", Complete("activity", ("1", "1300"))),
        ("*26*2*2412*1200*1300*", Complete("plan-activity", ("2", "2412", "1200", "1300"))),
        ("*24*1*", Complete("role", ("1",))),
        ("*20*2*", Complete("profile", ("2",))),
        ("*21*203*", Complete("divert", ("203",))),
        ("*21*+4526000001*", Complete("divert", ("+4526000001",))),
        ("#21#*", Complete("divert-off", ())),
        ("*61*203*", Complete("divert-busy", ("203",))),
        ("#63#*", Complete("divert-unreachable-off", ())),
        ("*22*", Complete("night-override", ())),
        ("#22#*", Complete("night-override-off", ())),
        ("*27*1800*", Complete("extend-hours", ("1800",))),
        ("*28*1*2412*1400*", Complete("absence", ("1", "2412", "1400"))),
        ("*29*1*", Complete("shortcut", ("1",))),
        ("*30*201*", Complete("show-number", ("201",))),
        ("*31*88887702*", Complete("show-once", ("88887702",))),
        ("#31#88887702*", Complete("hide-once", ("88887702",))),
        ("*25*2*88887702*", Complete("call-in-role", ("2", "88887702"))),
    ],
)
@pytest.mark.covers("CODE-6", "CODE-7", "CODE-8", "CODE-9", "CODE-10", "CODE-12", "CODE-16")
def test_codes_of_the_catalogue(dialled: str, expected: Match) -> None:
    assert match(dialled, HOUSE) == expected


@pytest.mark.parametrize(
    ("dialled", "expected"),
    [
        ("%2321%23*", Complete("divert-off", ())),
        ("%2A23%2A1%2A", Complete("activity", ("1",))),
        ("*23*1*;phone-context=house.example", Complete("activity", ("1",))),
        ("#21#*;phone-context=+45", Complete("divert-off", ())),
        ("*21*88 88 77-03*", Complete("divert", ("88887703",))),
        ("*23*1#", Complete("activity", ("1",))),
        ("*23*1*#", Complete("activity", ("1",))),
        ("#21#*#", Complete("divert-off", ())),
    ],
)
def test_escapes_parameters_separators_and_a_send_key(dialled: str, expected: Match) -> None:
    assert match(dialled, HOUSE) == expected


@pytest.mark.parametrize("code", ["*23*1*", "#21#*", "*26*2*2412*1200*1300*", "*21*+4526000001*", "*22*", "#31#203*"])
def test_digit_by_digit_everything_before_the_last_is_incomplete(code: str) -> None:
    for length in range(1, len(code)):
        assert match(code[:length], HOUSE) == Incomplete(), code[:length]
    assert isinstance(match(code, HOUSE), Complete)


@pytest.mark.parametrize(
    "dialled",
    [
        "", "203", "+4588887703", "1*23*1*", "*99*1*", "*23*one*", "*23*1*13*", "*23*1*1300*5*", "*23*123456789*",
        "*22*1*", "#22#1*", "***", "##", "*2x", "*23*1*\n", "*" * 65, "*23*1*1300*" + "*" * 60, "*88*", "*64*203*",
    ],
)  # fmt: skip
def test_what_is_no_code_and_can_t_become_one(dialled: str) -> None:
    assert match(dialled, HOUSE) is None


def test_a_configured_code_takes_the_place_of_the_usual_one() -> None:
    house = replace(HOUSE, feature_codes={"activity": "*5*", "divert-off": "##21#"})
    assert match("*5*1*1300*", house) == Complete("activity", ("1", "1300"))
    assert match("##21#", house) == Complete("divert-off", ())
    assert match("*23*1*", house) is None
    assert match("#21#*", house) is None
    assert match("##", house) == Incomplete()


def test_the_usual_codes_can_be_told_apart() -> None:
    assert list(clashes({name: code.start for name, code in NAMES.items()})) == []
    assert len(NAMES) == len({code.start for code in NAMES.values()})


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ({"role": "*23*"}, [("role", "activity")]),
        ({"role": "*2"}, [("role", other) for other in ("profile", "divert", "night-override", "activity")]),
        ({"role": "*23*1*"}, [("role", "activity")]),
        ({"role": "*23*", "activity": "*24*"}, []),
        ({"role": "*5*", "activity": "*5*"}, [("activity", "role")]),
        ({"nonsense": "*23*"}, []),
    ],
)
def test_codes_that_could_not_be_told_apart_are_found(
    configured: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    found = list(clashes(configured))
    assert found[: len(expected)] == expected
    assert bool(found) is bool(expected)


def test_every_code_has_its_place() -> None:
    assert len(CODES) + len(CALLS) + len(TAKING) == len({*CODES, *CALLS, *TAKING})
    assert {*CODES, *CALLS, *TAKING} <= NAMES.keys()


@given(st.text("*#0123456789+%;ab", max_size=70))
def test_anything_may_be_dialled(dialled: str) -> None:
    found = match(dialled, HOUSE)
    if isinstance(found, Complete):
        assert found.name in CODES.keys() | CALLS.keys() | TAKING.keys()
