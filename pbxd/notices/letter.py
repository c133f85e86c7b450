"""What is sent: mails and SMS as plain values, and what came of an attempt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol, TypeAlias
from urllib.parse import urlsplit

from pbxd.compact import encoder

Channel: TypeAlias = Literal["email", "sms", "webhook"]

_encode = encoder(ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes along."""

    path: str
    """Read when the mail is sent, and not before."""
    name: str
    otherwise: str = ""
    """Said at the end of the text where the file is gone by then, or too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one person. Its identification stays, so that mail programs know a second copy."""

    to: str
    from_name: str
    subject: str
    text: str
    identification: str
    """Left of the ``@`` of its Message-ID."""
    written: float
    """Wall-clock seconds."""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """One SMS, which may take several parts."""

    to: str
    """E.164 with ``+``."""
    sender: str
    """A number, or a name of up to eleven characters; may be empty."""
    text: str = field(repr=False)
    number: str = ""
    """To which one answers, for gateways that take one besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """An event for a program."""

    to: str
    """An address that is configured."""
    text: str = field(repr=False)
    """JSON."""
    identification: str
    """The same at each attempt, so that the receiver knows a second copy."""


Letter: TypeAlias = Mail | Sms | Hook


def channel_of(letter: Letter) -> Channel:
    """By what it goes."""
    match letter:
        case Mail():
            return "email"
        case Sms():
            return "sms"
        case Hook():
            return "webhook"


def recipient_of(letter: Letter) -> str:
    """Whom it is for, as people may read it: of a web address no more than the host, for the rest may be a secret."""
    return urlsplit(letter.to).hostname or "" if isinstance(letter, Hook) else letter.to


def line_of(channel: str, recipient: str) -> str:
    """With what else a letter waits while something is not reached: with its channel, or those for the same host."""
    return f"{channel} {recipient}" if channel == "webhook" else channel


def as_data(letter: Letter) -> dict[str, Any]:
    """The letter as JSON can hold it."""
    return {"channel": channel_of(letter), **asdict(letter)}


def to_text(letter: Letter) -> str:
    """The letter for the database."""
    return _encode(as_data(letter))


def from_data(data: dict[str, Any]) -> Letter:
    """What :func:`as_data` was given; raises ``KeyError`` and ``TypeError`` for anything else."""
    fields = dict(data)
    match fields.pop("channel"):
        case "sms":
            return Sms(**fields)
        case "webhook":
            return Hook(**fields)
    attachments = tuple(Attachment(**one) for one in fields.pop("attachments"))
    return Mail(**fields, attachments=attachments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The next server has it, and it is his from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """This letter will never be taken."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delayed:
    """This letter was not taken this time."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """Nothing can be sent by that channel just now."""

    reason: str


Outcome: TypeAlias = Sent | Refused | Delayed | Unreachable


class Sender(Protocol):
    """Whoever gets letters out."""

    def can(self, channel: Channel) -> bool:
        """Whether it is configured where letters of this channel go."""
        ...

    async def send(self, notice: int, letter: Letter) -> Outcome:
        """Try once; ``notice`` is its number. Raises nothing but bugs, and ends within a few minutes."""
        ...

    def subscribe(self, reported: Callable[[int, str], None]) -> None:
        """Have the number of an SMS, and what became of it, told when the gateway says so."""
        ...

    def stop(self) -> None:
        """Give up whatever is being sent, at once."""
        ...
