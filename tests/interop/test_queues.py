"""Queues with phones that are not ours: fifty callers, ten agents, and nobody is offered two calls."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import pytest

from tests.interop.part import Part, audio
from tests.interop.server import ANNA, User
from tests.interop.stage import SippPhone, Stage
from tests.interop.test_extensions import InformingPart

pytestmark = [pytest.mark.interop]

AGENTS = [
    User(username=f"agent{one}", number=f"+458888772{one}", alias=f"22{one}", devices=(f"agent{one}-desk",))
    for one in range(10)
]
QUEUE: dict[str, Any] = {
    "name": "support",
    "number": "250",
    "code": "50",
    "display_text": "Support",
    "agents": [{"user": agent.username} for agent in AGENTS],
    "distribution": {"by": "round-robin", "ring_seconds": 5},
}
CALLERS = 50


def log_in(stage: Stage, *devices: str) -> list[SippPhone]:
    """Registered phones whose agents have logged in by code, and heard so."""
    phones = [stage.phone(device) for device in devices]
    logins = []
    for phone in phones:
        code = Part.calling("*11*50*", user=phone.name).invites_with_credentials(audio()).gets(183, optional=True)
        logins.append(phone.calls("*11*50*", code.gets(480).acks(failure=True)))
    stage.plays(*logins)
    return phones


def caller(number: str = "250") -> Part:
    """Somebody who is answered at once, waits, talks, and is hung up."""
    calls = Part.calling(number, user="anna-desk").invites_with_credentials(audio()).gets(200).acks()
    return calls.waits_for("BYE", within=30).replies(200)


@pytest.mark.covers("QUE-4", "QUE-12")
def test_fifty_callers_and_ten_agents(stage: Stage) -> None:
    stage.house = replace(stage.house, users=[ANNA, *AGENTS], organization={"queues": [QUEUE]})
    talks = Part.called().waits_for("INVITE", where={"From": '^"Support Anna"'}).answers(180)
    talks = talks.answers(200, audio(), repeated=True).waits_for("ACK").pauses(0.2).sends("BYE").gets(200)
    for phone in log_in(stage, *(agent.devices[0] for agent in AGENTS)):
        phone.waits(talks, calls=CALLERS)
    stage.plays(stage.phone("anna-desk").calls("250", caller(), calls=CALLERS, options=("-r", "25")))
    ends = stage.server.events("call-dequeued")
    assert Counter(end["result"] for end in ends) == {"answered": CALLERS}
    assert len(stage.server.events("call-queued")) == CALLERS
    assert {end["agent"] for end in ends} == {agent.username for agent in AGENTS}
    begun, over = defaultdict(list), defaultdict(list)
    for end in ends:
        begun[end["agent"]].append(end["time"])
    for finished in stage.server.events("agent-finished"):
        over[finished["agent"]].append(finished["time"])
    for agent, starts in begun.items():
        pairs = zip(over[agent], starts[1:], strict=False)
        assert all(finished <= start for finished, start in pairs), f"{agent} talked to two at once"


@pytest.mark.covers("QUE-8")
def test_a_caller_is_called_back(stage: Stage) -> None:
    """The caller presses 5 by INFO; when an agent has answered, his phone rings, and they talk."""
    callback = {"enabled": True, "display_text": "Callback"}
    longer = {"by": "round-robin", "ring_seconds": 20}
    queue = QUEUE | {"agents": [{"user": "agent0"}], "callback": callback, "distribution": longer}
    stage.house = replace(stage.house, users=[ANNA, AGENTS[0]], organization={"queues": [queue]})
    agent = Part.called().waits_for("INVITE", where={"From": '^"Callback Anna"'}, within=30).answers(180).pauses(7)
    agent = agent.answers(200, audio(), repeated=True).waits_for("ACK").pauses(6).sends("BYE").gets(200)
    [phone] = log_in(stage, "agent0-desk")
    answered = phone.waits(agent)
    anna = stage.phone("anna-desk")
    asks = InformingPart.calling("250", user="anna-desk").invites_with_credentials(audio()).gets(200).acks()
    asks.pauses(0.5).informs("Signal=5\nDuration=160").gets(200)
    stage.plays(anna.calls("250", asks.waits_for("BYE", within=30).replies(200)))
    called = Part.called().waits_for("INVITE", within=30).answers(180).answers(200, audio(), repeated=True)
    stage.plays(anna.waits(called.waits_for("ACK").waits_for("BYE", within=30).replies(200)), answered)
    [end] = stage.server.events("call-dequeued")
    assert (end["result"], end["agent"]) == ("called-back", "agent0")
