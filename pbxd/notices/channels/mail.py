"""Mails by SMTP (RFC 5321): one connection each."""

from __future__ import annotations

import asyncio
import ssl

import aiosmtplib

from pbxd.config.gateways import SmtpConfig
from pbxd.notices.channels.bodies import message
from pbxd.notices.letter import Delayed, Mail, Outcome, Refused, Sent, Unreachable

ANSWER_WITHIN = 30.0
"""Seconds that the server may take for each answer."""


async def send(mail: Mail, smtp: SmtpConfig) -> Outcome:
    """Hand it to the mail server. Raises :class:`pbxd.notices.channels.bodies.MailTooOdd`, :class:`OSError`."""
    # A thread: a long recording takes a while to encode, and other letters need not wait for it.
    written = await asyncio.to_thread(message, mail, smtp.sender, smtp.max_attachment)
    context = ssl.create_default_context(cafile=smtp.ca) if smtp.security != "none" else None
    try:
        await aiosmtplib.send(
            written,
            sender=smtp.sender,
            recipients=[mail.to],
            hostname=smtp.host,
            port=smtp.port,
            username=smtp.username,
            password=smtp.password,
            use_tls=smtp.security == "tls",
            start_tls=smtp.security == "starttls",
            tls_context=context,
            timeout=ANSWER_WITHIN,
        )
    except aiosmtplib.SMTPException as error:
        return outcome(error)
    return Sent()


def outcome(error: aiosmtplib.SMTPException) -> Outcome:
    """What a failure says: of this mail, or of the way that all of them go."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=[aiosmtplib.SMTPRecipientRefused() as first, *_]):
            return _by_code(first.code, first.message)
        # Neither who we are nor where we send from depends on the mail.
        case aiosmtplib.SMTPAuthenticationError() | aiosmtplib.SMTPSenderRefused() | aiosmtplib.SMTPHeloError():
            return Unreachable(reason=f"{error.code} {error.message}")
        case aiosmtplib.SMTPConnectResponseError():
            return Unreachable(reason=f"{error.code} {error.message}")
        case aiosmtplib.SMTPResponseException(code=int(code), message=str(words)):
            return _by_code(code, words)
    return Unreachable(reason=str(error) or type(error).__name__)


def _by_code(code: int, words: str) -> Outcome:
    """RFC 5321 4.2.1: 5yz is for good, 4yz for now."""
    reason = f"{code} {words}"
    return Refused(reason=reason) if code >= 500 else Delayed(reason=reason)
