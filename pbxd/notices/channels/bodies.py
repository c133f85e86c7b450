"""Mails as they are on the wire: headers that nothing can be smuggled into, text, attachments."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from pbxd.errors import PbxdError
from pbxd.notices.letter import Attachment, Mail
from pbxd.notices.texts import one_line

TYPES = {".wav": ("audio", "wav"), ".flac": ("audio", "flac"), ".ogg": ("audio", "ogg"), ".opus": ("audio", "ogg")}
"""Media types by what a file's name ends with."""


class MailTooOdd(PbxdError):
    """The mail can't be written by the rules of RFC 5322, such as to an address that is none."""


def message(mail: Mail, sender: str, max_attachment: int) -> EmailMessage:
    """The mail with its attachments, as far as they are there. Raises :class:`MailTooOdd`."""
    found = EmailMessage(policy=SMTP)
    try:
        origin = Address(display_name=one_line(mail.from_name), addr_spec=sender)
        found["From"] = origin
        found["To"] = Address(addr_spec=mail.to)
        found["Subject"] = one_line(mail.subject)
        found["Date"] = format_datetime(datetime.fromtimestamp(mail.written, UTC))
        found["Message-ID"] = f"<{one_line(mail.identification)}@{origin.domain}>"
        found["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence is to be told of in answer
    except (ValueError, IndexError) as error:  # what the standard library's address parser raises
        raise MailTooOdd(f"the mail can't be written: {error}") from error
    attached = [(one, _content(one, max_attachment)) for one in mail.attachments]
    missing = [one.otherwise for one, content in attached if content is None and one.otherwise]
    found.set_content("\n\n".join([mail.text.rstrip("\n"), *missing]) + "\n")
    for one, content in attached:
        if content is not None:
            main, sub = TYPES.get(Path(one.path).suffix.lower(), ("application", "octet-stream"))
            found.add_attachment(content, maintype=main, subtype=sub, filename=one_line(one.name))
    return found


def _content(attachment: Attachment, limit: int) -> bytes | None:
    """What is in the file; ``None`` where it is gone or too large."""
    try:
        with Path(attachment.path).open("rb") as file:
            content = file.read(limit + 1)
    except OSError:
        return None
    return content if len(content) <= limit else None
