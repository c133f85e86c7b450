"""``/phones``: the list, lines, and having phones fetch their settings (DEV-4, DEV-5)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from pbxd.api.rest.access import Access, Grant
from pbxd.api.rest.answers import MAC, NAME, Given, Mac, Model, Organization, Text, asked, responses
from pbxd.api.upstream import Upstream


class Phone(Given):
    organization: str
    mac: str
    state: Literal["assigned", "not-provisioned", "seat-taken", "seat-empty", "unassigned"]
    user: str | None
    lines: list[str]
    model: str | None
    firmware: str | None
    address: str | None
    description: str | None
    registered: bool
    free_seating: bool
    configured: bool
    last_seen: float | None
    ticket: str | None
    moved: bool | None
    refused: float | None


class Phones(Given):
    phones: list[Phone]


class Told(Given):
    """What a registration of a phone answered; 0 where it has not yet."""

    mac: str
    device: str
    status: int
    reason: str


class Notified(Given):
    told: list[Told]


class Lines(Model):
    lines: Annotated[list[Annotated[str, Field(pattern=NAME)]], Field(max_length=48)]


class Reload(Model):
    restart: bool = False


class NewPhone(Model):
    mac: Annotated[str, Field(pattern=MAC)]
    description: Text = ""


class NewPhones(Model):
    phones: Annotated[list[NewPhone], Field(min_length=1, max_length=500)]


class Imported(Given):
    added: int
    changed: int


def routes(upstream: Upstream, access: Access) -> APIRouter:
    """The routes; plain functions, which run in a thread each."""
    router = APIRouter(prefix="/phones", tags=["phones"])

    @router.get("", responses=responses())
    def phones(organization: Organization = None, grant: Grant = access.needs("phones:read")) -> Phones:
        """Every phone, with its state."""
        within = grant.within(organization)
        return Phones.model_validate(asked(lambda: upstream.order("phones-list", organization=within), 404))

    @router.post("", responses=responses(409))
    def add(new: NewPhones, organization: Organization = None, grant: Grant = access.needs("phones:write")) -> Imported:
        """Put phones on the list; those that are on it get the description."""
        rows = [phone.model_dump() for phone in new.phones]
        within = grant.within(organization)
        return Imported.model_validate(asked(lambda: upstream.order("phones-add", phones=rows, organization=within)))

    @router.get("/{mac}", responses=responses())
    def phone(mac: Mac, organization: Organization = None, grant: Grant = access.needs("phones:read")) -> Phone:
        """One phone."""
        within = grant.within(organization)
        found = asked(lambda: upstream.order("phones-list", mac=mac, organization=within), 404)
        return Phone.model_validate(found["phones"][0])

    @router.put("/{mac}/lines", responses=responses(409))
    def assign(
        mac: Mac, wanted: Lines, organization: Organization = None, grant: Grant = access.needs("phones:write")
    ) -> Phone:
        """Give a phone its lines, and have it fetch them."""
        within = grant.within(organization)
        asked(lambda: upstream.order("phones-list", mac=mac, organization=within), 404)
        found = asked(lambda: upstream.order("phones-assign", mac=mac, lines=wanted.lines, organization=within))
        return Phone.model_validate(found["phones"][0])

    @router.post("/{mac}/reload", responses=responses())
    def reload(
        mac: Mac, how: Reload, organization: Organization = None, grant: Grant = access.needs("phones:write")
    ) -> Notified:
        """Have a phone take its settings anew, or start again."""
        within = grant.within(organization)
        found = asked(lambda: upstream.order("phones-reload", mac=mac, organization=within, restart=how.restart), 404)
        return Notified.model_validate(found)

    @router.post("/{mac}/release", responses=responses())
    def release(mac: Mac, organization: Organization = None, grant: Grant = access.needs("phones:write")) -> Phone:
        """Forget a phone's secret: it may come as if for the first time."""
        within = grant.within(organization)
        found = asked(lambda: upstream.order("phones-release", mac=mac, organization=within), 404)
        return Phone.model_validate(found["phones"][0])

    return router
