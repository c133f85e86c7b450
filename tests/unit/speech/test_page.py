"""The examples of the page about sound are configurations that work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pbxd.tools.gate import examine
from tests.support.house import ORGANIZATION, SETTINGS, configure

PAGE = Path(__file__).parents[3] / "docs" / "sound.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
FILES = re.compile(r"[\w/-]+\.(?:wav|flac|mp3|onnx)")


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_is_a_configuration(example: str, tmp_path: Path) -> None:
    for name in FILES.findall(example):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    if example.startswith("speech:"):
        configure(tmp_path, settings=SETTINGS + example)
    else:
        configure(tmp_path, organization=ORGANIZATION + example)
    examine(tmp_path / "pbxd.yaml")
