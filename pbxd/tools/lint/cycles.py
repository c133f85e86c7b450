"""``forwarding-cycle``: calls that are sent round in a circle, by way of users, hunt groups, menus and queues.

What a caller chooses by key is no cycle: menus lead back to their beginnings. At a call the router notices a cycle and
ends it (DIV-3), so only one that every call takes is an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.config.source import dotted
from pbxd.tools.lint.places import Node, Nowhere, Sent, resolve, sent
from pbxd.tools.lint.subject import Finding, Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Each party that can get back a call that it has sent on, once for every cycle."""
    ways: dict[Node, dict[Node, Sent]] = {}
    for one in sent(subject):
        to = resolve(one.target, subject.organization, one.user) if one.owner is not None and not one.chosen else None
        if one.owner is not None and to is not None and not isinstance(to, Nowhere):
            known = ways.setdefault(one.owner, {}).get(to)
            if known is None or (one.certain and not known.certain):
                ways[one.owner][to] = one
    told: set[frozenset[Node]] = set()
    for start in ways:
        cycle = _shortest(ways, start)
        if cycle is not None and frozenset(cycle) not in told:
            told.add(frozenset(cycle))
            yield _finding(ways, cycle)


def _shortest(ways: dict[Node, dict[Node, Sent]], start: Node) -> list[Node] | None:
    """The way from a party back to itself, if there is one."""
    came: dict[Node, Node] = {}
    ahead = [start]
    for here in ahead:
        for to in ways.get(here, ()):
            if to == start:
                cycle = [here]
                while cycle[-1] != start:
                    cycle.append(came[cycle[-1]])
                return cycle[::-1]
            if to not in came:
                came[to] = here
                ahead.append(to)
    return None


def _finding(ways: dict[Node, dict[Node, Sent]], cycle: list[Node]) -> Finding:
    steps = [ways[one][to] for one, to in zip(cycle, [*cycle[1:], cycle[0]], strict=True)]
    certain = all(step.certain for step in steps)
    round_ = " to ".join(f"{kind} {name}" for kind, name in [*cycle, cycle[0]])
    message = f"calls go round in a circle, from {round_}"
    others = ", ".join(dotted(step.path) for step in steps[1:])
    hint = f"the way back is at {others}" if others else "it sends calls to itself"
    return Finding(
        kind="forwarding-cycle",
        severity="error" if certain else "warning",
        path=steps[0].path,
        message=message if certain else f"{message} when nobody on the way takes them",
        hint=hint,
    )
