"""The server's file and its trunks, as the snapshot holds them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from pathlib import Path

from pbxd.config.building.gateways import sms, smtp
from pbxd.config.gateways import WebhookConfig
from pbxd.config.models import server as server_files
from pbxd.config.place import anchored
from pbxd.config.snapshot import (
    Account,
    ApiToken,
    HttpConfig,
    IdentityPolicy,
    LimitsConfig,
    LogConfig,
    Login,
    Match,
    MediaConfig,
    ServerConfig,
    Trunk,
)
from pbxd.sip.transport.certificates import TlsFiles
from pbxd.speech.engines.engine import SpeechConfig


def server(model: server_files.Server, folder: Path) -> ServerConfig:
    """The server's part; relative paths are relative to ``folder``."""
    media, limits = model.media, model.limits
    return ServerConfig(
        listen=tuple(model.listen),
        digest=tuple(algorithm.upper() for algorithm in model.digest),
        tls=_tls(model.tls, folder) if model.tls is not None else None,
        external_address=model.external_address,
        large_requests=model.large_requests,
        name_servers=tuple(model.name_servers),
        session_expires=model.session_expires,
        database=anchored(model.database, folder),
        media=MediaConfig(
            rtp_ports=media.rtp_ports,
            codecs=tuple(media.codecs),
            engine=media.engine,
            srtp=media.srtp,
            timeout=media.timeout,
        ),
        smtp=smtp(model.smtp, folder) if model.smtp is not None else None,
        sms=sms(model.sms, folder) if model.sms is not None else None,
        http=_http(model.http) if model.http is not None else None,
        webhooks=tuple(
            WebhookConfig(url=one.url, events=tuple(one.events), secret=one.secret, organization=one.organization)
            for one in model.webhooks
        ),
        api_tokens=tuple(_api_token(token) for token in model.api_tokens),
        log=LogConfig(format=model.log.format, level=model.log.level),
        speech=SpeechConfig(
            engine=model.speech.engine,
            voices={language: str(folder / file) for language, file in model.speech.voices.items()},
        ),
        limits=LimitsConfig(
            calls=limits.calls,
            calls_per_second=limits.calls_per_second,
            registrations_per_user=limits.registrations_per_user,
            connections=limits.connections,
            connections_per_address=limits.connections_per_address,
            connection_idle=limits.connection_idle,
            ban_after=limits.ban_after,
        ),
        ledger_days=model.retention.ledger_days if model.retention is not None else None,
        drain=model.drain,
        data=folder / model.data,
    )


def _http(model: server_files.Http) -> HttpConfig:
    public_url = (model.public_url or str(model.listen)).rstrip("/")
    return HttpConfig(listen=model.listen, public_url=public_url, public=model.public_url is not None)


def _api_token(model: server_files.ApiToken) -> ApiToken:
    return ApiToken(
        name=model.name,
        sha256=model.token,
        scopes=frozenset(model.scopes),
        organization=model.organization,
        user=model.user,
    )


def _tls(model: server_files.Tls, folder: Path) -> TlsFiles:
    return TlsFiles(
        pairs=tuple((folder / pair.certificate, folder / pair.key) for pair in (model, *model.more)),
        client_ca=folder / model.client_ca if model.client_ca else None,
        client_required=model.client_certificates == "required",
        ca=folder / model.ca if model.ca else None,
    )


def trunks(models: Sequence[server_files.Trunk]) -> dict[str, Trunk]:
    """The trunks by name, in the order of their priority."""
    return {model.name: _trunk(model) for model in sorted(models, key=lambda model: model.priority)}


def _trunk(model: server_files.Trunk) -> Trunk:
    return Trunk(
        name=model.name,
        address=model.address,
        match=tuple(matches(model)),
        number_format=model.number_format,
        codecs=tuple(model.codecs),
        organizations=tuple(model.organizations),
        max_calls=model.max_calls,
        priority=model.priority,
        weight=model.weight,
        options_every=model.options_every,
        reply_within=model.reply_within,
        called_number_from=model.called_number_from,
        account=_account(model.register_),
        login=Login(username=model.login.username, password=model.login.password) if model.login else None,
        certificate=model.certificate.lower() if model.certificate else None,
        trusted=model.trusted,
        dtmf=model.dtmf,
        identity=IdentityPolicy(
            from_=model.from_,
            asserted=model.identity or ("p-asserted-identity" if model.trusted else "none"),
            caller_number=model.caller_number,
            diversion=model.diversion,
        ),
        srtp=model.srtp,
    )


def _account(model: server_files.Register | None) -> Account | None:
    if model is None:
        return None
    return Account(username=model.username, password=model.password, domain=model.domain, expires=model.expires)


def matches(model: server_files.Trunk) -> list[Match]:
    """Where a trunk's calls come from: as it says, or from its own address where that is an IP address.

    A trunk that proves itself by a password or a certificate is not believed for its address as well.
    """
    if model.match or model.login is not None or model.certificate is not None:
        return model.match
    place = re.fullmatch(r"sips?:(?:\[([^\]]+)\]|([^:;]+))(?::([0-9]+))?(?:;.*)?", model.address)
    assert place is not None, "the model has read it"
    try:
        host = ipaddress.ip_address(place[1] or place[2])
    except ValueError:
        return []
    return [Match(network=ipaddress.ip_network(host), port=int(place[3]) if place[3] else None)]
