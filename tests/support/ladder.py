"""All SIP that went over the network in memory, drawn as the ladder diagram that a telephone engineer would draw."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.support.loop import START
from tests.support.network import MemoryNetwork

WIDTH = 40
"""Characters from one column to the next."""
_FIRST_LINE = re.compile(rb"(SIP/2\.0 [^\r\n]*|[A-Z]+ [^\r\n]* SIP/2\.0)\r\n")
_CSEQ = re.compile(rb"(?im)^CSeq:\s*(\d+)\s+(\w+)")


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """One message on its way."""

    at: float
    serial: int
    source: str
    target: str
    label: str
    fate: str


def steps(network: MemoryNetwork) -> list[Step]:
    """Every SIP message sent so far, in order of sending."""
    sent = [(d.sent, d.source.host, d.target.host, d.data, d.fate) for d in network.datagrams]
    for stream in network.streams:
        sent += [(at, stream.local.host, stream.remote.host, data, "") for at, data in stream.writes]
    sent.sort(key=lambda each: each[0])
    return [
        Step(at, serial, source, target, label, fate)
        for serial, (at, source, target, data, fate) in enumerate(sent)
        for label in _labels(data)
    ]


def draw(network: MemoryNetwork, names: Mapping[str, str]) -> str:
    """The diagram: one column per host, headed by its name, time in seconds since the test began."""
    story = steps(network)
    hosts = list(dict.fromkeys(host for step in story for host in (step.source, step.target)))
    # The server in the middle of the world, phones on both sides of it in order of appearance.
    hosts.sort(key=lambda host: list(names).index(host) if host in names else len(names))
    column = {host: 12 + i * WIDTH for i, host in enumerate(hosts)}
    lines = [_put({column[host]: names.get(host, host) for host in hosts}, centred=True)]
    lines += [_row(step, column) for step in story]
    return "\n".join(lines)


def _labels(data: bytes) -> Iterable[str]:
    for match in _FIRST_LINE.finditer(data):
        first = match.group(1).decode(errors="replace")
        cseq = _CSEQ.search(data, match.start())
        number = f" ({cseq.group(1).decode()} {cseq.group(2).decode()})" if cseq else ""
        if first.startswith("SIP/2.0 "):
            yield first[8:] + number
        else:
            method, uri, _ = first.split(" ", 2)
            yield f"{method} {uri.split('@')[0]}{number if method != 'ACK' else ''}"


def _row(step: Step, column: Mapping[str, int]) -> str:
    line = list(_put({0: f"{step.at - START:9.3f}"} | dict.fromkeys(column.values(), "│")))
    start, end = column[step.source], column[step.target]
    left, right = min(start, end), max(start, end)
    if left == right:
        return "".join(line) + f"  {step.label} (to itself)"
    label = f" {step.label} "[: right - left - 5]
    line[left + 1 : right] = label.center(right - left - 1, "─")
    head = "✗" if step.fate else ("▶" if end > start else "◀")
    line[right - 1 if end > start else left + 1] = head
    return "".join(line) + (f"  {step.fate}" if step.fate else "")


def _put(texts: Mapping[int, str], *, centred: bool = False) -> str:
    line = [" "] * (max(texts) + WIDTH // 2)
    for at, text in texts.items():
        start = max(0, at - len(text) // 2) if centred else at
        line[start : start + len(text)] = text
    return "".join(line)
