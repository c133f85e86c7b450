"""``/tickets``: what phones' addresses begin with (DEV-3, TOOL-10)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import Field

from pbxd.api.rest.access import Access, Grant
from pbxd.api.rest.answers import Given, Model, Organization, asked, responses
from pbxd.api.upstream import Upstream

TicketName = Annotated[str, Path(pattern=r"^[0-9a-f]{8}$", description="The ticket's name, which is no secret.")]


class Ticket(Given):
    organization: str
    ticket: str
    state: Literal["current", "overlapping", "over", "revoked"]
    made: float
    expires: float | None
    revoked: float | None
    phones: int


class Tickets(Given):
    tickets: list[Ticket]


class Addresses(Given):
    """Secrets: whoever knows one can add phones."""

    organization: str
    addresses: dict[str, str]


class Renewal(Model):
    overlap: Annotated[float, Field(ge=0, le=366 * 86_400)] | None = None
    """Seconds for which the old ticket lets new phones in; as configured, where it is left out."""


def routes(upstream: Upstream, access: Access) -> APIRouter:
    """The routes; plain functions, which run in a thread each."""
    router = APIRouter(prefix="/tickets", tags=["tickets"])

    @router.get("", responses=responses())
    def tickets(organization: Organization = None, grant: Grant = access.needs("tickets:read")) -> Tickets:
        """Every ticket, by name, and how many phones last came with it."""
        within = grant.within(organization)
        return Tickets.model_validate(asked(lambda: upstream.order("tickets-list", organization=within), 404))

    @router.get("/addresses", responses=responses(409))
    def addresses(organization: Organization = None, grant: Grant = access.needs("tickets:write")) -> Addresses:
        """The address of each family of phones, for the vendors' redirect services."""
        within = grant.within(organization)
        return Addresses.model_validate(asked(lambda: upstream.order("tickets-show", organization=within)))

    @router.post("", responses=responses(409))
    def renew(
        how: Renewal, organization: Organization = None, grant: Grant = access.needs("tickets:write")
    ) -> Addresses:
        """Make a new ticket, which phones move to by themselves."""
        within = grant.within(organization)
        found = asked(lambda: upstream.order("tickets-renew", organization=within, overlap=how.overlap))
        return Addresses.model_validate(found)

    @router.delete("/{ticket}", responses=responses(409))
    def revoke(
        ticket: TicketName, organization: Organization = None, grant: Grant = access.needs("tickets:write")
    ) -> Tickets:
        """Let nobody in any more who comes with this ticket."""
        within = grant.within(organization)
        return Tickets.model_validate(
            asked(lambda: upstream.order("tickets-revoke", ticket=ticket, organization=within))
        )

    return router
