"""What is asked about one calendar, and what came of it, as plain values and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeAlias

from pbxd.org.calendars import CalendarRule, Connector
from pbxd.org.state import Planned

AHEAD = 7 * 86_400.0
"""Seconds from now for which a calendar is read; what begins later is seen when its time comes nearer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One calendar, to be read now."""

    connector: Connector
    id: str
    zone: str
    """Of the user: what the times without zone in it mean, and where his days begin."""
    now: float
    """Seconds since 1970."""
    cache: str
    """Directory for what need not be sent again, made if it is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """It was read; ``plans`` is everything that it plans."""

    plans: tuple[Planned, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """This calendar can't be had or read. Others may be."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """None of the connector's calendars can be had just now."""

    reason: str


Outcome: TypeAlias = Fetched | Failed | Unreachable


class Fetcher(Protocol):
    """Whoever reads calendars."""

    async def fetch(self, wanted: Wanted) -> Outcome:
        """Read one. Raises nothing but bugs, and ends within about a minute."""
        ...

    async def close(self) -> None:
        """Give up whatever is being read, at once."""
        ...


def wanted_as_data(wanted: Wanted) -> dict[str, Any]:
    """The question as JSON can hold it, with the connector's password."""
    return asdict(wanted)


def wanted_from_data(data: dict[str, Any]) -> Wanted:
    """What :func:`wanted_as_data` was given."""
    connector = dict(data["connector"])
    for key in ("rules", "exclude"):
        connector[key] = tuple(CalendarRule(**rule) for rule in connector[key])
    return Wanted(**{**data, "connector": Connector(**connector)})


def outcome_as_data(outcome: Outcome) -> dict[str, Any]:
    """The answer as JSON can hold it."""
    return {"outcome": type(outcome).__name__, **asdict(outcome)}


def outcome_from_data(data: dict[str, Any]) -> Outcome:
    """What :func:`outcome_as_data` was given; raises ``KeyError`` and ``TypeError`` for anything else."""
    match data["outcome"]:
        case "Fetched":
            return Fetched(plans=tuple(Planned(**one) for one in data["plans"]))
        case "Unreachable":
            return Unreachable(reason=str(data["reason"]))
        case _:
            return Failed(reason=str(data["reason"]))
