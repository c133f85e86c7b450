"""Whether messages wait in somebody's mailbox (RFC 3842)."""

from __future__ import annotations

from typing import Final

from pbxd.sip.subscription import Content

PACKAGE: Final = "message-summary"
CONTENT_TYPE: Final = "application/simple-message-summary"


def render(account: str, *, waiting: bool) -> Content:
    """The body that a phone gets; ``account`` is the URI by which the mailbox is called."""
    text = f"Messages-Waiting: {'yes' if waiting else 'no'}\r\nMessage-Account: {account}\r\n"
    return Content(CONTENT_TYPE, text.encode("utf-8", "surrogateescape"))
