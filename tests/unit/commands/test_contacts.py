"""``pbxd contacts``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app

CONFIG = Path(__file__).parents[3] / "config"
OUTLOOK = """\
"First Name";"Last Name";"Company";"Notes";"Mobile Phone";"Business Phone";"E-mail Address"
Eva;Krog-Ådal;Havnelageret;;30 30 30 30;;eva@havnelageret.example
Ib;Ravn;;late;+45 (0)33 11 22 33;40404040;
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG, tmp_path / "config")
    (tmp_path / "contacts.csv").write_text(OUTLOOK, encoding="utf-8")
    return tmp_path


def contacts(here: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["contacts", *arguments, "--config", str(here / "config" / "pbxd.yaml")])


def yaml_of(here: Path) -> str:
    return (here / "config" / "organizations" / "nordhavn.yaml").read_text(encoding="utf-8")


@pytest.mark.covers("USR-5")
def test_another_programs_contacts_with_a_preview(here: Path) -> None:
    before = yaml_of(here)
    shown = contacts(here, "import", str(here / "contacts.csv"), "--kind", "favourite")
    assert shown.exit_code == 0, shown.output
    assert shown.output.splitlines()[:8] == [
        "heading         becomes                      first",
        "First Name      first_name                   Eva",
        "Last Name       last_name                    Krog-Ådal",
        "Company         company                      Havnelageret",
        "Notes           -                            late",
        "Mobile Phone    numbers.1.number (mobile)    30 30 30 30",
        "Business Phone  numbers.2.number (landline)  40404040",
        "E-mail Address  email                        eva@havnelageret.example",
    ]
    assert "1 added, 1 changed, 0 removed" in shown.output
    assert yaml_of(here) == before
    assert contacts(here, "import", str(here / "contacts.csv"), "--kind", "favourite", "--write").exit_code == 0
    ib = (
        "    - {first_name: Ib, last_name: Ravn, kind: favourite, numbers: "
        '[{type: mobile, number: "+4533112233"}, {type: landline, number: "+4540404040"}]}\n'
    )
    after = yaml_of(here)
    assert after.replace(ib, "").replace("Krog-Ådal", "Krog").replace(", email: eva@havnelageret.example", "") == before
    assert 'kind: vip, numbers: [{type: mobile, number: "+4530303030", short: "71"}]' in after
    again = contacts(here, "import", str(here / "contacts.csv"), "--replace")
    assert again.exit_code == 1, "a routing test wants the blocked one to be refused"
    assert "nothing is written" in again.output


@pytest.mark.covers("USR-5")
def test_a_list_goes_out_and_comes_back(here: Path) -> None:
    before = yaml_of(here)
    table = here / "out.csv"
    assert contacts(here, "export", str(table)).exit_code == 0
    assert "'+4530303030" in table.read_text(encoding="utf-8")
    result = contacts(here, "import", str(table), "--replace", "--write", "--quiet")
    assert result.output.splitlines() == ["0 added, 0 changed, 0 removed", "organizations/nordhavn.yaml stays as it is"]
    own = contacts(here, "import", str(table), "--user", "bo", "--list", "internal", "--write", "--quiet")
    assert own.exit_code == 0, own.output
    group = contacts(here, "import", str(table), "--group", "support", "--write", "--quiet")
    assert group.exit_code == 0, group.output
    assert yaml_of(here) != before
    found = json.loads(contacts(here, "list", "krog", "--user", "bo", "--json").output)
    assert [(one["level"], one["list"], one["kind"]) for one in found] == [
        ("user", "internal", "vip"),
        ("group", "external", "vip"),
        ("organization", "external", "vip"),
    ]
    assert contacts(here, "list", "71").output.splitlines() == [
        "name      kind  numbers                 list      level",
        "Eva Krog  vip   +4530303030 (short 71)  external  organization",
    ]


@pytest.mark.covers("USR-5")
@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        (
            "name,number\nEva,call me\n",
            ("--map", "last_name=name"),
            "line 2: column numbers.1.number: `callme` is not a",
        ),
        ("kind,number\nfriend,+4530000000\n", (), "line 2: column kind: `friend` is not known here"),
        ("last_name,number\nEva,\n", (), "contacts.csv:2: no number, and a contact has at least one"),
        ("last_name,number\nA,+4530\nB,+4530\n", (), "contacts.csv:3: has a number that is on line 2, too"),
        ("name\nEva\n", (), "no column becomes a number; --map numbers.1.number=HEADING says which"),
        ("number,a\n+4530000000,1\n", ("--map", "numbers.1.short=b"), "no column is called `b`"),
        ("number,a\n+4530000000,1\n", ("--map", "numbers.1.shrt=a"), "did you mean `numbers.1.short`?"),
        ("numbers.1.number,a\n+4530000000,1\n", ("--map", "numbers.1.number=a"), "two columns become numbers.1.number"),
        ("number,a\n+4530000000,201\n", ("--map", "numbers.1.short=a"), "line 2: column numbers.1.short: short number"),
        ("number\n+4530000000\n", ("--user", "bob"), "no user is called bob; did you mean `bo`?"),
        ("number\n+4530000000\n", ("--user", "bo", "--group", "sales"), "two lists"),
        ("number\n=cmd|' /C calc'!A0\n", (), "is not a number"),
    ],
)
def test_mistakes_are_said_by_line_and_nothing_is_written(
    here: Path, table: str, options: tuple[str, ...], words: str
) -> None:
    before = yaml_of(here)
    (here / "contacts.csv").write_text(table, encoding="utf-8")
    result = contacts(here, "import", str(here / "contacts.csv"), "--write", *options)
    assert result.exit_code in (1, 2)
    assert words in result.output
    assert yaml_of(here) == before
