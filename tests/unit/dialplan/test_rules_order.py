"""Which rule counts: the order of RULE-1 and RULE-10, what rules do, and how outcomes go on (RULE-1 to RULE-10)."""

from __future__ import annotations

import pytest

from pbxd.org.state import Diversion, ProfileSet, UserState
from tests.support.town import TUESDAY, Town, town

DIVERTED = UserState(diversions=(Diversion(kind="always", to="205"),))
ALL = "anna-desk, anna-soft, +4526000001 by trunk first for 30 s"


def rules(incoming: str = "", *, outgoing: str = "", fallback: str = "") -> dict[str, str]:
    """The key ``rules`` of an organization or a group."""
    return {"rules": f"{{incoming: {{{incoming}}}, outgoing: {{{outgoing}}}, fallback: [{fallback}]}}"}


def of_group(incoming: str) -> str:
    return f"rules: {{incoming: {{{incoming}}}}}"


@pytest.mark.covers("RULE-1")
@pytest.mark.parametrize(
    ("given", "to"),
    [
        ("all", "202"),
        ("groups", "203"),
        ("own", "204"),
        ("overridable", "205"),
        ("organization", "bo-desk for 30 s"),
        ("fallback", "mailbox"),
        ("nothing", ALL),
    ],
)
def test_who_comes_first(given: str, to: str) -> None:
    """Required, own, overridable, fallback: each level counts where those before it say nothing."""
    levels = ["all", "groups", "own", "overridable", "organization", "fallback", "nothing"]
    left = levels[levels.index(given) :]
    organization = rules(
        ("required: [user bo], " if "all" in left else "")
        + ("overridable: [ring desk phone]" if "organization" in left else ""),
        fallback="user dan" if "fallback" in left else "",
    )
    groups = {
        "office": of_group(
            ("required: [user cora], " if "groups" in left else "")
            + ("overridable: [user eva]" if "overridable" in left else "")
        )
    }
    people = {"anna": "rules: [user dan]"} if "own" in left else {}
    expected = {
        "all": "bo-desk for 30 s",
        "groups": "cora-desk for 30 s",
        "own": "dan-desk for 30 s",
        "overridable": "eva-desk for 30 s",
        "organization": "anna-desk for 30 s",
        "fallback": "dan-desk for 30 s",
        "nothing": ALL,
    }[given]
    assert town(organization, groups=groups, people=people).goes("+4530303030", "+4588887701") == [expected]


@pytest.mark.covers("RULE-1", "LVL-2")
def test_the_group_of_the_highest_priority_comes_first() -> None:
    """Anna is in both."""
    for kind in ("required", "overridable"):
        groups = {"boss": of_group(f"{kind}: [user dan]"), "office": of_group(f"{kind}: [user eva]")}
        assert town(groups=groups).goes("+4530303030", "+4588887701") == ["dan-desk for 30 s"]


@pytest.mark.covers("RULE-1", "RULE-2")
def test_the_first_that_matches_wins() -> None:
    own = "rules: ['when the caller is external, user bo', 'when the caller is internal, user cora', user dan]"
    here = town(people={"anna": own})
    assert here.goes("+4530303030", "+4588887701") == ["bo-desk for 30 s"]
    assert here.goes("eva", "201") == ["cora-desk for 30 s"]


BLOCKED = {"contacts": "{external: [{first_name: Spam, kind: blocked, numbers: [{number: '+4599999999'}]}]}"}


@pytest.mark.covers("RULE-10")
@pytest.mark.parametrize(
    ("caller", "profile", "diverted", "own", "goes"),
    [
        ("+4599999999", True, True, True, "603 Decline"),
        ("+4530303030", True, True, True, "eva-desk for 30 s"),
        ("+4530303030", True, False, True, "dan-desk for 30 s"),
        ("+4530303030", True, False, False, "cora-desk for 30 s"),
        ("+4530303030", False, False, False, "bo-desk for 30 s"),
    ],
)
def test_the_order_of_everything(caller: str, *, profile: bool, diverted: bool, own: bool, goes: str) -> None:
    """Blocked callers, diversions, the user's own rules, his profile, overridable rules."""
    organization = BLOCKED | {"profiles": "[{name: away, code: '1', landline_calls: {to: '203'}}]"}
    state = UserState(
        profile=ProfileSet(profile="away", since=0) if profile else None,
        diversions=DIVERTED.diversions if diverted else (),
    )
    people = {"anna": "rules: [user dan]"} if own else {}
    here = town(organization, groups={"boss": of_group("overridable: [user bo]")}, people=people).holding(anna=state)
    assert here.goes(caller, "+4588887701") == [goes]


