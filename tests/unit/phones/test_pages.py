"""docs/provisioning.md and docs/api.md show what works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pbxd.commands.phones import read
from pbxd.config import load
from pbxd.org.phones import MODELS

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "provisioning.md").read_text(encoding="utf-8")
API = (DOCS / "api.md").read_text(encoding="utf-8")
PEOPLE = """\
organization: harbour
name: Harbour
domain: harbour.example
country: DK
timezone: Europe/Copenhagen
languages: [en]
users:
  - {username: anna, name: Anna, devices: [{name: anna-desk, kind: desk, password: secret}]}
  - {username: bo, name: Bo, devices: [{name: bo-desk, kind: desk, password: secret}]}
"""


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def test_the_page_s_configuration_loads(tmp_path: Path) -> None:
    phones, server = blocks(PAGE, "yaml")
    (tmp_path / "tls").mkdir()
    (tmp_path / "pbxd.yaml").write_text(server + "organizations: [harbour.yaml]\n")
    (tmp_path / "harbour.yaml").write_text(PEOPLE + phones)
    found = load(tmp_path / "pbxd.yaml")
    http = found.server.http
    assert http is not None
    assert (str(http.listen), http.public_url) == ("https://192.0.2.1:8443", "https://pbx.example:8443")
    harbour = found.organizations["harbour"]
    assert [phone.free_seating for phone in harbour.provisioning.phones.values()] == [False, True]
    assert found.inactive == ()


def test_the_api_s_configuration_loads(tmp_path: Path) -> None:
    server, *_ = blocks(API, "yaml")
    (tmp_path / "pbxd.yaml").write_text(server + "organizations: []\n")
    [token] = load(tmp_path / "pbxd.yaml").server.api_tokens
    assert token.scopes == {"calls:read"}


def test_the_page_names_every_model() -> None:
    listed = PAGE.partition("Known are:")[2].partition("## ")[0]
    for model in MODELS.values():
        assert re.search(rf"\b{model.name.partition('-')[2]}\b", listed), model.name


def test_the_page_s_file_of_phones_is_read(tmp_path: Path) -> None:
    [text] = blocks(PAGE, "csv")
    (tmp_path / "phones.csv").write_text(text)
    assert read(tmp_path / "phones.csv") == (
        [
            {"mac": "00:04:13:aa:bb:11", "description": "Reception"},
            {"mac": "00:04:13:aa:bb:12", "description": "Meeting room, 2nd floor"},
        ],
        [],
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"mac\n00:04:13:aa:bb\n", "phones.csv:2: `00:04:13:aa:bb` is not a MAC address"),
        (b"000413aabb11;Hall\n00:04:13:AA:BB:11;Attic\n", "phones.csv:2: 00:04:13:aa:bb:11 is there twice"),
        (b"\xff\xfe\x00", "it is not UTF-8"),
        (b'000413aabb11,"' + b"x" * 200_000, "field larger than field limit"),
        (b"\n" * 10_000_001, "is too large"),
        (b"000413aabb11,a\x00b\n", ""),
        (b"\xef\xbb\xbfMAC;description\r\n000413aabb11;Hall\r\n\r\n", ""),
    ],
    ids=["short", "twice", "binary", "bomb", "huge", "nul", "spreadsheet"],
)
@pytest.mark.covers("DEV-4")
def test_files_of_phones_are_read_with_care(content: bytes, problem: str, tmp_path: Path) -> None:
    (tmp_path / "phones.csv").write_bytes(content)
    phones, problems = read(tmp_path / "phones.csv")
    assert problem in "\n".join(problems)
    assert bool(problems) == bool(problem)
    assert bool(phones) or problem


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "can't be read" in read(tmp_path / "phones.csv")[1][0]
