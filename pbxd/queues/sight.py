"""How queues stand at a moment, as plain values for programs and wallboards (QUE-12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from pbxd.queues.floor import Floor
from pbxd.queues.places import Line, Place
from pbxd.queues.roster import Seat

State: TypeAlias = Literal[
    "logged-out", "paused", "ringing", "talking", "in-a-call", "away", "wrap-up", "resting", "free"
]
"""What an agent does, as one of his queues sees it."""


def queues(floor: Floor, now: float) -> Iterator[dict[str, Any]]:
    """Every queue and attendant group, by name; users' own are nobody else's business."""
    for queue, line in sorted(floor.lines.items()):
        if queue.kind == "queue":
            yield _queue(floor, line, now)


def _queue(floor: Floor, line: Line, now: float) -> dict[str, Any]:
    calls = [_call(place, now) for place in line.waiting if place.callback is None or place.callback.instead is None]
    seats = floor.roster.seats(line.plan.queue)
    longest = line.longest
    return {
        "queue": line.plan.queue.name,
        "open": not line.shut,
        "waiting": sum(not call["callback"] for call in calls),
        "callbacks": sum(call["callback"] for call in calls),
        "longest": 0.0 if longest is None else round(now - longest.since, 1),
        "serving": floor.roster.staff(line.plan.queue),
        "free": len(floor.roster.free(line.plan.queue)),
        "calls": calls,
        "agents": [{"user": user, "state": state(seat)} for user, seat in sorted(seats.items())],
    }


def _call(place: Place, now: float) -> dict[str, Any]:
    return {
        "number": place.number,
        "name": place.name,
        "waited": round(now - place.since, 1),
        "callback": place.callback is not None,
        "rings": sorted(place.ringing),
    }


def state(seat: Seat) -> State:
    """What an agent does: what keeps calls of the queue away from him first, in the order in which it does."""
    agent = seat.agent
    if agent.place is not None:
        return "talking" if agent.talks else "ringing"
    held: tuple[tuple[bool, State], ...] = (
        (not seat.logged_in, "logged-out"),
        (agent.paused, "paused"),
        (agent.occupied, "in-a-call"),
        (not agent.available and seat.plan.respect_presence, "away"),
        (seat.wraps, "wrap-up"),
        (agent.rests, "resting"),
    )
    return next((name for is_so, name in held if is_so), "free")
