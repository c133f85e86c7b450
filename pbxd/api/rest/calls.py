"""``/calls``: which calls there were, and which there are (API-2, API-3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from pbxd.api.rest.access import Access, Grant
from pbxd.api.rest.answers import NAME, Given, Model, Organization, asked, responses
from pbxd.api.rest.database import archived
from pbxd.api.upstream import Upstream
from pbxd.store.search import Search, key_of

RESULT = Literal[
    "answered",
    "busy",
    "no-answer",
    "declined",
    "unreachable",
    "cancelled",
    "rejected",
    "feature",
    "crashed",
    "shutdown",
    "running",
]
Moment = Annotated[float | None, Query(ge=0, le=1e11, description="Seconds since 1970.")]


class Leg(Given):
    leg: str
    party: str
    inbound: bool
    number: str
    started: float
    ringing: float | None
    answered: float | None
    ended: float | None
    status: int
    reason: str


class Call(Given):
    call: str
    organization: str
    caller: str
    caller_name: str
    called: str
    started: float
    answered: float | None
    ended: float | None
    seconds: float
    talk_seconds: float
    result: str
    status: int
    reason: str
    recordings: int
    legs: list[Leg]


class Calls(Given):
    calls: list[Call]


class Wanted(Model):
    """A call that is to be made."""

    user: Annotated[str, Field(pattern=NAME)]
    """Whose phone is rung first."""
    number: Annotated[str, Field(pattern=r"^\+?[0-9*#]{1,32}$")]
    """As he would dial it."""
    device: Annotated[str | None, Field(pattern=NAME)] = None
    """Which of his phones; all of them, where it is left out."""


class Made(Given):
    call: str
    user: str
    number: str


class Ended(Given):
    call: str


def routes(upstream: Upstream, access: Access) -> APIRouter:
    """The routes. They read the database themselves: the process of the calls has nothing to do with it."""
    router = APIRouter(prefix="/calls", tags=["calls"])

    @router.get("", responses=responses())
    async def calls(
        number: Annotated[
            str | None, Query(pattern=r"^\+?[0-9]{1,32}$", description="Called, calling, or passed through.")
        ] = None,
        user: Annotated[str | None, Query(pattern=NAME)] = None,
        since: Moment = None,
        until: Moment = None,
        result: RESULT | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        organization: Organization = None,
        grant: Grant = access.needs("calls:read"),
    ) -> Calls:
        """Calls, the newest first; those that run have no end yet."""
        within = grant.within(organization)
        whom = grant.of_user(user) if user is not None else grant.user
        touching = [(key_of(number),)] if number is not None else []
        if whom is not None:
            if within is None:
                raise HTTPException(404, "whose user? `organization` must say")
            keys = await _told(lambda: upstream.order("calls-of", organization=within, user=whom), 404)
            touching.append(tuple(keys["keys"]))
        search = Search(
            touching=tuple(touching),
            since=since,
            until=until,
            result="" if result == "running" else result,
            organization=within,
            limit=limit,
        )
        url = (await _told(lambda: upstream.ask("access"), 503))["database"]
        records = await archived(url, lambda archive: archive.find(search))
        return Calls(calls=[Call.model_validate(asdict(record)) for record in records])

    @router.post("", responses=responses(409))
    def dial(wanted: Wanted, organization: Organization = None, grant: Grant = access.needs("calls:write")) -> Made:
        """Ring a user's phone, and when it is answered connect him with a number."""
        whom, within = grant.of_user(wanted.user), grant.within(organization)
        found = asked(
            lambda: upstream.order("dial", user=whom, number=wanted.number, device=wanted.device, organization=within)
        )
        return Made.model_validate(found)

    @router.delete("/{call}", responses=responses())
    def end(
        call: Annotated[str, Path(pattern=r"^[0-9a-f]{1,16}-[0-9a-f]{1,16}$")],
        organization: Organization = None,
        grant: Grant = access.needs("calls:write"),
    ) -> Ended:
        """Hang up a call that runs."""
        within = grant.within(organization)
        found = asked(lambda: upstream.order("call-end", call=call, organization=within, user=grant.user), 404)
        return Ended.model_validate(found)

    return router


async def _told(question: Callable[[], dict[str, Any]], refused: int) -> dict[str, Any]:
    return await run_in_threadpool(asked, question, refused)
