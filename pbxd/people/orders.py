"""What programs ask of the directory, and what users and administrators change in it (USR-4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pbxd.calls.orders import OrderError, user_of
from pbxd.config.hints import nearest
from pbxd.events import FieldChanged
from pbxd.org import directory, levels
from pbxd.org.directory import LONGEST, MOST_FOUND, NAME, NUMBER
from pbxd.org.permissions import administers
from pbxd.org.state import FieldChange

if TYPE_CHECKING:
    from pbxd.calls.people import People
    from pbxd.config.snapshot import Configuration
    from pbxd.events import Bus
    from pbxd.org.organization import Organization
    from pbxd.org.users import User


class DirectoryOrders:
    """Answers for one running server. ``viewer`` and ``by`` are who asks; ``None`` is an administrator's program."""

    def __init__(
        self, configuration: Callable[[], Configuration], people: People, bus: Bus, wall: Callable[[], float]
    ) -> None:
        self._configuration = configuration
        self._people = people
        self._bus = bus
        self._wall = wall

    async def search(
        self,
        text: str = "",
        field: str | None = None,
        viewer: str | None = None,
        organization: str | None = None,
        limit: int = MOST_FOUND,
    ) -> dict[str, Any]:
        """Who is found by a text. Raises :class:`OrderError`."""
        within, who = self._asking(viewer, organization)
        if who is not None and not within.effective(levels.DIRECTORY_SEARCH, who).value:
            raise OrderError(f"{who.username} may not search the directory")
        known = [NAME, NUMBER, *(one.id for one in within.directory_fields.values() if one.searchable)]
        if field is not None and field not in known:
            hint = nearest(field, known)
            raise OrderError(f"{field} can't be searched" + (f"; {hint}" if hint else ""))
        for _ in directory.indexed(within):
            await asyncio.sleep(0)  # calls come first
        found = directory.search(
            within,
            who,
            text,
            self._people.of_fields(within.name),
            within=field,
            limit=max(1, min(limit, MOST_FOUND)),
        )
        return {
            "organization": within.name,
            "entries": [
                {
                    "kind": one.kind,
                    "name": one.name,
                    "numbers": list(one.numbers),
                    "username": one.username or None,
                    "email": one.email or None,
                    "company": one.company or None,
                    "fields": dict(one.fields),
                }
                for one in found
            ],
        }

    def fields(self, user: str, organization: str | None = None) -> dict[str, Any]:
        """A user's fields, and what waits to be accepted. Raises :class:`OrderError`."""
        within, found = self._find(user, organization)
        state = self._people.state(within.name, user)
        return {
            "organization": within.name,
            "user": user,
            "fields": directory.fields_of(found, state),
            "waiting": {one.field: one.value for one in directory.waiting(found, state)},
        }

    async def change(
        self, user: str, field: str, value: str, by: str | None = None, organization: str | None = None
    ) -> dict[str, Any]:
        """Change a field: at once, or once an administrator has accepted it. Raises :class:`OrderError`."""
        within, found = self._find(user, organization)
        known = within.directory_fields.get(field)
        if known is None:
            hint = nearest(field, within.directory_fields)
            raise OrderError(f"no directory field is called {field}" + (f"; {hint}" if hint else ""))
        own = by is not None and not self._administers(within, by, found)
        if own and (by != user or not known.editable or not within.effective(levels.DIRECTORY_EDIT, found).value):
            raise OrderError(f"{by} may not change {field} of {user}")
        if len(value) > LONGEST or not value.isprintable():
            raise OrderError(f"a field has at most {LONGEST} characters on one line")
        waits = own and known.moderated
        change = FieldChange(
            field=field,
            value=value.strip(),
            was=found.fields.get(field, ""),
            at=self._wall(),
            accepted=not waits,
        )
        await self._people.change(within.name, user, directory.changed(change), by or "an operator")
        self._tell(within, user, change, by, "waiting" if waits else "accepted")
        return self.fields(user, within.name)

    def waiting(self, by: str | None = None, organization: str | None = None) -> dict[str, Any]:
        """Every change that waits for somebody whom ``by`` administers. Raises :class:`OrderError`."""
        within, who = self._asking(by, organization)
        found = [
            {"user": user.username, "field": one.field, "was": one.was, "value": one.value, "at": one.at}
            for user in within.people()
            if who is None or self._may_decide(who, user)
            for one in directory.waiting(user, self._people.state(within.name, user.username))
        ]
        return {"organization": within.name, "changes": sorted(found, key=lambda one: one["at"])}

    async def decide(
        self, user: str, field: str, accept: bool, by: str | None = None, organization: str | None = None
    ) -> dict[str, Any]:
        """Accept a change that waits, or refuse it. Raises :class:`OrderError`."""
        within, found = self._find(user, organization)
        if by is not None and not self._administers(within, by, found):
            raise OrderError(f"{by} may not decide on the fields of {user}")
        state = self._people.state(within.name, user)
        change = next((one for one in directory.waiting(found, state) if one.field == field), None)
        if change is None:
            raise OrderError(f"no change of {field} of {user} waits")
        await self._people.change(within.name, user, directory.decided(field, accept=accept), by or "an operator")
        self._tell(within, user, change, by, "accepted" if accept else "refused")
        return self.fields(user, within.name)

    def _tell(self, within: Organization, user: str, change: FieldChange, by: str | None, state: str) -> None:
        event = FieldChanged(
            at=self._wall(),
            organization=within.name,
            user=user,
            why=by or "an operator",
            field=change.field,
            value=change.value,
            state=state,
        )
        self._bus.emit(event)

    def _administers(self, within: Organization, by: str, user: User) -> bool:
        who = within.users.get(by)
        return who is not None and self._may_decide(who, user)

    def _may_decide(self, who: User, user: User) -> bool:
        """Whether somebody administers a user; a group's administrator does not decide on his own fields."""
        return administers(who, user) and (who is not user or who.role == "org-admin")

    def _asking(self, username: str | None, organization: str | None) -> tuple[Organization, User | None]:
        if username is not None:
            return self._find(username, organization)
        organizations = self._configuration().organizations
        if organization is None and len(organizations) == 1:
            return next(iter(organizations.values())), None
        if organization is None:
            raise OrderError("say which organization")
        if organization not in organizations:
            raise OrderError(f"no organization is called {organization}")
        return organizations[organization], None

    def _find(self, user: str, organization: str | None) -> tuple[Organization, User]:
        return user_of(self._configuration().organizations, user, organization)
