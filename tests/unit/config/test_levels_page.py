"""docs/levels.md lists what the registry declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbxd.org.levels import EVERYWHERE, SETTINGS, Setting
from pbxd.org.wording import in_words

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