@pytest.mark.covers("RULE-10")
def test_required_rules_come_before_diversions() -> None:
    here = town(rules("required: ['when the caller is internal, user bo']")).holding(anna=DIVERTED)
    assert here.goes("cora", "201") == ["bo-desk for 30 s"]
    assert here.goes("+4530303030", "+4588887701") == ["eva-desk for 30 s"]


@pytest.mark.covers("RULE-9")
def test_blocked_callers_and_vips() -> None:
    contacts = {
        "contacts": "{external: [{first_name: Spam, kind: blocked, numbers: [{number: '+4599999999'}]},"
        " {first_name: Eva, kind: vip, numbers: [{number: '+4530303030'}]}]}"
    }
    here = town(contacts | rules("overridable: ['when the caller is not VIP, voicemail']"))
    assert here.goes("+4599999999", "+4588887702") == ["603 Decline"]
    assert here.goes("+4530303030", "+4588887702") == ["bo-desk for 30 s"]
    assert here.goes("+4531313131", "+4588887702") == ["voicemail of bo"]


@pytest.mark.covers("RULE-8")
@pytest.mark.parametrize(
    ("fallback", "goes"),
    [("reject as not found", "404 Not Found"), ("voicemail", "voicemail of bo"), ("busy tone", "486 Busy Here")],
)
def test_fallback(fallback: str, goes: str) -> None:
    assert town(rules(fallback=fallback)).goes("anna", "202") == [goes]


@pytest.mark.covers("RULE-3")
@pytest.mark.parametrize(
    ("rule", "goes"),
    [
        ("ring desk phone", "anna-desk for 30 s"),
        ("ring desk phone and softphone for 12 seconds", "anna-desk, anna-soft for 12 s"),
        (
            "ring desk phone, and also ring mobile after 5 seconds",
            "anna-desk, +4526000001 by trunk first after 5 s for 30 s",
        ),
        (
            "ring desk phone for 4 seconds, and also ring softphone after 2 seconds, then voicemail after 10 seconds",
            "anna-desk until 4 s, anna-soft after 2 s for 12 s",
        ),
        ("group floor", "cora-desk, dan-desk for 30 s"),
        ("+4535353535", "+4535353535 by trunk first for 180 s"),
        ("switchboard", "404 Not Found"),
        ("personal queue", "wait in the personal queue of anna"),
        ("voicemail with announcement closed", "play closed, then voicemail of anna"),
        ("voicemail without leaving a message", "voicemail of anna, greeting only"),
        ("voicemail of user bo", "voicemail of bo"),
        ("play announcement closed", "play closed"),
        ("busy tone", "486 Busy Here"),
        ("reject as barred", "403 Barred"),
        ('reject as "Gone fishing"', "480 Gone fishing"),
    ],
)
def test_what_rules_do(rule: str, goes: str) -> None:
    people = {"anna": f"rules: ['{rule}']"}
    assert town(people=people).goes("eva", "201") == [goes]


@pytest.mark.covers("RULE-3")
def test_what_rules_set_goes_along_and_the_next_rule_is_asked() -> None:
    own = "rules: ['show text \"Sales\", then continue with the next rule', 'show text \"Only this\"', ring desk phone]"
    here = town(people={"anna": own})
    (decision,) = here.decisions("eva", "201")
    assert str(decision.treatment) == "ring anna-desk for 30 s"
    assert decision.place.shown.text == "Only this"


