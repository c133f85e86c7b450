"""``/users/USER/state``: activity, role, profile, diversions, plans (PRES-1 to PRES-4, PROF-2)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from pbxd.api.rest.access import Access, Grant
from pbxd.api.rest.answers import Given, Model, Organization, Text, Username, asked, responses
from pbxd.api.upstream import Upstream

WHAT = Literal[
    "activity",
    "role",
    "profile",
    "shortcut",
    "divert",
    "divert-busy",
    "divert-no-answer",
    "divert-unreachable",
    "absence",
    "night-override",
    "number",
    "plan",
    "plan-role",
    "plan-profile",
]
What = Annotated[WHAT, Path(description="As with `pbxd set`.")]


class Plan(Given):
    id: str
    what: str
    start: float
    end: float
    repeat: str | None
    calendar: str | None
    """The connector that planned it."""


class State(Given):
    organization: str
    user: str
    words: list[str]
    activity: str | None
    until: float | None
    role: str | None
    profile: str | None
    available: bool
    number: str | None
    plans: list[Plan]


class Setting(Model):
    """As with `pbxd set`: times are `13:00`, `2026-12-24` or `2026-12-24 14:00`."""

    value: Text = ""
    start: Text = ""
    until: Text = ""
    note: Text = ""
    repeat: Text = ""


def routes(upstream: Upstream, access: Access) -> APIRouter:
    """The routes; plain functions, which run in a thread each."""
    router = APIRouter(prefix="/users", tags=["presence"])

    @router.get("/{user}/state", responses=responses())
    def state(user: Username, organization: Organization = None, grant: Grant = access.needs("presence:read")) -> State:
        """How a user stands."""
        whom, within = grant.of_user(user), grant.within(organization)
        return State.model_validate(asked(lambda: upstream.order("state", user=whom, organization=within), 404))

    @router.put("/{user}/state/{what}", responses=responses(409))
    def set_(
        user: Username,
        what: What,
        to: Setting,
        organization: Organization = None,
        grant: Grant = access.needs("presence:write"),
    ) -> State:
        """Set something for a user; it is on disk when this answers."""
        whom, within, order = grant.of_user(user), grant.within(organization), to.model_dump()
        return State.model_validate(
            asked(lambda: upstream.order("set", user=whom, organization=within, what=what, **order))
        )

    @router.delete("/{user}/state/{what}", responses=responses(409))
    def clear(
        user: Username,
        what: What,
        plan: Annotated[str, Query(max_length=100, description="Of a plan its id.")] = "",
        organization: Organization = None,
        grant: Grant = access.needs("presence:write"),
    ) -> State:
        """Take back what is set."""
        whom, within = grant.of_user(user), grant.within(organization)
        return State.model_validate(
            asked(lambda: upstream.order("clear", user=whom, organization=within, what=what, value=plan))
        )

    return router
