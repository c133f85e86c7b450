"""Queues with phones that are not ours: fifty callers, ten agents, and nobody is offered two calls."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import pytest

from pbxd.config.place import control_path
from pbxd.control import call
from tests.interop.operator import eventually
from tests.interop.part import Part, audio
from tests.interop.server import ANNA, BO, CORA, User
from tests.interop.stage import SippPhone, Stage
from tests.interop.test_extensions import InformingPart
from tests.interop.test_transfers import REFER_TO, anna_calls, notified, told

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


def asks_for_callback() -> Part:
    """A caller who presses 5 by INFO, hears what becomes of that, and is hung up."""
    asks = InformingPart.calling("250", user="anna-desk").invites_with_credentials(audio()).gets(200).acks()
    asks.pauses(0.5).informs("Signal=5\nDuration=160").gets(200)
    return asks.waits_for("BYE", within=30).replies(200)


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
    stage.plays(anna.calls("250", asks_for_callback()))
    called = Part.called().waits_for("INVITE", within=30).answers(180).answers(200, audio(), repeated=True)
    stage.plays(anna.waits(called.waits_for("ACK").waits_for("BYE", within=30).replies(200)), answered)
    [end] = stage.server.events("call-dequeued")
    assert (end["result"], end["agent"]) == ("called-back", "agent0")


@pytest.mark.covers("QUE-2", "QUE-12")
def test_a_table_in_the_terminal_follows_what_happens(stage: Stage) -> None:
    stage.house = replace(
        stage.house, users=[ANNA, AGENTS[0]], organization={"queues": [QUEUE | {"agents": [{"user": "agent0"}]}]}
    )
    command = [sys.executable, "-m", "pbxd", "queues", "--watch", "--config", str(stage.server.config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        rows = (line.split() for line in watching.stdout if line.startswith("support "))
        assert next(rows)[4:6] == ["0", "0"]
        assert stage.server.command("agent", "agent0", "log-in") == "agent0 serves support\n"
        assert next(row for row in rows if row[4] == "1")[5] == "1", "who serves is free"
        watching.terminate()


@pytest.mark.covers("QUE-6", "QUE-9", "CLI-6", "CLI-8")
def test_a_call_that_waits_too_long_goes_elsewhere(stage: Stage) -> None:
    """Meanwhile an agent's phone rings, and says what the queue wants it to."""
    waiting = {"max_wait": "0:02", "then": "202"}
    queue = QUEUE | {"agents": [{"user": "agent0"}], "waiting": waiting, "force_redirecting_number": True}
    tones = {"ringtones": {"queue": "ring-3"}}
    stage.house = replace(stage.house, users=[ANNA, BO, AGENTS[0]], settings=tones, organization={"queues": [queue]})
    [phone] = log_in(stage, "agent0-desk")
    shown = {"From": '^"Support Anna" <sip:201@', "Diversion": "sip:250@", "Alert-Info": "info=ring-3"}
    rings = Part.called().waits_for("INVITE", where=shown).answers(180).waits_for("CANCEL").replies(200)
    phone.waits(rings.answers(487, repeated=True).waits_for("ACK"))
    takes = Part.called().waits_for("INVITE", where={"From": "sip:201@"}, within=10).answers(180)
    takes = takes.answers(200, audio(), repeated=True).waits_for("ACK").pauses(0.2).sends("BYE").gets(200)
    stage.phone("bo-desk").waits(takes)
    stage.phone("anna-desk").calls("250", caller())
    stage.plays()
    [end] = stage.server.events("call-dequeued")
    assert (end["result"], end["why"]) == ("overflowed", "max-wait")


@pytest.mark.covers("CALL-3", "CALL-6")
def test_whom_a_phone_transfers_to_somebody_busy_waits_for_him(stage: Stage) -> None:
    camps = {"call_waiting": False, "blind_transfer": {"to_personal_queue": True}}
    stage.house = replace(stage.house, users=[ANNA, BO, CORA, AGENTS[0]], settings=camps)
    talks = Part.called().waits_for("INVITE", within=20).answers(180).answers(200, audio(), repeated=True)
    stage.phone("bo-desk").waits(talks.waits_for("ACK").pauses(3).sends("BYE").gets(200), calls=2)
    busy = Part.calling("202", user="agent0-desk").invites_with_credentials(audio()).gets(180).gets(200).acks()
    stage.phone("agent0-desk").calls("202", busy.waits_for("BYE", within=20).replies(200))
    cora = Part.called().waits_for("INVITE").answers(180).answers(200, audio(), repeated=True).waits_for("ACK")
    cora.pauses(0.2).sends("REFER", headers=[REFER_TO.replace("203", "202")]).gets(202)
    notified(cora, 100, "active;expires=")
    notified(cora, 200, "terminated;reason=noresource")
    stage.phone("cora-desk").waits(cora.waits_for("BYE", where={"Reason": "Call transferred"}).replies(200))
    anna = told(anna_calls("203"), "202")
    stage.phone("anna-desk").calls("203", anna.waits_for("BYE", within=30).replies(200))
    stage.plays()
    [queued], [end] = stage.server.events("call-queued"), stage.server.events("call-dequeued")
    assert (queued["queue"], queued["kind"], end["result"], end["agent"]) == ("bo", "personal", "answered", "bo")
    assert end["waited"] > 1, "Bo was busy that long"


@pytest.mark.covers("QUE-8", "QUE-11", "QUE-12", "REL-2")
def test_kill_9_loses_no_agent_no_callback_and_no_figures(stage: Stage) -> None:
    """Who waits on the telephone is lost, and counts as one who gave up."""
    callback = {"enabled": True, "display_text": "Callback"}
    queue = QUEUE | {"agents": [{"user": "agent0"}], "callback": callback}
    stage.house = replace(stage.house, users=[ANNA, BO, AGENTS[0]], organization={"queues": [queue]})
    [phone] = log_in(stage, "agent0-desk")
    path = control_path(stage.server.config)
    call(path, "agent", user="agent0", do="pause")
    anna, bo = stage.phone("anna-desk"), stage.phone("bo-desk")
    stage.plays(anna.calls("250", asks_for_callback()))
    lost = Part.calling("250", user="bo-desk").invites_with_credentials(audio()).gets(200).acks()
    waits = bo.calls("250", lost.waits_for("BYE", within=60).replies(200))
    eventually(lambda: ",2,0,0,0,0,0,2," in stage.server.command("queues", "--csv"), "both on disk")
    stage.server.kill()
    waits.stop()
    stage.server.start()
    [found] = call(path, "queues-live")["queues"]
    assert (found["waiting"], found["callbacks"], found["serving"]) == (0, 1, 0)
    assert found["agents"] == [{"user": "agent0", "state": "paused"}]
    agent = Part.called().waits_for("INVITE", where={"From": '^"Callback Anna"'}, within=30).answers(180)
    agent = agent.answers(200, audio(), repeated=True).waits_for("ACK").waits_for("BYE", within=30).replies(200)
    answered = phone.waits(agent)
    called = Part.called().waits_for("INVITE", where={"From": "sip:220@"}, within=30).answers(180)
    called = called.answers(200, audio(), repeated=True).waits_for("ACK").pauses(0.3).sends("BYE").gets(200)
    rung = anna.waits(called)
    call(path, "agent", user="agent0", do="resume")
    stage.plays(answered, rung)
    figures = eventually(
        lambda: ",2,0,1,0,0,1,0," in (said := stage.server.command("queues", "--csv")) and said, "figures"
    )
    assert figures.splitlines()[1].startswith("support,")
