"""What a wrong value is told: file, line, plain words, what to write instead."""

from __future__ import annotations

import pytest

from tests.unit.config.conftest import Files


@pytest.mark.covers("API-6")
def test_an_unknown_key_is_told_the_nearest_known_one(files: Files) -> None:
    files.organization('alias: "202"', 'alais: "202"')
    assert files.problems() == [
        "organizations/small.yaml:25: users.1.lines.0.alais: unknown key `alais` (did you mean `alias`?)"
    ]


def test_a_key_that_is_there_already_is_not_suggested(files: Files) -> None:
    files.organization('alias: "202"', 'alias: "202", alia: "203"')
    (problem,) = files.problems()
    assert problem.endswith("unknown key `alia`")


def test_an_unknown_key_without_a_value_is_unknown_all_the_same(files: Files) -> None:
    files.organization("    name: Bo\n", "    name: Bo\n    nickname:\n")
    (problem,) = files.problems()
    assert "users.1.nickname: unknown key `nickname`" in problem


def test_a_known_key_without_a_value_counts_as_not_given(files: Files) -> None:
    files.organization("groups: [support]", "groups:")
    files.server("external_address: ~\nmedia:\n")
    assert files.load().organizations["small"].users["anna"].groups == ()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("name: Small Company\n", "", "1: `name` is missing"),
        ("name: Small Company", "name:", "2: name: `name` is missing"),
        ("name: Small Company", "name: ''", "2: name: must not be empty"),
        ("name: Small Company", "name: [a]", "2: name: must be text, not a list"),
        ("country: DK", "country: dk", "4: country: `dk` is not a country (did you mean `DK`?)"),
        ("country: DK", "country: Denmark", "4: country: `Denmark` is not a country (write its two letters"),
        ("Europe/Copenhagen", "Europe/Kopenhagen", "5: timezone: `Europe/Kopenhagen` is not a time zone (did you mean"),
        ("Europe/Copenhagen", "../../etc/passwd", "5: timezone: `../../etc/passwd` is not a time zone"),
        ("[da, en]", "[da, danish]", "6: languages.1: `danish` is not a language (write its two letters"),
        ("[da, en]", "[]", "6: languages: must have at least 1 item"),
        ("[da, en]", "da", "6: languages: must be a list"),
        ("small.example", "sip:small", "3: domain: `sip:small` is not a domain"),
        ('alias: "201"', 'alias: "+201"', "19: users.0.lines.0.alias: `+201` is not a row of digits"),
        ('"+4588887701"', '"+45 88 88 77 01"', "is not a number (write `+4588887701`)"),
        ("kind: desk", "kind: deks", "21: users.0.devices.0.kind: `deks` is not known here (did you mean `desk`?)"),
        ("kind: desk", "kind: pager", "(one of desk, softphone, browser, mobile, third-party)"),
        ("kind: desk, ", "", "21: users.0.devices.0: `kind` is missing"),
        ("username: anna", "username: an na", "`an na` is not a name of letters, digits"),
        ("groups:\n  - name: sales", "groups:\n  - sales", "12: groups.0: must be a mapping (`key: value`)"),
        ("groups:\n", "settings: {ring_seconds: soon}\ngroups:\n", "`soon` is not a time such as `30` or `30s`"),
        ("groups:\n", "settings: {ring_seconds: 0}\ngroups:\n", "must be between 1 and 3600 seconds"),
        ("groups:\n", "settings: {call_waiting: perhaps}\ngroups:\n", "`perhaps` is not `true` or `false`"),
        ("groups:\n", "working_hours: {mon-thr: [08:00-16:00]}\ngroups:\n", "11: working_hours.mon-thr: unknown key"),
        ("groups:\n", "working_hours: {mon: [16]}\ngroups:\n", "working_hours.mon.0: `16` is not a span such as"),
        ("groups:\n", "ivrs: [{name: a, number: '290', prompt: p, options: {x: '2'}}]\ngroups:\n", "`x` is not known"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_its_line(files: Files, old: str, new: str, problem: str) -> None:
    files.organization(old, new)
    (found,) = files.problems()
    assert f"organizations/small.yaml:{problem}" in found or problem in found


@pytest.mark.parametrize("written", ["true", "True", "yes", "on", "'true'"])
def test_yes_and_true_are_the_same(files: Files, written: str) -> None:
    files.server(f"trunks: [{{name: t, address: 'sip:127.0.0.1:5070', trusted: {written}}}]\n")
    assert files.load().trunks["t"].trusted is True


@pytest.mark.covers("API-6")
def test_all_problems_of_all_files_come_in_one_run(files: Files) -> None:
    files.server("lgo: {}\nmedia: {rtp_ports: 20001-20100}\nlimits: {calls: many}\ntests: [tests/*.yaml]\n")
    files.organization('alias: "202"', 'alias: "201"')
    files.organization("[support]", "[suport]")
    files.write("organizations/other.yaml", "organization: 'x\n")
    files.write("tests/one.yaml", "- name: x\n  when: {from: anna, to: '202'}\n  expect: {ring: [bo]}\n")
    assert [problem.split(": ", 1)[0] for problem in files.problems()] == [
        "organizations/other.yaml:1",
        "organizations/small.yaml:17",
        "organizations/small.yaml:25",
        "pbxd.yaml:3",
        "pbxd.yaml:4",
        "pbxd.yaml:5",
        "tests/one.yaml:3",
    ]


def test_a_mistake_in_one_user_hides_none_in_another(files: Files) -> None:
    files.organization("kind: desk", "kind: dsk")
    files.organization('"+4588887702"', '"+4688887702"')
    assert len(files.problems()) == 2


def test_a_mistake_in_the_groups_blames_nobody_who_is_in_them(files: Files) -> None:
    files.organization("- name: support", "- nam: support")
    assert all("groups.1" in problem for problem in files.problems())


@pytest.mark.covers("SEC-1")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('password: "one"', 'password: "hemmeligt\\a"'),
        ('password: "one"', 'pasword: "hemmeligt"'),
        ('password: "one"', "password: {x: hemmeligt}"),
        ("    name: Bo\n", '    name: Bo\n    pin: "hemmeligt"\n'),
    ],
)
def test_no_problem_repeats_a_secret(files: Files, old: str, new: str) -> None:
    files.organization(old, new)
    problems = files.raised()
    assert problems
    assert "hemmeligt" not in repr(problems) + " ".join(map(str, problems))


def test_a_database_address_is_not_repeated(files: Files) -> None:
    files.server("database: postgres://pbxd:hemmeligt@db.example/pbxd\n")
    assert "hemmeligt" not in " ".join(files.problems())


def test_files_that_can_not_be_read_are_named(files: Files) -> None:
    (files.folder / "pbxd.yaml").unlink()
    assert files.problems() == ["pbxd.yaml:1: can't be read: no such file or directory"]


def test_a_pattern_that_matches_nothing_is_named(files: Files) -> None:
    files.server("organizations: [customers/*.yaml, organizations/*.yaml]\n")
    assert files.problems() == ["pbxd.yaml:3: organizations.0: no file matches `customers/*.yaml`"]
