"""What each kind of trunk, and a phone, is told of who calls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pbxd.calls.identity import Introduction, connected_to_device, connected_to_trunk, to_device, to_trunk
from pbxd.config.snapshot import Trunk
from pbxd.dialplan.diverted import Diverted
from pbxd.dialplan.treatment import Presentation
from pbxd.sip.uri import Uri
from tests.support.house import SETTINGS, configure

TARGET = Uri.parse("sip:+4533123456@192.0.2.99")
ANNA = Presentation(number="+4588887701", name="Anna Holm")
HIDDEN = replace(ANNA, hidden=True)
NOBODY = Presentation(number="", external=True)
BO = Diverted(number="+4588887702", reason="user-busy")
BY_BO = Presentation(number="+4540506070", name="Somebody", external=True, diverted=(BO,))
ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'
ASSERTED = "P-Asserted-Identity"
ACCOUNT = "register: {username: house-1, password: x, domain: carrier.example}"
PREFERRED = "P-Preferred-Identity"
DIVERSION = "<sip:+4588887702@house.example>;reason=user-busy;counter=1;privacy=off"


@pytest.fixture
def trunk(tmp_path: Path) -> Any:
    def with_policy(policy: str) -> Trunk:
        return configure(tmp_path, settings=SETTINGS + "".join(f"    {line}\n" for line in policy.split("; "))).trunks[
            "trunk"
        ]

    return with_policy


def told(presents: Presentation, trunk: Trunk) -> Introduction:
    return to_trunk(presents, trunk, "house.example", TARGET)


@pytest.mark.covers("CLI-5")
@pytest.mark.parametrize(
    ("policy", "presents", "from_", "headers"),
    [
        ("trusted: false", ANNA, '"Anna Holm" <sip:+4588887701@house.example>', {}),
        ("trusted: false", HIDDEN, ANONYMOUS, {}),
        ("trusted: false", NOBODY, ANONYMOUS, {}),
        (
            "trusted: true",
            ANNA,
            '"Anna Holm" <sip:+4588887701@house.example>',
            {ASSERTED: '"Anna Holm" <sip:+4588887701@house.example>'},
        ),
        (
            "trusted: true",
            HIDDEN,
            ANONYMOUS,
            {ASSERTED: '"Anna Holm" <sip:+4588887701@house.example>', "Privacy": "id"},
        ),
        ("trusted: true", NOBODY, ANONYMOUS, {"Privacy": "id"}),
        ("trusted: true; identity: none", ANNA, '"Anna Holm" <sip:+4588887701@house.example>', {}),
        (
            "identity: p-preferred-identity",
            ANNA,
            '"Anna Holm" <sip:+4588887701@house.example>',
            {PREFERRED: '"Anna Holm" <sip:+4588887701@house.example>'},
        ),
        ("identity: p-preferred-identity", HIDDEN, ANONYMOUS, {}),
        (
            f"from: account; identity: p-preferred-identity; {ACCOUNT}",
            ANNA,
            '"Anna Holm" <sip:house-1@house.example>',
            {PREFERRED: '"Anna Holm" <sip:+4588887701@house.example>'},
        ),
        (
            f"from: account; {ACCOUNT}",
            HIDDEN,
            ANONYMOUS,
            {},
        ),
    ],
)
def test_who_calls(trunk: Any, policy: str, presents: Presentation, from_: str, headers: dict[str, str]) -> None:
    found = told(presents, trunk(policy))
    assert str(found.from_) == from_
    assert dict(found.headers) == headers


@pytest.mark.covers("CLI-6")
@pytest.mark.parametrize(
    ("policy", "from_", "headers"),
    [
        ("diversion: diversion", "+4540506070", [("Diversion", DIVERSION)]),
        ("diversion: none", "+4540506070", []),
        (
            "diversion: history-info",
            "+4540506070",
            [
                ("History-Info", "<sip:+4588887702@house.example>;index=1"),
                ("History-Info", "<sip:+4533123456@192.0.2.99;cause=486>;index=1.1;mp=1"),
            ],
        ),
        (
            "diversion: both",
            "+4540506070",
            [
                ("Diversion", DIVERSION),
                ("History-Info", "<sip:+4588887702@house.example>;index=1"),
                ("History-Info", "<sip:+4533123456@192.0.2.99;cause=486>;index=1.1;mp=1"),
            ],
        ),
        ("caller_number: replace", "+4588887702", [("Diversion", DIVERSION)]),
    ],
)
def test_a_diverted_call(trunk: Any, policy: str, from_: str, headers: list[tuple[str, str]]) -> None:
    found = told(BY_BO, trunk(policy))
    assert found.from_.uri.user == from_
    assert list(found.headers) == headers


@pytest.mark.covers("CLI-6")
@pytest.mark.parametrize(
    "presents",
    [
        ANNA,
        replace(ANNA, diverted=(BO,)),
        replace(BY_BO, diverted=()),
        replace(BY_BO, diverted=(replace(BO, number=""),)),
    ],
)
def test_a_number_is_replaced_only_where_it_is_foreign_and_there_is_another(trunk: Any, presents: Presentation) -> None:
    assert told(presents, trunk("caller_number: replace")).from_.uri.user == presents.number


@pytest.mark.covers("CLI-6")
def test_the_diverting_number_stands_in_for_an_unknown_caller(trunk: Any) -> None:
    found = told(replace(NOBODY, diverted=(BO,)), trunk("caller_number: replace; trusted: true; diversion: none"))
    assert str(found.from_) == "<sip:+4588887702@house.example>"
    assert found.headers == ((ASSERTED, "<sip:+4588887702@house.example>"),)


@pytest.mark.covers("CLI-6")
@pytest.mark.parametrize(
    ("trusted", "named"), [("true", "+4588887702@house.example"), ("false", "anonymous@anonymous.invalid")]
)
def test_who_may_not_be_named_is_named_to_the_trusted_only(trunk: Any, trusted: str, named: str) -> None:
    presents = replace(ANNA, diverted=(replace(BO, private=True),))
    found = told(presents, trunk(f"diversion: both; trusted: {trusted}; identity: none"))
    diversion, first, _ = (value for _, value in found.headers)
    assert f"<sip:{named}>;reason=user-busy;counter=1;privacy=full" in diversion
    assert first == f"<sip:{named}?Privacy=history>;index=1"


@pytest.mark.covers("CLI-6")
def test_a_phone_is_told_the_latest_diversion_first() -> None:
    first = Diverted(number="203", reason="no-answer", private=True)
    found = to_device(replace(ANNA, diverted=(first, replace(BO, number="202"))), "house.example")
    assert [value for _, value in found.headers] == [
        "<sip:202@house.example>;reason=user-busy;counter=1;privacy=off",
        '"Anonymous" <sip:anonymous@anonymous.invalid>;reason=no-answer;counter=1;privacy=full',
    ]


@pytest.mark.covers("CLI-5")
def test_a_phone_does_not_learn_who_wants_to_stay_unknown() -> None:
    assert str(to_device(HIDDEN, "house.example").from_) == ANONYMOUS
    assert to_device(HIDDEN, "house.example").headers == ()


@pytest.mark.covers("CALL-3")
def test_whom_a_phone_talks_to_now() -> None:
    assert connected_to_device(ANNA, "house.example") == ((ASSERTED, '"Anna Holm" <sip:+4588887701@house.example>'),)
    for unknown in (HIDDEN, NOBODY):
        assert connected_to_device(unknown, "house.example") == ((ASSERTED, ANONYMOUS),)


@pytest.mark.covers("CALL-3")
@pytest.mark.parametrize(
    ("policy", "presents", "headers"),
    [
        ("trusted: false", ANNA, {}),
        ("trusted: true", ANNA, {ASSERTED: '"Anna Holm" <sip:+4588887701@house.example>'}),
        ("trusted: true", HIDDEN, {ASSERTED: '"Anna Holm" <sip:+4588887701@house.example>', "Privacy": "id"}),
        ("trusted: true", NOBODY, {}),
        ("trusted: true; caller_number: replace", BY_BO, {}),
        ("trusted: true", BY_BO, {ASSERTED: '"Somebody" <sip:+4540506070@house.example>'}),
    ],
)
def test_whom_a_trunk_is_told_to_talk_to_now(trunk: Any, policy: str, presents: Presentation, headers: Any) -> None:
    assert dict(connected_to_trunk(presents, trunk(policy), "house.example")) == headers
