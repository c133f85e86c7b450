"""What the documentation says is there, is there: links, files, commands, examples."""

from __future__ import annotations

import re
import shlex
import textwrap
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer
from typer.testing import CliRunner

from pbxd.cli import app
from pbxd.config import Configuration, load
from pbxd.config.source import read
from pbxd.dialplan.leaving import TRUNK_SECONDS
from pbxd.dialplan.reach import MAX_HOPS
from pbxd.dialplan.router import decide
from pbxd.dialplan.situation import FromDevice, Situation
from pbxd.dialplan.supposed import Supposed
from pbxd.org.codes import CALLS, CODES, TAKING

TOP = Path(__file__).parents[2]
DOCS = TOP / "docs"
PAGES = [TOP / "README.md", TOP / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
COMMANDS = typer.main.get_command(app)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(TOP).as_posix())


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """What headings can be linked to, named as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands_in(page: Path) -> Iterator[list[str]]:
    """The arguments of every line of an indented block that calls pbxd."""
    for line in re.findall(r"^ {4}pbxd (.+)$", FENCE.sub("", text_of(page)), re.MULTILINE):
        yield shlex.split(line, comments=True)


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(TOP), link
        assert not anchor or anchor in anchors(target), link


@pages
def test_every_file_that_is_named_exists(page: Path) -> None:
    """Modules may be named from the top, from ``pbxd/``, or by their end where the text has said where they are."""
    known = [
        path.relative_to(TOP).as_posix() for top in ("pbxd", "tests", "bench") for path in TOP.glob(f"{top}/**/*.py")
    ]
    for name in re.findall(r"`([\w./]+\.py)`", text_of(page)):
        assert any(path == name or path.endswith(f"/{name}") for path in known), name
    for name in re.findall(r"`((?:scripts|bench)/\w+)[` ]|^ {4}((?:scripts|bench)/\w+)", text_of(page), re.MULTILINE):
        assert (TOP / "".join(name)).exists(), name


@pages
def test_every_command_line_is_understood(page: Path) -> None:
    for arguments in commands_in(page):
        name, *rest = arguments
        command = COMMANDS.commands[name]  # type: ignore[attr-defined]
        command.make_context(name, rest)
    for name in re.findall(r"`pbxd ([\w-]+)[^`]*`", FENCE.sub("", text_of(page))):
        assert name in COMMANDS.commands, name  # type: ignore[attr-defined]


def test_every_command_and_option_is_explained() -> None:
    text = text_of(DOCS / "commands.md")
    for name, command in COMMANDS.commands.items():  # type: ignore[attr-defined]
        assert f"\n## {name}\n" in text
        for parameter in command.params:
            for option in parameter.opts:
                assert not option.startswith("-") or option == "--help" or f"{option}" in text, option
    assert [arguments[0] for arguments in commands_in(DOCS / "commands.md")].count("check") == 1


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["check", str(TOP / "config" / "pbxd.yaml")], 0),
        (["check", "missing.yaml"], 1),
        (["check", "--no-such-option"], 2),
        (["status", "--config", "pbxd.yaml"], 3),
        (["hangup", "6923a1f0-90c2d4e5f6", "--config", "pbxd.yaml"], 3),
        (["reload", "--config", "pbxd.yaml"], 3),
    ],
    ids=lambda value: None if isinstance(value, int) else value[0],
)
def test_exit_statuses_are_those_of_the_page(
    arguments: list[str], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pbxd.yaml").write_text("listen: [udp://127.0.0.1:5060]\n", encoding="utf-8")
    assert CliRunner().invoke(app, arguments).exit_code == status


@pages
def test_every_yaml_block_is_read(page: Path) -> None:
    for language, block in FENCE.findall(text_of(page)):
        if language == "yaml":
            source, problems = read(page.name, block.encode())
            assert source.data is not None
            assert not problems


def example() -> Configuration:
    return load(TOP / "config" / "pbxd.yaml")


def test_the_prepared_phones_are_accounts_of_the_example() -> None:
    nordhavn = example().organizations["nordhavn"]
    readme = text_of(TOP / "README.md")
    for person in ("anna", "bo"):
        account = text_of(DOCS / "phones" / person / "accounts").strip()
        found = re.fullmatch(r'<sip:(.+)@(.+)>;auth_user=(.+);auth_pass=([^;]+);outbound="sip:([^;]+);.*', account)
        assert found is not None
        name, domain, login, password, proxy = found.groups()
        device = nordhavn.device(name)
        assert device is not None
        assert device.password == password
        assert login == name
        assert domain == nordhavn.domain
        for shown in (name, password, domain, proxy):
            assert f"`{shown}`" in readme
        host, _, port = proxy.partition(":")
        assert any((listen.host, str(listen.port)) == (host, port) for listen in example().server.listen)


TUESDAY = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Europe/Copenhagen")).timestamp()


def called_by_anna(number: str) -> tuple[str, ...]:
    """The trail of the example's first decision."""
    anna = FromDevice(organization="nordhavn", user="anna", device="anna-desk")
    facts = Supposed(organizations=example().organizations)
    return decide(Situation(source=anna, dialled=number), facts, TUESDAY).trail


