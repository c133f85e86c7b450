from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.events import (
    Bus,
    CallCrashed,
    CallId,
    Event,
    LegAnswered,
    LegId,
    Registered,
    RequestRefused,
    current_call,
)
from pbxd.journal import Journal, Level, level_of
from pbxd.journal.forms import as_json, console, form_named, utc
from pbxd.journal.output import Output
from pbxd.journal.secrets import mask_text
from tests.unit.store.behaviour import StoppedClock
from tests.unit.store.samples import EVENTS, NOW, any_event, conversation

SECRET = "5up3rs3cr3t"
REGISTERED = Registered(
    at=NOW, organization="nordhavn", device="anna-desk", contact="sip:anna@192.0.2.7", address="udp:192.0.2.7:5062",
    expires=600, user_agent="Phone/1", refresh=False,
)  # fmt: skip


class Lines(list[str]):
    """What a journal wrote."""

    def journal(self, level: Level = Level.DEBUG) -> Journal:
        return Journal(self.append, as_json, StoppedClock(), level=level)

    @property
    def parsed(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self]


@pytest.fixture
def lines() -> Lines:
    return Lines()


def test_a_line_has_time_level_event_call_and_the_fields_of_the_event(lines: Lines) -> None:
    lines.journal()(conversation("c1")[3])
    assert lines == [
        '{"time":"2027-01-15T08:00:00.100Z","level":"info","event":"leg-ringing","call":"c1","leg":"c1.2",'
        '"party":"bo-desk","status":180}'
    ]


def test_every_line_of_a_call_has_its_id(lines: Lines) -> None:
    journal = lines.journal()
    for event in conversation("c1"):
        journal(event)
    assert {line["call"] for line in lines.parsed} == {"c1"}
    assert [line["event"] for line in lines.parsed] == [
        "call-arrived", "route-decided", "leg-dialled", "leg-ringing", "leg-answered", "leg-answered", "leg-ended",
        "leg-ended", "call-ended",
    ]  # fmt: skip


def test_details_are_left_out_unless_asked_for(lines: Lines) -> None:
    journal = lines.journal(Level.INFO)
    for event in (*conversation("c1"), REGISTERED):
        journal(event)
    assert [line["event"] for line in lines.parsed] == [
        "call-arrived", "route-decided", "leg-ringing", "leg-answered", "leg-answered", "call-ended", "registered",
    ]  # fmt: skip


def test_levels() -> None:
    refused = RequestRefused(
        at=NOW, method="INVITE", account="x", target="y", address="z", status=403, reason="no", sip_call_id="1"
    )
    assert level_of(refused) is Level.WARNING
    assert level_of(CallCrashed(at=NOW, call=CallId("c"), error="")) is Level.ERROR
    assert level_of(REGISTERED) is Level.INFO


@given(st.sampled_from(EVENTS).flatmap(any_event), st.booleans())
def test_every_event_makes_one_line_that_no_text_from_outside_can_break(event: Event, colours: bool) -> None:
    plain, coloured = Lines(), Lines()
    plain.journal()(event)
    Journal(coloured.append, console(colours=colours), StoppedClock(), level=Level.DEBUG)(event)
    assert len(plain) == len(coloured) == 1
    assert "\n" not in plain[0]
    assert plain.parsed[0]["event"]
    assert "\0" not in coloured[0]


@pytest.mark.parametrize(
    "text",
    [
        f'Authorization: Digest username="anna", nonce="{SECRET}", response="{SECRET}"',
        f"proxy-authorization = Basic {SECRET}",
        f'Digest username="anna", realm="x", cnonce="{SECRET}", response="{SECRET}", nc=00000001',
        f"b'Authorization: Digest response=\"{SECRET}\"'",
        f'{{"password": "{SECRET}"}}',
        f"{{'password': '{SECRET}', 'user': 'anna'}}",
        f"secret={SECRET}&user=anna",
        f'nonce="a\\"{SECRET}"',
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{SECRET}|2^31",
        f'{{"sdp": "v=0\\r\\na=crypto:1 AEAD_AES_128_GCM INLINE:{SECRET}/+=\\r\\n"}}',
        json.dumps(json.dumps({"secret": SECRET})),
    ],
)
def test_secrets_in_text_are_masked(text: str) -> None:
    assert SECRET not in mask_text(text)
    assert "***" in mask_text(text)


def test_secrets_are_masked_by_the_names_of_their_fields_and_in_texts(lines: Lines) -> None:
    journal = lines.journal()
    journal.line(Level.INFO, "x", password=SECRET, headers={"Proxy-Authorization": SECRET}, seen=[f"nonce={SECRET}"])
    journal(CallCrashed(at=NOW, call=CallId("c"), error=f'ValueError: response="{SECRET}"\n  in line 2'))
    assert SECRET not in "".join(lines)
    assert lines.parsed[0]["password"] == "***"
    assert lines.parsed[1]["error"] == "ValueError: response=***\n  in line 2"


