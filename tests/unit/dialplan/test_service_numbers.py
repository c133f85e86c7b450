"""Service numbers: hunt groups, rule-based numbers, schedules, numbers that belong to nobody (HUNT, IVR-5, TIME-3)."""

from __future__ import annotations

import pytest

from pbxd.org.state import ActivitySet, UserState
from tests.support.town import TUESDAY, Town, town

LUNCH = UserState(activity=ActivitySet(activity="lunch", since=TUESDAY - 60))
PRIVATE = UserState(role="private")


def hunt(more: str) -> Town:
    return town({"hunt_groups": f"[{{name: team, number: '1510', groups: [office], ring_seconds: 15, {more}}}]"})


@pytest.mark.covers("HUNT-1")
def test_one_after_the_other_and_then_the_fallback() -> None:
    here = hunt("order: sequential, fallback: '205', devices: [desk]")
    assert here.goes("dan", "1510", "no answer", "busy", "declined") == [
        "anna-desk for 15 s",
        "bo-desk for 15 s",
        "cora-desk for 15 s",
        "eva-desk for 30 s",
    ]


@pytest.mark.covers("HUNT-1")
def test_all_at_once() -> None:
    here = hunt("order: parallel, devices: [desk, softphone]")
    assert here.goes("eva", "1510", "no answer") == [
        "anna-desk, anna-soft, bo-desk, cora-desk for 15 s",
        "480 Temporarily Unavailable",
    ]


@pytest.mark.covers("HUNT-1")
def test_who_is_left_out() -> None:
    here = hunt(
        "order: parallel, devices: [desk], exclude_activities: [lunch], exclude_roles: [private], fallback: '205'"
    )
    assert here.holding(anna=LUNCH, bo=PRIVATE).goes("eva", "1510") == ["cora-desk for 15 s"]
    assert here.holding(anna=LUNCH, bo=PRIVATE, cora=LUNCH).goes("dan", "1510") == ["eva-desk for 30 s"]
    assert here.without("anna-desk", "bo-desk", "cora-desk").goes("dan", "1510") == ["eva-desk for 30 s"]


def after_hours(more: str = "") -> Town:
    return town(
        {
            "contacts": "{external: [{first_name: Eva, kind: vip, numbers: [{number: '+4530303030'}]}]}",
            "barring": "[{name: national, deny: {prefixes: ['+46']}}]",
            "rule_based_numbers": "[{name: lines, number: '1700', numbers: ['+4588887712'], billing_id: X1,"
            " barring: [national], rules: ['when the caller is VIP, user anna', 'when the caller is internal, user bo',"
            f" 'when the caller is anonymous, +46701234567', play announcement closed]{more}}}]",
        }
    )


@pytest.mark.covers("IVR-5")
@pytest.mark.parametrize(
    ("caller", "number", "goes"),
    [
        ("+4530303030", "+4588887712", "anna-desk, anna-soft, +4526000001 by trunk first for 30 s"),
        ("cora", "1700", "bo-desk for 30 s"),
        ("+4531313131", "+4588887712", "play closed"),
        ("anonymous", "+4588887712", "403 Barred"),
    ],
)
def test_rules_of_a_number_of_its_own(caller: str, number: str, goes: str) -> None:
    assert after_hours().goes(caller, number) == [goes]


@pytest.mark.covers("IVR-5")
def test_text_and_language_of_a_rule_based_number() -> None:
    here = after_hours(", info_text: Lines, language: da")
    (outside,) = here.decisions("+4530303030", "+4588887712")
    assert (outside.place.shown.text, outside.place.shown.language) == ("Lines", "da")
    (inside,) = here.decisions("cora", "1700")
    assert inside.place.shown.language == "en", "a user who calls is spoken to in his own"


@pytest.mark.covers("NUM-10")
def test_billing_ids_of_everybody_who_has_a_part() -> None:
    here = town(
        {"rule_based_numbers": "[{name: lines, number: '1700', billing_id: X1, rules: [user bo]}]"},
        people={"anna": "billing_id: A1", "bo": "billing_id: B1"},
    )
    (decision,) = here.decisions("anna", "1700")
    assert decision.billing_ids == ("A1", "X1", "B1")
    (decision,) = here.decisions("cora", "203")
    assert decision.billing_ids == ()


