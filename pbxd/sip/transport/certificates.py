"""The certificates that we show, those that we trust, and their replacement while the server runs.

A pair is tried before it counts: a handshake in memory shows that the key belongs to the certificate, that the
certificate is valid today and may be used by a server, and what it says about itself.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pbxd.errors import PbxdError

DAY = 86_400
WATCH_SECONDS = 10.0
"""How often the files are looked at."""

_log = logging.getLogger("pbxd.tls")

Signature = tuple[tuple[int, int, int] | None, ...]


class BadCertificate(PbxdError):
    """A certificate or key that can't be used, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Where things are, and who has to show a certificate."""

    pairs: tuple[tuple[Path, Path], ...]
    """Certificate (with its chain) and key; the first is for clients that ask for no name that we know."""
    client_ca: Path | None = None
    """Clients are asked for a certificate by one of these authorities."""
    client_required: bool = True
    """With ``client_ca``: whether a client without a certificate is turned away."""
    ca: Path | None = None
    """Authorities that servers which we call may have theirs from, besides those of the system."""

    def __iter__(self) -> Iterator[Path]:
        """Every file."""
        for pair in self.pairs:
            yield from pair
        yield from (path for path in (self.client_ca, self.ca) if path is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One pair that was tried."""

    path: Path
    context: ssl.SSLContext
    names: tuple[str, ...]
    """DNS names in lower case; ``*.`` at the beginning stands for one label."""
    expires: float
    """Wall-clock seconds."""

    def is_for(self, name: str) -> bool:
        """Whether the certificate names a host (RFC 6125 6.4)."""
        return name in self.names or f"*.{name.partition('.')[2]}" in self.names


def dns_names(certificate: Mapping[str, Any]) -> tuple[str, ...]:
    """The DNS names of a certificate, in the form of ``getpeercert``."""
    return tuple(value.lower() for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS")


class Certificates:
    """What TLS connections are made with, from ``files``. Raises :class:`BadCertificate`."""

    def __init__(self, files: TlsFiles | None) -> None:
        """Without ``files`` we have no certificate: we can call, and not be called."""
        self._files = files or TlsFiles(pairs=())
        self._seen = self._signature()
        self._identities = self._load()

    @property
    def server(self) -> ssl.SSLContext:
        """For a connection that we accept now."""
        return self._identities[0].context

    @cached_property
    def client(self) -> ssl.SSLContext:
        """For a connection that we open now."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks the chain and the name
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_default_certs()
        if self._files.ca is not None:
            _trust(context, self._files.ca)
        if self._files.pairs:
            context.load_cert_chain(*self._files.pairs[0])
        return context

    def refresh(self) -> bool:
        """Take files that changed since the last time, all or none; returns whether they are in force.

        Connections that are open keep what they were made with.
        """
        signature = self._signature()
        if signature == self._seen:
            return False
        self._seen = signature
        try:
            self._identities = self._load()
        except BadCertificate as error:
            _log.warning("the new certificate is refused, the old one stays in force: %s", error)
            return False
        self.__dict__.pop("client", None)
        for identity in self._identities:
            _log.info("certificate %s is in force", identity.path)
        return True

    def describe(self, now: float) -> list[dict[str, Any]]:
        """Each certificate with the days that it is still valid, at wall-clock ``now``."""
        return [
            {
                "certificate": str(identity.path),
                "names": list(identity.names),
                "expires": identity.expires,
                "days_left": int((identity.expires - now) // DAY),
            }
            for identity in self._identities
        ]

    def _load(self) -> tuple[Identity, ...]:
        files = self._files
        if files.ca is not None:
            _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), files.ca)
        identities = tuple(_identity(*pair, files) for pair in files.pairs)
        for identity in identities[:1]:
            identity.context.sni_callback = _Chooser(identities)
        return identities

    def _signature(self) -> Signature:
        return tuple(map(_stamp, self._files))


class CertificateWatch:
    """Looks for changed files now and then, from when it is made until it is stopped."""

    def __init__(self, certificates: Certificates) -> None:
        self._certificates = certificates
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(WATCH_SECONDS, self._look)

    def stop(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        self._certificates.refresh()
        self._timer = self._loop.call_later(WATCH_SECONDS, self._look)


class _Chooser:
    """OpenSSL's callback at the server name of a ClientHello (RFC 6066 3)."""

    def __init__(self, identities: Sequence[Identity]) -> None:
        self._identities = identities

    def __call__(self, tls: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        if name is not None:
            wanted = name.lower()
            chosen = next((identity for identity in self._identities if identity.is_for(wanted)), self._identities[0])
            tls.context = chosen.context


def _identity(certificate: Path, key: Path, files: TlsFiles) -> Identity:
    context = _server_context(certificate, key)
    found = _try(certificate, _server_context(certificate, key))
    if files.client_ca is not None:
        _trust(context, files.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED if files.client_required else ssl.CERT_OPTIONAL
    return Identity(
        path=certificate,
        context=context,
        names=dns_names(found),
        expires=ssl.cert_time_to_seconds(found["notAfter"]),
    )


def _server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    try:
        # The empty password keeps OpenSSL from asking for one at the terminal.
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        raise BadCertificate(f"{certificate} with {key}: {_why(error)}") from error
    return context


def _trust(context: ssl.SSLContext, authorities: Path) -> None:
    try:
        context.load_verify_locations(authorities)
    except (OSError, ValueError) as error:
        raise BadCertificate(f"{authorities}: {_why(error)}") from error


def _try(certificate: Path, context: ssl.SSLContext) -> dict[str, Any]:
    """Shake hands with ourselves, trusting exactly this certificate; what it says in the form of ``getpeercert``."""
    judge = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    judge.check_hostname = False
    judge.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    _trust(judge, certificate)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client, server = judge.wrap_bio(back, there), context.wrap_bio(there, back, server_side=True)
    for side in (client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLError as error:
            raise BadCertificate(f"{certificate}: {_why(error)}") from error
    found = client.getpeercert()
    assert found is not None, "the handshake is over"
    return found


def _why(error: Exception) -> str:
    """An error in words, without OpenSSL's place in its source."""
    message: str = getattr(error, "verify_message", "")
    if message:
        return message
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no certificate or key that can be read").lower().replace("_", " ")
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
