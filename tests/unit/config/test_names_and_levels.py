"""Settings where they may not be given, and names of things that are not there."""

from __future__ import annotations

import pytest

from tests.unit.config.conftest import ORGANIZATION, Files

SMALL = "organizations/small.yaml"


@pytest.mark.covers("LVL-4")
@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "  - name: sales\n",
            "  - name: sales\n    settings: {park: {recall_after: 60s}}\n",
            f"{SMALL}:13: groups.0.settings.park.recall_after: `park.recall_after` is a setting of the organization as "
            "a whole, not of a group (write it under `settings` at the top level of the file)",
        ),
        (
            "    name: Bo\n",
            "    name: Bo\n    settings: {intrusion: {audible: no}, ring_seconds: 20}\n",
            f"{SMALL}:24: users.1.settings.intrusion.audible: `intrusion.audible` is a setting of the organization as "
            "a whole, not of a user (write it under `settings` at the top level of the file)",
        ),
        (
            "  - name: sales\n",
            "  - name: sales\n    number_ranges: []\n",
            "groups.0.number_ranges: `number_ranges` is for the organization as a whole (write it at the top level of",
        ),
        (
            "    name: Bo\n",
            "    name: Bo\n    ring_seconds: 5\n",
            "`ring_seconds` is one of the settings (write it under",
        ),
        ("    name: Bo\n", "    name: Bo\n    pickup: [sales]\n", "(write it under `permissions`)"),
        (
            "    name: Bo\n",
            "    name: Bo\n    seen_by: [sales]\n",
            "(write it under `permissions_on_me` in `settings`)",
        ),
        (
            "groups:\n",
            "settings: {switchboard: '200'}\ngroups:\n",
            "settings.switchboard: `switchboard` is none of the",
        ),
        ("groups:\n", "settings: {outside_line_prefix: '0'}\ngroups:\n", "is for the organization as a whole"),
    ],
)
def test_a_key_on_a_level_where_it_may_not_be(files: Files, old: str, new: str, problem: str) -> None:
    files.organization(old, new)
    (found,) = files.problems()
    assert problem in found


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        (
            "permissions: {pickup: [suport]}",
            "permissions.pickup.0: no group is called `suport` (did you mean `support`?)",
        ),
        (
            "settings: {permissions_on_me: {seen_by: [x]}}",
            "settings.permissions_on_me.seen_by.0: no group is called `x`",
        ),
        ("settings: {barring: [premium]}", "settings.barring.0: no barring group is called `premium`"),
        ("settings: {on_busy: {to: queue suport}}", "settings.on_busy.to: no queue is called `suport`"),
        ("settings: {declined: {hunt_group: x}}", "settings.declined.hunt_group: no hunt group is called `x`"),
        ("settings: {music_on_hold: cool}", "settings.music_on_hold: no music is called `cool`"),
        ("settings: {timed_presentation: {role: timed}}", "no role is called `timed`"),
        ("unassigned_numbers: {to: mailbox box}", "unassigned_numbers.to: no mailbox is called `box`"),
        ("shortcuts: [{name: Lunch, activity: lunch}]", "shortcuts.0.activity: no activity is called `lunch`"),
        ("profiles: [{name: office, queues: [q]}]", "profiles.0.queues.0: no queue is called `q`"),
        ("defaults: {queue: {mailbox: box}}", "defaults.queue.mailbox: no mailbox is called `box`"),
        ("defaults: {user: {profile: office}}", "defaults.user.profile: no profile is called `office`"),
        ("queues: [{name: q, number: '290', agents: [{user: ana}]}]", "(did you mean `anna`?)"),
        (
            "queues: [{name: q, number: '290', groups: {agents: [x]}}]",
            "queues.0.groups.agents.0: no group is called `x`",
        ),
        (
            "attendant_groups: [{name: q, number: '290', barring: [x]}]",
            "attendant_groups.0.barring.0: no barring group",
        ),
        (
            "queues: [{name: q, number: '290', waiting: {no_agents: {mailbox: x}}}]",
            "waiting.no_agents.mailbox: no mailb",
        ),
        ("hunt_groups: [{name: h, number: '290', exclude_roles: [x]}]", "no role is called `x`"),
        (
            "ivrs: [{name: m, number: '290', prompt: p, options: {'1': {queue: x}}}]",
            "ivrs.0.options.1.queue: no queue is",
        ),
        (
            "ivrs: [{name: m, number: '290', prompt: p, options: {'1': group x}}]",
            "ivrs.0.options.1: no group is called",
        ),
        (
            "group_mailboxes: [{name: b, number: '290', email: [x]}]",
            "group_mailboxes.0.email.0: no group is called `x`",
        ),
        ("voicemail_numbers: [{number: '290', kind: group, mailbox: x}]", "voicemail_numbers.0.mailbox: no mailbox is"),
        ("emergency: {callback_number: '+4588887700', notify: [ana]}", "emergency.notify.0: no user is called `ana`"),
        ("rules: {fallback: [hunt group sales]}", "rules.fallback.0: no hunt group is called `sales`"),
        (
            "rules: {fallback: [{when: {activity: lunch}, do: [{user: ana}]}]}",
            "rules.fallback.0: no activity is called",
        ),
        ("switchboard_: '1'", "unknown key"),
    ],
)
def test_a_name_of_nothing(files: Files, section: str, problem: str) -> None:
    files.organization("groups:\n", f"{section}\ngroups:\n")
    assert any(problem in found for found in files.problems())


