"""``pbxd calls``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pbxd.cli import app
from pbxd.commands.archive import moment, written
from pbxd.events import CallArrived
from tests.unit.commands.kept import server_with
from tests.unit.store.samples import NOW, conversation

Pbxd = Callable[..., Result]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    first, *rest = conversation("c2", start=NOW + 60, caller="+4520203040", called="88887702")
    assert isinstance(first, CallArrived)
    hostile = replace(first, caller_name="=cmd|' /C calc'!A0\x1b[2J")
    running = conversation("c3", start=NOW + 120)[:1]
    return server_with(tmp_path_factory.mktemp("kept"), [*conversation("c1"), hostile, *rest, *running])


@pytest.fixture
def pbxd(config: Path, monkeypatch: pytest.MonkeyPatch) -> Pbxd:
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(app, [*arguments, "--config", str(config)])


def listed(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [record["call"] for record in json.loads(result.output)]


@pytest.mark.covers("API-2")
def test_a_table_of_calls_newest_first(pbxd: Pbxd) -> None:
    heading, *lines = pbxd("calls").output.splitlines()
    assert heading.split() == ["started", "seconds", "result", "caller", "called", "answered", "by", "call"]
    assert [line.split()[-1] for line in lines] == ["c3", "c2", "c1"]
    assert lines[0].split()[:3] == [*written(NOW + 120).split(), "running"]
    assert lines[2].split() == [
        *written(NOW).split(), "14", "answered", "+4588887701", "Anna", "Ærø", "202", "(+4588887702)", "bo-desk", "c1",
    ]  # fmt: skip
    assert "\x1b" not in "".join(lines)


@pytest.mark.covers("API-2")
def test_what_became_of_everybody_who_was_rung(pbxd: Pbxd) -> None:
    assert [line.strip() for line in pbxd("calls", "--number", "4520203040", "--legs").output.splitlines()[2:]] == [
        "0.0 s  => ring bo",
        "0.0 s  bo-desk +4588887702, udp:192.0.2.8:5060, rang after 0.1 s, answered after 3.0 s, bye",
    ]


@pytest.mark.covers("API-2")
@pytest.mark.parametrize(
    ("arguments", "calls"),
    [
        ((), ["c3", "c2", "c1"]),
        (("--limit", "1"), ["c3"]),
        (("--number", "20 20 30 40"), ["c2"]),
        (("--number", "202"), ["c3", "c1"]),
        (("--user", "bo"), ["c3", "c2", "c1"]),
        (("--user", "bo", "--number", "+4588887701"), ["c3", "c1"]),
        (("--user", "cora"), []),
        (("--queue", "support"), []),
        (("--result", "answered"), ["c2", "c1"]),
        (("--result", "running"), ["c3"]),
        (("--since", written(NOW + 60)), ["c3", "c2"]),
        (("--until", written(NOW + 60)), ["c1"]),
        (("--organization", "skagen"), []),
    ],
)
def test_searching(pbxd: Pbxd, arguments: tuple[str, ...], calls: list[str]) -> None:
    assert listed(pbxd("calls", "--json", *arguments)) == calls


@pytest.mark.covers("API-2")
def test_csv_can_be_read_and_holds_no_formula(pbxd: Pbxd) -> None:
    rows = list(csv.DictReader(io.StringIO(pbxd("calls", "--csv", "--result", "answered").output)))
    assert [row["call"] for row in rows] == ["c2", "c1"]
    assert rows[0]["caller"] == "+4520203040"
    assert rows[0]["caller_name"].startswith("'=cmd")
    one = rows[1]
    assert (one["started"], one["called"], one["called_number"]) == ("2027-01-15T08:00:00.000Z", "202", "+4588887702")
    assert (one["seconds"], one["talk_seconds"], one["answered_by"]) == ("13.600", "10.100", "bo-desk")
    assert (one["through"], one["legs"]) == ("ring bo", "bo-desk +4588887702 200 bye")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--user", "boo"), 1, "no user is called boo; did you mean `bo`?"),
        (("--queue", "suport"), 1, "no queue, menu or hunt group is called suport"),
        (("--since", "soon"), 1, '--since "soon" is no moment'),
        (("--result", "nice"), 2, "nice"),
    ],
)
def test_what_is_not_there_is_an_error(pbxd: Pbxd, arguments: tuple[str, ...], status: int, words: str) -> None:
    result = pbxd("calls", *arguments)
    assert (result.exit_code, words in result.output) == (status, True), result.output


def test_without_a_database_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "pbxd.yaml").write_text("listen: [udp://127.0.0.1:5060]\n")
    result = CliRunner().invoke(app, ["calls", "--config", str(tmp_path / "pbxd.yaml")])
    assert result.exit_code == 3
    assert "no server has run with it yet" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["pbxd.yaml"]


def test_moments_as_people_write_them() -> None:
    assert moment("--since", None, NOW) is None
    assert moment("--since", "90m", NOW) == NOW - 5400
    assert moment("--since", written(NOW), NOW) == NOW
    today = moment("--since", "today", NOW)
    assert today is not None
    assert written(today).endswith(" 00:00:00")
    assert moment("--since", "yesterday", NOW) == moment("--since", written(today - 3600)[:10], NOW)
