"""Every key that the files know about levels is one of the registry, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from pbxd.config.models.settings import Permissions, Settings
from pbxd.org.levels import NOTHING, RING_SECONDS, SETTINGS, SPEAK_ACTIVITY, SWITCHBOARD, VOICEMAIL_EMAIL, Level
from pbxd.org.rules import PlayBusy, Step, ToNumber, ToQueue, ToVoicemail
from tests.unit.config.conftest import Files

BESIDE = {"switchboard", "schedule_admin", "acd_supervisor"}
"""Keys that stand beside `settings` in the files."""


def sections(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that an annotation may be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from sections(part)


def leaves(model: type[BaseModel], within: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        below = [one for one in sections(field.annotation) if one.__name__ not in ("To", "Place", "Say")]
        if below:
            yield from leaves(below[0], f"{within}{name}.")
        else:
            yield within + name


@pytest.mark.covers("LVL-3")
def test_every_key_of_the_files_is_declared() -> None:
    assert {*leaves(Settings, ""), *leaves(Permissions, "permissions."), *BESIDE} == set(SETTINGS)


def test_what_a_file_says_is_what_the_levels_say(files: Files) -> None:
    files.organization(
        "groups:\n  - name: sales\n",
        "settings: {voicemail: {email: attach, speak_activity: false}, on_busy: {to: voicemail, after: 5s},\n"
        "  call_handling: {landline: {outside_hours: '201'}}, declined: {queue: q}, absence: {start: {to: busy}}}\n"
        "queues: [{name: q, number: '290'}]\n"
        "groups:\n  - name: sales\n    settings: {voicemail: {email: notice}}\n    switchboard: '+4588887702'\n",
    )
    found = files.load().organizations["small"]
    sales, anna = found.groups["sales"], found.users["anna"]
    assert found.settings.values == {
        "voicemail.email": "attach",
        "voicemail.speak_activity": False,
        "on_busy": Step(target=ToVoicemail(), after=5),
        "call_handling.landline.outside_hours": Step(target=ToNumber("201")),
        "declined": ToQueue("q"),
        "absence.start": PlayBusy(),
        "switchboard": "+4588887700",
    }
    assert sales.settings.values == {"voicemail.email": "notice", "switchboard": "+4588887702"}
    assert anna.settings is found.users["bo"].settings is NOTHING
    assert found.effective(VOICEMAIL_EMAIL, anna).value == "attach"
    assert found.effective(SPEAK_ACTIVITY, anna).level is Level.ORGANIZATION
    assert found.effective(RING_SECONDS, anna).value == 30
    assert found.effective(SWITCHBOARD, anna).value == "+4588887700"


@pytest.mark.covers("LVL-6")
def test_a_default_of_queues_counts_key_by_key(files: Files) -> None:
    files.organization(
        "groups:\n",
        "defaults: {queue: {distribution: {ring_seconds: 15, parallel: 2}, wrap_up: 5s, mailbox: box}}\n"
        "queues:\n"
        "  - {name: one, number: '290'}\n"
        "  - {name: two, number: '291', distribution: {parallel: 4}, wrap_up: 0s, mailbox: other}\n"
        "group_mailboxes: [{name: box, number: '292'}, {name: other, number: '293'}]\n"
        "groups:\n",
    )
    queues = files.load().organizations["small"].queues
    assert [(queue.distribution.ring_seconds, queue.distribution.parallel) for queue in queues.values()] == [
        (15, 2),
        (15, 4),
    ]
    assert [(queue.wrap_up, queue.mailbox) for queue in queues.values()] == [(5, "box"), (0, "other")]
