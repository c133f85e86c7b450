"""Where mails and SMS are handed over, as the snapshot holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

Fields: TypeAlias = "str | tuple[Fields, ...] | Mapping[str, Fields]"
"""What a gateway is sent, with ``{to}``, ``{from}``, ``{number}`` and ``{text}`` in its texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpConfig:
    """The section ``smtp``."""

    host: str
    port: int
    sender: str
    """The address that mails come from."""
    username: str | None
    password: str | None = field(repr=False)
    security: Literal["none", "starttls", "tls"]
    ca: Path | None
    """Certificates that the server's may be signed by; ``None``: those of the machine."""
    max_attachment: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConfig:
    """An address that is told of events."""

    url: str = field(repr=False)
    """May have a secret in it."""
    events: tuple[str, ...]
    """Names; empty: all that are told outside."""
    secret: str | None = field(repr=False)
    organization: str | None
    """Only its events; ``None``: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpGateway:
    """The section ``sms`` of kind ``http``."""

    url: str
    method: Literal["POST", "PUT", "GET"]
    encoding: Literal["json", "form"]
    """How the fields are written into the body; with GET they are in the address."""
    fields: Mapping[str, Fields]
    headers: Mapping[str, str] = field(repr=False)
    username: str | None
    password: str | None = field(repr=False)
    ca: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmppGateway:
    """The section ``sms`` of kind ``smpp``."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    system_type: str
    security: Literal["none", "tls"]
    ca: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsConfig:
    """The section ``sms``."""

    gateway: HttpGateway | SmppGateway
    sender: str
    """Name or number that SMS come from where nobody has one of his own; may be empty."""
    per_hour: int
    """SMS that one user may send in an hour."""
