"""A small organization for tables of routing: five people, a trunk, and whatever a test adds to it in YAML.

``town(more).goes(...)`` asks the router what a call comes to, with the outcomes that the test supposes, and answers in
the words of the treatments.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from pbxd.config import load
from pbxd.config.snapshot import Configuration
from pbxd.dialplan.router import Decision, decide
from pbxd.dialplan.situation import FromDevice, FromTrunk, Situation
from pbxd.dialplan.supposed import Supposed
from pbxd.dialplan.treatment import (
    Busy,
    Declined,
    NoAnswer,
    Outcome,
    Redirected,
    Reject,
    Ring,
    Skipped,
    Unreachable,
)
from pbxd.org.state import UserState

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
SERVER = """\
listen: [udp://192.0.2.1:5060]
database: sqlite:///unused.db
media: {rtp_ports: 20000-23999, codecs: [pcma]}
data: var
organizations: [town.yaml, village.yaml]
trunks:
  - name: first
    address: sip:192.0.2.8
    match: [192.0.2.8:5060]
    number_format: plus_e164
    organizations: [town, village]
  - name: second
    address: sip:192.0.2.9
    match: [192.0.2.9:5060]
    number_format: plus_e164
    priority: 2
    organizations: [town]
"""
TOWN: dict[str, str] = {
    "organization": "town",
    "name": "The Town",
    "domain": "town.example",
    "country": "DK",
    "timezone": "Europe/Copenhagen",
    "languages": "[en, da]",
    "switchboard": '"+4588887700"',
    "linked_organizations": "[village]",
    "outside_line_prefix": '"0"',
    "number_ranges": '[{from: "+4588887700", to: "+4588887799"}, {from: "200", to: "299"}, {from: "1500", to: "1799"}]',
    "activities": "[{name: available, code: '0', available: true}, {name: lunch, code: '1', available: false}]",
    "roles": "[{name: work, code: '1'}, {name: private, code: '2'}]",
}
"""The organization's sections, which a test replaces or adds to."""
GROUPS = {"boss": "", "office": "", "floor": ""}
PEOPLE: dict[str, str] = {
    "anna": """groups: [boss, office], devices: [{name: anna-desk, kind: desk, password: secret-anna-desk},
      {name: anna-soft, kind: softphone, password: secret-anna-soft},
      {name: anna-mobile, kind: mobile, number: "+4526000001"}],
      lines: [{number: "+4588887701", alias: "201"}, {number: "+4588887791", type: mobile}]""",
    "bo": """groups: [office], devices: [{name: bo-desk, kind: desk, password: secret-bo-desk}],
      lines: [{number: "+4588887702", alias: "202"}]""",
    "cora": """groups: [office, floor], devices: [{name: cora-desk, kind: desk, password: secret-cora-desk}],
      lines: [{number: "+4588887703", alias: "203"}]""",
    "dan": """groups: [floor], devices: [{name: dan-desk, kind: desk, password: secret-dan-desk}],
      lines: [{number: "+4588887704", alias: "204"}]""",
    "eva": """devices: [{name: eva-desk, kind: desk, password: secret-eva-desk}],
      lines: [{number: "+4588887705", alias: "205"}]""",
}
VILLAGE = """\
organization: village
name: The Village
domain: village.example
country: DK
timezone: Europe/Copenhagen
languages: [en]
number_ranges: [{from: "+4577777700", to: "+4577777799"}]
linked_organizations: [town]
users:
  - username: finn
    name: Finn
    lines: [{number: "+4577777701"}]
    devices: [{name: finn-desk, kind: desk, password: secret-finn-desk}]
"""
OUTCOMES: Mapping[str, Outcome] = {
    "busy": Busy(),
    "no answer": NoAnswer(),
    "declined": Declined(),
    "unreachable": Unreachable(),
    "skipped": Skipped(),
}
"""What tests call them."""


def at(text: str) -> float:
    """``2026-11-24 10:00`` on a clock in Copenhagen, as seconds since 1970."""
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).timestamp()


TUESDAY = at("2026-11-24 10:00")


