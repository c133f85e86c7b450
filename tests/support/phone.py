"""A scripted phone: an independent little SIP user agent that a test tells what to do, in the words of a phone's user.

Of pbxd it uses the message grammar and nothing else. By itself it does what RFC 3261 wants of a user agent; each of
its :class:`Habits` can be switched off, and every message of a call can be sent by hand at any moment
(:class:`~tests.support.phone_call.PhoneCall`), so that it can misbehave in any way that phones do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import quote

from pbxd.network import Address
from pbxd.sip.message import Message, Request, Response
from tests.support.expect import Watch
from tests.support.network import MemoryNetwork
from tests.support.phone_call import PhoneCall
from tests.support.phone_core import Habits, PhoneCore
from tests.support.wire import Pairs

__all__ = ["Habits", "Phone", "PhoneCall"]

SOON = 5.0
"""Seconds in which what a test expects has to happen, unless it says otherwise."""


class Phone(PhoneCore):
    """What a phone's user does and notices. Coroutines wait on virtual time and fail with the whole ladder."""

    # -- registration ----------------------------------------------------------------------------------------------

    async def registers(self, expires: int = 600, *, expect: int = 200, contact: str | None = None) -> Response:
        """REGISTER, with credentials when asked for them, and get ``expect`` as the end of it."""
        contacts = [("Contact", contact or f"{self.contact};expires={expires}")]
        return await self.sends("REGISTER", headers=contacts, expect=expect)

    async def unregisters(self) -> Response:
        """Remove all of this phone's own contacts (RFC 3261 10.2.2)."""
        return await self.sends("REGISTER", headers=[("Contact", "*"), ("Expires", "0")])

    async def sends(
        self, method: str, uri: str | None = None, *, headers: Pairs = (), expect: int = 200, within: float = 40.0
    ) -> Response:
        """Send a request outside of any call and get its final response."""
        exchange = self.outside(method, uri or f"sip:{self.domain}", headers)
        final = await self.watch.until(exchange.result, f"a final response to {self.name}'s {method}", within)
        if final.status != expect:
            raise self.watch.fail(f"{method}: {final.status} {final.reason} instead of {expect}")
        return final

    # -- calling ---------------------------------------------------------------------------------------------------

    def dials(self, number: str, *, offer: bool = True, headers: Pairs = ()) -> PhoneCall:
        """Send an INVITE and wait for nothing."""
        call = PhoneCall(
            self,
            call_id=f"{self.token('call')}@{self.host}",
            local=f'"{self.name.title()}" <sip:{self.username}@{self.domain}>',
            remote=f"<{self.uri_of(number)}>",
        )
        self.calls_made.append(call)
        self.call = call
        call.call(self.uri_of(number), offer=offer, headers=headers)
        return call

    @asynccontextmanager
    async def calls(self, number: str, *, offer: bool = True, headers: Pairs = ()) -> AsyncIterator[PhoneCall]:
        """A call to ``number`` for as long as the block lasts: leaving it hangs up or cancels what still is."""
        call = self.dials(number, offer=offer, headers=headers)
        yield call
        if call.state == "calling":
            await self.cancels(call)
        elif call.state == "talking":
            await self.hangs_up(call)

    async def hears_ringing(self, call: PhoneCall | None = None, *, within: float = SOON) -> Response:
        """A provisional response above 100 came."""
        call = call or self.call

        def ringing() -> Response | None:
            found = call.attempt.provisional
            return found if found and found.status > 100 else None

        return await self.watch.until(ringing, f"{self.name} hears ringing", within)

    async def is_answered(self, call: PhoneCall | None = None, *, within: float = SOON) -> PhoneCall:
        """The call was answered with a 2xx."""
        call = call or self.call
        return await self._until_call(call, lambda: call.state == "talking", f"{self.name} is answered", within)

    async def fails(self, status: int, call: PhoneCall | None = None, *, within: float = SOON) -> Response:
        """The call came to nothing, with this status."""
        call = call or self.call
        await self._until_call(call, lambda: call.state == "over", f"{self.name}'s call fails", within)
        if call.status != status or call.attempt.final is None:
            raise self.watch.fail(f"{self.name}'s call failed with {call.status} and not with {status}")
        return call.attempt.final

    async def cancels(self, call: PhoneCall | None = None, *, within: float = SOON) -> None:
        """CANCEL, answered with 200, and the INVITE with 487."""
        call = call or self.call
        cancel = call.cancel()
        await self.watch.until(lambda: cancel.final, f"an answer to {self.name}'s CANCEL", within)
        await self.fails(487, call, within=within)

    # -- being called ----------------------------------------------------------------------------------------------

    async def rings(self, from_: str | None = None, *, shows: str | None = None, within: float = SOON) -> PhoneCall:
        """An INVITE came and neither we nor the caller ended it yet. ``from_``: user part, ``shows``: display name."""

        def ringing() -> PhoneCall | None:
            return next((call for call in self.calls_got if call.state == "ringing"), None)

        call = await self.watch.until(ringing, f"{self.name} rings", within)
        assert call.invite is not None
        caller = call.invite.from_
        if from_ is not None and caller.uri.user != from_:
            raise self.watch.fail(f"{self.name} rings from {caller.uri.user!r} and not from {from_!r}")
        if shows is not None and caller.display != shows:
            raise self.watch.fail(f"{self.name} is shown {caller.display!r} and not {shows!r}")
        self.call = call
        return call

    async def does_not_ring(self, *, within: float = SOON) -> None:
        """Nothing came and nothing comes."""
        await self.pause(within)
        if self.calls_got:
            raise self.watch.fail(f"{self.name} rang")

    async def answers(self, *, waits_for_ack: bool = True, within: float = SOON) -> PhoneCall:
        """Answer what rings (or will ring) with 200, and get the ACK."""
        call = await self.rings(within=within)
        call.respond(200)
        if waits_for_ack:
            await self.gets("ACK", call, within=within)
        return call

    async def declines(self, status: int = 603, *, headers: Pairs = (), within: float = SOON) -> PhoneCall:
        """Refuse what rings (or will ring)."""
        call = await self.rings(within=within)
        call.respond(status, headers=headers)
        await self.gets("ACK", call, within=within)
        return call

    async def redirects(self, to: str, *, within: float = SOON) -> PhoneCall:
        """Send what rings (or will ring) on to another URI."""
        call = await self.rings(within=within)
        call.respond(302, contact=f"<{to}>")
        await self.gets("ACK", call, within=within)
        return call

    async def stops_ringing(self, *, reason: str | None = None, within: float = SOON) -> Request:
        """CANCEL came for what rang; ``reason`` is part of its Reason field."""
        call = self.call
        cancel = await self.gets("CANCEL", call, within=within)
        said = cancel.headers.get("Reason") or ""
        if reason is not None and reason.lower() not in said.lower():
            raise self.watch.fail(f"{self.name} stops ringing because of {said!r} and not {reason!r}")
        await self._until_call(call, lambda: call.state == "over", f"{self.name} stops ringing", within)
        return cancel

    # -- during a call ---------------------------------------------------------------------------------------------

    async def holds(self, call: PhoneCall | None = None, *, within: float = SOON) -> Response:
        """re-INVITE with ``a=sendonly``, answered with ``recvonly``."""
        return await self._reoffers(call or self.call, "sendonly", {"recvonly", "inactive"}, within)

    async def resumes(self, call: PhoneCall | None = None, *, within: float = SOON) -> Response:
        """re-INVITE with ``a=sendrecv``."""
        return await self._reoffers(call or self.call, "sendrecv", {"sendrecv", "sendonly"}, within)

    async def hears(
        self, other: Phone, packets: int = 10, *, ours: PhoneCall | None = None, theirs: PhoneCall | None = None
    ) -> None:
        """The other one speaks ``packets`` packets, and we hear each of them, once and in order."""
        sound, source = (ours or self.call).sound, (theirs or other.call).sound
        already = len(sound.heard)
        spoken = source.speak(packets)
        what = f"{self.name} hears {packets} packets of {other.name}"
        await self.watch.until(lambda: spoken[-1] in sound.payloads()[already:], what, packets * 0.02 + 1)
        heard = [payload for payload in sound.payloads()[already:] if payload in spoken]
        if heard != spoken:
            raise self.watch.fail(f"{what}, but got {len(heard)} of them, or in another order")

    async def hears_nothing_from(
        self, other: Phone, *, ours: PhoneCall | None = None, theirs: PhoneCall | None = None
    ) -> None:
        """The other one speaks a fifth of a second, and we hear none of it."""
        sound = (ours or self.call).sound
        spoken = set((theirs or other.call).sound.speak(10))
        await self.pause(1.0)
        heard = [payload for payload in sound.payloads() if payload in spoken]
        if heard:
            raise self.watch.fail(f"{self.name} heard {len(heard)} packets of {other.name} and should hear none")

    async def hangs_up(self, call: PhoneCall | None = None, *, within: float = SOON) -> None:
        """BYE, answered with 200."""
        call = call or self.call
        bye = call.hang_up()
        final = await self.watch.until(lambda: bye.final, f"an answer to {self.name}'s BYE", within)
        if final.status != 200:
            raise self.watch.fail(f"{self.name}'s BYE was answered with {final.status}")

    async def transfers(
        self,
        to: str,
        call: PhoneCall | None = None,
        *,
        replacing: PhoneCall | None = None,
        escaped: bool = True,
        headers: Pairs = (),
        expect: int = 202,
        within: float = SOON,
    ) -> Response:
        """REFER to a number, or to the far end of another call of ours that ``replacing`` is, as it should be
        ``escaped`` or with the @ that some phones leave as it is.
        """
        call = call or self.call
        target = self.uri_of(to)
        if replacing is not None:
            means = f"{replacing.call_id};to-tag={replacing.remote_tag};from-tag={replacing.tag}"
            target += f"?Replaces={quote(means, safe='' if escaped else '@')}"
        me = ("Referred-By", f"<{self.uri_of(self.username)}>")
        attempt = call.request("REFER", headers=[("Refer-To", f"<{target}>"), me, *headers])
        final = await self.watch.until(lambda: attempt.final, f"an answer to {self.name}'s REFER", within)
        if final.status != expect:
            raise self.watch.fail(f"{self.name}'s REFER was answered with {final.status} and not with {expect}")
        return final

    async def hears_of_transfer(self, status: int, call: PhoneCall | None = None, *, within: float = SOON) -> Request:
        """A NOTIFY came that says so of what we asked for."""
        call = call or self.call

        def told() -> Request | None:
            notifies = [request for request in call.requests if request.method == "NOTIFY"]
            return next((one for one in notifies if one.body.startswith(f"SIP/2.0 {status} ".encode())), None)

        return await self.watch.until(told, f"{self.name} hears {status} of the transfer", within)

    async def is_hung_up(self, call: PhoneCall | None = None, *, within: float = SOON) -> Request:
        """The other side's BYE came."""
        return await self.gets("BYE", call, within=within)

    async def gets(
        self, method: str, call: PhoneCall | None = None, *, count: int = 1, within: float = SOON
    ) -> Request:
        """The ``count``-th request of this method in a call; returns it."""
        call = call or self.call

        def there() -> Request | None:
            found = [request for request in call.requests if request.method == method]
            return found[count - 1] if len(found) >= count else None

        return await self.watch.until(there, f"{self.name} gets {method}", within)

    def got(self, what: str | int) -> list[Message]:
        """All requests of a method, or all responses of a status, that ever came, repetitions included."""
        return [
            message
            for message in self.received
            if (message.method if isinstance(message, Request) else message.status) == what
        ]

    async def _until_call(self, call: PhoneCall, true: Callable[[], bool], what: str, within: float) -> PhoneCall:
        return await self.watch.until(lambda: call if true() else None, what, within)

    async def _reoffers(self, call: PhoneCall, direction: str, answers: set[str], within: float) -> Response:
        attempt = call.reoffer(direction)
        final = await self.watch.until(lambda: attempt.final, f"an answer to {self.name}'s re-INVITE", within)
        remote = call.sound.remote
        if final.status != 200 or remote is None or remote.direction not in answers:
            told = remote.direction if remote else "nothing"
            raise self.watch.fail(f"{self.name} offers {direction}: got {final.status} with {told}")
        return final

    def uri_of(self, number: str) -> str:
        """What a number is on the wire of this phone."""
        return number if ":" in number else f"sip:{number}@{self.domain}"


def phone_at(
    network: MemoryNetwork, watch: Watch, *, name: str, host: str, server: Address, username: str, domain: str
) -> Phone:
    """A phone over UDP that needs no password (for phone-to-phone tests and trunks)."""
    phone = Phone(watch, name=name, username=username, password="", domain=domain, server=server)
    phone.plug_in(network, host)
    return phone
