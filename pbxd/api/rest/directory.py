"""``/directory`` and ``/users/USER/fields``: who is found by whom, and what users change of themselves (USR-4)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from pbxd.api.rest.access import Access, Grant
from pbxd.api.rest.answers import NAME, Given, Model, Organization, Username, asked, responses
from pbxd.api.upstream import Upstream

FieldId = Annotated[str, Path(pattern=NAME, description="Of `directory_fields`.")]
Text = Annotated[str, Field(max_length=1000)]


class Entry(Given):
    kind: Literal["user", "contact", "queue", "hunt-group"]
    name: str
    numbers: list[str]
    username: str | None
    email: str | None
    company: str | None
    fields: dict[str, str]


class Found(Given):
    organization: str
    entries: list[Entry]


class Fields(Given):
    organization: str
    user: str
    fields: dict[str, str]
    waiting: dict[str, str]


class Value(Model):
    value: Text


class Change(Given):
    user: str
    field: str
    was: str
    value: str
    at: float


class Changes(Given):
    organization: str
    changes: list[Change]


class Decision(Model):
    accept: bool


def routes(upstream: Upstream, access: Access) -> APIRouter:
    """The routes; plain functions, which run in a thread each."""
    router = APIRouter(tags=["directory"])

    @router.get("/directory", responses=responses(409))
    def search(
        text: Annotated[str, Query(max_length=100, description="Part of a name, number or field.")] = "",
        field: Annotated[
            str | None, Query(pattern=NAME, description="`name`, `number` or a directory field; all of them.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 100,
        organization: Organization = None,
        grant: Grant = access.needs("directory:read"),
    ) -> Found:
        """Users, services and contacts, as the token's user finds them."""
        within = grant.within(organization)
        return Found.model_validate(
            asked(
                lambda: upstream.order(
                    "directory", text=text, field=field, viewer=grant.user, organization=within, limit=limit
                )
            )
        )

    @router.get("/directory/changes", responses=responses(409))
    def changes(organization: Organization = None, grant: Grant = access.needs("directory:moderate")) -> Changes:
        """What waits to be accepted."""
        within = grant.within(organization)
        return Changes.model_validate(
            asked(lambda: upstream.order("directory-waiting", by=grant.user, organization=within))
        )

    @router.get("/users/{user}/fields", responses=responses())
    def fields(
        user: Username, organization: Organization = None, grant: Grant = access.needs("directory:read")
    ) -> Fields:
        """A user's directory fields."""
        whom, within = grant.of_user(user), grant.within(organization)
        return Fields.model_validate(
            asked(lambda: upstream.order("directory-fields", user=whom, organization=within), 404)
        )

    @router.put("/users/{user}/fields/{field}", responses=responses(409))
    def change(
        user: Username,
        field: FieldId,
        to: Value,
        organization: Organization = None,
        grant: Grant = access.needs("directory:write"),
    ) -> Fields:
        """Change a field; where it is moderated, a user's own change waits until it is accepted."""
        whom, within = grant.of_user(user), grant.within(organization)
        order = {"user": whom, "field": field, "value": to.value, "by": grant.user, "organization": within}
        return Fields.model_validate(asked(lambda: upstream.order("directory-change", **order)))

    @router.put("/directory/changes/{user}/{field}", responses=responses(409))
    def decide(
        user: Username,
        field: FieldId,
        decision: Decision,
        organization: Organization = None,
        grant: Grant = access.needs("directory:moderate"),
    ) -> Fields:
        """Accept or refuse a change; a token for one user must be an administrator's."""
        within = grant.within(organization)
        order = {"user": user, "field": field, "accept": decision.accept, "by": grant.user, "organization": within}
        return Fields.model_validate(asked(lambda: upstream.order("directory-decide", **order)))

    return router
