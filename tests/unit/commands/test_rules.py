"""``pbxd rules show``."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app
from pbxd.config import load
from pbxd.config.building.rules import rule
from pbxd.config.models.rules import RuleParts
from pbxd.config.source import List, read
from pbxd.org import sentence

CONFIG = Path(__file__).parents[3] / "config" / "pbxd.yaml"


def pbxd(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--config", str(CONFIG)])


def sentences(output: str) -> list[str]:
    return [line.removeprefix("  - ") for line in output.splitlines() if line.startswith("  - ")]


@pytest.mark.covers("RULE-4")
def test_every_rule_of_the_example_in_every_language() -> None:
    nordhavn = load(CONFIG).organizations["nordhavn"]
    own = nordhavn.rules
    rules = [*own.incoming.required, *own.incoming.overridable, *own.outgoing.required, *own.fallback]
    rules += nordhavn.rule_based["after-hours"].rules
    for language in sentence.LANGUAGES:
        shown = sentences(pbxd("rules", "show", "--language", language).output)
        assert [sentence.read(text) for text in shown] == rules
    assert "  - når det er arbejdstid, ringegruppen 1510\n" in pbxd("rules", "show", "-l", "da").output


@pytest.mark.covers("RULE-1", "RULE-4")
def test_the_rules_of_a_user_in_their_order() -> None:
    output = pbxd("rules", "show", "cora").output
    headings = [line for line in output.splitlines() if line and not line.startswith(" ")]
    assert headings == [
        "calls received, required by organization nordhavn",
        "calls received, cora's own",
        "calls received, overridable, of organization nordhavn",
        "calls received, call_handling.landline.activity of organization nordhavn",
        "calls received, call_handling.landline.busy of organization nordhavn",
        "calls received, call_handling.landline.no_answer of organization nordhavn",
        "calls received, call_handling.mobile.activity of organization nordhavn",
        "calls received, call_handling.mobile.busy of organization nordhavn",
        "calls received, call_handling.mobile.no_answer of organization nordhavn",
        "calls received, fallback of organization nordhavn",
        "calls made, required by organization nordhavn",
    ]
    assert "when a call is received and the caller is VIP, ring all devices, then number 201 after 15 seconds" in output


@pytest.mark.covers("RULE-4")
def test_rules_in_parts_are_the_same_rules() -> None:
    source, problems = read("printed", pbxd("rules", "show", "cora", "--yaml").output.encode())
    assert not problems
    assert isinstance(source.data, List)
    in_words = [sentence.read(text) for text in sentences(pbxd("rules", "show", "cora").output)]
    assert [rule(RuleParts.model_validate(one)) for one in source.data] == in_words


def test_nobody_of_that_name_and_no_such_language() -> None:
    result = pbxd("rules", "show", "coraa")
    assert (result.exit_code, result.stderr) == (1, "no user is called coraa; did you mean `cora`?\n")
    assert pbxd("rules", "show", "--language", "no").exit_code == 2
