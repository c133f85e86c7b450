"""Keys between phones that are not ours, in every form, as fast as machines press, over a wire that loses packets."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from tests.interop.stage import Stage
from tests.interop.tones import AMPLITUDE, ANNAS, BOS, CORAS, Voice, strength
from tests.interop.wire import BadWire

if TYPE_CHECKING:
    from tests.interop.agent import Agent, Form

pytestmark = [pytest.mark.interop, pytest.mark.sound]

KEYS = "0123456789*#ABCD"
PAD = ("123A", "456B", "789C", "*0#D")
LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
"""Hertz of the rows and columns (ITU-T Q.23)."""
ON, OFF = 60, 40
"""Milliseconds."""
LOST = 0.01
FORMS: tuple[Form, ...] = ("event", "info", "sound")


def keys_in(samples: array[int], rate: int) -> str:
    """The keys that can be heard, with nothing of ours: each piece of 30 ms or more of a row's and a column's tone."""
    size, step = rate // 50, rate // 200
    found = [_key(samples[at : at + size], rate) for at in range(0, len(samples) - size, step)]
    return "".join(key for key, run in groupby(found) if key and len(list(run)) * step >= 0.03 * rate)


def _key(window: array[int], rate: int) -> str:
    rows, columns = ([strength(window, hertz / rate) for hertz in each] for each in (LOW, HIGH))
    if min(max(rows), max(columns)) < AMPLITUDE / 8:
        return ""
    return PAD[rows.index(max(rows))][columns.index(max(columns))]


@asynccontextmanager
async def agents(stage: Stage) -> AsyncIterator[tuple[Agent, Agent, Agent]]:
    """Anna and Bo, and a carrier that wants keys as tones; what they send goes over bad wires."""
    from tests.interop.agent import Agent  # skips where its libraries are not installed

    carrier = stage.place()
    trunk = {"name": "carrier", "address": f"sip:{carrier}:5060;transport=tcp", "match": [carrier], "dtmf": "inband"}
    stage.house = replace(stage.house, trunks=[{**trunk, "organizations": ["house"], "options_every": 0}])
    async with AsyncExitStack() as stack:

        def bad(server: tuple[str, int]) -> tuple[str, int]:
            return stack.enter_context(BadWire(stage.place(), server, lost=LOST, seed=20)).address

        async def agent(device: str, voice: Voice, host: str) -> Agent:
            made = Agent(device, voice, host=host, registrar=stage.server.address, way=bad)
            stack.push_async_callback(made.stop)
            return made

        anna, bo, beyond = [
            await agent(device, voice, host)
            for device, voice, host in (
                ("anna-desk", ANNAS, stage.place()),
                ("bo-desk", BOS, stage.place()),
                ("carrier", CORAS, carrier),
            )
        ]
        await anna.registers()
        await bo.registers()
        await beyond.starts()
        yield anna, bo, beyond


@pytest.mark.covers("CALL-9", "TRK-1")
async def test_every_key_comes_once(stage: Stage) -> None:
    """In the form that the other one takes: events and INFO as tones at the carrier, its tones as events here."""
    async with agents(stage) as (anna, bo, carrier):
        answering = asyncio.ensure_future(carrier.answers())
        await anna.calls("+4533123456")
        await answering
        for form in FORMS:
            before = len(carrier.heard()[0])
            await asyncio.gather(anna.speaks(0.2), carrier.speaks(0.2))
            await anna.presses(KEYS, form, on=ON, off=OFF)
            await asyncio.sleep(0.6)
            samples, rate = carrier.heard()
            assert keys_in(samples[before:], rate) == KEYS, form
        await carrier.presses(KEYS, "sound", on=ON, off=OFF)
        await carrier.speaks(1.5)
        assert anna.keys == KEYS
        assert keys_in(*anna.heard()) == "", "no key is heard twice"
        await anna.hangs_up()  # of which the library does not hear there: its Contact says UDP, and it listens to TCP
        answering = asyncio.ensure_future(bo.answers())
        await anna.calls("202")
        await answering
        await anna.presses(KEYS, "event", on=ON, off=OFF)
        await asyncio.sleep(0.5)
        assert bo.keys == KEYS
        await anna.hangs_up()
        await bo.is_hung_up()
