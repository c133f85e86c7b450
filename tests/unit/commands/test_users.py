"""``pbxd users``: the configuration stays the truth, and a hand could have written it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app

CONFIG = Path(__file__).parents[3] / "config"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path


def users(here: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["users", *arguments, "--config", str(here / "config" / "pbxd.yaml")])


def yaml_of(here: Path) -> str:
    return (here / "config" / "organizations" / "nordhavn.yaml").read_text(encoding="utf-8")


@pytest.mark.covers("USR-3")
def test_what_is_exported_can_be_imported_and_changes_nothing(here: Path) -> None:
    before = yaml_of(here)
    for options in ((), ("--secrets",)):
        assert users(here, "export", str(here / "users.csv"), *options).exit_code == 0
        result = users(here, "import", str(here / "users.csv"), "--write", "--remove")
        assert result.output.splitlines() == [
            "0 added, 0 changed, 0 removed",
            "organizations/nordhavn.yaml stays as it is",
        ]
    assert yaml_of(here) == before
    table = (here / "users.csv").read_text(encoding="utf-8")
    assert "'+4588887701" in table
    assert "anna-desk-secret" in table
    assert "secret" not in users(here, "export").output
    assert (here / "users.csv").stat().st_mode & 0o777 == 0o600


@pytest.mark.covers("USR-3")
def test_an_import_shows_what_changes_before_it_writes(here: Path) -> None:
    before = yaml_of(here)
    table = here / "users.csv"
    table.write_text(
        "username;name;email;lines.1.number;lines.1.alias;groups\n"
        "bo;Bo Lind;;+4588887702;0202;support;\n"
        "eva;Eva Ådal;eva@nordhavn.example;'+4588887705;205;support\n".replace("support;\n", "support\n"),
        encoding="utf-8",
    )
    shown = users(here, "import", str(table), "--remove")
    assert shown.exit_code == 1
    assert "line 2: column lines.1.alias: " not in before
    table.write_text(table.read_text(encoding="utf-8").replace("0202", "212"), encoding="utf-8")
    shown = users(here, "import", str(table))
    assert shown.exit_code == 0, shown.output
    assert "1 added, 1 changed, 0 removed, 3 only in the configuration" in shown.output
    assert yaml_of(here) == before
    assert users(here, "import", str(table), "--write").exit_code == 0
    assert yaml_of(here) == before.replace('alias: "202"', 'alias: "212"').replace(
        "    email: bo@nordhavn.example\n", ""
    ).replace(
        "\ndirectory_fields:",
        "  - username: eva\n    name: Eva Ådal\n    groups: [support]\n"
        '    lines: [{number: "+4588887705", alias: "205"}]\n    email: eva@nordhavn.example\n\ndirectory_fields:',
    )


@pytest.mark.covers("USR-3")
def test_what_check_refuses_is_never_written_and_said_by_row_and_column(here: Path) -> None:
    before = yaml_of(here)
    table = here / "users.csv"
    table.write_text("username,name,role,groups,lines.1.number\nanna,Anna Holm,boss,support,\n", encoding="utf-8")
    result = users(here, "import", str(table), "--write")
    assert result.exit_code == 1
    assert "line 2: column role: `boss` is not known here" in result.output
    table.write_text(
        "username,name,groups,lines.1.number\ndan,Dan,sails,+4588887704\neva,Eva,sales,+4588887701\n", encoding="utf-8"
    )
    result = users(here, "import", str(table), "--write")
    assert "line 2: column groups: no group is called `sails`" in result.output
    assert "line 3: column lines.1.number: number `+4588887701` is used twice" in result.output
    assert "nothing is written" in result.output
    table.write_text("usrname,name\nanna,A\nanna,B\n", encoding="utf-8")
    assert "`usrname` is no column of users; did you mean `username`?" in users(here, "import", str(table)).output
    table.write_text("username,name\nanna,A\nanna,B\n,C\n", encoding="utf-8")
    output = users(here, "import", str(table)).output
    assert "users.csv:3: column username: `anna` is on line 2, too" in output
    assert "users.csv:4: column username: empty" in output
    assert yaml_of(here) == before


@pytest.mark.covers("USR-3")
def test_bulk_change_and_creating_from_another_user(here: Path) -> None:
    before = yaml_of(here)
    assert users(here, "set", "licence=pro", "email=", "--where", "groups=support", "--write").exit_code == 0
    assert yaml_of(here) == before.replace("    email: bo@nordhavn.example\n", "").replace(
        "    email: anna@nordhavn.example\n", ""
    ).replace("    name: Bo Lind\n", "    name: Bo Lind\n    licence: pro\n")
    added = users(
        here, "add", "eva", "name=Eva Krog", "lines.1.number=+4588887705", "--like", "bo", "--write", "--quiet"
    )
    assert added.exit_code == 0, added.output
    eva = json.loads(users(here, "list", "--where", "username=eva", "--json").output)
    assert eva == [
        {
            "username": "eva",
            "name": "Eva Krog",
            "email": "",
            "language": "sv",
            "role": "",
            "licence": "pro",
            "groups": "support",
            "lines.1.number": "+4588887705",
        }
    ]
    assert "there is a user eva" in users(here, "add", "eva").output
    assert "did you mean `dan`" in users(here, "remove", "dann").output
    assert users(here, "remove", "eva", "--write").exit_code == 0
    assert "eva" not in users(here, "list").output


@pytest.mark.covers("USR-9")
def test_users_are_found_by_every_field(here: Path) -> None:
    def found(*arguments: str) -> list[str]:
        return [user["username"] for user in json.loads(users(here, "list", "--json", *arguments).output)]

    assert found("203") == ["cora"]
    assert found("BULK") == ["anna"]
    assert found("analog") == ["dan"]
    assert found("4711") == [], "a PIN is nothing to look for"
    assert found("--where", "groups=supervisors", "--where", "language=en") == ["cora"]
    assert found("--where", "devices.1.name=*-desk") == ["anna", "bo", "cora"]
    assert found("--where", "email=") == ["cora", "dan"]
    assert users(here, "list", "--where", "email").exit_code == 2
    assert "did you mean `email`" in users(here, "list", "--where", "emial=x").output
    assert users(here, "set", "licence=pro").exit_code == 2
    assert users(here, "set", "username=x", "--all").exit_code == 2


def test_a_terminal_shows_a_table(here: Path) -> None:
    assert users(here, "list", "holm").output.splitlines() == [
        "username  name       number       alias  licence  role         groups",
        "anna      Anna Holm  +4588887701  201    pro      group-admin  support;supervisors",
    ]
