"""A real call as a routing test: what happened to it must happen to such a call from now on (TOOL-2).

The call is made again without being made, by the same function, in the world that it saw (the ledger has what was read
of it), and what that comes to is what the test expects. So it is first seen that this is what happened: a call that
went another way than it would now is not pinned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import yaml

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.basis import Basis
from pbxd.dialplan.treatment import Chosen, Redirected, Transferred
from pbxd.errors import PbxdError
from pbxd.events import CallArrived, CallEnded, CallEvent, RouteDecided
from pbxd.tools.dry_run import OUTCOMES, DryTurn, dry_run
from pbxd.tools.parties import ANONYMOUS, situation
from pbxd.tools.seen import seen
from pbxd.tools.steps import steps
from pbxd.tools.suppose import suppose

UNPINNED = ("after", "seconds", "shows")
"""What of a step is beside the point: the test is about where calls go."""

_ABSENT = re.compile(r"ring: (\S+) is not registered\Z")
_WORDS: Mapping[type, str] = {type(outcome): word for word, outcome in OUTCOMES.items()}
_SENT_ON: Mapping[type, str] = {
    Redirected: "a phone sent the call on",
    Transferred: "the call was transferred",
    Chosen: "the caller chose where to go",
}
_ENDS = {"busy": "busy", "declined": "declined", "unreachable": "unreachable", "answered": "answered"}


class CannotPin(PbxdError):
    """The call can't be a test; the words say why."""


def pinned(events: Sequence[CallEvent], configuration: Configuration, as_if: Mapping[str, str]) -> str:
    """The routing test of one call's events, in YAML: a list of one, which may be added to others.

    ``as_if`` says what was so, as in ``pbxd route``, and overrules what the call saw. Raises :class:`CannotPin`.
    """
    arrived = next((event for event in events if isinstance(event, CallArrived)), None)
    decided = [event for event in events if isinstance(event, RouteDecided)]
    if arrived is None or not decided:
        raise CannotPin("nothing was decided about this call")
    organization = configuration.organizations.get(arrived.organization)
    if organization is None:
        raise CannotPin(f"there is no organization {arrived.organization} any more")
    at = datetime.fromtimestamp(arrived.at, organization.timezone).replace(tzinfo=None, microsecond=0)
    known = organization.owner(arrived.party) is not None
    when: dict[str, Any] = {
        "from": arrived.party if known else arrived.caller or ANONYMOUS,
        "to": arrived.called,
        "at": at.isoformat(" "),
    }
    bases = [_basis(event) for event in decided]
    supposed = {**_absent(decided), **seen(bases), **as_if}
    outcomes = list(_outcomes(decided, bases, events))
    if supposed:
        when["as_if"] = supposed
    if len(configuration.organizations) > 1:
        when["organization"] = organization.name
    if outcomes:
        when["outcomes"] = outcomes
    expect = _expected(when, supposed, outcomes, arrived, decided, configuration)
    test = {"name": f"call {arrived.call}: {when['from']} calls {arrived.called}", "when": when, "expect": expect}
    return yaml.safe_dump([test], sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)


def _expected(
    when: Mapping[str, Any],
    supposed: Mapping[str, str],
    outcomes: Sequence[str],
    arrived: CallArrived,
    decided: Sequence[RouteDecided],
    configuration: Configuration,
) -> list[dict[str, object]]:
    """What the call comes to now, after it was seen that this is what it came to."""
    call = situation(configuration, when["from"], when["to"], arrived.organization)
    facts = suppose(configuration, supposed, arrived.at)
    turns = dry_run(call, facts, arrived.at, [OUTCOMES[word] for word in outcomes])
    happened = [event.treatment for event in decided if event.treatment != str(None)]
    turns = [turn for turn in turns if turn.decision.treatment is not None][: len(happened)]
    _compare(happened, turns)
    expect = [
        {key: value for key, value in step.said().items() if key not in UNPINNED}
        for step in steps(turns, configuration)
    ]
    if not all(expect):
        raise CannotPin("what was done with this call is nothing that a test can expect")
    return expect


def _compare(happened: Sequence[str], turns: Sequence[DryTurn]) -> None:
    now = [str(turn.decision.treatment) for turn in turns]
    for number, treatment in enumerate(happened):
        would = now[number] if number < len(now) else "nothing more"
        if treatment != would:
            raise CannotPin(
                f"step {number + 1} was: {treatment}; such a call would now come to: {would}. If something was set then"
                " that is not now, say so with --as-if; otherwise the configuration is another one"
            )


def _basis(event: RouteDecided) -> Basis:
    try:
        return Basis.from_json(event.basis)
    except ValueError:
        raise CannotPin(f"the ledger doesn't say what step {event.turn + 1} was decided from") from None


def _absent(decided: Sequence[RouteDecided]) -> dict[str, str]:
    """The phones that were not registered."""
    found = (_ABSENT.match(line) for event in decided for line in event.trail)
    return {match[1]: "not registered" for match in found if match is not None}


def _outcomes(decided: Sequence[RouteDecided], bases: Sequence[Basis], events: Sequence[CallEvent]) -> Iterator[str]:
    """What came of each thing that rang: the next decision was made from it, the last is the call's end."""
    for event, after in zip(decided, [*bases[1:], None], strict=True):
        if not event.treatment.startswith(("ring ", "recall ")):
            continue
        if after is None:
            end = next((one.result for one in events if isinstance(one, CallEnded)), "")
            if end in _ENDS:
                yield _ENDS[end]
            return
        kind = type(after.outcome)
        if kind not in _WORDS:
            raise CannotPin(
                f"after step {event.turn + 1} {_SENT_ON.get(kind, 'something happened')}, which no test can say"
            )
        yield _WORDS[kind]
