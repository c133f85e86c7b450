"""Which number a call shows where it leaves, by everything that may say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbxd.config.loading import load
from pbxd.config.snapshot import Configuration
from pbxd.dialplan.router import Decision, decide
from pbxd.dialplan.situation import FromDevice, FromTrunk, Situation, Source
from pbxd.dialplan.supposed import Supposed
from pbxd.dialplan.treatment import Chosen, Outcome, Presentation, Reject, Ring, TrunkTarget
from pbxd.org.rules import ToNumber
from pbxd.org.state import NOTHING_SET, Diversion, ProfileSet, UserState

OFFICE_TIME, EVENING = "2026-11-24 10:00", "2026-11-24 20:00"
LANDLINE, MOBILE, SWITCHBOARD, SHARED = "+4588887701", "+4526000001", "+4588887700", "+4588887750"
HOUSE = f"""\
organization: house
name: The House
domain: house.example
country: DK
timezone: Europe/Copenhagen
languages: [en]
switchboard: "{SWITCHBOARD}"
emergency: {{callback_number: "+4588887799", location: "Kajgade 1"}}
number_ranges:
  - {{from: "{SWITCHBOARD}", to: "+4588887799"}}
  - {{from: "{MOBILE}", to: "+4526000009"}}
  - {{from: "200", to: "299"}}
outside_line_prefix: "0"
number_conversions: {{own: [{{prefix: "7", digits: 2, rewrite: "+45706060"}}]}}
number_types:
  premium: {{prefixes: ["+4590"]}}
barring:
  - {{name: no-premium, deny: {{types: [premium]}}}}
display_numbers: [{{number: "{SHARED}", users: [anna]}}]
working_hours: {{mon-fri: ["08:00-16:00"]}}
activities: [{{name: available, available: true}}]
roles: [{{name: timed}}]
profiles:
  - {{name: office, present: {{landline: switchboard, mobile: "{SHARED}"}}}}
  - {{name: quiet, present: {{landline: hidden}}}}
settings:
  timed_presentation: {{role: timed, inside: switchboard, outside: mobile}}
  barring: [no-premium]
users:
  - username: anna
    name: Anna Holm
    lines: [{{number: "{LANDLINE}", alias: "201"}}, {{number: "{MOBILE}", type: mobile}}]
    devices:
      - {{name: anna-desk, kind: desk, password: x}}
      - {{name: anna-mobile, kind: mobile, number: "{MOBILE}", password: x}}
  - username: bo
    name: Bo Lind
    lines: [{{number: "+4588887702", alias: "202"}}]
    devices: [{{name: bo-desk, kind: desk, password: x}}]
