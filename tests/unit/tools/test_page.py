"""What the page of the tools says is so."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from pbxd.tools.lint import KINDS
from pbxd.tools.steps import Step

PAGE = (Path(__file__).parents[3] / "docs" / "tools.md").read_text(encoding="utf-8")


def test_every_kind_of_finding_is_on_the_page() -> None:
    assert set(re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE)) == KINDS.keys()


def test_every_key_of_a_step_is_on_the_page() -> None:
    for key in fields(Step):
        assert f"`{key.name}`" in PAGE