def test_masking_takes_no_longer_than_the_text_is_long() -> None:
    for hostile in ('response="', "nonce" + " " * 65_536, "password='" * 6_000, 'secret="\\' * 6_000):
        mask_text(hostile * max(1, 65_536 // len(hostile)))


def test_a_line_of_a_helper_names_the_call_that_it_works_for(lines: Lines) -> None:
    token = current_call.set("c7")
    lines.journal().line(Level.WARNING, "odd", detail=None, number=3)
    current_call.reset(token)
    assert lines.parsed == [
        {"time": utc(NOW), "level": "warning", "event": "odd", "call": "c7", "number": 3},
    ]


@pytest.mark.filterwarnings("default")
def test_what_libraries_log_takes_the_same_form(lines: Lines) -> None:
    before = logging.getLogger().handlers[:]
    with lines.journal(Level.INFO).libraries():
        logging.getLogger("sqlalchemy").warning("slow: %s", "nonce=abc")
        logging.getLogger("sqlalchemy").info("chatter")
        logging.getLogger("pbxd.store").info("written again")
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            logging.getLogger("asyncio").exception("task died")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert logging.getLogger().handlers == before
    found = lines.parsed
    assert [(line["level"], line["logger"]) for line in found] == [
        ("warning", "sqlalchemy"), ("info", "pbxd.store"), ("error", "asyncio"), ("warning", "py.warnings"),
    ]  # fmt: skip
    assert found[0]["message"] == "slow: nonce=***"
    assert "ZeroDivisionError" in found[2]["error"]


def test_a_subscriber_that_fails_is_in_the_log(lines: Lines) -> None:
    journal = lines.journal()
    bus = Bus(journal.failed)

    def broken(_: Event) -> None:
        raise RuntimeError("a bug")

    bus.subscribe(broken)
    bus.subscribe(journal)
    bus.emit(LegAnswered(at=NOW, call=CallId("c1"), leg=LegId("l"), party="anna"))
    failed, answered = lines.parsed
    assert (failed["event"], failed["call"], failed["of"]) == ("subscriber-failed", "c1", "LegAnswered")
    assert "RuntimeError: a bug" in failed["error"]
    assert answered["event"] == "leg-answered"


def test_the_console_is_readable(lines: Lines) -> None:
    journal = Journal(lines.append, console(colours=False), StoppedClock())
    journal(conversation("c1")[1])
    assert lines == [
        "08:00:00.000 route-decided    c1 turn=0 called=+4588887702 treatment=ring bo\n    202 is bo's\n    bo is free"
    ]


def test_the_console_has_colours_and_the_network_has_none(lines: Lines) -> None:
    journal = Journal(lines.append, console(colours=True), StoppedClock())
    journal.line(Level.ERROR, "x", text="\x1b[2Jgone")
    assert lines[0].startswith("\x1b[2m08:00:00.000\x1b[0m \x1b[1;31mx")
    assert "\x1b[2J" not in lines[0]


def test_forms_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    assert form_named("json", writer) is as_json
    assert "\x1b" not in form_named("console", writer)({"time": NOW, "level": "info", "event": "x"})
    os.close(reader)
    os.close(writer)


class Pipe:
    """A pipe whose reader reads when it is told to."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)

    def read(self) -> bytes:
        found = b""
        while True:
            try:
                piece = os.read(self.reader, 1 << 16)
            except BlockingIOError:
                return found
            found += piece


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    os.close(made.reader)
    os.close(made.writer)


async def test_lines_of_one_turn_are_written_together_at_its_end(pipe: Pipe) -> None:
    output = Output(pipe.writer)
    output.attach(asyncio.get_running_loop())
    output.write("one")
    output.write("två \udc80")
    assert pipe.read() == b""
    await asyncio.sleep(0)
    assert pipe.read() == "one\ntvå \\udc80\n".encode()


async def test_a_reader_that_stops_costs_lines_and_never_blocks(pipe: Pipe) -> None:
    output = Output(pipe.writer, max_waiting=100_000)
    output.attach(asyncio.get_running_loop())
    for number in range(3000):
        output.write(f"{number:99}")
        await asyncio.sleep(0)
    assert output.lost > 0
    kept = 3000 - output.lost
    received = pipe.read()
    while len(received) < kept * 100:
        await asyncio.sleep(0)
        output.detach()
        output.attach(asyncio.get_running_loop())
        received += pipe.read()
    assert [int(line) for line in received.split(b"\n")[:-1]] == list(range(kept))


async def test_a_line_longer_than_a_pipe_takes_at_once(pipe: Pipe) -> None:
    output = Output(pipe.writer)
    output.attach(asyncio.get_running_loop())
    output.write("x" * 20_000)
    output.write("y")
    output.detach()
    assert pipe.read() == b"x" * 20_000 + b"\ny\n"


async def test_lines_come_from_any_thread(pipe: Pipe) -> None:
    output = Output(pipe.writer)
    loop = asyncio.get_running_loop()
    output.attach(loop)
    await loop.run_in_executor(None, output.write, "from a thread")
    await asyncio.sleep(0)
    assert pipe.read() == b"from a thread\n"


def test_a_reader_that_is_gone_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    output = Output(writer)
    output.write("nobody hears this")
    os.close(writer)


def test_the_documentation_names_every_event_and_field(lines: Lines) -> None:
    text = (Path(__file__).parents[2] / "docs" / "log.md").read_text()
    rows = {row.split("|")[1].strip(): row for row in text.splitlines() if row.startswith("| `")}
    for kind in EVENTS:
        name = re.sub("(?<!^)([A-Z])", r"-\1", kind.__name__).lower()
        for field in (one for one in fields(kind) if one.metadata.get("logged", True)):
            assert field.name == "at" or f"`{field.name}`" in rows[f"`{name}`"], f"{name}: {field.name}"
