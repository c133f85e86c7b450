"""Whether messages wait in somebody's mailbox (RFC 3842)."""

from __future__ import annotations

from typing import Final

from pbxd.sip.subscription import Content

PACKAGE: Final = "message-summary"
CONTENT_TYPE: Final = "application/simple-message-summary"


def render(account: str, new: int, old: int) -> Content:
    """The body that a phone gets.

    ``account`` is the URI by which the mailbox is called, ``new`` are messages that nobody has heard, ``old``
    the others.
    """
    lines = (
        f"Messages-Waiting: {'yes' if new else 'no'}",
        f"Message-Account: {account}",
        f"Voice-Message: {new}/{old}",
    )
    return Content(CONTENT_TYPE, "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape"))