@pytest.mark.covers("RULE-2")
@pytest.mark.parametrize(
    ("outcome", "goes"),
    [
        ("busy", "bo-desk for 30 s"),
        ("no answer", "cora-desk for 30 s"),
        ("declined", "dan-desk for 30 s"),
        ("unreachable", "eva-desk for 30 s"),
    ],
)
def test_outcomes_come_back_to_the_rules(outcome: str, goes: str) -> None:
    own = (
        "rules: [ring desk phone, 'when an earlier attempt was busy, user bo',"
        " 'when an earlier attempt went unanswered, user cora', 'when an earlier attempt was declined, user dan',"
        " 'when an earlier attempt was unreachable, user eva']"
    )
    here = town(people={"anna": own})
    assert here.goes("+4530303030", "+4588887701", outcome) == ["anna-desk for 30 s", goes]


@pytest.mark.covers("RULE-2")
def test_the_next_step_comes_before_later_rules_and_after_earlier_ones() -> None:
    steps = "ring desk phone, then user bo"
    reacts = "when an earlier attempt was busy, voicemail"
    assert town(people={"anna": f"rules: ['{steps}', '{reacts}']"}).goes("eva", "201", "busy")[1] == "bo-desk for 30 s"
    assert town(people={"anna": f"rules: ['{reacts}', '{steps}']"}).goes("eva", "201", "busy")[1] == "voicemail of anna"


@pytest.mark.covers("RULE-2")
def test_what_was_decided_elsewhere_fails_back_to_where_it_came_from() -> None:
    here = town(people={"anna": "rules: ['user bo, then user cora, then voicemail']"})
    assert here.goes("eva", "201", "busy", "no answer") == [
        "bo-desk for 30 s",
        "cora-desk for 30 s",
        "voicemail of anna",
    ]


@pytest.mark.covers("RULE-3")
def test_continue_after_ringing_goes_on_with_the_next_rule() -> None:
    own = "rules: ['ring desk phone for 5 seconds, then continue with the next rule', 'ring softphone', voicemail]"
    here = town(people={"anna": own})
    assert here.goes("eva", "201", "no answer", "no answer") == [
        "anna-desk for 5 s",
        "anna-soft for 30 s",
        "480 Temporarily Unavailable",
    ]


def test_a_rule_based_number_whose_last_rule_goes_on_comes_to_an_end() -> None:
    number = {"rule_based_numbers": "[{name: lines, number: '1700', rules: [continue with the next rule]}]"}
    assert town(number).goes("anna", "1700") == ["480 Temporarily Unavailable"]


@pytest.mark.covers("VM-2")
def test_press_2_goes_on_with_the_next_matching_rule() -> None:
    own = "rules: ['when the caller is external, voicemail', 'when the caller is internal, user bo', user cora]"
    here = town(people={"anna": own})
    assert here.goes("+4530303030", "+4588887701", "skipped") == ["voicemail of anna", "cora-desk for 30 s"]


@pytest.mark.covers("RULE-7")
def test_call_waiting() -> None:
    off = town({"settings": "{call_waiting: false}"})
    assert off.busy("bo").goes("anna", "202") == ["486 Busy Here"]
    assert off.goes("anna", "202") == ["bo-desk for 30 s"]
    assert town().busy("bo").goes("anna", "202") == ["bo-desk for 30 s"]
    assert "ring: bo is in a call, and call_waiting is off (set on organization town)" in off.busy("bo").trail(
        "anna", "202"
    )


@pytest.mark.covers("RULE-7")
@pytest.mark.parametrize(
    ("declined", "goes"),
    [
        ("voicemail", "voicemail of bo"),
        ("busy", "486 Busy Here"),
        ("{announce: closed}", "play closed"),
        ("{to: '203'}", "cora-desk for 30 s"),
    ],
)
def test_declined_calls(declined: str, goes: str) -> None:
    here = town({"settings": f"{{declined: {declined}}}"})
    assert here.goes("anna", "202", "declined") == ["bo-desk for 30 s", goes]
    assert here.goes("anna", "202", "busy") == ["bo-desk for 30 s", "486 Busy Here"]


def handled(**said: str) -> Town:
    inner = ", ".join(f"{key}: {value}" for key, value in said.items())
    return town({"settings": f"{{call_handling: {{landline: {{{inner}}}}}}}"})