def outcome(said: str) -> Outcome:
    """``busy``, or ``302 bo-desk 203``: the device sends the call on."""
    if said.startswith("302 "):
        _, by, to = said.split()
        return Redirected(by=by, to=(f"sip:{to}@town.example",))
    return OUTCOMES[said]


@dataclass(frozen=True, kw_only=True)
class Town:
    """The organization, and how its world is supposed to be."""

    configuration: Configuration
    facts: Supposed
    now: float = TUESDAY

    def when(self, **facts: object) -> Town:
        """The same with other facts: fields of :class:`Supposed`."""
        return replace(self, facts=replace(self.facts, **facts))  # type: ignore[arg-type]

    def on(self, moment: str) -> Town:
        """The same at another time."""
        return replace(self, now=at(moment))

    def holding(self, **states: UserState) -> Town:
        """The same, where users have set something."""
        return self.when(states={("town", user): state for user, state in states.items()})

    def busy(self, *users: str) -> Town:
        return self.when(talking=frozenset(("town", user) for user in users))

    def without(self, *devices: str) -> Town:
        """The same, with devices that are not registered."""
        return self.when(absent=frozenset(("town", device) for device in devices))

    def decisions(self, caller: str, dialled: str, outcomes: Iterable[str] = ()) -> list[Decision]:
        """Every decision on a call: of a user from his first device, or of a number from outside by the first trunk.

        It ends where the outcomes are used up.
        """
        found, supposed = [], iter(outcomes)
        situation = Situation(source=self._source(caller), dialled=dialled)
        while True:
            decision = decide(situation, self.facts, self.now)
            found.append(decision)
            said = next(supposed, None)
            if said is None or decision.treatment is None or isinstance(decision.treatment, Reject):
                assert said is None, f"{said} can't come of {decision.treatment}"
                return found
            situation = situation.after(decision, outcome(said))

    def goes(self, caller: str, dialled: str, *outcomes: str) -> list[str]:
        """What a call comes to, in words."""
        return [brief(decision) for decision in self.decisions(caller, dialled, outcomes)]

    def trail(self, caller: str, dialled: str, *outcomes: str) -> tuple[str, ...]:
        """Why the last decision was taken."""
        return self.decisions(caller, dialled, outcomes)[-1].trail

    def _source(self, caller: str) -> FromDevice | FromTrunk:
        for name, organization in self.configuration.organizations.items():
            user = organization.users.get(caller)
            if user is not None:
                return FromDevice(organization=name, user=caller, device=user.devices[0].name)
        number = "" if caller == "anonymous" else caller
        return FromTrunk(organization="town", trunk="first", number=number, number_format="plus_e164", name="")


def brief(decision: Decision) -> str:
    """A treatment in a few words: who rings and how long, or the treatment's own."""
    match decision.treatment:
        case None:
            return "over"
        case Ring() as ring:
            return str(ring).removeprefix("ring ")
        case Reject(status=status, reason=reason):
            return f"{status} {reason}"
        case other:
            return str(other)


def town(
    organization: Mapping[str, str] | None = None,
    *,
    groups: Mapping[str, str] | None = None,
    people: Mapping[str, str] | None = None,
) -> Town:
    """The town with more or other sections, and with more keys of groups and people, all as YAML."""
    sections = TOWN | dict(organization or {})
    belonging = GROUPS | dict(groups or {})
    persons = {
        name: f"{about}, {people[name]}" if people and name in people else about for name, about in PEOPLE.items()
    }
    lines = [f"{key}: {value}" for key, value in sections.items()]
    lines += ["groups:", *(f"  - {{name: {name}, {more}}}" for name, more in belonging.items())]
    lines += ["users:", *(f"  - {{username: {name}, name: {name.title()}, {more}}}" for name, more in persons.items())]
    return _loaded("\n".join(lines) + "\n")


@lru_cache
def _loaded(organization: str) -> Town:
    with tempfile.TemporaryDirectory() as directory:
        for name, text in (("pbxd.yaml", SERVER), ("town.yaml", organization), ("village.yaml", VILLAGE)):
            Path(directory, name).write_text(text)
        configuration = load(Path(directory, "pbxd.yaml"))
    facts = Supposed(organizations=configuration.organizations, by_name=configuration.trunks)
    return Town(configuration=configuration, facts=facts)
