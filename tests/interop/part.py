"""Writes SIPp scenarios, so that a test reads as one side of a ladder diagram instead of as a page of XML.

A :class:`Part` is one party's view of a dialog: what it sends, and what it insists on getting, in order. SIPp is the
independent stack that plays it; whatever else arrives fails the call. ::

    Part.calling("202").invites().gets(180).gets(200).acks().pauses(0.2).sends("BYE").gets(200)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Self
from xml.sax.saxutils import quoteattr

DOMAIN = "house.example"
TAG = "[pid]x[call_number]x"
CREDENTIALS = "[authentication]"

AUDIO = """\
v=0
o=- 7 {version} IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 30000 RTP/AVP 8 0 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a={direction}
"""


def audio(direction: str = "sendrecv", *, version: int = 1) -> str:
    """Describe one audio stream with this direction, as version ``version`` of the description."""
    return AUDIO.format(direction=direction, version=version)


class Part:
    """One party's side of one dialog (or registration); every step returns the part itself."""

    def __init__(self, target: str, local: str, remote: str) -> None:
        self._target = target
        self._local = local
        self._remote = remote
        self._steps: list[str] = []
        self._commands = 0
        """SIPp numbers its branches by command."""
        self._cseq = 0
        self._in_dialog = False
        self._invite: tuple[int, int, str] | None = None
        """Where our last INVITE stands among the commands, its CSeq number and its target."""
        self._variables = 0

    @classmethod
    def calling(cls, number: str, *, user: str = "sipp", domain: str = DOMAIN) -> Self:
        """The side that sends the first INVITE, from ``user`` to ``number``."""
        target = f"sip:{number}@{domain}"
        return cls(target, f"<sip:{user}@{domain}>;tag={TAG}0", f"<{target}>[peer_tag_param]")

    @classmethod
    def registering(cls, user: str, *, domain: str = DOMAIN) -> Self:
        """A device that talks to its registrar."""
        return cls(f"sip:{domain}", f"<sip:{user}@{domain}>;tag={TAG}0", f"<sip:{user}@{domain}>")

    @classmethod
    def called(cls) -> Self:
        """The side that waits for the first INVITE. What it sends belongs to the dialog of tag ``1``."""
        return cls("[next_url]", f"[$local];tag={TAG}1", "[$remote]")

    # What this side sends

    def invites(self, sdp: str | None = None, *, headers: Iterable[str] = ()) -> Self:
        """Send an INVITE, which begins the dialog or (once there is one) renegotiates it. A 100 may follow."""
        self._invite = (self._commands, self._cseq + 1, self._target)
        self.sends("INVITE", sdp, headers=headers)
        return self._command('<recv response="100" optional="true"/>')

    def invites_with_credentials(self, sdp: str | None = None, *, challenge: int = 401) -> Self:
        """Send the first INVITE, get the challenge, and send it again with the answer."""
        return self.invites(sdp).challenged(challenge).acks(failure=True).invites(sdp, headers=[CREDENTIALS])

    def registers(self, *, expires: int, headers: Iterable[str] = ()) -> Self:
        """Send a REGISTER for this address, with credentials once there was a challenge."""
        credentials = [CREDENTIALS] if self._cseq else []
        return self.sends("REGISTER", headers=[f"Expires: {expires}", *credentials, *headers])

    def sends(self, method: str, body: str | None = None, *, headers: Iterable[str] = ()) -> Self:
        """Send a request, within the dialog where there is one."""
        self._cseq += 1
        return self._request(method, self._cseq, "[branch]", body, headers, retransmitted=True)

    def acks(self, sdp: str | None = None, *, failure: bool = False) -> Self:
        """Acknowledge the final response to the last INVITE; a ``failure`` within the INVITE's transaction."""
        assert self._invite is not None
        at, cseq, target = self._invite
        branch = f"[branch-{self._commands - at}]" if failure else "[branch]"
        return self._request("ACK", cseq, branch, sdp, (), target=target if failure else None)

    def cancels(self) -> Self:
        """Cancel the INVITE under way: its branch and number (RFC 3261 9.1)."""
        assert self._invite is not None
        at, cseq, target = self._invite
        return self._request("CANCEL", cseq, f"[branch-{self._commands - at}]", None, (), True, target=target)

    def replies(self, status: int, body: str | None = None, *, headers: Iterable[str] = ()) -> Self:
        """Answer the request that came last (not a first INVITE: :meth:`answers`)."""
        last = ["[last_Via:]", "[last_From:]", "[last_To:]", "[last_Call-ID:]", "[last_CSeq:]"]
        return self._response(status, last, body, headers, repeated=False)

    def answers(
        self, status: int, sdp: str | None = None, *, tag: int = 1, headers: Iterable[str] = (), repeated: bool = False
    ) -> Self:
        """Answer the last INVITE that came, whatever came since. ``tag`` tells a fork's dialogs apart.

        ``repeated`` sends it again and again until the next message arrives, as a final response has to be.
        """
        local = self._local[:-1] + str(tag) if "$local" in self._local else self._local
        fields = ["Via: [$via]", "From: [$remote]", f"To: {local}", "[last_Call-ID:]", "CSeq: [$cseq]"]
        return self._response(status, fields, sdp, headers, repeated)

    def pauses(self, seconds: float) -> Self:
        """Stay silent, and insist on silence."""
        return self._command(f'<pause milliseconds="{round(seconds * 1000)}"/>')

    # What it insists on getting

    def gets(
        self,
        status: int,
        *,
        where: Mapping[str, str] | None = None,
        without: Mapping[str, str] | None = None,
        optional: bool = False,
        within: float | None = None,
    ) -> Self:
        """Wait for a response.

        ``where`` maps a header, or ``body``, to a POSIX regular expression that must be found in it; ``without`` to one
        that must not. ``within`` is in seconds.
        """
        if self._invite is not None and 101 <= status < 300:
            self._target, self._in_dialog = "[next_url]", True
        attributes = f'response="{status}" rrs="true"' + (' optional="true"' if optional else "")
        return self._receive(attributes, where or {}, without or {}, within)

    def challenged(self, status: int = 401) -> Self:
        """Wait for a digest challenge."""
        return self._command(f'<recv response="{status}" auth="true"/>')

    def waits_for(
        self,
        method: str,
        *,
        where: Mapping[str, str] | None = None,
        without: Mapping[str, str] | None = None,
        within: float | None = None,
    ) -> Self:
        """Wait for a request; see :meth:`gets`."""
        remembered = ""
        if method == "INVITE":
            remembered = (
                _remember("Via", ".*", "via") + _remember("CSeq", ".*", "cseq") + _remember("From", ".*", "remote")
            )
            if self._target == "[next_url]":
                remembered += _remember("To", "<[^>]*>", "local")
        return self._receive(f'request="{method}" rrs="true"', where or {}, without or {}, within, remembered)

    def xml(self) -> str:
        """The scenario as SIPp reads it."""
        steps = "\n".join(self._steps)
        names = sorted(set(re.findall('assign_to="([a-z0-9]+)"', steps)))
        # SIPp refuses variables that are set and never used.
        used = f'<Reference variables="{",".join(names)}"/>' if names else ""
        return f'<?xml version="1.0" encoding="utf-8"?>\n<scenario name="part">\n{steps}\n{used}\n</scenario>\n'

    def _request(
        self,
        method: str,
        cseq: int,
        branch: str,
        body: str | None,
        headers: Iterable[str],
        retransmitted: bool = False,
        target: str | None = None,
    ) -> Self:
        # The tag of a response belongs to the ACK and to the dialog, not to a CANCEL or to another attempt.
        tagged = method == "ACK" or (self._in_dialog and method != "CANCEL")
        remote = self._remote if tagged else self._remote.replace("[peer_tag_param]", "")
        lines = [
            f"{method} {target or self._target} SIP/2.0",
            f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch};rport",
            f"From: {self._local}",
            f"To: {remote}",
            "Call-ID: [call_id]",
            f"CSeq: {cseq} {method}",
            "Max-Forwards: 70",
            "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>",
            *headers,
        ]
        return self._send(lines, body, retransmitted)

    def _response(
        self, status: int, fields: list[str], body: str | None, headers: Iterable[str], repeated: bool
    ) -> Self:
        contact = [] if 300 <= status < 400 else ["Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>"]
        return self._send([f"SIP/2.0 {status} Answer", *fields, *contact, *headers], body, repeated)

    def _send(self, lines: list[str], body: str | None, retransmitted: bool) -> Self:
        if body is not None:
            lines.append("Content-Type: application/sdp")
        text = "\n".join([*lines, "Content-Length: [len]", "", body or ""])
        attributes = ' retrans="500"' if retransmitted else ""
        return self._command(f"<send{attributes}><![CDATA[\n{text}\n]]></send>")

    def _receive(
        self,
        attributes: str,
        where: Mapping[str, str],
        without: Mapping[str, str],
        within: float | None,
        remembered: str = "",
    ) -> Self:
        actions = remembered
        for expected, attribute in ((where, "check_it"), (without, "check_it_inverse")):
            for name, pattern in expected.items():
                place = 'search_in="body"' if name == "body" else f'search_in="hdr" header="{name}:"'
                variable = f"check{self._variables}"
                actions += f'<ereg regexp={quoteattr(pattern)} {place} {attribute}="true" assign_to="{variable}"/>'
                self._variables += 1
        timeout = "" if within is None else f' timeout="{round(within * 1000)}"'
        action = f"<action>{actions}</action>" if actions else ""
        return self._command(f"<recv {attributes}{timeout}>{action}</recv>")

    def _command(self, xml: str) -> Self:
        self._steps.append(xml)
        self._commands += 1
        return self


def _remember(header: str, pattern: str, variable: str) -> str:
    place = f'search_in="hdr" header="{header}:" check_it="true"'
    return f'<ereg regexp={quoteattr(pattern)} {place} assign_to="{variable}"/>'
