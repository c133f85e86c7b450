"""How fast the ledger is written, and how soon a call is found (`python -m bench.ledger --rows 10000000`).

Rows are events; a call is nine of them. They are written by the server's own store, so the first figure is what records
cost, and then read by the archive as `pbxd calls` does it, each question over a new connection. Ten million rows
take 4.5 GB and ten minutes or more; with `--keep` a database that is there is only asked.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import perf_counter

from pbxd.cdr import call_record
from pbxd.clock import SystemClock
from pbxd.events import (
    CallArrived,
    CallEnded,
    CallEvent,
    CallId,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegId,
    LegRinging,
    RouteDecided,
)
from pbxd.store import Search, Store
from pbxd.store.archive import Archive
from pbxd.store.search import key_of

YEAR = 365 * 86_400.0
NOW = 1_790_000_000.0
FLUSH = 200
"""Calls in one commit: more than in 200 ms of a busy server."""
USERS = 500
WITHIN = 1.0
"""Seconds that a search may take."""
TRAIL = (
    "call: {caller} calls {called} by trunk carrier",
    "number: {called} is a number of Nordhavn Shipping",
    "rule: blocked contacts of user{user}: no, the caller {caller} is no contact",
    "rule: overridable rule 2 of organization nordhavn: no, the call is received and user{user} is not in a call",
    "ring: user{user}-desk is registered",
)


def story(number: int, at: float, random: Random) -> Iterator[CallEvent]:
    """A call from one of a million numbers outside to one of the users."""
    call, user = CallId(f"{number:x}-{random.getrandbits(40):010x}"), random.randrange(USERS)
    caller, called = f"+4520{random.randrange(1_000_000):06d}", f"+458888{user:04d}"
    outside, desk = LegId(f"{call}.1"), LegId(f"{call}.2")
    yield CallArrived(
        at=at, call=call, leg=outside, party="carrier", organization="nordhavn", caller=caller, caller_name="",
        called=called, sip_call_id=f"{random.getrandbits(64):x}@198.51.100.7", address="udp:198.51.100.7:5060",
    )  # fmt: skip
    trail = tuple(line.format(caller=caller, called=called, user=user) for line in TRAIL)
    yield RouteDecided(at=at, call=call, turn=0, called=called, treatment=f"ring user{user}-desk for 20 s", trail=trail)
    phone = f"user{user}-desk"
    yield LegDialled(
        at=at, call=call, leg=desk, party=phone, number=phone, sip_call_id=f"{random.getrandbits(64):x}",
        address="udp:192.0.2.8:5060",
    )  # fmt: skip
    yield LegRinging(at=at + 0.1, call=call, leg=desk, party=phone, status=180)
    if random.random() < 0.3:
        yield LegEnded(at=at + 20, call=call, leg=desk, party=phone, status=487, reason="no answer", by_peer=False)
        yield LegEnded(at=at + 20, call=call, leg=outside, party="carrier", status=480, reason="", by_peer=False)
        yield CallEnded(
            at=at + 20, call=call, result="no-answer", status=480, reason="", seconds=20.0, talk_seconds=0.0
        )
        return
    yield LegAnswered(at=at + 5, call=call, leg=desk, party=phone)
    yield LegAnswered(at=at + 5, call=call, leg=outside, party="carrier")
    yield LegEnded(at=at + 95, call=call, leg=desk, party=phone, status=200, reason="hung up", by_peer=True)
    yield LegEnded(at=at + 95, call=call, leg=outside, party="carrier", status=200, reason="hung up", by_peer=False)
    yield CallEnded(
        at=at + 95, call=call, result="answered", status=200, reason="hung up", seconds=95.0, talk_seconds=90.0
    )


async def build(url: str, rows: int) -> int:
    """Write ``rows`` events, spread over a year, and return how many calls they are."""
    random, written, calls = Random(7), 0, 0
    store = await Store.open(url, SystemClock(), record_of=call_record)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(store.run())
        begun, used = perf_counter(), _processor()
        while written < rows:
            for event in story(calls, NOW - YEAR * (1 - written / rows), random):
                store.ledger.append(event)
                written += 1
            calls += 1
            if calls % FLUSH == 0:
                await store.ledger.flush()
        await store.close()
    took, cpu = perf_counter() - begun, _processor() - used
    print(f"{written} events of {calls} calls written in {took:.0f} s: {written / took:.0f} a second, ", end="")
    print(f"{cpu / written * 1e6:.0f} us of processor time an event, {cpu / calls * 1e6:.0f} us a call")
    return calls


def _processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


QUESTIONS = {
    "a number that called a few times": Search(touching=((key_of("20123456"),),)),
    "a number that nobody has": Search(touching=((key_of("99999999"),),)),
    "a user's number": Search(touching=((key_of("+4588880042"),),)),
    "the trunk, in every call": Search(touching=(("carrier",),)),
    "a user and a number": Search(touching=((key_of("20123456"),), ("user42-desk", key_of("+4588880042")))),
    "a user's calls that nobody answered": Search(touching=(("user42-desk",),), result="no-answer"),
    "a result that is rare": Search(result="crashed"),
    "an hour half a year ago": Search(since=NOW - YEAR / 2, until=NOW - YEAR / 2 + 3600),
    "the latest": Search(),
}


async def ask(url: str) -> bool:
    """Every question, each over a connection of its own; whether all were answered in time."""
    worst = 0.0
    async with Archive.open(url) as archive:  # what is imported for the first of them is no question of rows
        await archive.find(Search(limit=1))
    for words, search in QUESTIONS.items():
        begun = perf_counter()
        async with Archive.open(url) as archive:
            found = await archive.find(search)
        took = perf_counter() - begun
        worst = max(worst, took)
        print(f"{words:<40}{len(found):>5} calls{took * 1000:>9.1f} ms")
    return worst < WITHIN


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--file", type=Path, default=Path("ledger-bench.db"))
    parser.add_argument("--keep", action="store_true", help="ask a database that is there, and leave it")
    told = parser.parse_args()
    url = f"sqlite:///{told.file.absolute()}"
    if not (told.keep and told.file.exists()):
        told.file.unlink(missing_ok=True)
        asyncio.run(build(url, told.rows))
    print(f"{told.file.stat().st_size / 2**20:.0f} MiB")
    os.sync()
    in_time = asyncio.run(ask(url))
    if not told.keep:
        told.file.unlink()
    return 0 if in_time else 1


if __name__ == "__main__":
    raise SystemExit(main())
