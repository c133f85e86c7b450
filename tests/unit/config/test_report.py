"""Problems on a terminal."""

from __future__ import annotations

import pytest

from pbxd.config import ConfigProblem
from pbxd.config.report import masked, report
from tests.unit.config.conftest import Files


@pytest.mark.covers("API-6")
def test_each_problem_comes_with_its_line_a_caret_and_a_suggestion(files: Files) -> None:
    files.server("lgo: {}\n")
    files.organization('alias: "202"', 'alais: "202"')
    files.organization("[support]", "[suport]")
    assert report(files.raised()) == (
        "organizations/small.yaml\n"
        "  line 17: users.0.groups.0: no group is called `suport`\n"
        "      |     groups: [suport]\n"
        "      |     ^\n"
        "      did you mean `support`?\n"
        "  line 25: users.1.lines.0.alais: unknown key `alais`\n"
        '      |       - {number: "+4588887702", alais: "202"}\n'
        "      |                                 ^\n"
        "      did you mean `alias`?\n"
        "\n"
        "pbxd.yaml\n"
        "  line 3: lgo: unknown key `lgo`\n"
        "      | lgo: {}\n"
        "      | ^\n"
        "      did you mean `log`?\n"
        "\n"
        "3 problems in 2 files"
    )


def test_a_problem_without_a_source_line_is_reported_too() -> None:
    problem = ConfigProblem(file="pbxd.yaml", line=1, path="", message="can't be read: permission denied")
    assert report([problem]) == "pbxd.yaml\n  line 1: can't be read: permission denied\n\n1 problem in 1 file"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{name: a, password: "se,cr}et", x: 1}', "{name: a, password: ********, x: 1}"),
        ("    pasword: hemmeligt", "    pasword: ********"),
        ("pin: '47''11'", "pin: ********"),
        ('"secret": abc', '"secret": ********'),
        ("database: postgresql://pbxd:hemmeligt@db/pbxd", "database: postgresql://pbxd:********@db/pbxd"),
        ("open: [a]  # kept", "open: [a]  # kept"),
        ('password: "never closed', "password: ********"),
    ],
)
@pytest.mark.covers("SEC-1")
def test_secrets_in_source_lines_are_masked(line: str, shown: str) -> None:
    assert masked(line) == shown
