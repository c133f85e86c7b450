"""Conversions and number types in files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pbxd.dialplan.numbering import canonical
from pbxd.org.barring import Limit
from pbxd.org.emergency import Emergency
from pbxd.org.levels import BARRING
from pbxd.org.organization import Organization
from pbxd.org.rules import InNightMode, InWorkingHours, Not
from tests.unit.config.conftest import Files


def small(files: Files, text: str) -> Organization:
    files.organization("users:\n", f"{text}users:\n")
    return files.load().organizations["small"]


@pytest.mark.covers("NUM-2", "NUM-3")
def test_conversions_of_the_organization_and_of_a_group(files: Files) -> None:
    files.organization(
        "  - name: sales\n",
        "  - {name: sales, number_conversions: {own: [{prefix: '8', digits: 0, rewrite: '201'}]}}\n",
    )
    files.organization("    name: Bo\n", "    name: Bo\n    groups: [sales]\n")
    organization = small(
        files,
        "number_conversions:\n"
        "  template: SE\n"
        "  never: ['1800']\n"
        "  own:\n"
        "    - {prefix: '1', digits: 3, only: ['800-899'], rewrite: '+451'}\n"
        "    - {prefix: '9', digits: any, only: [07, '10-15'], rewrite: '+4570'}\n",
    )
    read = {text: canonical(text, organization, organization.users["bo"]).canonical for text in DIALLED}
    assert read == DIALLED
    assert not canonical("8", organization).canonical


DIALLED = {
    "1813": "+451813",
    "1800": "1800",
    "907123456": "+4507123456".replace("+4507", "+457007"),
    "912123456": "+457012123456",
    "08123456": "+468123456",
    "8": "201",
}


@pytest.mark.covers("NUM-5")
def test_number_types_from_the_file_itself_and_from_csv(files: Files) -> None:
    files.write("organizations/costly.csv", "prefix,comment\n+247,Ascension\n\n+88,satellite\n")
    files.write("organizations/more.csv", "+4590\n+4690,x\n")
    organization = small(
        files,
        "number_types:\n"
        "  international: {prefixes: ['+'], except: ['+45']}\n"
        "  costly: {csv: costly.csv, prefixes: ['+252']}\n"
        "  premium: {csv: more.csv, mode: replace, prefixes: ['+1900']}\n"
        "  danish-service: {prefixes: ['+4570', '+4580'], except: ['+457012']}\n",
    )
    for number, types in {
        "+247123": {"international", "costly"},
        "+252123": {"international", "costly"},
        "+88123": {"international", "costly"},
        "+4590123456": {"premium"},
        "+46901234": {"international", "premium"},
        "+19001234567": {"international"},
        "+4570111111": {"danish-service"},
        "+4570121111": set(),
        "202": set(),
        "": set(),
    }.items():
        assert organization.types_of(number) == types, number


@pytest.mark.covers("NUM-5")
def test_the_longest_prefix_decides_also_within_what_is_excepted(files: Files) -> None:
    organization = small(files, "number_types: {abroad: {prefixes: ['+', '+4590'], except: ['+45']}}\n")
    assert [bool(organization.types_of(number)) for number in ("+46", "+4570", "+459012")] == [True, False, True]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "number_conversions: {own: [{prefix: '9', digits: 2, only: ['7-15'], rewrite: '1'}]}\n",
            "write leading zeros",
        ),
        (
            "number_conversions: {own: [{prefix: '9', digits: 2, only: ['7'], rewrite: '1'}]}\n",
            "must have 2 digits, as",
        ),
        ("number_conversions: {own: [{prefix: '9', digits: 2, only: ['15-07'], rewrite: '1'}]}\n", "`15` comes after"),
        (
            "number_conversions: {own: [{prefix: '9', only: [x], rewrite: '1'}]}\n",
            "`x` is not a span of digits such as",
        ),
        ("number_types: {costly: {csv: none.csv}}\n", "number_types.costly.csv: `none.csv` can't be read"),
        ("number_types: {costly: {csv: wrong.csv}}\n", "wrong.csv:2: `abc` is not the beginning of a number"),
    ],
)
def test_what_is_wrong_with_numbers(files: Files, text: str, problem: str) -> None:
    files.write("organizations/wrong.csv", "+45\nabc\n")
    files.organization("users:\n", f"{text}users:\n")
    assert any(problem in found for found in files.problems()), files.problems()


def test_the_pages_example_does_what_the_page_says(files: Files) -> None:
    text = (Path(__file__).parents[3] / "docs" / "numbers.md").read_text(encoding="utf-8")
    organization = small(files, re.findall(r"```yaml\n(number_conversions:.*?)```", text, re.DOTALL)[0])
    for dialled, number in re.findall(r"`(\d+)` becomes `(\+\d+)`", text):
        assert canonical(dialled, organization).canonical == number
    assert canonical("1850", organization).canonical == "1850"


@pytest.mark.covers("NUM-6")
def test_barring_groups_with_conditions_in_words_and_in_parts(files: Files) -> None:
    organization = small(
        files,
        "number_types: {costly: {prefixes: ['+88']}}\n"
        "barring:\n"
        "  - {name: guard, limit: {types: [costly], simultaneous: 2, per_hour: 10}}\n"
        "  - {name: night, deny: {types: [costly], prefixes: ['+1']}, when: night mode is on, announce: call-barred}\n"
        "  - {name: local, allow_only: {prefixes: ['+45']}, when: {working_hours: false}}\n"
        "settings: {barring: [guard]}\n",
    )
    night, local = organization.barring["night"], organization.barring["local"]
    assert night.when == InNightMode()
    assert night.announce == "call-barred"
    assert local.when == Not(InWorkingHours())
    assert organization.barring["guard"].limit == Limit(types=frozenset({"costly"}), simultaneous=2, per_hour=10)
    assert organization.effective(BARRING).value == ("guard",)


def test_emergency_and_shared_numbers(files: Files) -> None:
    files.organization(
        "  - name: sales\n",
        "  - {name: sales, emergency: {callback_number: '+4688887700', location: Malmo}}\n",
    )
    files.organization("    name: Bo\n", "    name: Bo\n    groups: [sales]\n")
    organization = small(
        files,
        "emergency: {callback_number: '+4588887700', location: Kajgade 1, notify: [anna]}\n"
        "display_numbers: [{number: '+4588887750', users: [anna], groups: [sales]}]\n",
    )
    anna, bo = (organization.emergency_of(organization.users[name]) for name in ("anna", "bo"))
    assert anna == Emergency(callback_number="+4588887700", location="Kajgade 1", notify=("anna",))
    assert bo == Emergency(callback_number="+4688887700", location="Malmo")
    assert organization.display_numbers[0].users == {"anna"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("barring: [{name: a, deny: {types: [premum]}}]\nnumber_types: {premium: {}}\n", "did you mean `premium`?"),
        ("barring: [{name: a, limit: {types: [x]}}]\n", "barring.0.limit.types.0: no number type is called `x`"),
        ("barring: [{name: a, deny: {}}, {name: a, deny: {}}]\n", "barring group `a` is used twice"),
        ("barring: [{name: a}]\n", "barring.0: bars nothing (give `deny`, `allow_only` or `limit`)"),
        ("barring: [{name: a, deny: {}, when: it is nihgt}]\n", "barring.0.when: "),
        ("settings: {barring: [a]}\n", "settings.barring.0: no barring group is called `a`"),
        ("queues: [{name: q, number: '299', barring: [a]}]\n", "queues.0.barring.0: no barring group is called `a`"),
        (
            "display_numbers: [{number: '+4588887750', users: [ana]}]\n",
            "no user is called `ana` (did you mean `anna`?)",
        ),
        ("display_numbers: [{number: '+4588887750', queue: q}]\n", "display_numbers.0.queue: no queue is called `q`"),
        ("display_numbers: [{number: '+4588887750', agents: true}]\n", "are those of a `queue`"),
        ("emergency: {callback_number: '+4588887700', notify: [ana]}\n", "emergency.notify.0: no user is called `ana`"),
        ("emergency: {callback_number: '201'}\n", "emergency.callback_number: `201` can't be called from outside"),
    ],
)
def test_names_that_do_not_exist(files: Files, text: str, problem: str) -> None:
    files.organization("users:\n", f"{text}users:\n")
    assert any(problem in found for found in files.problems()), files.problems()
