"""What a directory exports becomes users, by a mapping."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app

CONFIG = Path(__file__).parents[3] / "config"
MAPPING = """\
entries: {objectClass: user}
columns:
  username: sAMAccountName
  name: "{givenName} {sn}"
  email: mail
  lines.1.number: telephoneNumber
  lines.1.alias: ipPhone
  groups: memberOf
  fields.ships: dn
values:
  groups:
    "CN=Support,OU=Groups,DC=nordhavn,DC=example": support
    "CN=Sales,OU=Groups,DC=nordhavn,DC=example": sales
defaults:
  licence: standard
  devices.1.name: "{username}-desk"
  devices.1.kind: desk
  devices.1.password: random
country: DK
disabled: skip
"""
BO = """\
dn: CN=Bo Lind,OU=People,DC=nordhavn,DC=example
objectClass: top
objectClass: user
sAMAccountName: BO
givenName: Bo
sn: Lind
mail: bo@nordhavn.example
telephoneNumber: 88 88 77 02
ipPhone: 202
memberOf: CN=Support,OU=Groups,DC=nordhavn,DC=example
memberOf: CN=Printers,OU=Groups,DC=nordhavn,DC=example
userAccountControl: 512
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG, tmp_path / "config")
    (tmp_path / "map.yaml").write_text(MAPPING, encoding="utf-8")
    return tmp_path


def imports(here: Path, text: str, *arguments: str) -> Result:
    file = here / "x.ldif"
    file.write_text(dedent(text), encoding="utf-8")
    mapping = ["--mapping", str(here / "map.yaml"), "--config", str(here / "config" / "pbxd.yaml")]
    return CliRunner().invoke(app, ["users", "import", str(file), *mapping, *arguments])


def yaml_of(here: Path) -> str:
    return (here / "config" / "organizations" / "nordhavn.yaml").read_text(encoding="utf-8")


def line_of(here: Path, username: str) -> dict[str, str]:
    """The keys of a user that stand on lines of their own."""
    block = yaml_of(here).partition(f"- username: {username}\n")[2].partition("- username:")[0].partition("\n\n")[0]
    return dict(line.strip().split(": ", 1) for line in block.splitlines() if ": " in line)


@pytest.mark.covers("USR-3")
def test_who_is_new_changed_and_gone(here: Path) -> None:
    eva = f"""
dn:: {base64.b64encode("CN=Eva Ådal,OU=People,DC=nordhavn,DC=example".encode()).decode()}
objectClass: user
sAMAccountName: eva
givenName: Eva
sn:: {base64.b64encode("Ådal".encode()).decode()}
telephoneNumber: +45 88 88 77
  05
memberOf: CN=Sales,OU=Groups,DC=nordhavn,DC=example

dn: CN=Printer,OU=Things,DC=nordhavn,DC=example
objectClass: printQueue
"""
    before = yaml_of(here)
    shown = imports(here, BO + eva)
    assert shown.exit_code == 0, shown.output
    assert "1 added, 1 changed, 0 removed, 3 only in the configuration" in shown.output
    assert yaml_of(here) == before
    assert imports(here, BO + eva, "--write", "--quiet").exit_code == 0
    assert line_of(here, "eva")["name"] == "Eva Ådal"
    assert line_of(here, "eva")["groups"] == "[sales]"
    assert line_of(here, "eva")["lines"] == '[{number: "+4588887705"}]'
    assert line_of(here, "eva")["licence"] == "standard"
    assert "eva-desk" in line_of(here, "eva")["devices"]
    assert line_of(here, "bo")["lines"] == '[{number: "+4588887702", alias: "202", type: landline}]'
    assert "licence" not in line_of(here, "bo"), "defaults are for who is added"
    gone = imports(here, BO, "--remove")
    assert "no user is called `anna`" in gone.output, "who is named elsewhere can't go"
    assert "nothing is written" in gone.output


