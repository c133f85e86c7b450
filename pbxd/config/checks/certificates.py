"""The files under ``tls``: that they can be read, belong together, and are valid for a while yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath

from pbxd.config.judging import File
from pbxd.config.models.server import Server
from pbxd.config.source import Path
from pbxd.errors import ConfigProblem
from pbxd.sip.transport.certificates import BadCertificate, Certificates, TlsFiles

SOON = 14
"""Days before its end in which a certificate is worth a word."""


def check_certificates(file: File[Server], folder: FilePath, now: float) -> tuple[list[ConfigProblem], list[str]]:
    """Open every certificate and key, at wall-clock ``now``: what can't be used, and what soon can't any more."""
    problems: list[ConfigProblem] = []
    warnings: list[str] = []
    for path, files in _parts(file.model, folder):
        try:
            found = Certificates(files).describe(now)
        except BadCertificate as error:
            problems.append(file.problem(path, str(error)))
            continue
        place = f"{file.source.name}:{file.source.line(path)}"
        warnings += [
            f"{one['certificate']} is valid for {one['days_left']} more days ({place})"
            for one in found
            if one["days_left"] < SOON
        ]
    return problems, warnings


def _parts(server: Server, folder: FilePath) -> Iterator[tuple[Path, TlsFiles]]:
    """Each pair and each list of authorities by itself, so that each mistake has its line."""
    tls = server.tls
    if tls is None:
        return
    yield ("tls", "certificate"), TlsFiles(pairs=((folder / tls.certificate, folder / tls.key),))
    for index, pair in enumerate(tls.more):
        yield ("tls", "more", index, "certificate"), TlsFiles(pairs=((folder / pair.certificate, folder / pair.key),))
    for name, authorities in (("client_ca", tls.client_ca), ("ca", tls.ca)):
        if authorities:
            yield ("tls", name), TlsFiles(pairs=(), ca=folder / authorities)
