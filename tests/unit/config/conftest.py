"""A small configuration to break in one place at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbxd.config import ConfigError, ConfigProblem, Configuration, load

SERVER = """\
listen:
  - udp://127.0.0.1:5060
"""

ORGANIZATION = """\
organization: small
name: Small Company
domain: small.example
country: DK
timezone: Europe/Copenhagen
languages: [da, en]
switchboard: "+4588887700"
number_ranges:
  - {from: "+4588887700", to: "+4588887799"}
  - {from: "200", to: "299"}
groups:
  - name: sales
  - name: support
users:
  - username: anna
    name: Anna
    groups: [support]
    lines:
      - {number: "+4588887701", alias: "201"}
    devices:
      - {name: anna-desk, kind: desk, password: "one"}
  - username: bo
    name: Bo
    lines:
      - {number: "+4588887702", alias: "202"}
    devices:
      - {name: bo-desk, kind: desk, password: "two"}
"""


class Files:
    """The files of a configuration under test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("pbxd.yaml", SERVER)
        self.write("organizations/small.yaml", ORGANIZATION)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        """Replace the first occurrence of ``old``, which must be there."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new, 1))

    def server(self, more: str) -> None:
        """The server's file with ``more`` after its listeners."""
        self.write("pbxd.yaml", SERVER + more)

    def organization(self, old: str, new: str) -> None:
        self.change("organizations/small.yaml", old, new)

    def load(self) -> Configuration:
        return load(self.folder / "pbxd.yaml")

    def problems(self) -> list[str]:
        """What is wrong, as text."""
        return [str(problem) for problem in self.raised()]

    def raised(self) -> tuple[ConfigProblem, ...]:
        with pytest.raises(ConfigError) as error:
            self.load()
        return error.value.problems


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)
