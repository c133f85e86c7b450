"""What licences allow, and what is used of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbxd.org.licences import Usage, apps_of, excesses, may_use, usage
from pbxd.org.organization import Organization
from pbxd.tools.gate import examine
from tests.support.house import ORGANIZATION, configure

LICENCES = """\
licences:
  standard: {count: 2, apps: [softphone]}
  pro: {supervisor: true}
queues: [{name: support, number: "250", supervisors: [anna, bo], agents: [{user: dan}]}]
"""


def house(folder: Path, text: str = LICENCES, **users: str) -> Organization:
    organization = ORGANIZATION + text
    for name, said in users.items():
        organization = organization.replace(f"  - username: {name}\n", f"  - username: {name}\n{said}")
    return configure(folder, organization=organization).organizations["house"]


@pytest.mark.covers("USR-7")
def test_what_is_used_and_what_is_too_much(tmp_path: Path) -> None:
    within = house(
        tmp_path,
        anna="    licence: pro\n",
        cora="    apps: [unified-inbox]\n",
        dan="    licence: gold\n    apps: []\n",
    )
    assert usage(within) == [
        Usage(licence="standard", count=2, used=2),
        Usage(licence="pro", count=None, used=1),
        Usage(licence="gold", count=None, used=1),
    ]
    assert [one.words for one in excesses(within)] == [
        "bo supervises support, which the licence standard does not allow",
        "cora has unified-inbox among apps, which the licence standard does not allow",
        "dan has the licence gold, which the organization does not name",
    ]
    more = list(excesses(house(tmp_path)))
    assert (more[0].username, more[0].words) == ("", "4 users have the licence standard, of which there are 2")
    assert list(excesses(house(tmp_path, ""))) == [], "an organization that names none has no limits"


@pytest.mark.covers("USR-7", "USR-1")
def test_which_applications_a_user_may_use(tmp_path: Path) -> None:
    within = house(tmp_path, anna="    licence: pro\n", bo="    apps: [softphone, browser]\n", dan="    apps: []\n")
    users = within.users
    assert apps_of(within, users["anna"]) is None
    assert apps_of(within, users["bo"]) == frozenset({"softphone"})
    assert apps_of(within, users["cora"]) == frozenset({"softphone"})
    assert apps_of(within, users["dan"]) == frozenset()
    assert [may_use(within, users[name], "unified-inbox") for name in ("anna", "bo")] == [True, False]
    soft = "{name: anna-soft, kind: softphone, password: anna-soft-secret}"
    assert soft in ORGANIZATION
    none = house(tmp_path, LICENCES, anna="    licence: pro\n    apps: [browser]\n")
    assert "anna has the device anna-soft, and softphone is not allowed" in [one.words for one in excesses(none)]


@pytest.mark.covers("USR-7")
def test_the_check_warns_and_accepts(tmp_path: Path) -> None:
    house(tmp_path)
    warnings = [line for line in examine(tmp_path / "pbxd.yaml").warnings if "licence" in line]
    assert "4 users have the licence standard, of which there are 2 [licence-exceeded]" in " ".join(warnings)
    assert "anna supervises support, which the licence standard does not allow [licence-exceeded]" in " ".join(warnings)
