"""The key `srtp`: of a device, of a trunk, and of the server for those that don't say."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbxd.config import ConfigError, Configuration, load
from tests.support.house import ORGANIZATION, SETTINGS, configure


def configured(directory: Path, *, media: str = "", trunk: str = "", device: str = "") -> Configuration:
    settings = SETTINGS.replace("media: {", f"media: {{{media}").replace(
        "    number_format", f"{trunk}    number_format"
    )
    organization = ORGANIZATION.replace("{name: bo-desk, ", f"{{name: bo-desk, {device}")
    return configure(directory, settings=settings, organization=organization)


def said(configuration: Configuration) -> tuple[str | None, str | None, str]:
    device = configuration.organizations["house"].device("bo-desk")
    assert device is not None
    return device.srtp, configuration.trunks["trunk"].srtp, configuration.server.media.srtp


def test_sound_is_not_encrypted_by_default(tmp_path: Path) -> None:
    configuration = configured(tmp_path)
    assert said(configuration) == (None, None, "off")
    assert configuration.inactive == ()


def test_each_may_say_its_own(tmp_path: Path) -> None:
    configuration = configured(tmp_path, media="srtp: offer, ", trunk="    srtp: require\n", device="srtp: off, ")
    assert said(configuration) == ("off", "require", "offer")
    assert configuration.inactive == ()


def test_anything_else_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="srtp"):
        configured(tmp_path, device="srtp: maybe, ")


def test_the_example_offers_it_to_its_trunk() -> None:
    configuration = load(Path(__file__).parents[3] / "config" / "pbxd.yaml")
    assert "offer" in {trunk.srtp for trunk in configuration.trunks.values()}
