"""A transport on the network in memory, on virtual time, with certificates made here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from pbxd.sip.transport.certificates import TlsFiles
from tests.support.plugin import clock, network, pytest_asyncio_loop_factories

__all__ = ["clock", "network", "pytest_asyncio_loop_factories"]

Issue = Callable[..., tuple[Path, Path]]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def issue(authority: trustme.CA, tmp_path: Path) -> Issue:
    """Write a certificate for names, and its key."""

    def write(*names: str, by: trustme.CA | None = None, into: str = "server", **more: object) -> tuple[Path, Path]:
        made = (by or authority).issue_cert(*names, **more)  # type: ignore[arg-type]
        certificate, key = tmp_path / f"{into}.pem", tmp_path / f"{into}.key"
        certificate.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        key.write_bytes(made.private_key_pem.bytes())
        return certificate, key

    return write


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> Path:
    """The authority's own certificate."""
    path = tmp_path / "ca.pem"
    path.write_bytes(authority.cert_pem.bytes())
    return path


@pytest.fixture
def files(issue: Issue, trusted: Path) -> TlsFiles:
    """A server's certificate, and the authority that others' have theirs from."""
    return TlsFiles(pairs=(issue("pbx.example", "192.0.2.1"),), ca=trusted)
