"""Certificates are tried before they count."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from pbxd.clock import SystemClock
from pbxd.sip.transport.certificates import WATCH_SECONDS, BadCertificate, Certificates, CertificateWatch, TlsFiles
from tests.support.clock import VirtualClock
from tests.unit.sip.transport.conftest import Issue

NOW = datetime.fromtimestamp(SystemClock().wall(), UTC)  # OpenSSL has the machine's time


def test_a_certificate_says_for_whom_and_how_long(issue: Issue) -> None:
    pair = issue("PBX.example", "*.example", not_after=NOW + timedelta(days=30, hours=1))
    (found,) = Certificates(TlsFiles(pairs=(pair,))).describe(NOW.timestamp())
    ends = int((NOW + timedelta(days=30, hours=1)).timestamp())
    names = ["pbx.example", "*.example"]
    assert found == {"certificate": str(pair[0]), "names": names, "expires": ends, "days_left": 30}


def test_a_missing_file(tmp_path: Path, issue: Issue) -> None:
    _, key = issue("pbx.example")
    with pytest.raises(BadCertificate, match="no such file"):
        Certificates(TlsFiles(pairs=((tmp_path / "none.pem", key),)))


def test_a_key_of_another_certificate(issue: Issue) -> None:
    certificate, _ = issue("pbx.example")
    _, key = issue("pbx.example", into="other")
    with pytest.raises(BadCertificate, match="key values mismatch"):
        Certificates(TlsFiles(pairs=((certificate, key),)))


def test_an_expired_certificate(issue: Issue) -> None:
    with pytest.raises(BadCertificate, match="certificate has expired"):
        Certificates(TlsFiles(pairs=(issue("pbx.example", not_after=NOW - timedelta(days=1)),)))


def test_a_file_that_is_none(tmp_path: Path, issue: Issue) -> None:
    certificate, key = issue("pbx.example")
    certificate.write_text("not a certificate")
    with pytest.raises(BadCertificate, match=r"server\.pem"):
        Certificates(TlsFiles(pairs=((certificate, key),)))


def test_an_authority_that_is_none(tmp_path: Path, issue: Issue) -> None:
    nothing = tmp_path / "ca.pem"
    nothing.write_text("")
    for files in (TlsFiles(pairs=(), ca=nothing), TlsFiles(pairs=(issue("pbx.example"),), client_ca=nothing)):
        with pytest.raises(BadCertificate, match=r"ca\.pem"):
            Certificates(files)


def test_a_bad_pair_changes_nothing_and_is_told_once(issue: Issue, caplog: pytest.LogCaptureFixture) -> None:
    certificates = Certificates(TlsFiles(pairs=(issue("pbx.example"),)))
    before = certificates.server
    issue("pbx.example", not_after=NOW - timedelta(days=1))
    for _ in range(3):
        assert not certificates.refresh()
    assert certificates.server is before
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("the new certificate is refused, the old one stays in force: ")
    assert "certificate has expired" in line


def test_half_a_pair_waits_for_the_other_half(issue: Issue) -> None:
    certificate, key = issue("pbx.example")
    certificates = Certificates(TlsFiles(pairs=((certificate, key),)))
    other_certificate, other_key = issue("new.example", into="new")
    shutil.copy(other_certificate, certificate)
    assert not certificates.refresh()
    shutil.copy(other_key, key)
    assert certificates.refresh()
    assert certificates.describe(0.0)[0]["names"] == ["new.example"]


async def test_the_files_are_watched(issue: Issue, clock: VirtualClock) -> None:
    certificates = Certificates(TlsFiles(pairs=(issue("pbx.example"),)))
    watch = CertificateWatch(certificates)
    issue("new.example")
    await asyncio.sleep(WATCH_SECONDS + 1)
    assert certificates.describe(0.0)[0]["names"] == ["new.example"]
    watch.stop()
    issue("last.example", by=trustme.CA())
    await asyncio.sleep(WATCH_SECONDS + 1)
    assert certificates.describe(0.0)[0]["names"] == ["new.example"]
