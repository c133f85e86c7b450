"""Rules in a file: both forms, who they are for, and what is said of mistakes in them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from pbxd.config.building import rules as building
from pbxd.config.models import rules as models
from pbxd.config.source import read as read_yaml
from pbxd.org import rules as r
from pbxd.org.organization import Organization
from pbxd.org.sentence import read
from tests.unit.config.conftest import Files


def loaded(files: Files, old: str, new: str) -> Organization:
    files.organization(old, new)
    return files.load().organizations["small"]


def rules(text: str) -> str:
    return f"rules:\n{text}groups:\n"


@pytest.mark.covers("RULE-4")
def test_sentences_in_three_languages_and_parts_stand_side_by_side(files: Files) -> None:
    found = loaded(
        files,
        "groups:\n",
        rules(
            """\
  incoming:
    overridable:
      - when the caller is VIP and the user is in a call, ring desk phone, then voicemail after 10 seconds
      - når opkalderen er VIP og brugeren er i en samtale, ring på bordtelefon, derefter voicemail efter 10 sekunder
      - när uppringaren är VIP och användaren är i ett samtal, ring bordstelefon, därefter röstbrevlåda efter 10 s
      - {when: {caller: vip, in_a_call: true}, do: [{ring: desk}, {to: voicemail, after: 10s}]}
      - {when: the caller is VIP and the user is in a call, do: [{ring: [desk]}, {to: voicemail, after: 10}]}
      - {when: {all_of: [the caller is VIP, {in_a_call: true}]}, do: [{ring: [desk]}, {to: voicemail, after: 10}]}
"""
        ),
    )
    assert len(found.rules.incoming.overridable) == 6
    assert len(set(found.rules.incoming.overridable)) == 1


@pytest.mark.covers("RULE-1")
def test_each_level_has_rules_of_its_own(files: Files) -> None:
    files.organization(
        "    groups: [support]\n", "    groups: [support]\n    rules: [voicemail, 'when a call is made, busy']\n"
    )
    found = loaded(
        files,
        "  - name: support\n",
        "  - name: support\n    rules: {incoming: {required: [switchboard]}, fallback: [busy]}\n",
    )
    group, anna = found.groups["support"].rules, found.users["anna"].rules
    assert group.incoming.required == (read("switchboard"),)
    assert group.fallback == (read("busy"),)
    assert anna.incoming.overridable == (read("voicemail"),)
    assert anna.outgoing.overridable == (read("when a call is made, busy"),)
    assert found.users["bo"].rules == r.Rules() == found.rules


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{do: [{to: busy}]}", "busy"),
        ("{when: {}, do: [{to: busy}]}", "busy"),
        ("{when: {working_hours: false, line: landline}, do: [{to: voicemail, announce: closed}]}",
         "when the landline is called and working hours are off, voicemail with announcement closed"),
        ("{when: {caller: '+4530303030'}, do: [{user: bo}]}", "when the caller's number is +4530303030, user bo"),
        ("{when: {any_of: [{activity: lunch}, {not: {available: true}}]}, do: [{voicemail: bo, record: no}]}",
         "when the activity is lunch or not the user is available, voicemail of user bo without leaving a message"),
        ("{when: {available: false}, do: [{to: next-rule}]}", "when the user is not available, continue"),
        ("{when: {dates: 2026-12-24}, do: [{announce: closed}]}", "when the date is 2026-12-24, announcement closed"),
        ("{when: {dates: {from: 2026-12-24, to: 2026-12-26}, time: 08:00-24:00, days: [mon-thu, sun]},"
         " do: [{to: busy}]}",
         "when the date is from 2026-12-24 to 2026-12-26 and the time is between 08:00 and 24:00"
         " and the day is Monday to Thursday or Sunday, busy"),
        ("{when: {outcome: no-answer, device: mobile, schedule: support}, do: [{reject: barred}]}",
         "when schedule support is open and the call was not answered and the call comes from the mobile,"
         " reject as barred"),
        ("{do: [{ring: [desk, mobile], duration: 20}, {user: bo, joins: true, after: 5}, {to: '201'}]}",
         "ring desk and mobile for 20 seconds, and also user bo after 5 seconds, then 201"),
        ("{do: [{show_number: hidden}, {show_text: Sales}, {language: sv}, {recording: off}, {menu: main}]}",
         'hide the number, then show text "Sales", then use Swedish, then don\'t record the call, then menu main'),
    ],
)  # fmt: skip
def test_parts_say_what_sentences_say(text: str, rule: str) -> None:
    source, problems = read_yaml("rule", text.encode())
    assert not problems
    assert building.rule(TypeAdapter[building.Written](models.Rule).validate_python(source.data)) == read(rule)


@pytest.mark.covers("RULE-4")
@pytest.mark.parametrize(
    ("rule", "message", "hint"),
    [
        ("when the usr is in a call, voicemail", "after `when the`: `usr is in a call", "did you mean `user`?"),
        ("{when: the usr is in a call, do: [{to: busy}]}", "`usr is in a call` is not understood", "`user`"),
        ("{do: [{to: voicemale}]}", "`voicemale` is no place to send a call", "did you mean `voicemail`?"),
        ("{do: [{to: queues support}]}", "`queues support` is no place to send a call", "did you mean `queue NAME`?"),
        ("{do: [{user: bo, group: sales}]}", "`user` and `group` are two targets", "make two steps"),
        ("{do: [{after: 5s}]}", "must name one target", "ring"),
        ("{do: [{to: busy, announce: closed}]}", "`announce` goes with voicemail", ""),
        ("{do: [{to: busy, record: no}]}", "`record` goes with voicemail", ""),
        ("{do: [{to: busy, joins: yes}]}", "the first step has nothing to join", "leave `joins` out"),
        ("{do: []}", "must have at least 1 item", ""),
        ("{when: {caller: vpi}, do: [{to: busy}]}", "`vpi` is no caller", "did you mean `vip`?"),
        ("{when: {in_call: yes}, do: [{to: busy}]}", "unknown key `in_call`", "did you mean `in_a_call`?"),
        ("{when: {time: 25:00-26:00}, do: [{to: busy}]}", "`25:00-26:00` is not a span", ""),
    ],
)
def test_mistakes_are_named_with_line_and_hint(files: Files, rule: str, message: str, hint: str) -> None:
    quoted = rule if rule.startswith("{") else f'"{rule}"'
    files.organization("groups:\n", rules(f"  fallback:\n    - busy\n    - {quoted}\n"))
    (problem,) = files.raised()
    assert (problem.file, problem.line) == ("organizations/small.yaml", 14)
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.covers("RULE-5")
def test_destinations_that_are_not_allowed(files: Files) -> None:
    files.organization("    groups: [support]\n", "    groups: [support]\n    rules: [switchboard, 'user bo', busy]\n")
    files.organization("  - name: support\n", "  - name: support\n    rules: {allowed_destinations: [switchboard]}\n")
    files.organization(
        "groups:\n",
        rules(
            """\
  allowed_destinations: [desk, voicemail, switchboard, user]
  incoming: {required: [ring desk and mobile then voicemail, reject as barred]}
