"""The router on random calls: it always decides, always ends, and never sends where it must not."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from pbxd.config import load
from pbxd.config.snapshot import NumberFormat, Trunk
from pbxd.dialplan.numbering import Kind, canonical
from pbxd.dialplan.reach import MAX_HOPS
from pbxd.dialplan.router import Decision, decide
from pbxd.dialplan.situation import FromDevice, FromTrunk, Situation, Source
from pbxd.dialplan.supposed import Supposed
from pbxd.dialplan.treatment import (
    Busy,
    Completed,
    Declined,
    DeviceTarget,
    NoAnswer,
    Outcome,
    Redirected,
    Reject,
    Ring,
    TrunkTarget,
    Unreachable,
)
from pbxd.org.numbers import NumberRange
from pbxd.org.organization import Organization
from pbxd.org.users import Device, Line, User

EMERGENCY = ("112", "0112", "+45112", "+112", "0-112")


def user(name: str, number: int) -> User:
    return User(
        username=name,
        name=name.title(),
        language="da",
        lines=(Line(number=f"+458888770{number}", alias=f"20{number}"),),
        devices=tuple(Device(name=f"{name}-{kind}", kind="desk", password="secret") for kind in ("desk", "soft")),
    )


HOUSE = Organization(
    name="house",
    title="The House",
    domain="house.example",
    country="DK",
    timezone=ZoneInfo("Europe/Copenhagen"),
    languages=("da",),
    switchboard="+4588887700",
    number_ranges=(NumberRange(first="+4588887700", last="+4588887799"), NumberRange(first="200", last="299")),
    outside_line_prefix="0",
    users={"anna": user("anna", 1), "bo": user("bo", 2)},
)
DEVICES = [device.name for person in HOUSE.users.values() for device in person.devices]


TRUNKS = """\
listen: [udp://192.0.2.1:5060]
database: sqlite:///unused.db
media: {rtp_ports: 20000-23999, codecs: [pcma]}
data: var
organizations: [house.yaml]
trunks:
""" + "".join(
    f"  - {{name: {name}, address: sip:192.0.2.9, match: [192.0.2.9:{5060 + place}], number_format: {name},"
    " organizations: [house]}\n"
    for place, name in enumerate(get_args(NumberFormat))
)

ORGANIZATION = """\
organization: house
name: The House
domain: house.example
country: DK
timezone: Europe/Copenhagen
languages: [da]
"""


@cache
def configured() -> Mapping[str, Trunk]:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "pbxd.yaml").write_text(TRUNKS)
        Path(directory, "house.yaml").write_text(ORGANIZATION)
        return load(Path(directory, "pbxd.yaml")).trunks


NOW = 1_795_600_000.0


def world(reachable: frozenset[str], lines: Mapping[NumberFormat, str]) -> Supposed:
    """Facts as they may be: the devices that are registered; trunks named after their formats, and what is wrong."""
    return Supposed(
        organizations={"house": HOUSE},
        by_name={name: configured()[name] for name in lines},
        down={name: why for name, why in lines.items() if why},
        absent=frozenset(("house", device) for device in DEVICES if device not in reachable),
    )


def usable(facts: Supposed) -> list[str]:
    """The trunks that may be tried, in order."""
    return [name for name in facts.by_name if name not in facts.down]


numbers = st.sampled_from(
    [
        "201",
        "202",
        "203",
        "299",
        "+4588887701",
        "88887702",
        "+4588887799",
        "35353535",
        "0035353535",
        "+46701234567",
        "114",
    ]
) | st.text(max_size=20)
dialled = st.sampled_from(EMERGENCY) | numbers
formats = st.sampled_from(get_args(NumberFormat))
lines = st.dictionaries(formats, st.sampled_from(["", "", "is down", "is full"]))
worlds = st.builds(world, st.frozensets(st.sampled_from(DEVICES)), lines)
sources: st.SearchStrategy[Source] = st.builds(
    lambda device: FromDevice(organization="house", user=device.partition("-")[0], device=device),
    st.sampled_from(DEVICES),
) | st.builds(
    FromTrunk,
    organization=st.just("house"),
    trunk=st.just("e164"),
    number=st.sampled_from(["", "+4635353535", "35353535"]) | st.text(max_size=12),
    number_format=formats,
    name=st.text(max_size=8),
)
redirections = dialled.map(lambda number: f"sip:{number}@house.example") | st.text(max_size=20)
outcomes: st.SearchStrategy[Outcome] = st.one_of(
    st.just(Busy()),
    st.just(NoAnswer()),
    st.just(Declined()),
    st.builds(Unreachable, status=st.integers(300, 699), reason=st.text(max_size=10)),
    st.builds(Redirected, by=st.sampled_from(DEVICES), to=st.lists(redirections, max_size=2).map(tuple)),
    st.just(Completed(reason="hung up")),
)


def play(situation: Situation, world: Supposed, data: st.DataObject) -> list[Decision]:
    """Decide until nothing is left, as a call does, with any outcome that each treatment can have."""
    decisions = []
    while True:
        decision = decide(situation, world, NOW)
        decisions.append(decision)
        assert decision == decide(situation, world, NOW), "the same facts, another decision"
        if decision.treatment is None or isinstance(decision.treatment, Reject):
            return decisions
        situation = situation.after(decision, data.draw(outcomes))
        assert len(decisions) <= 4 * (MAX_HOPS + 1), "it does not end"


@settings(deadline=None)  # the first look at numbering plans takes a while
@given(sources, dialled, worlds, st.data())
def test_every_call_is_decided_to_its_end(source: Source, number: str, world: Supposed, data: st.DataObject) -> None:
    for decision in play(Situation(source=source, dialled=number), world, data):
        assert decision.trail
        assert all(decision.trail)
        match decision.treatment:
            case Ring(targets=targets, seconds=seconds):
                assert targets
                assert seconds > 0
            case Reject(status=status):
                assert 400 <= status <= 699
                assert status // 100 != 5, "a 5xx makes phones give the server up"


@settings(deadline=None)
@given(sources, dialled, worlds, st.data())
def test_what_rings_can_be_rung(source: Source, number: str, world: Supposed, data: st.DataObject) -> None:
    for decision in play(Situation(source=source, dialled=number), world, data):
        if not isinstance(decision.treatment, Ring):
            continue
        emergency = decision.treatment.emergency
        for target in decision.treatment.targets:
            match target:
                case DeviceTarget(device=device):
                    assert world.registered("house", device)
                    assert not (isinstance(source, FromDevice) and device == source.device)
                case TrunkTarget(trunk=trunk):
                    assert trunk in usable(world) or emergency


@settings(deadline=None)
@given(sources.filter(lambda source: isinstance(source, FromTrunk)), dialled, worlds, st.data())
def test_nothing_from_a_trunk_goes_out_by_a_trunk_unless_a_phone_sends_it(
    source: Source, number: str, world: Supposed, data: st.DataObject
) -> None:
    for decision in play(Situation(source=source, dialled=number), world, data):
        if isinstance(decision.treatment, Ring) and not decision.treatment.presents.diverted:
            assert not any(isinstance(target, TrunkTarget) for target in decision.treatment.targets)
        if isinstance(decision.treatment, Ring):
            assert not any(canonical(decision.called, HOUSE).kind is Kind.EMERGENCY for _ in decision.treatment.targets)


@settings(deadline=None)
@given(st.sampled_from(DEVICES), st.sampled_from(EMERGENCY), worlds, st.data())
def test_emergency_numbers_go_out_as_they_are(device: str, number: str, world: Supposed, data: st.DataObject) -> None:
    assert canonical(number, HOUSE).kind is Kind.EMERGENCY
    source = FromDevice(organization="house", user=device.partition("-")[0], device=device)
    first = play(Situation(source=source, dialled=number), world, data)[0]
    if not usable(world):
        assert isinstance(first.treatment, Ring) is bool(world.by_name), "a trunk that is down may do, if no other does"
        return
    assert isinstance(first.treatment, Ring)
    (target,) = first.treatment.targets
    assert isinstance(target, TrunkTarget)
    assert [one.trunk for one in (target, *target.otherwise)] == usable(world)
    assert {one.number for one in (target, *target.otherwise)} == {"112"}


@settings(deadline=None)
@given(st.sampled_from(DEVICES), worlds)
def test_each_usable_trunk_is_tried_once(device: str, world: Supposed) -> None:
    source = FromDevice(organization="house", user=device.partition("-")[0], device=device)
    treatment = decide(Situation(source=source, dialled="+46701234567"), world, NOW).treatment
    targets = treatment.targets if isinstance(treatment, Ring) else ()
    tried = [one.trunk for target in targets if isinstance(target, TrunkTarget) for one in (target, *target.otherwise)]
    assert tried == usable(world)
