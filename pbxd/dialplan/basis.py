"""What a decision was made from, so that it can be made again: the live call's trail, replayed (TOOL-1).

The organizations are not kept, but the hash of the configuration that they stand in. Of what is live only that is kept
which was read, and of this only what is not as always: who was registered, whose state was not empty.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from pbxd.compact import encoder
from pbxd.config.snapshot import Configuration
from pbxd.dialplan.situation import DialogFact, Facts, Situation, TrunkFact, Usage
from pbxd.dialplan.treatment import Outcome
from pbxd.dialplan.values import from_plain, to_plain
from pbxd.org.organization import Organization
from pbxd.org.state import NOTHING_SET, ExtendedHours, UserState

_to_json = encoder()
T = TypeVar("T")
Key: TypeAlias = tuple[str, ...]
"""What was asked for: a method of :class:`Facts`, and its arguments."""
NONE: tuple[Any, ...] = ()


class Recorded:
    """Facts that remember what was read of them. One decision's; the next has its own."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.reads: dict[Key, Any] = {}
        """What was not as always."""

    def organization(self, name: str) -> Organization:
        return self._facts.organization(name)

    def registered(self, organization: str, device: str) -> bool:
        return self._read(("registered", organization, device), self._facts.registered(organization, device), False)

    def trunks(self, organization: str) -> Sequence[TrunkFact]:
        found = self._facts.trunks(organization)
        self._read(("trunks", organization), tuple((fact.trunk.name, fact.unusable) for fact in found), NONE)
        return found

    def state(self, organization: str, user: str) -> UserState:
        return self._read(("state", organization, user), self._facts.state(organization, user), NOTHING_SET)

    def calls_of(self, organization: str, user: str) -> int:
        return self._read(("calls_of", organization, user), self._facts.calls_of(organization, user), 0)

    def dialogs(self, organization: str, user: str) -> Sequence[DialogFact]:
        return self._read(("dialogs", organization, user), tuple(self._facts.dialogs(organization, user)), NONE)

    def usage(self, organization: str, user: str, barring: str) -> Usage:
        key = "usage", organization, user, barring
        return self._read(key, self._facts.usage(organization, user, barring), Usage())

    def extended_hours(self, organization: str) -> Sequence[ExtendedHours]:
        return self._read(("extended_hours", organization), tuple(self._facts.extended_hours(organization)), NONE)

    def _read(self, key: Key, value: T, usual: T) -> T:
        if value != usual:
            self.reads[key] = value
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """Facts as they were read for one decision."""

    configuration: Configuration
    reads: Mapping[Key, Any]

    def organization(self, name: str) -> Organization:
        return self.configuration.organizations[name]

    def registered(self, organization: str, device: str) -> bool:
        return bool(self.reads.get(("registered", organization, device), False))

    def trunks(self, organization: str) -> Sequence[TrunkFact]:
        found = self.reads.get(("trunks", organization), ())
        known = self.configuration.trunks
        return [TrunkFact(trunk=known[name], unusable=why) for name, why in found if name in known]

    def state(self, organization: str, user: str) -> UserState:
        state: UserState = self.reads.get(("state", organization, user), NOTHING_SET)
        return state

    def calls_of(self, organization: str, user: str) -> int:
        return int(self.reads.get(("calls_of", organization, user), 0))

    def dialogs(self, organization: str, user: str) -> Sequence[DialogFact]:
        dialogs: Sequence[DialogFact] = self.reads.get(("dialogs", organization, user), ())
        return dialogs

    def usage(self, organization: str, user: str, barring: str) -> Usage:
        usage: Usage = self.reads.get(("usage", organization, user, barring), Usage())
        return usage

    def extended_hours(self, organization: str) -> Sequence[ExtendedHours]:
        hours: Sequence[ExtendedHours] = self.reads.get(("extended_hours", organization), ())
        return hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What one decision of a call was made from."""

    now: float
    configuration: str
    """Content hash."""
    situation: Situation | None = None
    """Of the first decision; those after it follow from it and the outcomes."""
    outcome: Outcome | None = None
    """What the treatment before came to."""
    reads: Mapping[Key, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """One line, as the ledger keeps it."""
        said: dict[str, Any] = {"now": self.now, "configuration": self.configuration}
        if self.situation is not None:
            said["situation"] = to_plain(self.situation)
        if self.outcome is not None:
            said["outcome"] = to_plain(self.outcome)
        said["facts"] = [[*key, to_plain(value)] for key, value in self.reads.items()]
        return _to_json(said)

    @classmethod
    def from_json(cls, text: str) -> Basis:
        """Read what :meth:`to_json` wrote. Raises :class:`ValueError` for anything else."""
        try:
            said = json.loads(text)
            return cls(
                now=float(said["now"]),
                configuration=str(said["configuration"]),
                situation=from_plain(said.get("situation")),
                outcome=from_plain(said.get("outcome")),
                reads={tuple(key): from_plain(value) for *key, value in said["facts"]},
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"this is not what a decision was made from: {error!r}") from None