@pytest.mark.covers("USR-3")
def test_changes_and_deletions_find_whom_they_are_of(here: Path) -> None:
    assert imports(here, BO, "--write").exit_code == 0
    dn = "CN=Bo Lind,OU=People,DC=nordhavn,DC=example"
    changed = imports(
        here,
        f"""\
        dn: {dn}
        changetype: modify
        replace: telephoneNumber
        telephoneNumber: 88887708
        -
        delete: mail
        -
        add: memberOf
        memberOf: CN=Sales,OU=Groups,DC=nordhavn,DC=example
        -
        """,
        "--write",
    )
    assert "0 added, 1 changed, 0 removed\n" in changed.output
    bo = line_of(here, "bo")
    assert (bo["groups"], "email" in bo) == ("[support, sales]", False)
    assert "+4588887708" in bo["lines"]
    part = imports(here, f"dn: {dn}\nchangetype: modify\nreplace: sn\nsn: Lund\n-\n")
    assert "x.ldif:1: column name: needs givenname as well" in part.output
    assert part.exit_code == 1
    moved = imports(here, f"dn: {dn}\nchangetype: modrdn\nnewrdn: CN=Bo Lund\ndeleteoldrdn: 1\n", "--write")
    assert moved.exit_code == 0
    assert line_of(here, "bo")["fields"] == '{ships: "CN=Bo Lund,OU=People,DC=nordhavn,DC=example"}'
    assert "nobody who is known here" in imports(here, f"dn: {dn}\nchangetype: delete\n").output
    gone = imports(here, f"dn: {dn.replace('Lind', 'Lund')}\nchangetype: delete\n", "--write")
    assert gone.exit_code == 1, "agents of a queue are named: the configuration would be wrong"
    assert "no user is called `bo`" in gone.output


def test_entries_that_are_gone_or_switched_off(here: Path) -> None:
    off = BO.replace("userAccountControl: 512", "userAccountControl: 514")
    skipped = imports(here, off)
    assert "bo is switched off in the directory, and stays as is" in skipped.output
    assert "0 added, 0 changed, 0 removed" in skipped.output
    (here / "map.yaml").write_text(MAPPING.replace("disabled: skip", "disabled: remove"), encoding="utf-8")
    assert "no user is called `bo`" in imports(here, off).output
    deleted = "dn:: Q049RGFuCkRFTDoxLENOPURlbGV0ZWQgT2JqZWN0cw==\nsAMAccountName: dan\nisDeleted: TRUE\n"
    assert "0 added, 0 changed, 1 removed" in imports(here, deleted).output


def test_what_is_wrong_is_said_by_line(here: Path) -> None:
    twice = imports(here, f"{BO}\n{BO}\ndn: CN=X\nobjectClass: user\n")
    assert "x.ldif:14: `bo` is on line 1, too" in twice.output
    assert "x.ldif:27: CN=X has no samaccountname, which makes the username" in twice.output
    hostile = imports(here, BO.replace("givenName: Bo", "givenName:: Qm8AQm8="))
    assert "x.ldif:1: column name: is no text for a configuration" in hostile.output
    number = imports(here, BO.replace("88 88 77 02", "call me"))
    assert "line 1: column lines.1.number: `callme` is not a number" in number.output


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("columns: {username: uid}\n", "`entries` is missing"),
        ("entries: {objectClass: user}\ncolumns: {name: cn}\n", "`username` is missing"),
        ("entries: {objectClass: user}\ncolumns: {username: uid, mail: mail}\n", "did you mean `email`?"),
        ("entries: {objectClass: user}\ncolums: {username: uid}\n", "did you mean `columns`?"),
    ],
)
def test_a_mapping_that_is_none(here: Path, mapping: str, words: str) -> None:
    (here / "map.yaml").write_text(mapping, encoding="utf-8")
    result = imports(here, BO)
    assert result.exit_code == 1
    assert words in result.output
