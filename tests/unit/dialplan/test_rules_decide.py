"""Rules that settings and service numbers come to, asked for by the dry run over the example."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pbxd.cli import app

CONFIG = Path(__file__).parents[3] / "config" / "pbxd.yaml"
MONDAY = ("--at", "2026-11-23 10:00", "--config", str(CONFIG))


def route(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["route", *arguments, *MONDAY])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.covers("RULE-6")
def test_ready_made_call_handling_comes_behind_the_overridable_rules() -> None:
    told = route("+4520203040", "bo")
    assert told.index("overridable rule 3 of organization nordhavn: no") < told.index("call handling rule 1")
    assert "call handling rule 5, call_handling.landline.no_answer of organization nordhavn: yes" in told
    assert "=>            ring bo-desk for 30 s" in told
    assert told.rstrip().endswith("=>            voicemail of bo")


@pytest.mark.covers("RULE-6")
def test_an_activity_has_its_message_and_then_voicemail() -> None:
    told = route("+4520203040", "bo", "--as-if", "bo: lunch")
    assert told.rstrip().endswith("=>            play at-lunch, then voicemail of bo")


@pytest.mark.covers("IVR-5")
def test_a_rule_based_number_sets_text_and_language_and_follows_its_rules() -> None:
    told = route("+4530303030", "+4588887712")
    assert "set           the text shown is After hours" in told
    assert "set           the language is en" in told
    assert "rule 1 of rule-based number after-hours: yes" in told
    assert "1510 is sales-team" in told


@pytest.mark.covers("IVR-5")
def test_a_user_who_calls_it_is_spoken_to_in_his_own_language() -> None:
    assert "set           the language is sv" in route("bo", "1700")


@pytest.mark.covers("IVR-5", "RULE-9")
def test_its_rules_are_asked_one_after_the_other() -> None:
    at_night = ("--at", "2026-11-23 20:00", "--config", str(CONFIG))
    vip = CliRunner().invoke(app, ["route", "+4530303030", "1700", *at_night]).output
    assert "rule 2 of rule-based number after-hours: yes" in vip
    stranger = CliRunner().invoke(app, ["route", "+4520203040", "1700", *at_night]).output
    assert "rule 3 of rule-based number after-hours: yes" in stranger
    assert "support-box" in stranger
