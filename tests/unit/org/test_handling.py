"""Ready-made call handling: what each setting comes to as rules."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from pbxd.org.activities import Activity
from pbxd.org.handling import Topic, handling, handling_rules, prompts
from pbxd.org.levels import Level, Settings
from pbxd.org.organization import Group, Organization
from pbxd.org.rules import Step, ToSwitchboard, ToVoicemail
from pbxd.org.sentence import write
from pbxd.org.users import LineType, User

AT_LUNCH = prompts(
    (
        Activity(name="available", available=True, prompt="hello"),
        Activity(name="lunch", available=False, prompt="at-lunch"),
        Activity(name="meeting", available=False),
    )
)


@pytest.mark.covers("RULE-6")
@pytest.mark.parametrize(
    ("line", "topic", "says", "sentences"),
    [
        (
            "landline",
            "activity",
            "message-then-voicemail",
            [
                "when the landline is called and the activity is lunch and the user is not available, voicemail with"
                " announcement at-lunch",
                "when the landline is called and the user is not available, voicemail",
            ],
        ),
        (
            "mobile",
            "activity",
            "message-only",
            [
                "when the mobile line is called and the activity is lunch and the user is not available,"
                " play announcement at-lunch",
                "when the mobile line is called and the user is not available, voicemail without leaving a message",
            ],
        ),
        (
            "landline",
            "activity",
            "voicemail-only",
            ["when the landline is called and the user is not available, voicemail"],
        ),
        (
            "landline",
            "activity",
            "switchboard",
            ["when the landline is called and the user is not available, switchboard"],
        ),
        (
            "landline",
            "busy",
            "personal-queue",
            [
                "when the landline is called and either the user is in a call or an earlier attempt was busy,"
                " personal queue"
            ],
        ),
        (
            "landline",
            "busy",
            "voicemail",
            ["when the landline is called and either the user is in a call or an earlier attempt was busy, voicemail"],
        ),
        (
            "mobile",
            "busy",
            "voicemail-call-waiting",
            ["when the mobile line is called and an earlier attempt was busy, voicemail"],
        ),
        (
            "landline",
            "no_answer",
            Step(target=ToVoicemail(), after=30),
            ["when the landline is called, ring all devices, then voicemail after 30 seconds"],
        ),
        (
            "landline",
            "outside_hours",
            Step(target=ToSwitchboard()),
            ["when the landline is called and night mode is on, switchboard"],
        ),
        (
            "landline",
            "outside_hours",
            Step(target=ToVoicemail(announce="closed"), after=10),
            [
                "when the landline is called and night mode is on, ring all devices, then voicemail with announcement"
                " closed after 10 seconds"
            ],
        ),
    ],
)  # fmt: skip
def test_a_set_as_rules(line: LineType, topic: Topic, says: str | Step, sentences: list[str]) -> None:
    assert [write(rule) for rule in handling_rules(line, topic, says, AT_LUNCH)] == sentences


@pytest.mark.covers("RULE-6")
def test_groups_carry_sets_and_the_nearest_level_wins() -> None:
    default = Step(target=ToVoicemail(), after=30)
    organization = Organization(
        name="house",
        title="House",
        domain="house.example",
        country="DK",
        timezone=ZoneInfo("Europe/Copenhagen"),
        languages=("en",),
        settings=Settings(**{"call_handling.landline.no_answer": default, "call_handling.mobile.busy": "voicemail"}),
        groups={
            "front": Group(
                name="front", priority=0, settings=Settings(**{"call_handling.landline.busy": "switchboard"})
            )
        },
    )
    anna = User(username="anna", name="Anna", language="en", groups=("front",))
    found = list(handling(organization, anna, "landline"))
    assert [(one.source.level, one.source.name) for one in found] == [
        (Level.GROUP, "front"),
        (Level.ORGANIZATION, "house"),
    ]
    assert found[1].rule in handling_rules("landline", "no_answer", default)
    (mobile,) = handling(organization, anna, "mobile")
    assert mobile.source.setting == "call_handling.mobile.busy"
