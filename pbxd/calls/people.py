"""What users have set, as it is now: in memory and on disk, told as events when it changes (PRES-2, PRES-4, PROF-2).

A change is committed before anybody hears of it. What was planned changes without anybody's doing: at its time, or at
the start of the server where that was not running then. Deciding needs none of that, because
:func:`pbxd.org.presence.standing` knows the moment; the timers are for those who watch.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from pbxd.calls.facets import Sight, differences, seen
from pbxd.events import ConfigReloaded
from pbxd.org.kept import from_text, to_text
from pbxd.org.presence import Standing, next_change, standing
from pbxd.org.state import NOTHING_SET, UserState
from pbxd.store.rows import UserStateKey, UserStateRow

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.config.snapshot import Configuration
    from pbxd.org.changes import Change
    from pbxd.org.organization import Organization
    from pbxd.org.users import User
    from pbxd.store.interface import UserStateStore

LOOK_AGAIN: Final = 3600.0
"""Seconds after which a timer is set anew at the latest, because the clock on the wall may have been set meanwhile."""
ITS_TIME: Final = "its time came"

Person: TypeAlias = UserStateKey
"""Organization and username."""

_log = logging.getLogger("pbxd.people")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A change that waits for its turn, or for the disk."""

    change: Change
    why: str
    done: asyncio.Future[None]


