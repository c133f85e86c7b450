"""The lint that knows telephony: each kind of finding, where it is, and what is none."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbxd.config.loading import read_all
from pbxd.errors import ConfigError
from pbxd.org.rules import (
    After,
    AllOf,
    AnyOf,
    CalledLine,
    CallerIs,
    CallIs,
    Condition,
    Continue,
    InACall,
    InNightMode,
    InWorkingHours,
    Not,
    OnDates,
    OnDays,
    RingDevices,
    Rule,
    SetText,
    Step,
    ToNumber,
)
from pbxd.org.sentence import write
from pbxd.tools.gate import examine
from pbxd.tools.lint import KINDS, Found, lint
from tests.unit.config.conftest import Files

MONDAY = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Europe/Copenhagen")).timestamp()
CORA = """\
  - username: cora
    name: Cora
    lines: [{number: "+4588887703", alias: "203"}]
    devices: [{name: cora-desk, kind: desk, password: three}]
"""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def found(files: Files, *more: str) -> list[Found]:
    """What is said of the small organization with these sections."""
    path = files.folder / "organizations" / "small.yaml"
    path.write_text(path.read_text() + "".join(f"{section}\n" for section in more))
    return lint(read_all(files.folder / "pbxd.yaml"), MONDAY)


def only(found: list[Found]) -> tuple[str, str, str]:
    """Kind, severity and what stands in the line of the one finding that there is."""
    [one] = found
    return one.kind, one.severity, getattr(one.problem, "text", "").strip()


def rules(*sentences: str, part: str = "incoming", order: str = "overridable") -> str:
    listed = "".join(f"      - {sentence}\n" for sentence in sentences)
    return f"rules:\n  {part}:\n    {order}:\n{listed}"


def test_a_small_organization_has_nothing_to_tell(files: Files) -> None:
    assert found(files) == []


@pytest.mark.covers("TOOL-6")
def test_users_who_send_each_other_every_call(files: Files) -> None:
    other = CORA + '    rules: ["202"]\n'
    bo = '  - username: bo\n    name: Bo\n    rules: ["203"]\n'
    files.organization("  - username: bo\n    name: Bo\n", bo)
    [one] = found(files, other)
    assert (one.kind, one.severity) == ("forwarding-cycle", "error")
    assert "from user bo to user cora to user bo" in one.problem.message
    assert "users.2.rules.0" in one.problem.hint
    with pytest.raises(ConfigError, match=r"forwarding-cycle"):
        examine(files.folder / "pbxd.yaml", now=MONDAY)


@pytest.mark.covers("TOOL-6")
def test_a_circle_by_way_of_hunt_group_queue_and_menu(files: Files) -> None:
    told = found(
        files,
        'hunt_groups: [{name: team, number: "210", groups: [support], fallback: "211"}]',
        'queues: [{name: line, number: "211", groups: {agents: [support]}, overflow: {max_waiting: 1, then: "212"}}]',
        'ivrs: [{name: menu, number: "212", prompt: {say: x}, timeout: {then: "210"}}]',
    )
    [one] = [each for each in told if each.kind != "menu-dead-end"]
    assert (one.kind, one.severity) == ("forwarding-cycle", "warning")
    assert "queue line to menu menu to hunt group team to queue line" in one.problem.message


def test_a_key_that_leads_back_to_the_menu_is_no_circle(files: Files) -> None:
    assert not found(files, 'ivrs: [{name: menu, number: "212", prompt: {say: x}, options: {"9": "212"}}]')


VIP, TALKING = CallerIs("vip"), InACall()
RING, TO_ANNA = Step(target=RingDevices()), Step(target=ToNumber("201"))


@pytest.mark.covers("TOOL-6")
@pytest.mark.parametrize(
    ("first", "second", "hidden"),
    [
        (Rule(do=(RING,)), Rule(when=VIP, do=(TO_ANNA,)), True),
        (Rule(when=VIP, do=(RING,)), Rule(when=VIP, do=(TO_ANNA,)), True),
        (Rule(when=VIP, do=(RING,)), Rule(when=AllOf((TALKING, VIP)), do=(TO_ANNA,)), True),
        (Rule(when=AnyOf((TALKING, VIP)), do=(RING,)), Rule(when=VIP, do=(TO_ANNA,)), True),
        (Rule(when=AllOf((TALKING, VIP)), do=(RING,)), Rule(when=VIP, do=(TO_ANNA,)), False),
        (Rule(when=VIP, do=(RING,)), Rule(when=AnyOf((TALKING, VIP)), do=(TO_ANNA,)), False),
        (Rule(do=(RING,)), Rule(when=After("busy"), do=(TO_ANNA,)), False),
        (Rule(when=VIP, do=(Step(target=Continue()),)), Rule(when=VIP, do=(TO_ANNA,)), False),
        (Rule(do=(Step(target=SetText("hello")),)), Rule(when=VIP, do=(TO_ANNA,)), False),
    ],
)
def test_rules_that_come_too_late(files: Files, first: Rule, second: Rule, hidden: bool) -> None:
    told = found(files, rules(write(first), write(second)))
    assert [one.kind for one in told] == ["unreachable-rule"] * hidden
    if hidden:
        assert only(told)[2] == f"- {write(second)}"


@pytest.mark.covers("TOOL-6")
@pytest.mark.parametrize(
    "condition",
    [
        CallIs("made"),
        Not(CallIs("received")),
        AllOf((CallerIs("internal"), CallerIs("external"))),
        AllOf((VIP, Not(VIP))),
        OnDates(date(2020, 1, 1), date(2020, 2, 1)),
        AllOf((InWorkingHours(), InNightMode())),
        AllOf((CalledLine("landline"), CalledLine("mobile"))),
        AnyOf((CallIs("made"), AllOf((OnDays(("mon",)), OnDays(("tue", "sun")))))),
    ],
    ids=str,
)
def test_conditions_that_never_hold(files: Files, condition: Condition) -> None:
    [one] = found(files, rules(write(Rule(when=condition, do=(TO_ANNA,)))))
    assert (one.kind, one.severity) == ("impossible-condition", "warning")


def test_a_number_is_no_user(files: Files) -> None:
    rule = write(Rule(when=TALKING, do=(TO_ANNA,)))
    [one] = found(files, f'rule_based_numbers: [{{name: late, number: "214", rules: ["{rule}"]}}]')
    assert one.kind == "impossible-condition"
    assert "late is no user" in one.problem.message


@pytest.mark.covers("TOOL-6")
@pytest.mark.parametrize(
    ("section", "kind", "severity"),
    [
        (rules("when the caller is VIP, 277"), "unknown-destination", "error"),
        (rules("when the caller is VIP, 112"), "unknown-destination", "error"),
        (
            "unassigned_numbers: {to: '201'}\n" + rules("when the caller is VIP, 277"),
            "unknown-destination",
            "warning",
        ),
        ('ivrs: [{name: m, number: "212", prompt: {say: x}, options: {"1": "277"}}]', "key-to-nowhere", "error"),
        (
            'ivrs: [{name: m, number: "212", prompt: {say: x}, options: {"9": {dial_extension: true}}}]',
            "key-to-nowhere",
            "error",
        ),
        (
            'ivrs: [{name: m, number: "212", prompt: {say: x}, dial_extension: true}]',
            "key-to-nowhere",
            "error",
        ),
        ('ivrs: [{name: m, number: "212", prompt: closed}]', "menu-dead-end", "warning"),
        (
            'auto_attendants: [{name: m, number: "212", tree: {schedule: {open: working_hours},'
            ' open: {number: "201"}}}]',
            "menu-dead-end",
            "warning",
        ),
        (
            'ivrs: [{name: m, number: "212", prompt: closed, options: {"1": "201"}, timeout: {then: {again: true}}}]',
            "menu-without-end",
            "warning",
        ),
        (
            'ivrs: [{name: m, number: "212", prompt: closed, options: {"1": "201"}, wrong_key: {then: "277"}}]',
            "unknown-destination",
            "error",
        ),
        (
            'auto_attendants: [{name: m, number: "212", tree: {to: {menu: {prompt: closed, options: {"1": {menu:'
            ' {prompt: closed, options: {"7": {announce: closed, then: "277"}}}}}}}}}]',
            "key-to-nowhere",
            "error",
        ),
        ('queues: [{name: q, number: "211"}]', "queue-without-agents", "warning"),
        (
            'working_hours: {mon-fri: ["08:00-16:00"]}\n'
            'queues: [{name: q, number: "211", groups: {agents: [support]},'
            ' schedule: [{name: d, repeat: weekly, days: [sat], from: "10:00", to: "12:00",'
            " action: open}, {name: default, action: closed}]}]",
            "queue-without-agents",
            "warning",
        ),
        (
            'queues: [{name: q, number: "211", agents: [{user: anna}], outgoing_line: {allowed: true}}]',
            "internal-number-outside",
            "error",
        ),
        (
            'queues: [{name: q, number: "211", agents: [{user: anna}], show_caller: false}]',
            "internal-number-outside",
            "warning",
        ),
        ('hunt_groups: [{name: h, number: "213", groups: [sales]}]', "hunt-group-without-members", "warning"),
        ('number_conversions: {own: [{prefix: "1", digits: 2, rewrite: "+451"}]}', "emergency-shadowed", "warning"),
        ("sounds: [{name: s, languages: {da: {say: hej}}}]", "prompt-missing-language", "warning"),
        ("barring: [{name: b, deny: {types: []}, announce: call-bared}]", "unknown-sound", "error"),
        ("barring: [{name: b, deny: {types: []}, announce: greeting-default}]", "unknown-sound", "error"),
        (
            'ivrs: [{name: m, number: "212", prompt: {say: {da: hej}}, options: {"1": "201"}}]',
            "prompt-missing-language",
            "warning",
        ),
        (
            '  - {username: eva, name: Eva, lines: [{number: "204"}]}',
            "nobody-answers",
            "warning",
        ),
    ],
)
def test_each_kind(files: Files, section: str, kind: str, severity: str) -> None:
    told = found(files, section)
    assert [(one.kind, one.severity) for one in told] == [(kind, severity)]
    assert kind in KINDS
    assert f"[{kind}]" in str(told[0])
    assert told[0].problem.file == "organizations/small.yaml"


@pytest.mark.covers("TOOL-6", "SND-2")
def test_sounds_that_were_uploaded_count(files: Files) -> None:
    uploaded = files.folder / "var" / "sounds" / "small" / "sorry"
    uploaded.mkdir(parents=True)
    (uploaded / "da.flac").touch()
    told = found(files, "unassigned_numbers: {announce: sorry}")
    assert only(told) == ("prompt-missing-language", "warning", "unassigned_numbers: {announce: sorry}")
    (uploaded / "en.flac").touch()
    assert lint(read_all(files.folder / "pbxd.yaml"), MONDAY) == []


def test_a_file_can_t_fill_gaps(files: Files) -> None:
    files.write("organizations/hello.wav", "")
    files.organization("languages: [da, en]", "languages: [da]")
    told = found(files, "sounds: [{name: greeting-default, languages: {da: {file: hello.wav}}}]")
    assert [one.kind for one in told] == ["unheard-sound"]
    assert "is said with name, so a file can't say it" in str(told[0])


def test_languages_that_pbxd_does_not_speak(files: Files) -> None:
    files.organization("languages: [da, en]", "languages: [da, en, fi]")
    told = found(files)
    assert [one.kind for one in told] == ["prompt-missing-language"]
    assert "callers hear them in da instead" in str(told[0])


@pytest.mark.covers("TOOL-6")
def test_a_number_that_is_an_emergency_number(files: Files) -> None:
    files.organization('{from: "200", to: "299"}', '{from: "100", to: "299"}')
    files.organization('alias: "202"', 'alias: "112"')
    assert only(found(files)) == ("emergency-shadowed", "error", '- {number: "+4588887702", alias: "112"}')


def test_the_switchboard_must_be_there(files: Files) -> None:
    files.organization('switchboard: "+4588887700"\n', "")
    kind, severity, line = only(found(files, rules("when the caller is VIP, switchboard")))
    assert (kind, severity) == ("unknown-destination", "error")
    assert line == "- when the caller is VIP, switchboard"


@pytest.mark.covers("TOOL-2", "API-6")
def test_the_gate_tells_warnings_apart_from_errors(files: Files) -> None:
    found(files, "sounds: [{name: s, languages: {da: {say: hej}}}]")
    files.server("tests: [tests.yaml]\n")
    files.write("tests.yaml", '- {name: t, when: {from: bo, to: "201"}, expect: {rings: [anna-desk]}}\n')
    passed = examine(files.folder / "pbxd.yaml", now=MONDAY)
    assert [line for line in passed.warnings if "[prompt-missing-language]" in line]
    files.write("tests.yaml", '- {name: t, when: {from: bo, to: "201"}, expect: {rings: [bo-desk]}}\n')
    with pytest.raises(ConfigError) as refused:
        examine(files.folder / "pbxd.yaml", now=MONDAY)
    [problem] = refused.value.problems
    assert (problem.file, problem.line, problem.path) == ("tests.yaml", 1, "t")
    assert "expected to be rings: [bo-desk], but it is rings: [anna-desk]" in problem.message
