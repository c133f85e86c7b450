"""Presence between the organization's words and those of RFC 4480: what watchers are shown of what a user has set, and
what a user sets by what his phone publishes (PRES-2, PRES-5).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pbxd.org.changes import Change, do, do_nothing
from pbxd.org.moments import shown as shown_time
from pbxd.org.presence import Standing
from pbxd.org.state import UserState
from pbxd.sip.packages.presence import ACTIVITIES, NOTHING, Presence

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.people import People
    from pbxd.calls.publications import Publications, Resource
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.org.users import User

BUSY: Final = "busy"
"""What an activity is shown as that calls are not to reach and that has no name in RFC 4480."""


def shown(standing: Standing, organization: Organization, user: User, now: float) -> Presence:
    """What watchers are told of a user's activity, in the organization's own language.

    An activity with a name of RFC 4480 3.2 is that; another one is told as text, and as ``busy`` where it counts as not
    available. The note is the activity's label, until when (``-13:00``), and the user's own note.
    """
    activity = standing.activity
    if activity is None or (activity is organization.usual_activity and not standing.note and standing.until is None):
        return NOTHING
    label = activity.labels.get(organization.languages[0], activity.name)
    until = ""
    if standing.until is not None:
        until = f" (-{shown_time(standing.until, now, organization.hours_for(user).zone)})"
    note = f"{label}{until}" + (f": {standing.note}" if standing.note else "")
    if activity.name in ACTIVITIES:
        return Presence(open=None, activities=(activity.name,), note=note)
    return Presence(open=None, activities=() if activity.available else (BUSY,), note=note, other=label)


def without(published: Presence, known: Collection[str]) -> Presence:
    """What a device publishes, but for activities of the organization: those are what its user has set."""
    return replace(published, activities=tuple(name for name in published.activities if name not in known))


class PublishedActivities:
    """Sets a user's activity when one of his phones publishes it, and takes it back when it is published no longer."""

    def __init__(
        self, kernel: Kernel, configuration: Callable[[], Configuration], people: People, publications: Publications
    ) -> None:
        self._kernel = kernel
        self._configuration = configuration
        self._people = people
        self._publications = publications
        self._said: dict[Resource, str] = {}

    def changed(self, resource: Resource) -> None:
        """A user's phones publish something else than before."""
        organization = self._configuration().organizations.get(resource[0])
        if organization is None:
            return
        published = (name for one in self._publications.of(resource) for name in one.activities)
        says = [name for name in published if name in organization.activities]
        before = self._said.pop(resource, None)
        if says:
            self._said[resource] = says[-1]  # the newest publication's
            if says[-1] != before:
                self._people.ask(*resource, _set(says[-1], self._kernel.wall), "a phone's PUBLISH")
        elif before is not None:
            self._people.ask(*resource, _taken_back(before), "the end of a phone's PUBLISH")


def _set(activity: str, now: float) -> Change:
    def change(state: UserState) -> UserState:
        return state if _does(state, activity) else do(activity, now)(state)

    return change


def _taken_back(activity: str) -> Change:
    """What the user has set himself meanwhile stays."""

    def change(state: UserState) -> UserState:
        return do_nothing(state) if _does(state, activity) else state

    return change


def _does(state: UserState, activity: str) -> bool:
    return state.activity is not None and state.activity.activity == activity
