"""Rules as sentences: what is understood, what is written, and what is said of a mistake."""

from __future__ import annotations

import importlib
import time
from datetime import date
from datetime import time as clock

import pytest

from pbxd.org import rules as r
from pbxd.org.sentence import (
    LANGUAGES,
    SentenceError,
    read,
    read_condition,
    read_target,
    write,
    write_condition,
    write_target,
)

IN_A_CALL = r.Rule(
    when=r.AllOf((r.CallIs("received"), r.InACall())),
    do=(
        r.Step(target=r.RingDevices(("desk", "softphone"))),
        r.Step(target=r.ToVoicemail(), after=10),
    ),
)


@pytest.mark.covers("RULE-4")
@pytest.mark.parametrize(
    "text",
    [
        "when a call is received and the user is in a call, ring desk phone and softphone, then voicemail after 10 s",
        "When a call is received and the user is in a call, ring desk and softphone, then voicemail after 10 seconds.",
        # The words of the catalogue.
        "when a call is received and the user is in a call, ring desk phone and softphone at once and voicemail after"
        " 10 seconds",
        "når et opkald modtages og brugeren er i en samtale, ring på bordtelefon og softphone, derefter voicemail efter"
        " 10 sekunder",
        "hvis opkaldet kommer ind og brugeren er i samtale, så ring på bordtelefonen og softphonen og"
        " så voicemail efter 10 s",
        "när ett samtal tas emot och användaren är i ett samtal, ring bordstelefon och softphone, därefter röstbrevlåda"
        " efter 10 sekunder",
        "om ett samtal kommer in och användaren sitter i samtal, ring på bordstelefonen och softphonen, sedan voicemail"
        " efter 10s",
    ],
)
def test_one_rule_in_many_words(text: str) -> None:
    assert read(text) == IN_A_CALL


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            "when a call is received and the user is in a call, ring desk phone and softphone, then voicemail"
            " after 10 seconds",
        ),
        (
            "da",
            "når et opkald modtages og brugeren er i en samtale, ring på bordtelefon og softphone, derefter voicemail"
            " efter 10 sekunder",
        ),
        (
            "sv",
            "när ett samtal tas emot och användaren är i ett samtal, ring bordstelefon och softphone, därefter"
            " röstbrevlåda efter 10 sekunder",
        ),
    ],
)
def test_it_is_written_as_administrators_would(language: str, text: str) -> None:
    assert write(IN_A_CALL, language) == text


A, B, C = r.InACall(), r.CallerIs("vip"), r.ActivityIs("lunch")


