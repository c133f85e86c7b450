"""Defaults of users and queues, what user groups are, and billing ids."""

from __future__ import annotations

import pytest

from pbxd.org.levels import ACD_SUPERVISOR, SCHEDULE_ADMIN
from tests.unit.config.conftest import Files


@pytest.mark.covers("LVL-6")
@pytest.mark.parametrize(("language", "licence", "group"), [("da", "pro", "sales"), ("en", "basic", "support")])
def test_a_default_changes_those_who_have_not_overridden_it(
    files: Files, language: str, licence: str, group: str
) -> None:
    defaults = f"{{language: {language}, licence: {licence}, groups: [{group}], apps: [softphone], profile: office}}"
    files.organization(
        "groups:\n", f"profiles: [{{name: office}}, {{name: home}}]\ndefaults: {{user: {defaults}}}\ngroups:\n"
    )
    own = "    language: en\n    licence: standard\n    apps: []\n    profile: home\n"
    files.organization("    name: Anna\n", f"    name: Anna\n{own}")
    users = files.load().organizations["small"].users
    anna, bo = users["anna"], users["bo"]
    assert (bo.language, bo.licence, bo.groups, bo.apps) == (language, licence, (group,), ("softphone",))
    assert bo.default_profile == "office"
    assert (anna.language, anna.licence, anna.groups, anna.apps) == ("en", "standard", ("support",), ())
    assert anna.default_profile == "home"


@pytest.mark.covers("LVL-6")
@pytest.mark.parametrize("seconds", [10, 25])
def test_a_default_of_queues_changes_those_that_have_not_overridden_it(files: Files, seconds: int) -> None:
    queues = "queues: [{name: a, number: '290'}, {name: b, number: '291', wrap_up: 7s, waiting: {max_attempts: 3}}]\n"
    attendants = "attendant_groups: [{name: c, number: '292'}]\n"
    defaults = f"defaults: {{queue: {{wrap_up: {seconds}s, waiting: {{max_wait: '5:00', then: busy}}}}}}\n"
    files.organization("groups:\n", f"{queues}{attendants}{defaults}groups:\n")
    found = files.load().organizations["small"]
    assert [queue.wrap_up for queue in (*found.queues.values(), *found.attendant_groups.values())] == [
        seconds,
        7,
        seconds,
    ]
    waiting = found.queues["b"].waiting
    assert (waiting.max_wait, waiting.max_attempts) == (300, 3)
    assert found.queues["a"].waiting.then == waiting.then


@pytest.mark.covers("USR-2")
def test_a_group_has_its_place_and_what_its_members_may(files: Files) -> None:
    files.organization("  - name: sales\n", "  - {name: sales, schedule_admin: true, federated: true}\n")
    files.organization("  - name: support\n", "  - {name: support, acd_supervisor: true}\n")
    files.organization("    name: Bo\n", "    name: Bo\n    groups: [support, sales]\n")
    found = files.load().organizations["small"]
    assert [(group.name, group.priority) for group in found.groups.values()] == [("sales", 0), ("support", 1)]
    anna, bo = found.users["anna"], found.users["bo"]
    assert [group.name for group in found.groups_of(bo)] == ["sales", "support"]
    assert found.may("bo", SCHEDULE_ADMIN)
    assert found.may("bo", ACD_SUPERVISOR)
    assert not found.may("anna", SCHEDULE_ADMIN)
    assert (found.is_federated(bo), found.is_federated(anna)) == (True, False)


@pytest.mark.parametrize(
    ("section", "number"),
    [
        ("queues: [{name: s, number: '290', billing_id: b-7}]", "290"),
        ("attendant_groups: [{name: s, number: '290', billing_id: b-7}]", "290"),
        ("hunt_groups: [{name: s, number: '290', billing_id: b-7}]", "290"),
        ("ivrs: [{name: s, number: '290', prompt: p, billing_id: b-7}]", "290"),
        ("auto_attendants: [{name: s, number: '290', tree: {announce: p}, billing_id: b-7}]", "290"),
        ("conference_rooms: [{name: s, number: '290', billing_id: b-7}]", "290"),
        ("group_mailboxes: [{name: s, number: '290', billing_id: b-7}]", "290"),
        ("voicemail_numbers: [{number: '290', kind: user, billing_id: b-7}]", "290"),
    ],
)
def test_every_service_number_has_a_billing_id(files: Files, section: str, number: str) -> None:
    files.organization("groups:\n", f"{section}\ngroups:\n")
    files.organization("    name: Bo\n", "    name: Bo\n    billing_id: bo-1\n")
    found = files.load().organizations["small"]
    service = found.service(number)
    assert service is not None
    assert service.billing_id == "b-7"
    assert found.users["bo"].billing_id == "bo-1"
