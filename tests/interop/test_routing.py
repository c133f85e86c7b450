"""What the dialplan decides, as phones and carriers that nobody here wrote see it: who rings, when, and what shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.interop.part import Part, audio
from tests.interop.server import USERS, secret
from tests.interop.stage import SippPhone, Stage

pytestmark = pytest.mark.interop


def steered(stage: Stage, *rules: str, **more: Any) -> None:
    """Have the house follow these rules for calls that are received."""
    organization = {"rules": {"incoming": {"overridable": list(rules)}}, **more}
    stage.house = replace(stage.house, organization=organization, server={"log": {"format": "json", "level": "debug"}})


def people(**groups: list[str]) -> list[Mapping[str, Any]]:
    """The users of the house, in groups."""
    return [
        {
            "username": user.username,
            "name": user.username.title(),
            "groups": groups.get(user.username, []),
            "lines": [{"number": user.number, "alias": user.alias, "type": "landline"}],
            "devices": [{"name": name, "kind": "desk", "password": secret(name)} for name in user.devices],
        }
        for user in USERS
    ]


def answers(**expected: str) -> Part:
    """A phone that answers once the INVITE is as it should be."""
    where = {name.replace("_", "-"): pattern for name, pattern in expected.items()}
    part = Part.called().waits_for("INVITE", where=where).answers(180).pauses(0.2).answers(200, audio(), repeated=True)
    return part.waits_for("ACK").waits_for("BYE").replies(200)


def gives(status: int) -> Part:
    """A phone that rings, and then says something else."""
    return Part.called().waits_for("INVITE").answers(180).answers(status, repeated=True).waits_for("ACK")


def rings_in_vain() -> Part:
    part = Part.called().waits_for("INVITE").answers(180).waits_for("CANCEL", where={"Reason": "cause=408"}, within=10)
    return part.replies(200).answers(487, repeated=True).waits_for("ACK")


def talks(number: str) -> Part:
    """Anna's call, which somebody answers."""
    part = Part.calling(number, user="anna-desk").invites_with_credentials(audio())
    return part.gets(180, optional=True).gets(200).acks().pauses(0.3).sends("BYE").gets(200)


def fails(number: str, status: int, **expected: str) -> Part:
    """Anna's call, which comes to nothing."""
    where = {name.replace("_", "-"): pattern for name, pattern in expected.items()}
    part = Part.calling(number, user="anna-desk").invites_with_credentials(audio()).gets(180, optional=True)
    return part.gets(status, where=where).acks(failure=True)


def carriers(stage: Stage, *more: Mapping[str, Any]) -> list[SippPhone]:
    """Trunks of the house, best first."""
    found = [stage.stranger(f"carrier-{place}") for place, _ in enumerate(more)]
    trunks = [
        {
            "name": carrier.name,
            "address": f"sip:{carrier.host}:5060",
            "match": [f"{carrier.host}:5060"],
            "organizations": ["house"],
            "options_every": 0,
            "priority": place + 1,
            **said,
        }
        for place, (carrier, said) in enumerate(zip(found, more, strict=True))
    ]
    stage.house = replace(stage.house, trunks=trunks)
    return found


@pytest.mark.covers("RULE-3", "CALL-1")
def test_a_second_phone_rings_a_while_after_the_first(stage: Stage) -> None:
    steered(stage, "when the called number is 202, ring all devices, and also user cora after 2 seconds")
    loser = Part.called().waits_for("INVITE").answers(180).waits_for("CANCEL", within=10).replies(200)
    stage.phone("bo-desk").waits(loser.answers(487, repeated=True).waits_for("ACK"))
    stage.phone("cora-desk").waits(answers(From='"Anna" *<sip:201@'))
    stage.phone("anna-desk").calls("202", talks("202"))
    stage.plays()
    first, second = (
        next(line["time"] for line in stage.server.events("leg-dialled") if line["party"] == party)
        for party in ("bo-desk", "cora-desk")
    )
    assert 1.9 < seconds_of(second) - seconds_of(first) < 2.6


def seconds_of(time: str) -> float:
    """The seconds of a log line's time, within the hour."""
    _, minutes, seconds = time.rstrip("Z").rsplit(":", 2)
    return int(minutes) * 60 + float(seconds)


@pytest.mark.covers("RULE-3")
def test_a_phone_that_joins_for_a_while_only(stage: Stage) -> None:
    steered(stage, "when the called number is 202, ring all devices for 1 seconds, and also user cora for 3 seconds")
    stage.phone("bo-desk").waits(rings_in_vain())
    late = Part.called().waits_for("INVITE").answers(180).pauses(2).answers(200, audio(), repeated=True)
    stage.phone("cora-desk").waits(late.waits_for("ACK").waits_for("BYE").replies(200))
    stage.phone("anna-desk").calls("202", talks("202"))
    stage.plays()


