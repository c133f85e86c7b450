"""``pbxd ledger rebuild``."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app
from tests.unit.commands.kept import server_with
from tests.unit.store.samples import conversation


def rebuild(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["ledger", "rebuild", *arguments, "--config", str(config)])


@pytest.mark.covers("API-2")
def test_a_record_that_somebody_changed_is_made_again(tmp_path: Path) -> None:
    config = server_with(tmp_path, [*conversation("c1"), *conversation("c2")])
    assert rebuild(config, "--dry-run").output == "2 call records made again: 2 agree, 0 differ\n"
    connection = sqlite3.connect(tmp_path / "kept.db")
    connection.execute("UPDATE calls SET seconds = 1 WHERE call = 'c2'")
    connection.commit()
    connection.close()
    dry = rebuild(config, "--dry-run")
    assert (dry.exit_code, dry.output) == (1, "2 call records made again: 1 agree, 1 differs\n")
    assert rebuild(config).output == "2 call records made again: 1 agree, 1 differs and is written\n"
    assert json.loads(rebuild(config, "--json").output)["agree"] == 2


def test_there_is_no_ledger_yet(tmp_path: Path) -> None:
    (tmp_path / "pbxd.yaml").write_text("listen: [udp://127.0.0.1:5060]\n")
    assert rebuild(tmp_path / "pbxd.yaml").exit_code == 3
    assert [path.name for path in tmp_path.iterdir()] == ["pbxd.yaml"]
