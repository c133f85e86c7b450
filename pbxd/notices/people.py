"""Where somebody is told something: his address, his mobile, his language and clock."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from pbxd.notices.letter import Attachment, Mail, Sms
from pbxd.notices.texts import Texts

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from pbxd.org.organization import Organization
    from pbxd.org.users import User

NAME_LENGTH = 11
"""Characters of a sender's name at the most (3GPP TS 23.040 9.1.2.5)."""


def mobile_of(user: User) -> str | None:
    """The number that his SMS go to: that of a mobile line, or of a mobile that is one of his devices."""
    numbers = (user.mobile, *(device.number for device in user.devices if device.kind == "mobile"))
    return next((number for number in numbers if number is not None and number.startswith("+")), None)


def texts_of(user: User) -> Texts:
    """What is said to him, in his language."""
    return Texts(user.language)


def zone_of(organization: Organization, user: User) -> ZoneInfo:
    """His clock."""
    return organization.hours_for(user).zone


def mail_to(
    user: User,
    organization: Organization,
    *,
    subject: str,
    text: str,
    at: float,
    attachments: tuple[Attachment, ...] = (),
) -> Mail:
    """A mail to somebody who has an address."""
    assert user.email is not None, "whoever writes has looked"
    return Mail(
        to=user.email,
        from_name=organization.title,
        subject=subject,
        text=text,
        identification=f"pbxd.{secrets.token_hex(12)}",
        written=at,
        attachments=attachments,
    )


def sms_to(to: str, *, sender: str, text: str, number: str = "") -> Sms:
    """An SMS; a sender's name that is too long is cut."""
    return Sms(to=to, sender=sender if sender.startswith("+") else sender[:NAME_LENGTH], number=number, text=text)
