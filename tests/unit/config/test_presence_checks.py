"""Activities, roles, shortcuts, profiles and feature codes must fit together."""

from __future__ import annotations

import pytest

from tests.unit.config.conftest import Files


@pytest.mark.parametrize(
    ("added", "problem"),
    [
        (
            "activities: [{name: lunch, available: false}, {name: lunch, available: false}]",
            "activities.1.name: activity `lunch` is used twice; the first is at",
        ),
        (
            'roles: [{name: work, code: "1"}, {name: play, code: "1"}]',
            "roles.1.code: code of role `1` is used twice",
        ),
        (
            'profiles: [{name: office, code: "1*2"}]',
            "profiles.0.code: `1*2` can't be dialled within a code (digits only)",
        ),
        (
            "activities: [{name: lunch, available: false}]\nshortcuts: [{name: Smoke, activity: lunsh}]",
            "shortcuts.0.activity: no activity is called `lunsh` (did you mean `lunch`?)",
        ),
        ("profiles: [{name: office, queues: [suport]}]", "profiles.0.queues.0: no queue is called `suport`"),
        ('feature_codes: {actvity: "*5*"}', "no feature is called `actvity` (did you mean `activity`?)"),
        ('feature_codes: {activity: "5*"}', "`5*` could be the beginning of a number (begin it with `*` or `#`)"),
        (
            'feature_codes: {activity: "*24*"}',
            "feature_codes.activity: `*24*` can't be told from `*24*` of `role` while it is dialled",
        ),
        ('feature_codes: {activity: "*1"}', "`*1` can't be told from `*1*` of `voicemail` while it is dialled"),
    ],
)
@pytest.mark.covers("PRES-1")
def test_what_does_not_fit_is_told_with_its_line(files: Files, added: str, problem: str) -> None:
    files.organization("groups:\n", f"{added}\ngroups:\n")
    assert any(problem in found for found in files.problems()), files.problems()


def test_users_own_profiles_and_shortcuts_are_checked_too(files: Files) -> None:
    own = "    name: Bo\n    shortcuts: [{name: Smoke, activity: lunch}]\n    profiles: [{name: a}, {name: a}]\n"
    files.organization("    name: Bo\n", own)
    problems = "\n".join(files.problems())
    assert "users.1.shortcuts.0.activity: no activity is called `lunch`" in problems
    assert "users.1.profiles.1.name: profile `a` is used twice" in problems


def test_codes_may_change_places(files: Files) -> None:
    files.organization("groups:\n", 'feature_codes: {activity: "*24*", role: "*23*", pickup: "*5*"}\ngroups:\n')
    configured = files.load().organizations["small"].feature_codes
    assert configured == {"activity": "*24*", "role": "*23*", "pickup": "*5*"}
