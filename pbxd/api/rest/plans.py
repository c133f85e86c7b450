"""``/users/USER/plans``: what is planned for somebody, for who may see or edit it (PRES-4)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path

from pbxd.api.rest.access import Access, Grant
from pbxd.api.rest.answers import Given, Model, Organization, Text, Username, asked, responses
from pbxd.api.rest.presence import Plan
from pbxd.api.upstream import Upstream

PlanId = Annotated[str, Path(max_length=100, description="As it is listed.")]


class Plans(Given):
    organization: str
    user: str
    plans: list[Plan]


class NewPlan(Model):
    """Times are `2026-12-24 14:00`, or `14:00` of today."""

    kind: Literal["activity", "role", "profile"] = "activity"
    value: Text
    start: Text
    until: Text
    note: Text = ""
    repeat: Text = ""


def routes(upstream: Upstream, access: Access) -> APIRouter:
    """The routes; plain functions, which run in a thread each. The server knows who may what to whom."""
    router = APIRouter(prefix="/users", tags=["presence"])

    @router.get("/{user}/plans", responses=responses(409))
    def plans(user: Username, organization: Organization = None, grant: Grant = access.needs("presence:read")) -> Plans:
        """What is planned for a user."""
        within = grant.within(organization)
        return Plans.model_validate(
            asked(lambda: upstream.order("plans", user=user, by=grant.user, organization=within))
        )

    @router.post("/{user}/plans", responses=responses(409))
    def add(
        user: Username, new: NewPlan, organization: Organization = None, grant: Grant = access.needs("presence:write")
    ) -> Plans:
        """Plan something for a user; it is on disk when this answers."""
        within, order = grant.within(organization), new.model_dump()
        return Plans.model_validate(
            asked(lambda: upstream.order("plan-add", user=user, by=grant.user, organization=within, **order))
        )

    @router.delete("/{user}/plans/{plan}", responses=responses(409))
    def remove(
        user: Username,
        plan: PlanId,
        organization: Organization = None,
        grant: Grant = access.needs("presence:write"),
    ) -> Plans:
        """Forget a plan."""
        within = grant.within(organization)
        return Plans.model_validate(
            asked(lambda: upstream.order("plan-remove", user=user, plan=plan, by=grant.user, organization=within))
        )

    return router
