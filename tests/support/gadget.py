"""A phone that also watches, publishes and takes short messages: RFC 6665, 3903 and 3428 seen from the other side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree import ElementTree

from pbxd.sip.message import Request, Response, reason_for
from pbxd.sip.uri import Uri
from tests.support.house import DEVICES, DOMAIN, HOSTS, SERVER, House
from tests.support.phone import SOON, Phone
from tests.support.phone_core import Outside
from tests.support.wire import Pairs, write


@dataclass(slots=True, eq=False)
class Watching:
    """One subscription of a gadget."""

    gadget: Gadget
    uri: str
    event: str
    call_id: str
    tag: str
    remote: str = ""
    """To, with the server's tag."""
    target: str = ""
    notifies: list[Request] = field(default_factory=list)

    @property
    def bodies(self) -> list[str]:
        return [notify.body.decode() for notify in self.notifies]

    @property
    def states(self) -> list[str]:
        """What Subscription-State said, without the seconds."""
        found = [notify.headers.get("Subscription-State") or "" for notify in self.notifies]
        return [state.partition(";expires")[0] for state in found]

    async def notified(self, true: Callable[[Request], object], what: str, within: float = SOON) -> Request:
        """The first NOTIFY so far, or to come, of which ``true`` is true."""
        found = lambda: next((one for one in self.notifies if true(one)), None)  # noqa: E731
        return await self.gadget.watch.until(found, f"{self.gadget.name} is notified: {what}", within)

    async def shows(self, *states: str, within: float = SOON) -> Request:
        """The newest NOTIFY lists dialogs in exactly these states."""
        wanted = sorted(states)
        found = lambda: self.notifies[-1] if self.notifies and dialog_states(self.notifies[-1]) == wanted else None  # noqa: E731
        return await self.gadget.watch.until(found, f"{self.gadget.name} sees {wanted}", within)

    async def refreshes(self, expires: int = 600, *, expect: int = 200) -> Response:
        """SUBSCRIBE within the dialog; 0 ends it."""
        final = await self.gadget.asks(
            "SUBSCRIBE",
            self.target,
            to=self.remote,
            call_id=self.call_id,
            tag=self.tag,
            headers=[("Event", self.event), ("Expires", str(expires)), ("Contact", self.gadget.contact)],
        )
        if final.status != expect:
            raise self.gadget.watch.fail(f"refresh: {final.status} instead of {expect}")
        return final


class Gadget(Phone):
    """A :class:`Phone` with more methods."""

    def prepare(self) -> None:
        """Called once before use."""
        self.watching: list[Watching] = []
        self.messages: list[Request] = []
        self.answers_notify: int | None = 200
        """``None`` leaves them unanswered."""
        self.answers_message: int | None = 200

    async def asks(
        self,
        method: str,
        uri: str,
        *,
        to: str = "",
        call_id: str = "",
        tag: str = "",
        headers: Pairs = (),
        body: bytes = b"",
        content_type: str = "",
    ) -> Response:
        """Send a request, with credentials when asked for them; its final response."""
        self._cseq += 1
        branch = self.token("z9hG4bK")
        fields = [
            ("Via", self.via(branch)),
            ("From", f"<sip:{self.username}@{self.domain}>;tag={tag or self.token('tag')}"),
            ("To", to or f"<{uri}>"),
            ("Call-ID", call_id or f"{self.token('call')}@{self.host}"),
            ("CSeq", f"{self._cseq} {method}"),
            ("Max-Forwards", "70"),
            *headers,
        ]
        data = write(f"{method} {uri} SIP/2.0", fields, body, content_type)
        attempt = self.start(None, method, data, branch, self.resolve(Uri.parse(uri)))
        outside = self._outside[attempt] = Outside(attempt)
        return await self.watch.until(outside.result, f"an answer to {self.name}'s {method}", 40.0)

    async def subscribes(
        self, number: str, event: str, *, expires: int | None = 600, expect: int = 200, headers: Pairs = ()
    ) -> Watching:
        """Watch somebody."""
        uri = self.uri_of(number)
        watching = Watching(self, uri, event, f"{self.token('watch')}@{self.host}", self.token("tag"))
        self.watching.append(watching)
        lasting = [("Expires", str(expires))] if expires is not None else []
        final = await self.asks(
            "SUBSCRIBE",
            uri,
            call_id=watching.call_id,
            tag=watching.tag,
            headers=[("Event", event), ("Contact", self.contact), *lasting, *headers],
        )
        if final.status != expect:
            raise self.watch.fail(f"SUBSCRIBE: {final.status} {final.reason} instead of {expect}")
        if final.contact is not None:
            watching.remote, watching.target = final.headers.get("To") or "", str(final.contact.uri)
        return watching

    async def publishes(self, body: str = "", *, expires: int = 600, etag: str = "", to: str = "") -> Response:
        """PUBLISH presence."""
        headers = [("Event", "presence"), ("Expires", str(expires))]
        if etag:
            headers.append(("SIP-If-Match", etag))
        uri = self.uri_of(to or self.username)
        return await self.asks("PUBLISH", uri, headers=headers, body=body.encode(), content_type="application/pidf+xml")

    async def writes(
        self, number: str, text: str, *, content_type: str = "text/plain;charset=UTF-8", headers: Pairs = ()
    ) -> Response:
        """MESSAGE."""
        uri = self.uri_of(number)
        return await self.asks("MESSAGE", uri, headers=headers, body=text.encode(), content_type=content_type)

    async def gets_messages(self, *texts: str, within: float = SOON) -> list[Request]:
        """Exactly these came, in this order."""
        wanted = list(texts)
        found = lambda: self.texts == wanted  # noqa: E731
        await self.watch.until(found, f"{self.name} gets {wanted}", within)
        return self.messages

    @property
    def texts(self) -> list[str]:
        """The messages that came, repetitions by a new request included."""
        return [request.body.decode() for request in self.messages]

    def _unattached(self, request: Request) -> None:
        match request.method:
            case "NOTIFY":
                watching = next((one for one in self.watching if one.call_id == request.call_id), None)
                if watching is not None:
                    watching.notifies.append(request)
                self._says(request, 481 if watching is None else self.answers_notify)
            case "MESSAGE":
                self.messages.append(request)
                self._says(request, self.answers_message)
            case _:
                super()._unattached(request)

    def _says(self, request: Request, status: int | None) -> None:
        if status is not None:
            self.respond(request, status, reason_for(status), self.token("tag"), (), b"")


def gadget(house: House, name: str) -> Gadget:
    """The phone of somebody in the house, plugged in and not registered; it is unplugged with the others."""
    made = _made(house, name)
    made.plug_in(house.network, HOSTS[name])
    return made


async def tcp_gadget(house: House, name: str) -> Gadget:
    """One that is connected by TCP."""
    made = _made(house, name)
    await made.connect(house.network, HOSTS[name])
    return made


def _made(house: House, name: str) -> Gadget:
    made = Gadget(
        house.watch,
        name=name,
        username=DEVICES.get(name, name),
        password=f"{name}-secret",
        domain=DOMAIN,
        server=SERVER,
    )
    made.prepare()
    house._everybody[name] = made
    return made


def dialog_states(notify: Request) -> list[str]:
    """The states of all dialogs that a NOTIFY lists, in alphabetical order."""
    root = ElementTree.fromstring(notify.body)
    return sorted(state.text or "" for state in root.iter("{urn:ietf:params:xml:ns:dialog-info}state"))
