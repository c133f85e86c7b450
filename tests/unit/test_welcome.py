"""What a newcomer is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pbxd.config import Configuration, Listen, load
from pbxd.welcome import PHONES, welcome_text

CONFIGURATION = load(Path(__file__).parents[2] / "config" / "pbxd.yaml")
NORDHAVN = CONFIGURATION.organizations["nordhavn"]


def welcome(configuration: Configuration) -> str:
    return welcome_text(configuration, command="bin/pbxd")


def test_it_has_everything_that_a_phone_and_its_user_need() -> None:
    text = welcome(CONFIGURATION)
    assert "127.0.0.1 port 5060 (udp), 127.0.0.1 port 5060 (tcp), 127.0.0.1 port 5080 (ws)" in text
    assert "domain nordhavn.example" in text
    for user in NORDHAVN.users.values():
        for device in user.devices:
            if device.registers:
                [row] = [line for line in text.splitlines() if line.split()[:2] == [device.name, device.password]]
                assert user.name in row
                assert all(line.alias is None or line.alias in row for line in user.lines)
    assert "Ctrl-C" in text
    assert f"bin/pbxd status --config {CONFIGURATION.path}" in text


def test_a_phone_that_cannot_register_is_left_out() -> None:
    anna = NORDHAVN.users["anna"]
    mute = replace(anna, devices=tuple(replace(device, password="") for device in anna.devices))
    organization = replace(NORDHAVN, users={"anna": mute})
    text = welcome(replace(CONFIGURATION, organizations={"nordhavn": organization}))
    assert not any(device.name in text for device in anna.devices)


def test_of_many_phones_some_are_shown() -> None:
    bo = NORDHAVN.users["bo"]
    device = bo.devices[0]
    users = {
        f"u{number}": replace(bo, username=f"u{number}", devices=(replace(device, name=f"phone-{number:03}"),))
        for number in range(PHONES + 5)
    }
    organization = replace(NORDHAVN, users=users)
    text = welcome(replace(CONFIGURATION, organizations={"nordhavn": organization}))
    assert text.count("phone-") == PHONES
    assert "and 5 more" in text


def test_a_wildcard_is_put_in_words() -> None:
    server = replace(CONFIGURATION.server, listen=(Listen(transport="udp", host="0.0.0.0", port=5070),))
    assert "any address of this machine port 5070 (udp)" in welcome(replace(CONFIGURATION, server=server))