"""
SERVER = """\
listen: [udp://127.0.0.1:5060]
organizations: [house.yaml]
trunks: [{name: carrier, address: sip:192.0.2.10, organizations: [house], number_format: plus_e164}]
"""
DESK = FromDevice(organization="house", user="anna", device="anna-desk")


@pytest.fixture
def configured(tmp_path: Path) -> Configuration:
    return configure(tmp_path)


def configure(folder: Path, more: str = "", *, base: str = HOUSE) -> Configuration:
    (folder / "pbxd.yaml").write_text(SERVER)
    (folder / "house.yaml").write_text(base + more)
    return load(folder / "pbxd.yaml")


def decided(
    configuration: Configuration,
    dialled: str,
    source: Source = DESK,
    *,
    states: Mapping[str, UserState] | None = None,
    at: str = OFFICE_TIME,
    outcomes: Sequence[Outcome] = (),
) -> Decision:
    facts = Supposed(
        organizations=configuration.organizations,
        by_name=configuration.trunks,
        states={("house", user): state for user, state in (states or {}).items()},
    )
    now = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Europe/Copenhagen")).timestamp()
    situation = Situation(source=source, dialled=dialled)
    for outcome in outcomes:
        situation = situation.after(decide(situation, facts, now), outcome)
    return decide(situation, facts, now)


def presented(decision: Decision) -> Presentation:
    assert isinstance(decision.treatment, Ring)
    target = decision.treatment.targets[0]
    assert isinstance(target, TrunkTarget)
    assert target.presents is not None
    return target.presents


OFFICE = UserState(profile=ProfileSet(profile="office", since=0))
TIMED = UserState(role="timed")


@pytest.mark.covers("CLI-1", "CLI-4", "PROF-1")
@pytest.mark.parametrize(
    ("state", "device", "at", "number"),
    [
        (NOTHING_SET, "anna-desk", OFFICE_TIME, LANDLINE),
        (replace(OFFICE, shown_number=SHARED), "anna-desk", OFFICE_TIME, SHARED),
        (replace(OFFICE, shown_number="+4570000000"), "anna-desk", OFFICE_TIME, SWITCHBOARD),
        (OFFICE, "anna-desk", OFFICE_TIME, SWITCHBOARD),
        (OFFICE, "anna-mobile", OFFICE_TIME, SHARED),
        (TIMED, "anna-desk", OFFICE_TIME, SWITCHBOARD),
        (TIMED, "anna-desk", EVENING, MOBILE),
        (replace(TIMED, profile=ProfileSet(profile="office", since=0)), "anna-mobile", EVENING, SHARED),
    ],
)
def test_the_number_that_is_shown(
    configured: Configuration, state: UserState, device: str, at: str, number: str
) -> None:
    source = replace(DESK, device=device)
    decision = decided(configured, "+4570123456", source, states={"anna": state}, at=at)
    assert (presented(decision).number, presented(decision).hidden) == (number, False)
    assert any(words.startswith("presentation: ") and number in words for words in decision.trail)


@pytest.mark.covers("CLI-1", "CLI-5")
def test_a_profile_may_hide_the_number(configured: Configuration) -> None:
    state = UserState(profile=ProfileSet(profile="quiet", since=0))
    shown = presented(decided(configured, "+4570123456", states={"anna": state}))
    assert (shown.number, shown.hidden) == (LANDLINE, True)


@pytest.mark.covers("CLI-1", "RULE-3")
def test_a_rule_comes_before_what_the_user_has_chosen(tmp_path: Path) -> None:
    rule = 'rules: {outgoing: {required: ["when a call is made, show number +4588887777, then next rule"]}}\n'
    configuration = configure(tmp_path, rule)
    assert presented(decided(configuration, "+4570123456", states={"anna": OFFICE})).number == "+4588887777"


@pytest.mark.covers("CLI-4")
def test_the_mobile_number_on_internal_calls(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    internal = configure(folder)
    (folder / "house.yaml").write_text(HOUSE.replace("settings:\n", "settings:\n  internal_presentation: mobile\n"))
    for configuration, number in ((internal, "201"), (load(folder / "pbxd.yaml"), MOBILE)):
        treatment = decided(configuration, "202").treatment
        assert isinstance(treatment, Ring)
        assert treatment.presents.number == number


@pytest.mark.covers("NUM-4")
@pytest.mark.parametrize("dialled", ["112", "0112", "+45112"])
def test_a_call_for_help_shows_the_callback_number_whatever_was_chosen(configured: Configuration, dialled: str) -> None:
    state = UserState(shown_number="hidden", profile=ProfileSet(profile="quiet", since=0))
    decision = decided(configured, dialled, replace(DESK, hidden=True), states={"anna": state})
    shown = presented(decision)
    assert (shown.number, shown.hidden) == ("+4588887799", False)
    assert "presentation: the callback number +4588887799 is shown, for help at Kajgade 1" in decision.trail


@pytest.mark.covers("NUM-6", "SEC-6")
def test_what_is_barred_is_barred_for_diversions_as_well(configured: Configuration) -> None:
    treatment = decided(configured, "+4590123456").treatment
    assert isinstance(treatment, Reject)
    assert (treatment.status, treatment.result) == (403, "barred")
    diverted = UserState(diversions=(Diversion(kind="always", to="0+4590123456"),))
    outsider = FromTrunk(
        organization="house", trunk="carrier", number="+4570111111", number_format="plus_e164", name=""
    )
    treatment = decided(configured, LANDLINE, outsider, states={"anna": diverted}).treatment
    assert not isinstance(treatment, Ring) or not any(isinstance(one, TrunkTarget) for one in treatment.targets)


OUTSIDER = FromTrunk(organization="house", trunk="carrier", number="+4570111111", number_format="plus_e164", name="")


def called(decision: Decision) -> list[str]:
    """The numbers outside that are called."""
    if not isinstance(decision.treatment, Ring):
        return []
    return [target.number for target in decision.treatment.targets if isinstance(target, TrunkTarget)]


@pytest.mark.covers("NUM-2", "NUM-11")
@pytest.mark.parametrize("prefix", ["0", "00"])
@pytest.mark.parametrize("number", ["004570606011", "70606011", "711"])
def test_prefix_and_conversions_go_for_dialled_diversion_forward_and_overflow_numbers_alike(
    tmp_path: Path, prefix: str, number: str
) -> None:
    base = HOUSE.replace('outside_line_prefix: "0"', f'outside_line_prefix: "{prefix}"')
    for dialled in (number, prefix + number):
        forward = (
            f'rules: {{incoming: {{required: ["when the called number is +4588887702, number {dialled}"]}}}}\n'
            f'queues: [{{name: q, number: "299", waiting: {{max_wait: 1, then: "{dialled}"}}}}]\n'
        )
        configuration = configure(tmp_path, forward, base=base)
        diverted = UserState(diversions=(Diversion(kind="always", to=dialled),))
        overflow = configuration.organizations["house"].queues["q"].waiting.then
        assert isinstance(overflow, ToNumber)
        for decision in (
            decided(configuration, dialled),
            decided(configuration, LANDLINE, OUTSIDER, states={"anna": diverted}),
            decided(configuration, "+4588887702", OUTSIDER),
            decided(configuration, "299", OUTSIDER, outcomes=[Chosen(to=overflow)]),
        ):
            assert called(decision) == ["+4570606011"], decision.trail
