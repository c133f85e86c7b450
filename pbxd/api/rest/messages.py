"""``/mailboxes/KIND/MAILBOX/messages``: voice messages, their sound, heard, saved, deleted (VM-4)."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse

from pbxd.api.rest.access import Access, Grant
from pbxd.api.rest.answers import NAME, Given, Model, Organization, asked, responses
from pbxd.api.sounds import DESCRIBED, sound
from pbxd.api.upstream import Upstream

Kind = Annotated[Literal["user", "group"], Path(description="Whose mailbox: a user's or a group's.")]
Mailbox = Annotated[str, Path(pattern=NAME, description="Username, or name of the group mailbox.")]
MessageId = Annotated[str, Path(pattern=r"^[0-9a-f]{1,16}-[0-9a-f]{10}$")]
Part = Annotated[Literal["message", "comment"], Query(description="The comment is what whoever sent it on has said.")]
_ONE: Final = "/{kind}/{mailbox}/messages/{message}"


class Message(Given):
    id: str
    state: Literal["new", "heard", "saved"]
    at: float
    seconds: float
    bytes: int
    caller: str
    caller_name: str
    forwarded_from: str
    commented: bool


class Messages(Given):
    messages: list[Message]


class Deleted(Given):
    deleted: int


class Mark(Model):
    state: Literal["heard", "saved"]


def routes(upstream: Upstream, access: Access) -> APIRouter:
    """The routes; plain functions, which run in a thread each."""
    router = APIRouter(prefix="/mailboxes", tags=["voicemail"])

    def order(command: str, kind: str, mailbox: str, organization: str | None, grant: Grant, **more: str) -> Any:
        """What the server says of a mailbox, if the token may; it knows who is in which group."""
        whom = grant.of_user(mailbox) if kind == "user" else mailbox
        within = grant.within(organization)
        return asked(
            lambda: upstream.order(command, kind=kind, mailbox=whom, organization=within, user=grant.user, **more),
            404,
        )

    @router.get("/{kind}/{mailbox}/messages", responses=responses())
    def messages(
        kind: Kind, mailbox: Mailbox, organization: Organization = None, grant: Grant = access.needs("voicemail:read")
    ) -> Messages:
        """What is in a mailbox: first what nobody has heard, then the others, the oldest of each first."""
        return Messages.model_validate(order("messages", kind, mailbox, organization, grant))

    @router.get(_ONE, responses=responses())
    def message(
        kind: Kind,
        mailbox: Mailbox,
        message: MessageId,
        organization: Organization = None,
        grant: Grant = access.needs("voicemail:read"),
    ) -> Message:
        """One message."""
        return Message.model_validate(order("message", kind, mailbox, organization, grant, message=message))

    @router.get(f"{_ONE}/sound", response_class=FileResponse, responses=DESCRIBED | responses())
    def heard(
        kind: Kind,
        mailbox: Mailbox,
        message: MessageId,
        part: Part = "message",
        organization: Organization = None,
        grant: Grant = access.needs("voicemail:read"),
    ) -> FileResponse:
        """Its sound. That does not mark it as heard."""
        found = order("message-sound", kind, mailbox, organization, grant, message=message, part=part)
        return sound(FilePath(found["path"]), found["message"])

    @router.put(f"{_ONE}/state", responses=responses())
    def mark(
        kind: Kind,
        mailbox: Mailbox,
        message: MessageId,
        to: Mark,
        organization: Organization = None,
        grant: Grant = access.needs("voicemail:write"),
    ) -> Message:
        """Have it count as heard, or save it; how long it is kept counts from now."""
        found = order("message-mark", kind, mailbox, organization, grant, message=message, state=to.state)
        return Message.model_validate(found)

    @router.delete(_ONE, responses=responses())
    def delete(
        kind: Kind,
        mailbox: Mailbox,
        message: MessageId,
        organization: Organization = None,
        grant: Grant = access.needs("voicemail:write"),
    ) -> Deleted:
        """Delete it for good."""
        return Deleted.model_validate(order("message-delete", kind, mailbox, organization, grant, message=message))

    return router
