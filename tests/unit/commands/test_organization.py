"""``pbxd why`` and ``pbxd numbers free``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app

CONFIG = str(Path(__file__).parents[3] / "config" / "pbxd.yaml")


def pbxd(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--config", CONFIG])


@pytest.mark.covers("TOOL-8", "LVL-5")
def test_why_a_setting_has_its_value() -> None:
    result = pbxd("why", "anna", "music_on_hold")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "music_on_hold of anna: calm",
        "  what held parties hear",
        "  setting: the nearest level that sets it wins",
        "    group support          calm  (this counts)",
        "    organization nordhavn  bright  (covered up)",
        "    pbxd's default         not set  (covered up)",
    ]


@pytest.mark.covers("TOOL-8", "LVL-7")
def test_why_somebody_may_do_something_to_somebody() -> None:
    assert pbxd("why", "anna", "pickup", "cora").output.splitlines() == [
        "anna may pick up calls of cora:",
        "  group support may pick up calls of group sales, where cora is a member",
    ]
    assert "dan may not intrude on bo" in pbxd("why", "dan", "intrude", "bo").output
    data = json.loads(pbxd("why", "dan", "permissions.intrude", "bo", "--json").output)
    assert (data["may"], data["value"]) == ("intrude", False)


def test_a_section_and_everything_that_is_said() -> None:
    section = pbxd("why", "anna", "voicemail").output
    assert section.count("setting: the nearest") + section.count("permission: what all") == section.count(" of anna: ")
    assert "voicemail.may.own_greeting of anna: on" in section
    everything = json.loads(pbxd("why", "anna", "--json").output)
    assert {"ring_seconds", "permissions.pickup", "switchboard"} <= {one["setting"] for one in everything}
    on_busy = next(one for one in everything if one["setting"] == "on_busy")
    assert on_busy["value"] == "voicemail"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("why", "ana"), "no user is called ana; did you mean `anna`?"),
        (
            ("why", "anna", "ringseconds"),
            "no setting or permission is called ringseconds; did you mean `ring_seconds`?",
        ),
        (("why", "anna", "pickup", "bob"), "no user is called bob"),
        (("why", "anna", "ring_seconds", "bo"), "no permission over other people is called ring_seconds"),
        (("why", "anna", "-o", "sydhavn"), "no organization is called sydhavn; did you mean `nordhavn`?"),
        (("numbers", "free", "300"), "300 is in no range of nordhavn: +4588887700-+4588887799"),
    ],
)
def test_what_is_not_there_is_an_error_with_a_hint(arguments: tuple[str, ...], words: str) -> None:
    result = pbxd(*arguments)
    assert result.exit_code == 1
    assert words in result.output


@pytest.mark.covers("NUM-1")
def test_the_free_numbers_of_a_range() -> None:
    assert pbxd("numbers", "free", "250").output.splitlines() == [
        "200-299: 96 of 100 free, can be dialled from menus",
        "  200",
        "  205-299",
    ]
    data = json.loads(pbxd("numbers", "free", "--json").output)
    assert data[2] == {"range": "200-299", "free": [["200", "200"], ["205", "299"]]}
