"""What a real call saw of the world, in the words by which a person supposes it (:mod:`pbxd.tools.suppose`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pbxd.dialplan.basis import Basis, Key
from pbxd.org.state import UserState
from pbxd.tools.suppose import DIVERTED


def seen(bases: Iterable[Basis]) -> dict[str, str]:
    """What was not as always, by user or trunk, as ``as_if`` of a routing test; of what changed meanwhile the first.

    What has no such words is left out: longer hours of the day, and how much was called already.
    """
    reads: dict[Key, Any] = {}
    for basis in bases:
        reads = {**basis.reads, **reads}
    words: dict[str, list[str]] = {}
    for who, said in _words(reads):
        words.setdefault(who, []).append(said)
    return {who: ", ".join(said) for who, said in words.items()}


def _words(reads: Mapping[Key, Any]) -> Iterator[tuple[str, str]]:
    for key, value in reads.items():
        match key:
            case "state", _, user:
                yield from ((user, words) for words in _state(value))
            case "calls_of", _, user:
                yield user, "in a call"
            case "trunks", _:
                yield from ((name, "full" if "limit" in why else "down") for name, why in value if why)


def _state(state: UserState) -> Iterator[str]:
    if state.activity is not None:
        yield state.activity.activity
    if state.role is not None:
        yield state.role
    if state.profile is not None:
        yield state.profile.profile
    kinds = {kind: words for words, kind in DIVERTED.items()}
    yield from (f"{kinds[diversion.kind]}{diversion.to}" for diversion in state.diversions)
    if state.night_override:
        yield "night mode overridden"