"""
        ),
    )
    assert [str(problem) for problem in files.raised()] == [
        "organizations/small.yaml:13: rules.incoming.required.0: organization small does not allow `mobile` as a"
        " destination (its `allowed_destinations` are desk, switchboard, user, voicemail)",
        "organizations/small.yaml:22: users.0.rules.1: group support does not allow `user` as a destination"
        " (its `allowed_destinations` are switchboard)",
        "organizations/small.yaml:22: users.0.rules.2: organization small does not allow `busy` as a destination"
        " (its `allowed_destinations` are desk, switchboard, user, voicemail)",
        "organizations/small.yaml:22: users.0.rules.2: group support does not allow `busy` as a destination"
        " (its `allowed_destinations` are switchboard)",
    ]


@pytest.mark.covers("RULE-5")
def test_kinds_of_destination_are_known(files: Files) -> None:
    files.organization("groups:\n", rules("  allowed_destinations: [voicemial]\n"))
    (problem,) = files.problems()
    assert "`voicemial` is no kind of destination (did you mean `voicemail`?)" in problem


@pytest.mark.covers("IVR-5")
def test_numbers_with_rules_of_their_own(files: Files) -> None:
    found = loaded(
        files,
        "groups:\n",
        """\
rule_based_numbers:
  - {name: night, number: "290", numbers: ["+4588887790"], language: en, info_text: Night, keep_earlier_text: true,
     rules: ["when working hours are on, switchboard", voicemail of user bo]}
groups:
""",
    )
    night = found.rule_based["night"]
    assert night.rules == (read("when working hours are on, switchboard"), read("voicemail of user bo"))
    assert found.service("290") is night
    assert found.service("+4588887790") is night
    assert (night.spoken(None), night.spoken("da")) == ("en", "da")
    assert (night.shown(None), night.shown("Sales")) == ("Night", "Sales")
    assert replace(night, keep_earlier_text=False).shown("Sales") == "Night"
    assert replace(night, info_text=None).shown("Sales") == "Sales"