@pytest.mark.covers("RULE-2")
@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("was busy", gives(486)),
        ("was declined", gives(603)),
        ("went unanswered", rings_in_vain()),
        ("was unreachable", Part.called().waits_for("INVITE").answers(404, repeated=True).waits_for("ACK")),
    ],
    ids=["busy", "declined", "no-answer", "unreachable"],
)
def test_what_comes_of_it_re_enters_the_rules(stage: Stage, words: str, part: Part) -> None:
    steered(stage, f"when the called number is 202 and an earlier attempt {words}, user cora")
    stage.house = replace(stage.house, ring_seconds=2)
    stage.phone("bo-desk").waits(part)
    stage.phone("cora-desk").waits(answers(From='"Anna" *<sip:201@'))
    stage.phone("anna-desk").calls("202", talks("202"))
    stage.plays()


@pytest.mark.covers("RULE-7", "PRES-6")
def test_without_call_waiting_a_second_call_is_busy_at_once(stage: Stage) -> None:
    stage.house = replace(stage.house, settings={"call_waiting": False})
    stage.phone("bo-desk").waits(answers())
    cora = stage.phone("cora-desk")
    anna = stage.phone("anna-desk")
    part = Part.calling("202", user="cora-desk").invites_with_credentials(audio()).gets(180, optional=True).gets(200)
    first = cora.calls("202", part.acks().pauses(3).sends("BYE").gets(200))
    part = Part.calling("202", user="anna-desk").pauses(1).invites_with_credentials(audio()).gets(486)
    second = anna.calls("202", part.acks(failure=True))
    stage.plays(second)
    assert first.status is None, "Bo was called once, and still talks"
    stage.plays()


@pytest.mark.covers("HUNT-1")
def test_a_hunt_group_one_after_the_other(stage: Stage) -> None:
    groups = {"groups": [{"name": "team"}], "users": people(bo=["team"], cora=["team"])}
    team = {"name": "team", "number": "1510", "groups": ["team"], "order": "sequential", "ring_seconds": 1}
    steered(stage, hunt_groups=[team], **groups)
    stage.house = replace(stage.house, ranges=(*stage.house.ranges, ("1500", "1599")))
    stage.phone("bo-desk").waits(rings_in_vain())
    stage.phone("cora-desk").waits(answers(From='"Anna" *<sip:201@'))
    stage.phone("anna-desk").calls("1510", talks("1510"))
    stage.plays()


@pytest.mark.covers("HUNT-1")
def test_a_hunt_group_all_at_once_and_then_its_fallback(stage: Stage) -> None:
    groups = {"groups": [{"name": "team"}], "users": people(bo=["team"], cora=["team"])}
    team = {"name": "team", "number": "1510", "groups": ["team"], "order": "parallel", "ring_seconds": 1}
    steered(stage, hunt_groups=[team | {"fallback": "201"}], **groups)
    stage.house = replace(stage.house, ranges=(*stage.house.ranges, ("1500", "1599")))
    stage.phone("bo-desk").waits(rings_in_vain())
    stage.phone("cora-desk").waits(rings_in_vain())
    stage.phone("anna-soft").waits(answers(From='"Anna" *<sip:201@'))
    stage.phone("anna-desk").calls("1510", talks("1510"))
    stage.plays()


@pytest.mark.covers("NUM-6")
def test_a_barred_call(stage: Stage) -> None:
    carriers(stage, {})
    barring = {"barring": [{"name": "abroad", "deny": {"prefixes": ["+46"]}}]}
    stage.house = replace(stage.house, organization=barring, settings={"barring": ["abroad"]})
    why = 'cause=403;text="abroad: .46701234567 begins with .46"'
    stage.phone("anna-desk").calls("0046701234567", fails("0046701234567", 403, Reason=why))
    stage.plays()


@pytest.mark.covers("NUM-4")
def test_a_call_for_help_goes_by_the_second_trunk_when_the_first_is_full(stage: Stage) -> None:
    first, second = carriers(stage, {"max_calls": 1}, {})
    emergency = {"emergency": {"callback_number": "+4588887799", "location": "Kajgade 1"}}
    stage.house = replace(stage.house, organization=emergency)
    first.waits(answers())
    second.waits(answers(From="<sip:4588887799@"))
    cora = Part.calling("35353535", user="cora-desk").invites_with_credentials(audio()).gets(180, optional=True)
    stage.phone("cora-desk").calls("35353535", cora.gets(200).acks().pauses(3).sends("BYE").gets(200))
    anna = Part.calling("112", user="anna-desk").pauses(1).invites_with_credentials(audio()).gets(180, optional=True)
    stage.phone("anna-desk").calls("112", anna.gets(200).acks().pauses(0.3).sends("BYE").gets(200))
    stage.plays()


@pytest.mark.covers("DIV-1", "CLI-6")
def test_a_diversion_by_feature_code_leads_outside_and_says_whose_it_is(stage: Stage) -> None:
    (carrier,) = carriers(stage, {"diversion": "diversion"})
    code = Part.calling("*21*35353535*", user="bo-desk").invites_with_credentials(audio()).gets(183).gets(480)
    stage.plays(stage.phone("bo-desk").calls("*21*35353535*", code.acks(failure=True)))
    carrier.waits(answers(From="<sip:4588887701@", Diversion="<sip:4588887702@[0-9.]+>;reason=unconditional"))
    stage.phone("anna-desk").calls("202", talks("202"))
    stage.plays()