def test_service_numbers_go_by_name_and_by_number(files: Files) -> None:
    files.organization(
        "groups:\n",
        "queues: [{name: support, number: '290', numbers: ['+4588887710']}]\n"
        "rules: {fallback: ['queue 290', 'queue support', 'queue +4588887710']}\ngroups:\n",
    )
    found = files.load().organizations["small"]
    assert found.queue("290") is found.queue("support") is found.queue("+4588887710") is found.service("290")
    assert not any((found.hunt_group("290"), found.menu("290"), found.mailbox("290"), found.queue("x")))


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        (
            "activities: [{name: a, available: no}, {name: a, available: yes}]",
            "activities.1.name: activity `a` is used tw",
        ),
        ("roles: [{name: a, code: '1'}, {name: b, code: '1'}]", "roles.1.code: role code `1` is used twice"),
        ("queues: [{name: a, number: '290'}]\nattendant_groups: [{name: a, number: '291'}]", "queue `a` is used twice"),
        (
            "contacts: {external: [{numbers: [{number: '112233', short: '201'}]}]}",
            "is in the organization's number range",
        ),
        (
            "contacts: {internal: [{numbers: [{number: '112233', short: '7'}, {number: '112234', short: '7'}]}]}",
            "contacts.internal.0.numbers.1.short: short number `7` is used twice",
        ),
    ],
)
def test_what_can_not_be_told_apart(files: Files, section: str, problem: str) -> None:
    files.organization("groups:\n", f"{section}\ngroups:\n")
    assert any(problem in found for found in files.problems())


@pytest.mark.covers("NUM-1")
def test_ranges_do_not_overlap(files: Files) -> None:
    files.organization('  - {from: "200", to: "299"}\n', '  - {from: "200", to: "299"}\n  - {from: "290", to: "310"}\n')
    (found,) = files.problems()
    assert found == f"{SMALL}:11: number_ranges.2: 290-310 overlaps 200-299"


@pytest.mark.covers("NUM-8")
def test_the_switchboard_of_every_level_is_one_of_the_organizations_numbers(files: Files) -> None:
    files.organization("  - name: sales\n", "  - name: sales\n    switchboard: '300'\n")
    files.organization("    name: Bo\n", "    name: Bo\n    switchboard: '+4512345678'\n")
    problems = files.problems()
    assert "groups.0.switchboard: `300` is in none of the organization's number ranges" in problems[0]
    assert "users.1.switchboard: `+4512345678` is in none of" in problems[1]


@pytest.mark.covers("NUM-9")
def test_organizations_are_linked_from_both_sides(files: Files) -> None:
    other = (
        ORGANIZATION.replace("organization: small", "organization: other")
        .replace("small.example", "other.example")
        .replace("+458888", "+458889")
    )
    files.write("organizations/other.yaml", other)
    files.organization("groups:\n", "linked_organizations: [othr, small, other]\ngroups:\n")
    assert files.problems() == [
        f"{SMALL}:11: linked_organizations.0: no organization is called `othr` (did you mean `other`?)",
        f"{SMALL}:11: linked_organizations.1: `small` is this organization itself",
        f"{SMALL}:11: linked_organizations.2: `other` does not link back (write `linked_organizations: [small]` in its "
        "file, too)",
    ]
    files.organization("[othr, small, other]", "[other]")
    files.change("organizations/other.yaml", "groups:\n", "linked_organizations: [small]\ngroups:\n")
    assert files.load().organizations["small"].linked_organizations == ("other",)