SCHEDULE = """[
  {name: Holiday, repeat: once, first_date: 2026-12-24, last_date: 2026-12-26, action: closed},
  {name: Lunch, repeat: daily, from: "12:00", to: "13:00", action: {to: "205"}, message: back-soon},
  {name: Evening, repeat: daily, from: "18:00", to: "22:00", action: {to: "205"}},
  {name: Open, repeat: weekly, days: [mon, tue, wed, thu, fri], from: "08:00", to: "16:00", action: open},
  {name: default, action: closed, message: we-are-closed},
]"""


def scheduled(kind: str, entry: str) -> Town:
    return town(
        {
            kind: f"[{{{entry}, schedule: {SCHEDULE}}}]",
            "group_mailboxes": "[{name: box, number: '1550', code: '77', groups: [office]}]",
            "sounds": "[{name: back-soon, languages: {en: {say: Soon}}},"
            " {name: we-are-closed, languages: {en: {say: No}}}]",
        }
    )


@pytest.mark.covers("TIME-3", "QUE-10")
@pytest.mark.parametrize(
    ("moment", "goes"),
    [
        ("2026-11-24 10:00", "wait in queue help"),
        ("2026-11-24 12:30", "play back-soon, then ToNumber(number='205')"),
        ("2026-11-24 17:00", "play we-are-closed"),
        ("2026-11-24 19:00", "eva-desk for 30 s"),
        ("2026-11-28 10:00", "play we-are-closed"),
        ("2026-12-24 10:00", "480 Closed"),
    ],
)
def test_schedules_of_a_queue(moment: str, goes: str) -> None:
    here = scheduled("queues", "name: help, number: '1500', groups: {agents: [office]}")
    assert here.on(moment).goes("anna", "1500") == [goes]


@pytest.mark.covers("QUE-10")
def test_a_closed_queue_takes_messages() -> None:
    here = scheduled("queues", "name: help, number: '1500', groups: {agents: [office]}, mailbox: box")
    closed = here.on("2026-11-28 10:00")
    assert closed.goes("anna", "1500", "unreachable") == [
        "play we-are-closed, then voicemail of box",
        "480 Temporarily Unavailable",
    ]
    assert closed.goes("anna", "1500", "skipped")[-1] == "480 Temporarily Unavailable", "skipping does not open it"


@pytest.mark.covers("NUM-7")
@pytest.mark.parametrize(
    ("unassigned", "goes"),
    [
        ("{to: '205'}", "eva-desk for 30 s"),
        ("{to: busy}", "486 Busy Here"),
        ("{announce: closed}", "404 Not Found"),
        ("{to: '299'}", "482 Loop Detected"),
    ],
)
def test_numbers_that_belong_to_nobody(unassigned: str, goes: str) -> None:
    here = town({"unassigned_numbers": unassigned})
    assert here.goes("anna", "299" if "299" not in unassigned else "298") in ([goes], [goes, "482 Loop Detected"])
    assert town().goes("anna", "298") == ["404 Not Found"]


@pytest.mark.covers("NUM-8", "LVL-1")
def test_the_switchboard_of_ones_level() -> None:
    here = town(
        {"switchboard": "'+4588887705'"},
        groups={"floor": "switchboard: '+4588887702'"},
        people={
            "anna": "rules: [switchboard]",
            "dan": "rules: [switchboard]",
            "cora": "rules: [switchboard], switchboard: '+4588887799'",
        },
    )
    assert here.goes("bo", "201") == ["eva-desk for 30 s"], "the organization's"
    assert here.goes("anna", "204") == ["bo-desk for 30 s"], "his group's"
    assert here.goes("anna", "203") == ["404 Not Found"], "her own, which is nobody's"


@pytest.mark.covers("NUM-8")
def test_a_switchboard_with_steps_behind_it() -> None:
    here = town(
        {
            "rules": "{fallback: ['switchboard, then voicemail after 20 seconds']}",
            "queues": "[{name: help, number: '1500', numbers: ['+4588887700'], groups: {agents: [office]}}]",
        }
    )
    assert here.goes("anna", "202", "unreachable") == ["wait in queue help", "voicemail of bo"]


@pytest.mark.covers("NUM-9")
def test_linked_organizations() -> None:
    here = town()
    assert here.goes("anna", "+4577777701") == ["finn-desk for 30 s"]
    assert here.goes("finn", "+4588887702") == ["bo-desk for 30 s"]
    (decision,) = here.decisions("finn", "+4588887702")
    assert decision.treatment.presents.number in ("", "+4577777701")  # type: ignore[union-attr]
    assert here.goes("finn", "202") == ["404 Not Found"]
