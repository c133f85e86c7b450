"""docs/levels.md lists what the registry declares."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pbxd.org.levels import (
    EVERYWHERE,
    RING_SECONDS,
    SEND_SMS,
    SETTINGS,
    SPEAK_ACTIVITY,
    SWITCHBOARD,
    VOICEMAIL_EMAIL,
    Setting,
)
from pbxd.org.wording import in_words
from tests.unit.config.conftest import Files

PAGE = (Path(__file__).parents[3] / "docs" / "levels.md").read_text(encoding="utf-8")


def line(setting: Setting[object]) -> str:
    """How the page shows a key."""
    default = "none" if setting.default in (None, "", ()) else in_words(setting.default)
    where = "" if setting.levels == EVERYWHERE else "; of the organization as a whole only"
    return f"| `{setting.name}` | {setting.kind.value} | {default} | {setting.words}{where} |"


@pytest.mark.covers("LVL-3")
@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS.keys())
def test_every_key_is_on_the_page_with_its_kind_and_default(setting: Setting[object]) -> None:
    assert line(setting) in PAGE.splitlines()


def test_the_page_has_no_key_that_is_none() -> None:
    table = PAGE.partition("## Every key")[2]
    assert [row.split("`")[1] for row in table.splitlines() if row.startswith("| `")] == list(SETTINGS)


HEAD = """\
organization: harbour
name: Harbour Ltd
domain: harbour.example
country: DK
timezone: Europe/Copenhagen
languages: [da, en]
switchboard: "+4570100100"
number_ranges: [{from: "+4570100100", to: "+4570100199"}, {from: "200", to: "299"}]
"""


@pytest.mark.covers("LVL-1", "LVL-2", "LVL-3", "NUM-8")
def test_the_example_means_what_the_page_says(files: Files) -> None:
    example, contacts, defaults = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    rest = "group_mailboxes: [{name: support-box, number: '290'}]\nqueues: [{name: q, number: '291'}]\n"
    files.write("organizations/small.yaml", HEAD + example + contacts + defaults + rest)
    harbour = files.load().organizations["harbour"]
    eva = harbour.users["eva"]
    assert harbour.effective(RING_SECONDS, eva).value == 60
    assert harbour.effective(VOICEMAIL_EMAIL, eva).value == "none"
    assert harbour.effective(SPEAK_ACTIVITY, eva).value is False
    assert harbour.effective(SWITCHBOARD, eva).value == "+4570100150"
    assert harbour.effective(SWITCHBOARD).value == "+4570100100"
    assert harbour.may("eva", SEND_SMS)
    assert harbour.queues["q"].mailbox == "support-box"
    assert eva.apps == ("softphone",)
    office, krog = harbour.contact("+4533111111", eva), harbour.contact("+4530303030", eva)
    assert office is not None
    assert krog is not None
    assert (office.known_as, office.mandatory, krog.known_as, krog.kind) == ("Harbour Office", True, "Eva Krog", "vip")