@pytest.mark.covers("RULE-2")
@pytest.mark.parametrize(
    ("condition", "written"),
    [
        (r.AllOf((A, B, C)), "the user is in a call and the caller is VIP and the activity is lunch"),
        (r.AnyOf((r.AllOf((A, B)), C)), "(the user is in a call and the caller is VIP) or the activity is lunch"),
        (r.AllOf((A, r.AnyOf((B, C)))), "the user is in a call and either the caller is VIP or the activity is lunch"),
        (r.AllOf((r.AnyOf((A, B)), C)), "(the user is in a call or the caller is VIP) and the activity is lunch"),
        (r.Not(r.AnyOf((A, B))), "not (the user is in a call or the caller is VIP)"),
        (r.Not(r.Not(A)), "not (the user is not in a call)"),
        (r.AllOf((r.Not(A), r.Not(r.InWorkingHours()))), "the user is not in a call and working hours are off"),
        (r.AllOf((A, r.AllOf((B, C)))), "the user is in a call and (the caller is VIP and the activity is lunch)"),
    ],
)
def test_what_belongs_together_is_clear(condition: r.Condition, written: str) -> None:
    assert write_condition(condition) == written
    assert read_condition(written) == condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        (
            "the user is in a call and the caller is VIP or the activity is lunch",
            r.AnyOf((r.AllOf((A, B)), C)),
        ),
        ("either the caller is VIP, or the activity is lunch", r.AnyOf((B, C))),
        ("når enten opkalderen er VIP eller aktiviteten er lunch", r.AnyOf((B, C))),
        ("när antingen uppringaren är VIP eller aktiviteten är lunch", r.AnyOf((B, C))),
        ("not the user is in a call", r.Not(A)),
        ("the day is Monday to Thursday, Saturday or sun", r.OnDays(("mon", "tue", "wed", "thu", "sat", "sun"))),
        ("the day is friday to monday", r.OnDays(("fri", "sat", "sun", "mon"))),
        (
            "the day is Monday or Tuesday or the caller is VIP",
            r.AnyOf((r.OnDays(("mon", "tue")), B)),
        ),
        ("the date is between 2026-12-24 and 2026-12-26", r.OnDates(date(2026, 12, 24), date(2026, 12, 26))),
        ("the time is between 8:00 and 24:00", r.BetweenTimes(clock(8), clock(0))),
        ("opkalderen er ikke VIP", r.Not(B)),
        ("opkalderen ikke er VIP", r.Not(B)),
        ("den, der ringer, er VIP", B),
        ("uppringaren är inte VIP", r.Not(B)),
        ("NIGHT MODE IS ON", r.InNightMode()),
        ("the activity is available", r.ActivityIs("available")),
        ('the activity is "not lunch"', r.ActivityIs("not lunch")),
    ],
)
def test_conditions_in_other_words(text: str, condition: r.Condition) -> None:
    assert read_condition(text) == condition


@pytest.mark.covers("RULE-3")
@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("voicemail of group support-box", r.ToMailbox("support-box")),
        ("hunt group 1510", r.ToHuntGroup("1510")),
        ("201", r.ToNumber("201")),
        ("forward to +4530303030", r.ToNumber("+4530303030")),
        ("ring every phone", r.RingDevices(("all",))),
        ("send the call to the switchboard", r.ToSwitchboard()),
        ("voicemail of user bo with announcement closed without leaving a message",
         r.ToVoicemail(user="bo", announce="closed", record=False)),
        ("stil om til køen support", r.ToQueue("support")),
        ("telefonsvarer", r.ToVoicemail()),
        ("koppla till växeln", r.ToSwitchboard()),
        ("afvis som spærret", r.RejectAs("barred")),
        ("afvis som barred", r.RejectAs("barred")),
        ('reject as "line is closed"', r.RejectAs("line is closed")),
        ("hide the number", r.SetNumber("hidden")),
        ("show number +4588887700", r.SetNumber("+4588887700")),
    ],
)  # fmt: skip
def test_targets_in_other_words(text: str, target: r.Target) -> None:
    assert read_target(text) == target


@pytest.mark.covers("RULE-3")
def test_what_rings_together_and_what_follows() -> None:
    rule = read(
        "ring desk and user bo, and also mobile for 20 seconds after 5 seconds, then 201, voicemail after 1 minute"
    )
    assert rule.do == (
        r.Step(target=r.RingDevices(("desk",))),
        r.Step(target=r.ToUser("bo"), joins=True),
        r.Step(target=r.RingDevices(("mobile",)), joins=True, duration=20, after=5),
        r.Step(target=r.ToNumber("201")),
        r.Step(target=r.ToVoicemail(), after=60),
    )


def test_names_that_would_be_misread_are_quoted() -> None:
    for name, shown in (("bo", "bo"), ("then", '"then"'), ("two words", '"two words"'), ('a"b', r'"a\"b"'), ("", '""')):
        assert write_target(r.ToUser(name)) == f"user {shown}"
        assert read_target(f"user {shown}") == r.ToUser(name)


