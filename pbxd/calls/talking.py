"""Talking to the subject of a call ourselves: how it is answered, or hears us before that, and in which language."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pbxd.calls.dialogue import LegDialogue
from pbxd.calls.media_plan import usable_codecs
from pbxd.dialplan.source import FromDevice
from pbxd.errors import Refused

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.org.organization import Organization

BROWSERS = frozenset({"ws", "wss"})
"""Transports of those that play nothing before they are answered."""


@asynccontextmanager
async def dialogue(call: Call, organization: Organization, *, early: bool) -> AsyncIterator[LegDialogue]:
    """Talk to the subject for as long as the block lasts; see :meth:`pbxd.calls.call.Call.dialogue`."""
    await _pick_up(call, early=early)
    call.through()
    language = _language(call, organization)

    def chosen(language: str) -> None:
        call.language = language

    with LegDialogue(call.kernel, call.subject, organization, language, chosen) as party:
        yield party


async def _pick_up(call: Call, *, early: bool) -> None:
    """Have the subject hear us and nobody else."""
    subject = call.subject
    if subject.bridge is not None:
        subject.bridge.leave(subject)
    if subject.answered:
        return
    flow = subject.inbound_session.dialog.flow
    await subject.stream.open(flow.remote)
    told = subject.stream.ours is not None
    body = _description(call)
    if early and subject.inbound_session.offer_body and flow.transport not in BROWSERS:
        if not told:  # what an earlier provisional response has told holds
            subject.ring(status=183, body=body)
        return
    subject.accept(body)
    call.answered()


def _description(call: Call) -> bytes:
    """What we are willing to talk in. Raises :class:`Refused` (488) where the caller has nothing of it."""
    stream, offer = call.subject.stream, call.subject.inbound_session.offer_body
    if stream.ours is not None:
        return stream.ours.to_bytes()  # RFC 3261 13.2.1: the 200 repeats what a provisional response has told
    if not offer:
        return stream.offer(call.kernel.codecs)
    codecs = usable_codecs(stream.read(offer), call.kernel.codecs, stream.security)
    if not codecs:
        raise Refused(488, "Not Acceptable Here")
    return stream.answer(offer, codecs)


def _language(call: Call, organization: Organization) -> str:
    """What the caller chose, what a rule has set, his own, or the organization's first."""
    source = call.subject.source
    user = organization.users.get(source.user) if isinstance(source, FromDevice) else None
    return (
        call.language or call.shown.language or (user.language if user is not None else "") or organization.languages[0]
    )
