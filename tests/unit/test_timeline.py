"""``pbxd timeline``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app

EXAMPLE = Path(__file__).parents[2] / "config" / "pbxd.yaml"


def timeline(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["timeline", *arguments, "--config", str(EXAMPLE)])


@pytest.mark.covers("TOOL-7", "TIME-5")
def test_christmas_of_a_person() -> None:
    found = timeline("anna", "--from", "2026-12-24", "--days", "2").stdout.splitlines()
    assert found[0] == "Anna Holm: working hours of organization nordhavn, Europe/Copenhagen"
    assert [line.split("  ")[0] for line in found if not line.startswith(" ")][1:] == [
        "Thu 2026-12-24",
        "Fri 2026-12-25",
    ]
    assert any(line.startswith("  08:00-12:00  open     2026-12-24 08:00-12:00") for line in found)
    assert any("12:00-24:00  closed" in line and "voicemail of anna" in line for line in found)
    assert any("closed   Christmas Day" in line for line in found)


@pytest.mark.covers("TOOL-7", "TIME-1")
def test_the_nights_in_which_clocks_are_changed() -> None:
    assert "Sun 2026-10-25  (25 hours)" in timeline("+4588887702", "--from", "2026-10-25").stdout
    assert "Sun 2027-03-28  (23 hours)" in timeline("202", "--from", "2027-03-28").stdout


@pytest.mark.covers("TOOL-7", "TIME-3")
def test_the_schedule_of_a_service_number_for_programs() -> None:
    found = json.loads(timeline("support", "--from", "2026-11-27", "--days", "1", "--json").stdout)
    assert found["of"] == "support (1500): its schedule"
    assert [(one["state"], one["why"]) for one in found["stretches"]] == [
        ("closed", "default"),
        ("open", "Open"),
        ("closed", "default"),
    ]
    assert found["stretches"][1]["start"] == "2026-11-27T08:00:00+01:00"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("ana",), "did you mean `anna`?"), (("anna", "--from", "christmas"), "christmas is no day; write it like 2026")],
)
def test_what_is_not_there(arguments: tuple[str, ...], words: str) -> None:
    found = timeline(*arguments)
    assert found.exit_code == 1
    assert words in found.stderr