def test_the_trail_is_what_the_page_shows() -> None:
    text = text_of(DOCS / "calls.md")
    shown = re.search(r"(?:^ {4}.+\n)+", text[text.index("Every step is in the *trail*") :], re.MULTILINE)
    assert shown is not None
    assert "\n".join(called_by_anna("202")) == textwrap.dedent(shown[0]).strip()


def test_the_numbers_of_the_first_call_reach_bo() -> None:
    readme = text_of(TOP / "README.md")
    for number in ("202", "+4588887702", "4588887702", "88887702", "004588887702"):
        assert f"`{number}`" in readme
        assert "ring: bo-desk is registered" in called_by_anna(number)


def test_limits_are_those_of_the_page() -> None:
    text = " ".join(text_of(DOCS / "calls.md").split())
    assert f"After {MAX_HOPS} redirections" in text
    assert f"each for up to {TRUNK_SECONDS:g} s" in text


def test_the_floors_are_those_of_the_contract() -> None:
    contracts = tomllib.loads(text_of(TOP / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    enforced = [set(re.findall(r"\w+", layer)) for layer in contracts[0]["layers"]]
    section = text_of(DOCS / "architecture.md").partition("## The floors")[2].partition("\n## ")[0]
    documented = [set(re.findall(r"`(\w+)`", row)) for row in re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)]
    assert documented == enforced


def test_every_page_and_decision_is_in_the_index() -> None:
    index = text_of(DOCS / "index.md")
    for page in DOCS.rglob("*.md"):
        name = page.relative_to(DOCS).as_posix()
        assert name == "index.md" or f"]({name})" in index, name
    records = sorted((DOCS / "decisions").glob("*.md"))
    for number, record in enumerate(records, 1):
        assert record.name.startswith(f"{number:04}-")
        title = text_of(record).splitlines()[0].removeprefix(f"# {number}. ")
        assert f"\n{number}. [{title}](decisions/{record.name})" in index


def test_the_page_of_feature_codes_has_them_all() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| (.+?) \|", text_of(DOCS / "codes.md"), re.MULTILINE)
    arguments = {"number": "NUMBER", "code": "N", "clock": "HHMM", "day": "DDMM"}
    arguments |= {"extension": "EXT", "pin": "PIN"}
    for name, code in {**CODES, **CALLS, **TAKING}.items():
        forms = ["".join((code.start, *(f"{arguments[one]}*" for one in shape))) for shape in code.shapes]
        assert dict(rows).pop(name) == ", ".join(f"`{form}`" for form in forms)
    assert dict(rows).keys() == CODES.keys() | CALLS.keys() | TAKING.keys()
