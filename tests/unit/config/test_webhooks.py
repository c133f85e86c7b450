"""Webhooks in the server's file."""

from __future__ import annotations

import pytest

from pbxd.config.gateways import WebhookConfig
from tests.unit.config.conftest import Files

URL = "url: https://crm.example/pbx"


@pytest.mark.parametrize(
    ("webhook", "problem"),
    [
        ("url: nowhere", "webhooks.0.url"),
        (
            f"{URL}, events: [call-endet]",
            "no event that is told outside is called `call-endet` (did you mean",
        ),
        (f"{URL}, events: [keys-pressed]", "no event that is told outside is called `keys-pressed`"),
        (f"{URL}, secret: short", "a secret has 24 characters at least"),
    ],
)
def test_what_does_not_fit_is_told(files: Files, webhook: str, problem: str) -> None:
    files.server(f"webhooks: [{{{webhook}}}]\n")
    assert any(problem in found for found in files.problems()), files.problems()


def test_what_it_comes_to(files: Files) -> None:
    files.server(f"webhooks: [{{{URL}, events: [call-ended]}}]\n")
    [found] = files.load().server.webhooks
    assert found == WebhookConfig(url="https://crm.example/pbx", events=("call-ended",), secret=None, organization=None)
    assert "crm" not in repr(found)
