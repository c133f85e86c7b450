"""The mail server and the SMS gateway, as the snapshot holds them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from pbxd.config.gateways import HttpGateway, SmppGateway, SmsConfig, SmtpConfig
from pbxd.config.models import gateways as files

PORTS = {"none": 25, "starttls": 587, "tls": 465}
SMPP_PORTS = {"none": 2775, "tls": 3550}


def smtp(model: files.Smtp, folder: Path) -> SmtpConfig:
    """The section ``smtp``; relative paths are relative to ``folder``."""
    return SmtpConfig(
        host=model.host,
        port=model.port or PORTS[model.tls],
        sender=model.sender,
        username=model.username,
        password=model.password,
        security=cast('Literal["none", "starttls", "tls"]', model.tls),
        ca=folder / model.ca if model.ca else None,
        max_attachment=model.max_megabytes * 1_000_000,
    )


def sms(model: files.Sms, folder: Path) -> SmsConfig:
    """The section ``sms``."""
    gateway = _http(model, folder) if model.kind == "http" else _smpp(model, folder)
    return SmsConfig(gateway=gateway, sender=model.sender or "", per_hour=model.per_hour)


def _http(model: files.Sms, folder: Path) -> HttpGateway:
    assert model.url is not None, "the model has looked"
    return HttpGateway(
        url=model.url,
        method=model.method,
        encoding=model.encoding,
        fields=model.fields_,
        headers=dict(model.headers),
        username=model.username,
        password=model.password,
        ca=folder / model.ca if model.ca else None,
    )


def _smpp(model: files.Sms, folder: Path) -> SmppGateway:
    assert model.host is not None, "the model has looked"
    return SmppGateway(
        host=model.host,
        port=model.port or SMPP_PORTS[model.tls],
        system_id=model.username or "",
        password=model.password or "",
        system_type=model.system_type or "",
        security=cast('Literal["none", "tls"]', model.tls),
        ca=folder / model.ca if model.ca else None,
    )
