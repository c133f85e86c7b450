"""An invented organization of any size, and what it takes to load it (`python -m bench.organization --users 10000`).

Other measurements and tests of size take theirs from :func:`write`. The same arguments give the same files.
"""

from __future__ import annotations

import argparse
import gc
import pickle
import resource
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from pbxd.tools.reader import Reader

SERVER = """\
listen: [udp://127.0.0.1:5060]
organizations: [large.yaml]
trunks:
  - {name: carrier, address: "sip:127.0.0.1:5070", match: ["127.0.0.1:5070"], organizations: [large]}
"""
HEAD = """\
organization: large
name: Large Shipping
domain: large.example
country: DK
timezone: Europe/Copenhagen
languages: [da, en, sv]
switchboard: "+4571000000"
number_ranges:
  - {from: "+4570000000", to: "+4570999999"}
  - {from: "+4571000000", to: "+4571009999"}
  - {from: "200000", to: "299999"}
  - {from: "15000", to: "17999"}
number_types:
  premium: {prefixes: ["+4590", "+46900"]}
  international: {prefixes: ["+"], except: ["+45"]}
barring:
  - {name: no-premium, deny: {types: [premium]}}
working_hours:
  mon-fri: ["08:00-16:00"]
  exceptions:
    - {holidays: DK, closed: true}
activities:
  - {name: available, code: "0", available: true}
  - {name: lunch, code: "1", available: false}
  - {name: meeting, code: "2", available: false}
roles: [{name: work, code: "1"}, {name: private, code: "2"}]
profiles:
  - {name: office, code: "1", on_no_answer: {to: voicemail, after: 20s}}
  - {name: off-duty, code: "2", status: unavailable, landline_calls: {to: voicemail}}
settings:
  ring_seconds: 25
  permissions_on_me: {seen_by: [group-0]}
  on_busy: {to: voicemail}
defaults:
  queue: {distribution: {ring_seconds: 15}, wrap_up: 5s}
"""
SENTENCES = (
    "when a call is received and the activity is lunch, voicemail",
    "when a call is received and the user is in a call, ring desk and softphone, then voicemail after 10 seconds",
    "when a call is received and the caller is VIP, ring all devices",
)
GROUPS = 40


def write(folder: Path, *, users: int, rules: int = 200, queues: int = 50) -> Path:
    """Write ``pbxd.yaml`` and ``large.yaml`` and return the path of the first."""
    (folder / "large.yaml").write_text("".join(_organization(users, rules, queues)), encoding="utf-8")
    (folder / "pbxd.yaml").write_text(SERVER, encoding="utf-8")
    return folder / "pbxd.yaml"


def _organization(users: int, rules: int, queues: int) -> Iterator[str]:
    yield HEAD
    ours, theirs = rules - rules * 3 // 4, rules * 3 // 4
    yield "rules:\n  incoming:\n    overridable:\n"
    yield from (f"      - {_sentence(number, number)}\n" for number in range(ours))
    yield "groups:\n"
    for group in range(GROUPS):
        yield f"  - name: group-{group}\n"
        yield f"    permissions: {{pickup: [group-{group}], see_status: [group-{(group + 1) % GROUPS}]}}\n"
        if group % 4 == 0:
            yield f"    settings: {{ring_seconds: {20 + group}, barring: [no-premium]}}\n"
        own = range(group, theirs, GROUPS)
        if own:
            yield "    rules:\n      incoming:\n        overridable:\n"
            yield from (f"          - {_sentence(number, number)}\n" for number in own)
    yield "queues:\n" if queues else ""
    for queue in range(queues):
        yield f'  - name: queue-{queue}\n    number: "{15000 + queue}"\n    numbers: ["+45710{queue + 1:05}"]\n'
        yield f"    groups: {{agents: [group-{queue % GROUPS}]}}\n"
        yield f"    overflow: {{max_waiting: 10, then: queue queue-{(queue + 1) % queues}}}\n"
    yield "users:\n"
    for user in range(users):
        yield from _user(user)


def _sentence(kind: int, number: int) -> str:
    """A rule of one of three kinds, each with a target of its own where that is a number."""
    if kind % 4 == 3:
        return f"when a call is received and the caller is external, {200000 + number}"
    return SENTENCES[kind % 4]


def _user(number: int) -> Iterator[str]:
    yield f"  - username: user{number}\n    name: User {number}\n"
    yield f"    groups: [group-{number % GROUPS}, group-{number * 7 % GROUPS}]\n" if number % 3 else ""
    yield f'    lines: [{{number: "+4570{number:06}", alias: "{200000 + number}"}}]\n'
    yield f'    devices:\n      - {{name: user{number}-desk, kind: desk, password: "secret-{number}"}}\n'
    if number % 2:
        yield f'      - {{name: user{number}-soft, kind: softphone, password: "soft-secret-{number}"}}\n'
    if number % 10 == 0:
        yield "    settings: {ring_seconds: 40, voicemail: {email: attach}}\n"
        yield f"    email: user{number}@large.example\n"
    if number % 25 == 0:
        yield "    rules:\n      - when a call is received and the caller is VIP, ring all devices, then "
        yield f"{200000 + (number + 1)} after 15 seconds\n"


def measure(users: int, rules: int, queues: int) -> None:
    """Print how long it takes to load and validate, as the server does it: in a child process."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), users=users, rules=rules, queues=queues)
        begin, before = perf_counter(), _processor_time()
        configuration = Reader(path).result()
        took, busy = perf_counter() - begin, _processor_time() - before
    packed = pickle.dumps(configuration, protocol=pickle.HIGHEST_PROTOCOL)
    del configuration
    gc.collect()
    tracemalloc.start()
    begin = perf_counter()
    configuration = pickle.loads(packed)
    unpacked = perf_counter() - begin
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{users} users, {rules} rules, {queues} queues: read, validated and handed over in {took:.2f} s")
    print(f"  of that {busy:.2f} s of processor time, which is what it takes where nothing else runs")
    print(f"  handed over: {len(packed) / 1e6:.1f} MB; in memory: {held / 1e6:.1f} MB, {held / users:.0f} bytes a user")
    print(f"  unpacked in {unpacked:.2f} s (traced)")
    assert configuration.organizations["large"].users


def _processor_time() -> float:
    """Seconds of this process and of its children that have ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main() -> None:
    """What a person types."""
    parser = argparse.ArgumentParser(description=sys.modules[__name__].__doc__)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--queues", type=int, default=50)
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the files there, and measure nothing")
    arguments = parser.parse_args()
    if arguments.write is not None:
        print(write(arguments.write, users=arguments.users, rules=arguments.rules, queues=arguments.queues))
        return
    measure(arguments.users, arguments.rules, arguments.queues)


if __name__ == "__main__":
    main()
