"""``pbxd licences``."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app
from tests.unit.org.test_licences import house


def licences(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["licences", *arguments, "--config", str(folder / "pbxd.yaml")])


@pytest.mark.covers("USR-7")
def test_the_report(tmp_path: Path) -> None:
    house(tmp_path, anna="    licence: pro\n")
    assert licences(tmp_path, "list").output.splitlines() == [
        "licence   used  of",
        "standard  3     2",
        "pro       1     -",
        "warning: 3 users have the licence standard, of which there are 2",
        "warning: bo supervises support, which the licence standard does not allow",
    ]
    found = json.loads(licences(tmp_path, "list", "--json").output)
    assert found["licences"][0] == {"licence": "standard", "count": 2, "used": 3, "over": 1}
    assert found["exceeding"][1]["username"] == "bo"
    rows = list(csv.DictReader(io.StringIO(licences(tmp_path, "export").output)))
    assert [(row["username"], row["licence"], row["apps"], row["supervises"]) for row in rows][:2] == [
        ("anna", "pro", "all", "support"),
        ("bo", "standard", "softphone", "support"),
    ]
    assert rows[1]["exceeds"] == "bo supervises support, which the licence standard does not allow"
