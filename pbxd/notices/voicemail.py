"""A message was left: whoever wants to know is told by mail, by SMS, or both (VM-4, VM-7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from pbxd.events import MessageLeft
from pbxd.mailboxes import MailboxKey
from pbxd.mailboxes.housekeeping import DAY
from pbxd.notices.letter import Attachment, Letter, channel_of
from pbxd.notices.outbox import Notice, Outbox
from pbxd.notices.people import mail_to, mobile_of, sms_to, texts_of, zone_of
from pbxd.notices.texts import length
from pbxd.org.levels import VOICEMAIL_EMAIL, VOICEMAIL_HIDE_LINK, VOICEMAIL_SMS

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration, HttpConfig
    from pbxd.mailboxes import Office
    from pbxd.org.menus import Mailbox
    from pbxd.org.organization import Organization
    from pbxd.org.users import User

KIND = "voicemail"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """How one person is told."""

    user: User
    mail: bool
    recording: bool
    sms: bool
    link: bool


class VoicemailNotices:
    """Tells of messages; subscribe it to the bus."""

    def __init__(self, configuration: Callable[[], Configuration], outbox: Outbox, office: Office) -> None:
        self._configuration = configuration
        self._outbox = outbox
        self._office = office

    def __call__(self, event: MessageLeft) -> None:
        """Have everybody told who is to be told of a message that was left."""
        configuration = self._configuration()
        organization = configuration.organizations.get(event.organization)
        if organization is None:  # gone with a reload in the same moment
            return
        sender = configuration.server.sms.sender if configuration.server.sms is not None else ""
        link = self._link(event, configuration.server.http)
        for wanted in _whom(organization, event):
            for letter in _letters(organization, event, wanted, sender, link if wanted.link else ""):
                if self._outbox.can(channel_of(letter)):
                    self._outbox.put(
                        Notice(organization=organization.name, kind=KIND, user=wanted.user.username, letter=letter)
                    )

    def _link(self, event: MessageLeft, http: HttpConfig | None) -> str:
        """Where the message is heard without a telephone, for as long as one that was heard is kept; empty: nowhere."""
        limits = self._office.limits(
            MailboxKey(event.organization, "user" if event.kind == "user" else "group", event.mailbox)
        )
        if http is None or not http.public or limits is None:
            return ""
        return f"{http.public_url}/voicemail/{self._office.links.make(event.id, event.at + limits.keep_days * DAY)}"


def _whom(organization: Organization, event: MessageLeft) -> Iterator[_Wanted]:
    if event.kind == "user":
        user = organization.users.get(event.mailbox)
        if user is not None:
            mail = organization.effective(VOICEMAIL_EMAIL, user).value
            sms = organization.effective(VOICEMAIL_SMS, user).value
            link = _linked(organization, user)
            yield _Wanted(user=user, mail=mail != "none", recording=mail == "attach", sms=sms, link=link)
        return
    mailbox = organization.mailboxes.get(event.mailbox)
    if mailbox is not None:
        yield from _members(organization, mailbox)


def _members(organization: Organization, mailbox: Mailbox) -> Iterator[_Wanted]:
    """Everybody in the groups that are told, once."""
    for user in organization.users.values():
        mail, sms = (not set(groups).isdisjoint(user.groups) for groups in (mailbox.email, mailbox.sms))
        if mail or sms:
            yield _Wanted(user=user, mail=mail, recording=mail, sms=sms, link=_linked(organization, user))


def _linked(organization: Organization, user: User) -> bool:
    return not organization.effective(VOICEMAIL_HIDE_LINK, user).value


def _letters(
    organization: Organization, event: MessageLeft, wanted: _Wanted, sender: str, link: str
) -> Iterator[Letter]:
    user = wanted.user
    texts = texts_of(user)
    group = event.mailbox if event.kind == "group" else ""
    said = {
        "caller": _caller(event) or texts.say("forms.unknown"),
        "at": texts.moment(event.at, zone_of(organization, user)),
        "length": length(event.seconds),
    }
    number = _number(organization, group)
    if wanted.mail and user.email is not None:
        subject = texts.say("voicemail.subject_group" if group else "voicemail.subject", **said, mailbox=group)
        text = texts.say("voicemail.text", **said, group=group, number=number, link=link)
        attachments = (_recording(event, texts.say("voicemail.gone")),) if wanted.recording else ()
        yield mail_to(user, organization, subject=subject, text=text, at=event.at, attachments=attachments)
    mobile = mobile_of(user)
    if wanted.sms and mobile is not None:
        text = texts.say("voicemail.sms_group" if group else "voicemail.sms", **said, mailbox=group)
        hints = (texts.say("voicemail.sms_number", number=number), texts.say("voicemail.sms_link", link=link))
        text = " ".join(filter(None, (text, *hints)))
        yield sms_to(mobile, sender=sender, text=text)


def _caller(event: MessageLeft) -> str:
    if event.caller_name and event.caller:
        return f"{event.caller_name} ({event.caller})"
    return event.caller_name or event.caller


def _number(organization: Organization, group: str) -> str:
    """What one calls to hear it; empty: there is no number for it."""
    if group:
        own = organization.mailboxes[group].number
        leading = (one.number for one in organization.voicemail_numbers.values() if one.mailbox == group)
        return next(leading, own)
    return next((one.number for one in organization.voicemail_numbers.values() if one.kind == "user"), "")


def _recording(event: MessageLeft, otherwise: str) -> Attachment:
    return Attachment(path=event.path, name=f"{event.id}{PurePath(event.path).suffix}", otherwise=otherwise)
