"""Parts that watch, publish and write messages, for SIPp."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Self
from xml.sax.saxutils import quoteattr

from tests.interop.part import CREDENTIALS, DOMAIN, TAG, Part


class EventPart(Part):
    """A :class:`Part` of RFC 6665, 3903 or 3428, which has no INVITE."""

    def __init__(self, target: str, local: str, remote: str) -> None:
        super().__init__(target, local, remote)
        self._labels = count(1)

    @classmethod
    def asking(cls, number: str, *, user: str) -> Self:
        """The side that begins, as a device, with a request to ``number``."""
        target = f"sip:{number}@{DOMAIN}"
        return cls(target, f"<sip:{user}@{DOMAIN}>;tag={TAG}0", f"<{target}>[peer_tag_param]")

    def asks(self, method: str, *headers: str, body: tuple[str, str] | None = None) -> Self:
        """Send a request outside a dialog, get the challenge, and send it again with the answer."""
        self._with_body(method, headers, body).challenged()
        return self._with_body(method, (CREDENTIALS, *headers), body)

    def says(self, method: str, *headers: str, body: tuple[str, str] | None = None) -> Self:
        """Send a request, with credentials for the challenge that came before."""
        return self._with_body(method, (CREDENTIALS, *headers), body)

    def subscribes(self, event: str, *, expires: int = 600) -> Self:
        """SUBSCRIBE, answered with 200; the dialog begins."""
        self.asks("SUBSCRIBE", f"Event: {event}", f"Expires: {expires}")
        self.gets(200, where={"Expires": str(expires)})
        self._target, self._in_dialog = "[next_url]", True
        return self

    def refreshes(self, event: str, *, expires: int) -> Self:
        """SUBSCRIBE within the dialog, answered with 200."""
        return self.sends("SUBSCRIBE", headers=[f"Event: {event}", f"Expires: {expires}"]).gets(200)

    def notified(self, pattern: str, *, header: str = "") -> Self:
        """Answer NOTIFYs with 200 until one has ``pattern`` in its body, or in a header."""
        again, done, variable = next(self._labels), next(self._labels), f"found{self._variables}"
        self._variables += 1
        place = f'search_in="hdr" header="{header}:"' if header else 'search_in="body"'
        action = f'<ereg regexp={quoteattr(pattern)} {place} assign_to="{variable}"/>'
        self._command(f'<label id="{again}"/>')
        self._command(f'<recv request="NOTIFY" rrs="true"><action>{action}</action></recv>')
        self.replies(200)
        self._steps[-1] = self._steps[-1].replace("<send", f'<send next="{done}" test="{variable}"', 1)
        self._command(f'<nop next="{again}"/>')
        return self._command(f'<label id="{done}"/>')

    def remembers(self, header: str, variable: str) -> Self:
        """Wait for a 200 and keep what it says in ``header``."""
        place = f'search_in="hdr" header="{header}:" check_it="true"'
        kept = f'<ereg regexp="[0-9a-f]+" {place} assign_to="{variable}"/>'
        return self._receive('response="200" rrs="true"', {}, {}, None, kept)

    def _with_body(self, method: str, headers: Iterable[str], body: tuple[str, str] | None) -> Self:
        """``body`` is its type and text."""
        if body is None:
            return self.sends(method, headers=headers)
        content_type, text = body
        self.sends(method, text, headers=headers)
        self._steps[-1] = self._steps[-1].replace("Content-Type: application/sdp", f"Content-Type: {content_type}")
        return self
