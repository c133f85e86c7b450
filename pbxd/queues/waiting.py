"""Calls that wait: how they come in, what they are told, and how they go without having been answered."""

from __future__ import annotations

from pbxd.events.queues import AttendantNotified, CallQueued
from pbxd.queues.callbacks import Callbacks
from pbxd.queues.floor import Floor, Timer
from pbxd.queues.orders import Arrival, Close, Notify, Overflow, Say, Why
from pbxd.queues.places import Line, Place
from pbxd.queues.roster import Roster


class Waiting:
    """The part of the distributor that callers deal with."""

    def __init__(self, floor: Floor, callbacks: Callbacks) -> None:
        self._floor = floor
        self._callbacks = callbacks

    def join(self, arrival: Arrival) -> None:
        """Give a call its place, or send it away."""
        floor, queue = self._floor, arrival.queue
        line = floor.lines.get(queue)
        if line is None or arrival.call in floor.places:
            floor.orders.append(Close(call=arrival.call, queue=queue))
            return
        floor.tell(
            CallQueued(
                at=floor.now,
                call=arrival.call,
                organization=floor.organization,
                queue=queue.name,
                kind=queue.kind,
                number=arrival.number,
                waited=arrival.waited,
            )
        )
        why = refused(line, floor.roster, floor.now)
        place = self._place(arrival, line)
        if line.shut:
            self.close(place)
        elif why is not None and (why == "no-agents" or place.stands_for is None):  # who has a place gets in
            self.overflow(place, why)
        else:
            self._set_timers(place)

    def _place(self, arrival: Arrival, line: Line) -> Place:
        floor = self._floor
        place = Place(
            call=arrival.call,
            plan=line.plan,
            number=arrival.number,
            name=arrival.name,
            language=arrival.language,
            since=floor.now - arrival.waited,
            joined=floor.now,
            serial=next(floor.serial),
            camp=arrival.camp,
        )
        self._callbacks.stand_in(place)
        floor.enqueue(place)
        return place

    def _set_timers(self, place: Place) -> None:
        agenda, camp, joined = self._floor.agenda, place.camp, place.joined
        if place.plan.max_wait is not None:
            agenda.set(Timer("wait", place.call), joined + place.plan.max_wait)
        if camp is not None and camp.after is not None:
            agenda.set(Timer("notify", place.call), joined + camp.after)
        if camp is not None and camp.all_after is not None:
            agenda.set(Timer("notify-all", place.call), joined + camp.all_after)

    def ready(self, place: Place) -> None:
        """It may be offered from here on."""
        if place.ready:
            return
        place.ready = True
        self._floor.moved(place)
        self._say_next(place)

    def _say_next(self, place: Place) -> None:
        if place.plan.rhythm.speaks:
            self._floor.agenda.set(Timer("say", place.call), self._floor.now + place.plan.rhythm.every)

    # Going -----------------------------------------------------------------------------------------------------------

    def overflow(self, place: Place, why: Why) -> None:
        """Send a call elsewhere (QUE-5, QUE-6)."""
        plan = place.plan
        targets = {"full": plan.full, "longest-wait": plan.full, "no-agents": plan.no_agents}
        to = targets.get(why, plan.then)
        self._floor.orders.append(Overflow(call=place.call, queue=plan.queue, why=why, to=to))
        self._floor.dequeue(place, "overflowed", why)

    def unserved(self, line: Line) -> None:
        """Send all calls elsewhere when nobody serves the queue any more, if there is somewhere; callbacks stay."""
        if line.plan.no_agents is None or self._floor.roster.staff(line.plan.queue):
            return
        for place in [*line.waiting]:
            if place.callback is None:
                self.overflow(place, "no-agents")

    def close(self, place: Place) -> None:
        """The queue is closed, or is no more."""
        if place.callback is None:
            self._floor.orders.append(Close(call=place.call, queue=place.plan.queue))
        self._floor.dequeue(place, "closed")

    def shut(self, line: Line) -> None:
        """Close on all who wait on the telephone; who is to be called back is not called before it opens."""
        line.shut = True
        for place in [*line.waiting]:
            if place.callback is None:
                self.close(place)
                continue
            for seat in [*place.ringing.values()]:
                self._floor.withdraw(place, seat, "closed")

    # Time ------------------------------------------------------------------------------------------------------------

    def due(self, kind: str, place: Place) -> None:
        """It is time for something: ``wait``, ``say``, ``notify`` or ``notify-all``."""
        match kind:
            case "wait":
                self.overflow(place, "max-wait")
            case "say":
                self._say(place)
            case _:
                self._notify(place, everybody=kind == "notify-all")

    def _say(self, place: Place) -> None:
        floor = self._floor
        said = announcement(place, floor.lines[place.plan.queue], floor.roster, floor.now)
        if said is not None:
            floor.orders.append(said)
        place.announced += 1
        self._say_next(place)

    def _notify(self, place: Place, *, everybody: bool) -> None:
        """Tell the attendant who put the call through, or all of the group, that it waits still (ATT-2)."""
        floor, camp, queue = self._floor, place.camp, place.plan.queue
        assert camp is not None
        attendants = camp.group if everybody else (camp.by,)
        waited = floor.now - place.since
        floor.orders.append(Notify(call=place.call, queue=queue, attendants=attendants, waited=waited))
        floor.tell(
            AttendantNotified(
                at=floor.now,
                call=place.call,
                organization=floor.organization,
                queue=queue.name,
                kind=queue.kind,
                attendants=attendants,
            )
        )


def refused(line: Line, roster: Roster, now: float) -> Why | None:
    """Why one more call does not get into the queue (QUE-5, QUE-6); ``None``: it does.

    Where somebody is free and nobody waits, a call gets in however few may wait.
    """
    plan = line.plan
    if plan.no_agents is not None and not roster.staff(plan.queue):
        return "no-agents"
    if roster.free(plan.queue) and line.hungry is None:
        return None
    if plan.max_waiting is not None and len(line.waiting) >= plan.max_waiting:
        return "full"
    longest = line.longest
    if plan.max_longest_wait is not None and longest is not None and now - longest.since > plan.max_longest_wait:
        return "longest-wait"
    return None


def announcement(place: Place, line: Line, roster: Roster, now: float) -> Say | None:
    """What the caller is told now (QUE-7); ``None``: nothing, or not while he hears ringing tone."""
    rhythm = place.plan.rhythm
    if rhythm.ringing and place.ringing:
        return None
    before = line.waiting.index(place)
    position = before + 1 if rhythm.position else None
    wait = line.pace.wait(now, before, roster.staff(line.plan.queue)) if rhythm.estimate else None
    if wait is not None and (wait < rhythm.lower or (rhythm.upper is not None and wait > rhythm.upper)):
        wait = None
    status = rhythm.status
    if rhythm.alternate and status and (position is not None or wait is not None):
        if place.announced % 2:
            status = False
        else:
            position = wait = None
    if not status and position is None and wait is None:
        return None
    return Say(call=place.call, status=status, position=position, wait=wait)
