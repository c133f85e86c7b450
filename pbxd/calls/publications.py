"""What devices publish of their users' presence (RFC 3903), until it expires.

It is not kept over a restart: a device that refreshes what the server has forgotten gets 412 and publishes anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from pbxd.calls.directory import user_at
from pbxd.errors import Refused
from pbxd.sip.event import EventId
from pbxd.sip.message import Request, response_to
from pbxd.sip.packages import presence
from pbxd.sip.packages.presence import Presence
from pbxd.sip.publication import Publication, publish
from pbxd.sip.registrar import IntervalTooBrief
from pbxd.sip.subscription import Terms

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.reception import Reception
    from pbxd.sip.transaction import ServerEntry

Resource = tuple[str, str]
"""Organization and username."""

TERMS = Terms()


class Publications:
    """All published presence. ``changed`` is told whose is another one now."""

    def __init__(self, kernel: Kernel, reception: Reception, changed: Callable[[Resource], None]) -> None:
        self._kernel = kernel
        self._reception = reception
        self._changed = changed
        self._published: dict[Resource, tuple[Publication[Presence], ...]] = {}
        self._timers: dict[Resource, asyncio.TimerHandle] = {}

    def of(self, resource: Resource) -> tuple[Presence, ...]:
        """What is in force, oldest first."""
        return tuple(one.state for one in self._published.get(resource, ()))

    def published(self, request: Request, transaction: ServerEntry) -> None:
        """A PUBLISH. A device may publish for its own user only."""
        device = self._reception.plainly(request, transaction)
        if device is None:
            return
        event = EventId.of(request)
        if event.package != presence.PACKAGE:
            self._reception.refuse(request, transaction, 489, (("Allow-Events", presence.PACKAGE),))
            return
        organization = device.organization
        user = user_at(organization, request.uri.user)
        if user is None or user is not organization.owner(device.name):
            self._reception.refuse(request, transaction, 404 if user is None else 403)
            return
        if request.body and request.content_type != presence.CONTENT_TYPE:
            self._reception.refuse(request, transaction, 415, (("Accept", presence.CONTENT_TYPE),))
            return
        self._publish(request, transaction, (organization.name, user.username))

    def _publish(self, request: Request, transaction: ServerEntry, resource: Resource) -> None:
        endpoint = self._kernel.endpoint
        try:
            done = publish(
                request,
                self._published.get(resource, ()),
                parse=_parse,
                etag=endpoint.tag(),
                now=self._kernel.wall,
                terms=TERMS,
            )
        except IntervalTooBrief as brief:
            self._reception.refuse(request, transaction, 423, brief.headers)
            return
        except Refused as refused:  # 412 is how a device learns that we forgot: nothing to tell anybody else
            response = response_to(request, refused.status, refused.reason, to_tag=endpoint.tag())
            endpoint.respond(transaction, response)
            return
        endpoint.respond(transaction, response_to(request, 200, to_tag=endpoint.tag(), headers=done.headers))
        self._keep(resource, done.publications)
        if done.changed:
            self._changed(resource)

    def _keep(self, resource: Resource, publications: tuple[Publication[Presence], ...]) -> None:
        timer = self._timers.pop(resource, None)
        if timer is not None:
            timer.cancel()
        if not publications:
            self._published.pop(resource, None)
            return
        self._published[resource] = publications
        first = min(one.expires for one in publications)
        self._timers[resource] = self._kernel.later(max(0.0, first - self._kernel.wall), self._expire, resource)

    def _expire(self, resource: Resource) -> None:
        now = self._kernel.wall
        before = self._published[resource]
        left = tuple(one for one in before if one.expires > now)
        self._keep(resource, left)
        if left != before:
            self._changed(resource)


def _parse(request: Request) -> Presence:
    return presence.parse(request.body)
