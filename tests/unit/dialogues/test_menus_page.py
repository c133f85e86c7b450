"""The examples of docs/menus.md are configurations, and what is said in them happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pbxd.config import load
from pbxd.dialogues.menu import Surroundings, led
from pbxd.dialplan.extensions import Extensions
from pbxd.org.organization import Organization
from pbxd.org.rules import Target, ToMailbox, ToNumber, ToQueue, ToSwitchboard
from pbxd.speech.catalogue import catalogue
from pbxd.tools.gate import examine
from tests.support.dialogue import Hears, Presses, Step, TextDialogue

PAGE = (Path(__file__).parents[3] / "docs" / "menus.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
REST = """\
organization: nordhavn
name: Nordhavn
domain: nordhavn.example
country: DK
timezone: Europe/Copenhagen
languages: [en, da]
switchboard: "+4588887700"
groups: [{name: support}]
queues: [{name: support, number: "240", groups: {agents: [support]}}]
group_mailboxes: [{name: support-box, number: "241"}]
sounds:
  - {name: opening-hours, languages: {en: {say: "Nine to five."}, da: {say: "Fra ni til fem."}}}
  - {name: other-offices, languages: {en: {say: "Press 1 or 2."}, da: {say: "Tryk 1 eller 2."}}}
  - {name: try-again, languages: {en: {say: "Again, please."}, da: {say: "Prøv igen."}}}
users:
  - {username: anna, name: Anna, groups: [support], lines: [{number: "+4588887701", alias: "201"}]}
  - {username: bo, name: Bo, groups: [support], lines: [{number: "+4588887700", alias: "202"}]}
"""
SPOKEN = "Press 1 for sales"


@pytest.fixture
def nordhavn(tmp_path: Path) -> Organization:
    ranges = BLOCKS[1].replace("number_ranges:\n", 'number_ranges:\n  - {from: "1500", to: "1699"}\n')
    hunt = 'hunt_groups: [{name: sales, number: "1510", groups: [support]}]\n'
    (tmp_path / "pbxd.yaml").write_text("listen: [udp://192.0.2.1:5060]\norganizations: [nordhavn.yaml]\n")
    (tmp_path / "nordhavn.yaml").write_text(REST + hunt + BLOCKS[0] + ranges + BLOCKS[2], encoding="utf-8")
    examine(tmp_path / "pbxd.yaml", now=1_795_510_800.0)
    return load(tmp_path / "pbxd.yaml").organizations["nordhavn"]


@pytest.mark.covers("IVR-1", "IVR-2", "IVR-3", "IVR-4")
@pytest.mark.parametrize(
    ("menu", "script", "comes_to"),
    [
        ("main-menu", [Hears(SPOKEN), Presses("1")], ToNumber("1510")),
        ("main-menu", [Presses("2")], ToQueue("support")),
        ("main-menu", [Presses("3"), Hears("opening-hours"), Hears(SPOKEN), Presses("0")], ToSwitchboard()),
        ("main-menu", [Presses("7"), Hears("other-offices"), Presses("*0")], ToSwitchboard()),
        ("main-menu", [Presses("71")], ToNumber("+4570101010")),
        ("main-menu", [Presses("8"), Hears("Tryk 1 for salg"), Presses("1")], ToNumber("1510")),
        ("main-menu", [Presses("9202")], ToNumber("202")),
        (
            "main-menu",
            [Presses("4"), Hears("try-again"), Presses("4"), Hears("try-again"), Presses("4")],
            ToNumber("201"),
        ),
        ("main-menu", [], ToSwitchboard()),
        ("front-door", [Hears("Nordhavn"), Hears("Press 1 for support."), Presses("1")], ToQueue("support")),
    ],
)
async def test_the_examples_do_what_the_page_says(
    nordhavn: Organization, menu: str, script: list[Step], comes_to: Target
) -> None:
    found = nordhavn.menu(menu)
    assert found is not None
    dialogue = TextDialogue(script)
    around = Surroundings(extensions=Extensions(nordhavn), open=lambda _: True)
    assert await led(dialogue, found, around) == comes_to
    assert not dialogue.left


async def test_a_closed_tree_goes_on_to_its_next_branch(nordhavn: Organization) -> None:
    dialogue, found = TextDialogue(), nordhavn.menu("front-door")
    assert found is not None
    around = Surroundings(extensions=Extensions(nordhavn), open=lambda _: False)
    assert await led(dialogue, found, around) == ToMailbox("support-box")
    assert dialogue.heard == ["Nordhavn Shipping.", "closed"]


def test_what_the_system_says_is_in_its_catalogue() -> None:
    told = PAGE.partition("## What the system says")[2].partition("##")[0]
    names = re.findall(r"`([\w-]+)`", told)
    assert names
    assert set(names) <= catalogue().messages.keys()