@pytest.mark.covers("RULE-6")
def test_ready_made_call_handling() -> None:
    no_answer = handled(no_answer="{to: voicemail, after: 20s}")
    assert no_answer.goes("anna", "202", "no answer") == ["bo-desk for 20 s", "voicemail of bo"]
    waiting = handled(busy="voicemail-call-waiting").busy("bo")
    assert waiting.goes("anna", "202", "busy") == ["bo-desk for 30 s", "voicemail of bo"]
    without = handled(busy="voicemail")
    assert without.busy("bo").goes("anna", "202") == ["voicemail of bo"]
    assert without.goes("anna", "202", "busy") == ["bo-desk for 30 s", "voicemail of bo"]
    assert handled(busy="personal-queue").busy("bo").goes("anna", "202") == ["wait in the personal queue of bo"]


@pytest.mark.covers("RULE-6")
def test_call_handling_is_for_one_kind_of_line() -> None:
    here = handled(no_answer="{to: voicemail, after: 20s}")
    assert here.goes("eva", "201") == ["anna-desk, anna-soft, +4526000001 by trunk first for 20 s"]
    assert here.goes("eva", "+4588887791") == [ALL]


@pytest.mark.covers("RULE-6", "TIME-1")
def test_call_handling_outside_hours() -> None:
    settings = {
        "working_hours": "{mon-fri: ['08:00-16:00']}",
        "settings": "{call_handling: {landline: {outside_hours: {to: voicemail}}}}",
    }
    here = town(settings)
    assert here.goes("anna", "202") == ["bo-desk for 30 s"]
    assert here.on("2026-11-24 16:00").goes("anna", "202") == ["voicemail of bo"]
    assert here.on("2026-11-24 16:00").holding(bo=UserState(night_override=True)).goes("anna", "202") == [
        "bo-desk for 30 s"
    ]


@pytest.mark.covers("RULE-5")
def test_destinations_that_are_not_allowed_do_not_count() -> None:
    limited = {"rules": "{allowed_destinations: [all, user, voicemail]}"}
    here = town(limited).holding(bo=DIVERTED)
    assert here.goes("anna", "202") == ["bo-desk for 30 s"]
    assert "rule: diversion: no, number is no allowed destination" in here.trail("anna", "202")
    assert town().holding(bo=DIVERTED).goes("anna", "202") == ["eva-desk for 30 s"]


@pytest.mark.covers("RULE-1")
def test_rules_for_calls_that_are_made() -> None:
    own = "rules: ['when a call is made and the called number is 202, user cora']"
    here = town(
        rules(outgoing="required: ['when the called number begins with +45, reject as barred']"), people={"anna": own}
    )
    assert here.goes("anna", "202") == ["cora-desk for 30 s"]
    assert here.goes("anna", "203") == ["cora-desk for 30 s"]
    assert here.goes("anna", "035353535") == ["403 Barred"]


@pytest.mark.covers("RULE-2")
def test_a_call_that_is_made_may_react_to_what_came_of_it() -> None:
    outgoing = "overridable: ['when a call is made and an earlier attempt was busy, user dan']"
    here = town(rules(outgoing=outgoing))
    assert here.goes("anna", "202", "busy", "busy") == ["bo-desk for 30 s", "dan-desk for 30 s", "486 Busy Here"]


def test_what_an_outgoing_rule_sets_does_not_dial_twice() -> None:
    outgoing = "overridable: ['show text \"Town\"', 'when an earlier attempt was busy, show text \"Again\"']"
    assert town(rules(outgoing=outgoing)).goes("anna", "202", "busy") == ["bo-desk for 30 s", "486 Busy Here"]


@pytest.mark.covers("RULE-2", "TIME-1")
def test_conditions_of_time() -> None:
    own = (
        "rules: ['when the date is 2026-12-24, user cora',"
        " 'when the time is between 22:00 and 06:00, user dan', ring desk phone]"
    )
    here = town(people={"bo": own})
    assert here.now == TUESDAY
    assert here.goes("anna", "202") == ["bo-desk for 30 s"]
    assert here.on("2026-12-24 10:00").goes("anna", "202") == ["cora-desk for 30 s"]
    assert here.on("2026-11-25 01:30").goes("anna", "202") == ["dan-desk for 30 s"]
