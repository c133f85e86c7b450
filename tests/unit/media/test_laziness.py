"""A server that only relays carries nothing of what sound needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def test_relaying_imports_neither_numpy_nor_codecs() -> None:
    program = """
import sys
from pathlib import Path

import pytest
import pbxd.__main__, pbxd.server, pbxd.media.remote, pbxd.media.embedded.worker
print(sorted({"numpy", "av", "G722", "audioop", "pbxd.media.sound"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


FIRST = """
import asyncio, sys, threading
from pbxd.clock import SystemClock
from pbxd.media.engine import Recorded
from pbxd.media.sounds import Detection, Recording
from tests.support.network import MemoryNetwork
from tests.unit.media.party import EVENTS, OPUS, PCMA, Party, engine_on, packet

assert "numpy" not in sys.modules
imported = []


class Witness:
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is threading.main_thread():
            imported.append(name)


async def first():
    await asyncio.to_thread(int)  # as a server has done long since
    network = MemoryNetwork()
    engine = engine_on(network, SystemClock())
    events = []
    engine.subscribe(events.append)
    one, other = Party(network, "198.51.100.1"), Party(network, "198.51.100.2")
    await one.joins(engine, PCMA)
    await other.joins(engine, OPUS)
    engine.hear(one.end.port, other.end.port)
    engine.hear(other.end.port, one.end.port)
    sys.meta_path.insert(0, Witness())
    DO
    for number in range(1000):
        one.sends(packet(number, bytes(160), payload_type=8))
        if DONE:
            break
        await asyncio.sleep(0.02)
    else:
        raise AssertionError("nothing came")
    sys.meta_path.pop(0)
    await engine.stop()
    assert "numpy" in sys.modules
    print(imported)


asyncio.run(first())
"""


@pytest.mark.parametrize(
    ("does", "done"),
    [
        ("pass", "len(other.packets) > 5"),
        (
            "engine.record(one.end.port, Recording(ticket=1, path=sys.argv[1]));"
            " recorded = asyncio.ensure_future(engine.end_recording(one.end.port))",
            "recorded.done()",
        ),
        ("engine.detect(one.end.port, Detection(keys=True)); engine.close(one.end.port)", "'numpy' in sys.modules"),
    ],
    ids=["translating", "recording", "detecting"],
)
def test_the_first_sound_of_a_process_imports_nothing_on_the_loop(does: str, done: str, tmp_path: Path) -> None:
    program = FIRST.replace("DO\n", f"{does}\n").replace("DONE", done)
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "sound.wav")],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert (told.stdout.strip(), told.returncode) == ("[]", 0), told.stderr
