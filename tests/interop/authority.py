"""A certificate authority of one test."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme


class Authority:
    """Signs the certificates of one test."""

    def __init__(self, directory: Path) -> None:
        self._ca = trustme.CA()
        self._directory = directory
        self.path = directory / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.path))

    def issues(self, *names: str, into: str = "server") -> tuple[Path, Path]:
        """A certificate and its key."""
        made = self._ca.issue_cert(*names)
        certificate, key = self._directory / f"{into}.pem", self._directory / f"{into}.key"
        certificate.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        made.private_key_pem.write_to_path(str(key))
        return certificate, key

    def client(self) -> ssl.SSLContext:
        """Trusts it, and nobody else."""
        return ssl.create_default_context(cafile=self.path)