class People:
    """The state of every user who has set anything."""

    def __init__(self, kernel: Kernel, configuration: Callable[[], Configuration], store: UserStateStore) -> None:
        self._kernel = kernel
        self._configuration = configuration
        self._store = store
        self._states: dict[Person, UserState] = {}
        self._told: dict[Person, Sight] = {}
        """What others were last told of those whose state we keep."""
        self._asked: dict[Person, deque[_Asked]] = {}
        """Changes of one user are made one after the other; the first is being written."""
        self._timers: dict[Person, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        """Users who have set something."""
        return len(self._states)

    async def restore(self) -> None:
        """Load what was stored, and tell what changed by itself while the server was not running.

        Text that can't be read (a later version wrote it) is left as it is on disk until its user sets something.
        """
        for row in await self._store.load():
            try:
                self._states[row.key] = from_text(row.state)
            except ValueError as error:
                _log.error("what %s of %s has set can't be read: %s", row.username, row.organization, error)
                continue
            found = self._find(row.key)
            if found is not None:
                self._told[row.key] = seen(self._states[row.key], *found, row.seen)
                self._look(row.key, ITS_TIME)

    # Asking --------------------------------------------------------------------------------------------------------

    def state(self, organization: str, username: str) -> UserState:
        """What a user has set."""
        return self._states.get(Person(organization, username), NOTHING_SET)

    def of_fields(self, organization: str) -> dict[str, UserState]:
        """The states of those who have changed a directory field, by username."""
        return {
            person.username: state
            for person, state in self._states.items()
            if state.fields and person.organization == organization
        }

    def standing(self, organization: Organization, user: User) -> Standing:
        """How a user stands now."""
        state = self.state(organization.name, user.username)
        return standing(state, organization, user, self._kernel.wall)

    # Changing ------------------------------------------------------------------------------------------------------

    async def change(self, organization: str, username: str, change: Change, why: str) -> None:
        """Apply a change, and return when it is on disk and told.

        ``why`` is for the events. Raises :class:`pbxd.store.interface.StoreError` when it could not be written, and
        what ``change`` raises; nothing is changed then. Whoever stops waiting does not stop the change.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ask(organization, username, change, why, done)
        await done

    def ask(self, organization: str, username: str, change: Change, why: str) -> None:
        """As :meth:`change` for somebody who does not wait: what goes wrong is logged."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.add_done_callback(partial(_log_failure, username, why))
        self._ask(organization, username, change, why, done)

    def _ask(self, organization: str, username: str, change: Change, why: str, done: asyncio.Future[None]) -> None:
        person = Person(organization, username)
        waiting = self._asked.setdefault(person, deque())
        waiting.append(_Asked(change, why, done))
        if len(waiting) == 1:
            self._write_next(person)

    def _write_next(self, person: Person) -> None:
        """Have the store write the next change that makes a difference."""
        waiting = self._asked[person]
        before = self._states.get(person, NOTHING_SET)
        while waiting:
            asked = waiting[0]
            try:
                after = asked.change(before)
            except Exception as error:  # its own; the others' changes are none the worse
                _tell(waiting.popleft().done, error)
                continue
            if after == before:
                _tell(waiting.popleft().done, None)
                continue
            now = self._kernel.wall
            rows = [_row(person, after, now)] if after != NOTHING_SET else []
            self._store.save(rows, [] if rows else [person], partial(self._written, person, after))
            return
        del self._asked[person]

    def _written(self, person: Person, after: UserState, error: BaseException | None) -> None:
        asked = self._asked[person].popleft()
        if error is None:
            self._keep(person, after, asked.why)
        _tell(asked.done, error)
        self._write_next(person)

    def _keep(self, person: Person, after: UserState, why: str) -> None:
        found = self._find(person)
        if person not in self._told and found is not None:
            self._told[person] = seen(NOTHING_SET, *found, self._kernel.wall)
        if after == NOTHING_SET:
            self._states.pop(person, None)
        else:
            self._states[person] = after
        self._look(person, why)

    # As time goes by -----------------------------------------------------------------------------------------------

    def reloaded(self, event: ConfigReloaded) -> None:
        """Follow a reload: names may mean something else, and users may be gone or back."""
        for person in [*self._states]:
            found = self._find(person)
            if found is None:
                self._told.pop(person, None)
            else:
                self._told.setdefault(person, seen(NOTHING_SET, *found, self._kernel.wall))
                self._look(person, "the configuration was reloaded")

    def stop(self) -> None:
        """Set no more timers."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _look(self, person: Person, why: str) -> None:
        """Tell what is another than was told last, and look again when the next thing can change by itself."""
        found, state = self._find(person), self._states.get(person, NOTHING_SET)
        if found is None:
            return
        now = self._kernel.wall
        sight = seen(state, *found, now)
        events = list(differences(self._told[person], sight, now, person, why))
        self._told[person] = sight
        if state == NOTHING_SET:
            del self._told[person]
        elif events and why == ITS_TIME and person not in self._asked:  # what is being written must not be overtaken
            self._store.save([_row(person, state, now)], [], _ignore)
        self._arm(person, next_change(state, *found, now), now)
        for event in events:
            self._kernel.bus.emit(event)

    def _arm(self, person: Person, moment: float | None, now: float) -> None:
        timer = self._timers.pop(person, None)
        if timer is not None:
            timer.cancel()
        if moment is not None:
            self._timers[person] = self._kernel.later(min(moment - now, LOOK_AGAIN), self._look, person, ITS_TIME)

    def _find(self, person: Person) -> tuple[Organization, User] | None:
        """The user as configured now; ``None`` for one that a reload took away."""
        organization = self._configuration().organizations.get(person.organization)
        user = organization.users.get(person.username) if organization is not None else None
        return (organization, user) if organization is not None and user is not None else None


def _row(person: Person, state: UserState, now: float) -> UserStateRow:
    return UserStateRow(organization=person.organization, username=person.username, state=to_text(state), seen=now)


def _tell(done: asyncio.Future[None], error: BaseException | None) -> None:
    if done.done():  # nobody waits any more: the caller hung up
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _log_failure(username: str, why: str, done: asyncio.Future[None]) -> None:
    error = done.exception() if not done.cancelled() else None
    if error is not None:
        _log.error("what %s is to have by %s was not set: %s", username, why, error)


def _ignore(error: BaseException | None) -> None:
    """Where it is not written up to when changes were told, they are told once more after a restart."""