@pytest.mark.parametrize("code", LANGUAGES)
def test_words_that_need_no_quotes_are_names_everywhere(code: str) -> None:
    assert write_condition(r.ActivityIs("available"), "en") == "the activity is available"
    words = importlib.import_module(f"pbxd.org.sentence.{NAMES[code]}")
    for name in getattr(words, NAMES[code].upper()).names.split():
        for condition in (r.ActivityIs(name), r.Not(r.ActivityIs(name)), r.ScheduleOpen(name), r.CallerInGroup(name)):
            assert read_condition(write_condition(condition, code), code) == condition
        for target in (
            r.ToUser(name),
            r.ToQueue(name),
            r.ToMenu(name),
            r.SetLanguage(name),
            r.Announce(name),
            r.ToVoicemail(user=name, announce=name, record=False),
        ):
            assert name in write_target(target, code)
            assert read_target(write_target(target, code), code) == target


NAMES = {"en": "english", "da": "danish", "sv": "swedish"}


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        (
            "when the usr is in a call, voicemail",
            "usr",
            "after `when the`: `usr is in a call, voicemail` is not",
            "`user`",
        ),
        ("when the user is in a cal, voicemail", "cal,", "is not understood", "did you mean `call`?"),
        ("when a call is received then voicemial", "voicemial", "is not understood", "did you mean `voicemail`?"),
        ("ring all devices, then", "", "the sentence ends too early", "here may stand"),
        ("when the activity is", "", "the sentence ends too early", "here may stand"),
        ("voicemail, then", "", "the sentence ends too early", ""),
        ("", "", "the sentence ends too early", ""),
        ("when (the caller is VIP, voicemail", ", voicemail", "the bracket is not closed", "at character 6"),
        ('user "bo', '"bo', "the text in quotes is not closed", ""),
        (r'user "b\o"', '"b', "a backslash that means nothing", r"`\\`"),
        (
            "when either the caller is VIP or the day is Monday and the user is in a call, voicemail",
            "and the user",
            "it can't be told what `and` belongs to",
            "put brackets",
        ),
        ("when either the caller is VIP, voicemail", ", voicemail", "`either` is not followed by `or`", ""),
        ("voicemail after 5 seconds after 6 seconds", "after 6", "two times of the same kind", ""),
        (
            "når brugeren er i en samtal, voicemail",
            "samtal,",
            "is not understood",
            "did you mean `samtale`?",
        ),
        ("när användaren är i ett samtl, röstbrevlåda", "samtl", "is not understood", "did you mean `samtal`?"),
        ("when it is lunch time, voicemail", "lunch", "is not understood", ""),
    ],
)
def test_mistakes_are_shown_where_they_are(text: str, place: str, message: str, hint: str) -> None:
    with pytest.raises(SentenceError) as caught:
        read(text)
    assert caught.value.position == (text.index(place) if place else len(text))
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "when " + "(" * 4_000,
        "when " + "not " * 2_400 + "always, voicemail",
        "voicemail" + ", then voicemail" * 600,
        "when " + "the caller is VIP or " * 450 + "always, voicemail",
        "when the day is " + "Monday, " * 1_200 + "Tuesday, voicemail",
        "ring " + "desk and " * 1_000 + "desk",
        "when " + "either the caller is VIP or " * 350 + "always, voicemail",
        '"' * 9_999,
        "\\" * 9_999,
        "when the caller is VIP, " + "after " * 1_500,
        "x" * 100_000,
    ],
    ids=lambda text: f"{text[:24]}...",
)
def test_hostile_text_is_read_or_refused_in_bounded_time(text: str) -> None:
    began = time.process_time()
    try:
        read(text)
    except SentenceError as error:
        assert len(error.message) + len(error.hint) < 500  # noqa: PT017 - either is fine
    assert time.process_time() - began < 2


def test_a_language_of_its_own() -> None:
    with pytest.raises(SentenceError):
        read("when the caller is VIP, voicemail", "da")
    with pytest.raises(KeyError):
        write(IN_A_CALL, "no")
    assert LANGUAGES == ("en", "da", "sv")
