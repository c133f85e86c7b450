"""The sound side of one leg: its media port, and what was offered and answered about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pbxd.address import Address
from pbxd.calls.formats import NO_FORMATS, TELEPHONE_EVENT, conversation, heard_from, remote_end
from pbxd.calls.keys import OwnKeys
from pbxd.calls.wishes import ANY, Wishes
from pbxd.errors import ProtocolViolation, Refused
from pbxd.media.engine import Edge, FaxEnd, LocalEnd, PortId
from pbxd.org.users import Srtp
from pbxd.sip import fax
from pbxd.sip.fax import Fax
from pbxd.sip.offer_answer import Agreed, LocalMedia, accept_answer, make_answer, make_offer, reoffer
from pbxd.sip.sdp import Codec, Direction, Origin, SessionDescription
from pbxd.sip.sdp_crypto import Clear, Security, Terms


class Stream:
    """One audio stream of one leg. Negotiating configures the port at once."""

    __slots__ = (
        "_edge",
        "_end",
        "_offer",
        "_offered",
        "_own",
        "_passed_over",
        "_read",
        "_session_id",
        "_used",
        "agreed",
        "encrypted",
        "fax",
        "opened",
        "ours",
        "wishes",
    )

    def __init__(self, edge: Edge, session_id: int, srtp: Srtp = "off", wishes: Wishes = ANY) -> None:
        """``session_id`` is the number in our o= line (RFC 8866 5.2), ``srtp`` what is wanted of encryption.

        ``wishes`` are the party's, as they are configured.
        """
        self._edge = edge
        self._own = OwnKeys(srtp)
        self._session_id = session_id
        self.wishes = wishes
        self._end: LocalEnd | None = None
        self._offer: SessionDescription | None = None
        self._offered = NO_FORMATS
        """What the party has ever offered, by name."""
        self._passed_over = NO_FORMATS
        """What it was offered, by name, and did not take."""
        self._read: tuple[bytes, SessionDescription] | None = None
        self._used = 0
        """The highest version of our o= line that the party has seen, be it in an offer that it refused."""
        self.ours: SessionDescription | None = None
        """The last description that we sent and that is in force."""
        self.agreed: Agreed | None = None
        """What was agreed on sound; during a fax, before it."""
        self.fax: Fax | None = None
        """What was agreed instead of sound."""
        self.encrypted: Callable[[str], None] | None = None
        """Told the suite when encryption begins or changes, and "" when it ends."""
        self.opened: Callable[[PortId], None] | None = None
        """Told which port it is."""

    @property
    def security(self) -> Security:
        """What is acceptable from the party."""
        return self._own.security

    @property
    def end(self) -> LocalEnd | None:
        """The open port, ``None`` before and after."""
        return self._end

    async def open(self, toward: Address) -> None:
        """Open the port; raises :class:`pbxd.errors.Refused` (503) when there is none."""
        if self._end is None:
            self._end = await self._edge.open(toward=toward)
            if self.opened is not None:
                self.opened(self._end.port)

    def close(self) -> None:
        """Free the port, and tell nobody anything any more."""
        self.encrypted = self.opened = None  # they belong to the leg, which is to go by reference count
        if self._end is not None:
            self._edge.close(self._end.port)
            self._end = None

    def offer(self, codecs: Sequence[Codec]) -> bytes:
        """Our offer of ``codecs``: the session's first, or a changed one.

        Raises :class:`Refused` (488) when the party wants none of them.
        """
        codecs = self.wishes.taken(codecs)
        if not conversation(codecs):
            raise Refused(488, "Not Acceptable Here")
        if self.ours is None:
            self._offer = make_offer(self._local(), codecs, origin=self._origin())
        else:
            self._offer = reoffer(self.ours, self._local(), codecs, used=self._used)
        return self._sent(self._offer)

    def again(self) -> bytes:
        """An offer of what is in force, with its version (RFC 3264 8). Raises :class:`ProtocolViolation` before any."""
        if self.ours is None:
            raise ProtocolViolation("nothing was agreed yet")
        self._offer = self.ours
        return self._sent(self.ours)

    @property
    def takes_fax(self) -> bool:
        """Whether a fax, which is never encrypted, may take the place of sound."""
        return self._end is not None and self.ours is not None and self.security.plain

    def offer_fax(self, attributes: tuple[str, ...]) -> bytes:
        """Our offer of a fax instead of sound. Raises :class:`ProtocolViolation` where not :attr:`takes_fax`."""
        if self.ours is None:
            raise ProtocolViolation("nothing was agreed yet")
        self._offer = fax.make_offer(self.ours, self._local(), attributes, used=self._used)
        return self._sent(self._offer)

    def answer_fax(self, body: bytes, attributes: tuple[str, ...]) -> bytes:
        """Answer the peer's offer of a fax. Raises as :meth:`answer` does, and leaves the session as it was."""
        offer, self._read = self.read(body), None
        theirs = fax.offered(offer)
        if theirs is None:
            raise Refused(488, "Not Acceptable Here")
        answer = fax.make_answer(
            offer, self._local(), attributes, origin=self._origin(), previous=self.ours, used=self._used
        )
        self.ours = answer
        self._settle_fax(theirs)
        return self._sent(answer)

    @property
    def offers_fax(self) -> bool:
        """Whether our last offer is one of a fax."""
        return self._offer is not None and fax.offered(self._offer) is not None

    def accepted(self, body: bytes) -> None:
        """The peer's answer to our offer; a forking peer's early dialogs may each give one, and the last counts.

        Raises :class:`MalformedMessage`, :class:`ProtocolViolation` or :class:`Refused` (488).
        """
        if self._offer is None:
            raise ProtocolViolation("an answer came to no offer", status=488)
        answer = SessionDescription.parse(body)
        if self.offers_fax:
            self.ours = self._offer  # an answer without a stream is one: what comes next is compared with this
            self._settle_fax(fax.accept_answer(self._offer, answer))
            return
        try:
            agreed = accept_answer(self._offer, answer, plain=self.security.plain)
        except Refused:
            if self.agreed is not None:  # it has taken the change, and none of what it changes to
                self.ours = self._offer
            raise
        self.ours = self._offer
        taken = {pair.sent.name for pair in agreed.codecs}
        self._passed_over |= {codec.name for codec in self.offered()} - taken
        self._passed_over -= taken
        self._settle(agreed)

    def read(self, body: bytes) -> SessionDescription:
        """What the party offers; raises :class:`MalformedMessage`.

        The latest is remembered until it is answered: the callee is offered what it has first.
        """
        if self._read is None or self._read[0] != body:
            self._read = body, SessionDescription.parse(body)
            self._offered |= {codec.name for media in self._read[1].media for codec in media.rtpmaps()}
        return self._read[1]

    def lacks(self, codecs: Sequence[Codec]) -> bool:
        """Whether the party has made offers, and none of them had any of these."""
        return bool(self._offered) and not any(codec.name in self._offered for codec in codecs)

    def passed_over(self, codecs: Sequence[Codec]) -> bool:
        """Whether the party was offered all of these, and has taken others instead."""
        return all(codec.name in self._passed_over for codec in codecs)

    def met_another(self) -> None:
        """The party is to talk to somebody else: what it passed over for the one may do for the other."""
        self._passed_over = NO_FORMATS

    def answer(self, body: bytes, codecs: Sequence[Codec], direction: Direction = Direction.SENDRECV) -> bytes:
        """Answer the peer's offer with those of ``codecs`` that it has.

        Raises :class:`MalformedMessage` or :class:`Refused` (488), and leaves the session as it was.
        """
        codecs = self.wishes.taken(codecs)
        offer, self._read = self.read(body), None
        agreed = self._answer_to(offer, codecs, direction)
        if self._own.renewed(self._terms, agreed.terms):
            agreed = self._answer_to(offer, codecs, direction)
        if agreed.description is None:
            raise ProtocolViolation("an answer without a description")
        self.ours = agreed.description
        self._settle(agreed)
        return self._sent(agreed.description)

    def heard(self) -> tuple[Codec, ...]:
        """The formats that the party can be sent; empty before anything was agreed, and during a fax."""
        return self.wishes.told(heard_from(self.agreed)) if self.agreed is not None and self.fax is None else ()

    @property
    def takes_events(self) -> bool:
        """Whether named events were agreed on."""
        sound = self.agreed if self.fax is None else None
        return sound is not None and any(pair.sent.name[0] == TELEPHONE_EVENT for pair in sound.codecs)

    def press(self, key: str, milliseconds: int) -> None:
        """Have the party hear of a key, by a named event if it takes those."""
        if self._end is not None:
            self._edge.press(self._end.port, key, milliseconds)

    def offered(self) -> tuple[Codec, ...]:
        """The formats of our last offer; empty before there was one."""
        return self._offer.media[0].rtpmaps() if self._offer is not None else ()

    def _answer_to(self, offer: SessionDescription, codecs: Sequence[Codec], direction: Direction) -> Agreed:
        return make_answer(
            offer,
            self._local(),
            codecs,
            origin=self._origin(),
            previous=self.ours,
            used=self._used,
            direction=direction,
        )

    @property
    def _terms(self) -> Terms:
        return self.agreed.terms if self.agreed is not None else Clear()

    def _settle(self, agreed: Agreed) -> None:
        before = self._terms
        self.agreed, self.fax = agreed, None
        if self._end is not None:
            self._edge.configure(self._end.port, remote_end(agreed))
        self._own.settled(before, agreed.terms)
        if self.encrypted is not None and agreed.terms.suite != before.suite:
            self.encrypted(agreed.terms.suite)

    def _settle_fax(self, agreed: Fax) -> None:
        self.fax = agreed
        if self._end is not None:
            self._edge.configure(self._end.port, FaxEnd(udptl=agreed.remote))

    def _sent(self, description: SessionDescription) -> bytes:
        self._used = max(self._used, description.origin.version)
        return description.to_bytes()

    def _local(self) -> LocalMedia:
        if self._end is None:
            raise ProtocolViolation("the leg has no media port", status=488)
        return LocalMedia(rtp=self._end.rtp, rtcp=self._end.rtcp, rtcp_mux=True, security=self.security)

    def _origin(self) -> Origin:
        host = self._end.rtp.host if self._end is not None else ""
        return Origin(session_id=self._session_id, version=1, address=host)
