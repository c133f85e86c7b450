"""What a decision costs, and the tools that make many of them (`python -m bench.decide [--profile]`).

Everything is measured on invented organizations of :mod:`bench.organization`, in processor time. The same decisions are
made in a small and a large one: what grows is the organization, not the call.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from time import thread_time

from bench.organization import write
from pbxd.config import load
from pbxd.config.snapshot import Configuration, RoutingTest
from pbxd.dialplan.router import decide
from pbxd.dialplan.situation import Situation
from pbxd.dialplan.supposed import Supposed
from pbxd.events import CallArrived, CallId, LegId
from pbxd.tools.diff import compare, recorded
from pbxd.tools.expectations import failures
from pbxd.tools.parties import situation

MOMENT = 1_795_600_000.0
"""A Wednesday morning."""
TESTS, CALLS = 1_000, 10_000


@dataclass(frozen=True)
class Kind:
    """One kind of call, and which of them a round of calls has."""

    name: str
    calls: tuple[Situation, ...]


@cache
def organization(users: int) -> Configuration:
    """One of that size, read once."""
    with tempfile.TemporaryDirectory() as folder:
        return load(write(Path(folder), users=users))


def kinds(configuration: Configuration) -> tuple[Kind, ...]:
    """Calls as organizations have them, spread over 50 users."""
    users = sorted(configuration.organizations["large"].users)[:100]
    pairs = list(zip(users[:50], users[50:], strict=True))

    def kind(name: str, calls: Sequence[tuple[str, str]]) -> Kind:
        return Kind(name, tuple(situation(configuration, caller, called) for caller, called in calls))

    number = {name: user.lines[0].number for name, user in configuration.organizations["large"].users.items()}
    return (
        kind("from a trunk to a user", [("+4520304050", number[called]) for _, called in pairs]),
        kind("from a user to a colleague", pairs),
        kind("from a user to a number outside", [(caller, "+4520304050") for caller, _ in pairs]),
        kind("from a trunk to a queue", [("+4520304050", f"+45710{queue + 1:05}") for queue in range(50)]),
        kind("for help", [(caller, "112") for caller, _ in pairs]),
    )


def cost(kind: Kind, configuration: Configuration, rounds: int = 20) -> float:
    """Seconds of the processor for one first decision; the best of three."""
    facts = Supposed(organizations=configuration.organizations, by_name=configuration.trunks)

    def once() -> None:
        for call in kind.calls:
            decide(call, facts, MOMENT)

    once()
    return min(_taken(once, rounds) for _ in range(3)) / len(kind.calls)


def _taken(work: Callable[[], object], rounds: int = 1) -> float:
    gc.collect()
    begin = thread_time()
    for _ in range(rounds):
        work()
    return (thread_time() - begin) / rounds


def routing_tests(configuration: Configuration, number: int = TESTS) -> float:
    """Seconds for that many routing tests."""
    users = sorted(configuration.organizations["large"].users)[:100]
    tests = tuple(
        RoutingTest(
            name=f"test {one}",
            caller=users[one % 50],
            to=users[50 + one * 7 % 50],
            at=None,
            as_if={},
            organization=None,
            outcomes=("no-answer",),
            expect=({"rings": (f"{users[50 + one * 7 % 50]}-desk",)},),
            file="tests.yaml",
            line=one,
        )
        for one in range(number)
    )
    held = replace(configuration, tests=tests)
    return _taken(lambda: failures(held, MOMENT))


def difference(configuration: Configuration, number: int = CALLS) -> float:
    """Seconds to compare that many recorded calls, no two of which are alike to look at."""
    users = list(configuration.organizations["large"].users.values())
    arrived = [
        CallArrived(
            at=MOMENT + 37.0 * one,
            call=CallId(str(one)),
            leg=LegId(str(one)),
            party="carrier" if one % 2 else users[one % len(users)].devices[0].name,
            organization="large",
            caller=f"+45203{one:05}",
            caller_name="",
            called=users[one * 7 % len(users)].lines[0].number,
            sip_call_id=str(one),
            address="udp:127.0.0.1:5060",
        )
        for one in range(number)
    ]
    return _taken(lambda: list(compare(configuration, configuration, recorded(arrived, configuration, configuration))))


def main() -> None:
    """What a person types."""
    parser = argparse.ArgumentParser(description=sys.modules[__name__].__doc__)
    parser.add_argument("--profile", action="store_true", help="show where the time of decisions goes")
    arguments = parser.parse_args()
    if arguments.profile:
        _profile()
        return
    sizes = (100, 1_000, 10_000)
    print(f"{'one decision, in microseconds':<34}" + "".join(f"{f'{size:,} users':>14}" for size in sizes))
    table = {
        size: {kind.name: cost(kind, organization(size)) * 1e6 for kind in kinds(organization(size))} for size in sizes
    }
    for name in table[sizes[0]]:
        print(f"{name:<34}" + "".join(f"{table[size][name]:>14.0f}" for size in sizes))
    print(f"{TESTS:,} routing tests of 1,000 users: {routing_tests(organization(1_000)):.2f} s")
    print(f"difference of {CALLS:,} recorded calls, 1,000 users: {difference(organization(1_000)):.2f} s")


def _profile() -> None:
    configuration = organization(1_000)
    profile = cProfile.Profile()
    for kind in kinds(configuration):
        cost(kind, configuration, rounds=1)
    profile.enable()
    for kind in kinds(configuration)[:2]:
        cost(kind, configuration)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    main()
