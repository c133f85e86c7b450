"""``pbxd check``: what is wrong or doubtful in the files is said with its place, before any server reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pbxd.cli import app
from tests.support.house import ORGANIZATION, SETTINGS


def check(directory: Path, organization: str, users: str = "") -> tuple[int, str]:
    """Exit code and words for the house with more in its file, and with more said of Anna."""
    text = ORGANIZATION.replace("  - username: anna\n", f"  - username: anna\n{users}") + organization
    (directory / "pbxd.yaml").write_text(SETTINGS)
    (directory / "house.yaml").write_text(text)
    result = CliRunner().invoke(app, ["check", "--config", str(directory / "pbxd.yaml")])
    return result.exit_code, result.output


@pytest.mark.covers("LVL-4")
def test_a_setting_of_organizations_is_refused_of_a_user(tmp_path: Path) -> None:
    code, words = check(tmp_path, "", '    outside_line_prefix: "0"\n')
    assert code != 0
    assert "line 13:" in words
    assert "outside_line_prefix" in words


LIMITED = """\
groups: [{name: sales, rules: {allowed_destinations: [user, busy]}}]
rules: {allowed_destinations: [user, voicemail, busy]}
"""


@pytest.mark.covers("RULE-5")
@pytest.mark.parametrize(
    ("rule", "allowed"),
    [("ring user bo", True), ("voicemail", False), ("switchboard", False)],
    ids=["in both", "in the organization's only", "in none"],
)
def test_a_rule_that_leads_where_its_level_may_not(tmp_path: Path, rule: str, allowed: bool) -> None:
    code, words = check(tmp_path, LIMITED, f'    groups: [sales]\n    rules: ["when a call is received, {rule}"]\n')
    assert (code == 0) is allowed, words
    if not allowed:
        assert "line 14:" in words
        assert "allowed_destinations" in words


DOUBTFUL = """\
rules:
  incoming:
    overridable:
      - busy tone
      - when the caller's number is 202, reject as "Never read"
"""


@pytest.mark.covers("TOOL-6")
def test_a_rule_that_is_never_reached_is_pointed_out(tmp_path: Path) -> None:
    code, words = check(tmp_path, DOUBTFUL)
    assert code == 0, "it does what it says, and maybe not what was meant"
    assert "rules.incoming.overridable.0" in words
    assert "never" in words
