"""Numbers, times and dates as each language says them: tables of the hard cases, and what must hold for all others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.speech.catalogue import catalogue
from pbxd.speech.languages import LANGUAGES, Form, Language
from pbxd.speech.languages.language import LARGEST

TABLES = Path(__file__).parent / "tables"
ORDER = ("en", "da", "sv")
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
languages = pytest.mark.parametrize("language", LANGUAGES.values(), ids=list(LANGUAGES))
DAY = [time(minute // 60, minute % 60) for minute in range(24 * 60)]


def rows(name: str) -> Iterator[tuple[str, list[str]]]:
    """What is said, and how: the lines of a table."""
    for line in (TABLES / f"{name}.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            what, *said = (cell.strip() for cell in line.split("|"))
            yield what, said


@pytest.mark.covers("SND-3")
def test_numbers() -> None:
    for number, said in rows("numbers"):
        assert [LANGUAGES[code].number(int(number)) for code in ORDER] == said


@pytest.mark.covers("SND-3")
def test_counts() -> None:
    for what, said in rows("counts"):
        number, noun = what.split()
        forms = catalogue().nouns[noun]
        assert [LANGUAGES[code].count(int(number), forms[code]) for code in ORDER] == said


@pytest.mark.covers("SND-3")
def test_lengths() -> None:
    for seconds, said in rows("lengths"):
        assert [LANGUAGES[code].length(float(seconds)) for code in ORDER] == said


@pytest.mark.covers("SND-3")
def test_digits() -> None:
    for digits, said in rows("digits"):
        assert [LANGUAGES[code].digits(digits) for code in ORDER] == said


@pytest.mark.covers("SND-3")
def test_times() -> None:
    for at, said in rows("times"):
        moment = time.fromisoformat(at)
        assert [LANGUAGES[code].clock(moment, near=near) for code in ORDER for near in (False, True)] == said


@pytest.mark.covers("SND-3")
def test_moments() -> None:
    for at, said in rows("moments"):
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
        assert [LANGUAGES[code].moment(moment, NOW, form) for code in ORDER for form in Form] == said


@pytest.mark.covers("SND-3")
def test_years() -> None:
    for year, said in rows("years"):
        dates = [LANGUAGES[code].date(date(int(year), 5, 17), year=True) for code in ORDER]
        assert [
            spoken.partition(month)[2].strip() for spoken, month in zip(dates, ("May", "maj", "maj"), strict=True)
        ] == said


# Every one ---------------------------------------------------------------------------------------------------------


@languages
def test_no_two_numbers_are_said_alike(language: Language) -> None:
    first = [language.number(number) for number in range(10_000)]
    assert len(set(first)) == len(first)
    thousands = [language.number(number) for number in range(0, LARGEST + 1, 1_000)]
    assert len(set(thousands)) == len(thousands)


@given(st.integers(0, LARGEST), st.integers(0, LARGEST))
def test_any_two_numbers_differ(one: int, other: int) -> None:
    for language in LANGUAGES.values():
        assert (language.number(one) == language.number(other)) == (one == other)
        assert language.number(one) == " ".join(language.number(one).split())
        assert not any(sign.isdecimal() for sign in language.number(one))


@given(st.integers(1, 999), st.integers(0, 999))
def test_thousands_are_said_before_the_rest(thousands: int, rest: int) -> None:
    """What stands before the word for a thousand is the number of thousands, and what follows is the rest."""
    words = {"en": "thousand", "da": "tusind", "sv": "tusen"}
    for code, word in words.items():
        language = LANGUAGES[code]
        before, _, after = language.number(1_000 * thousands + rest).partition(f" {word}")
        assert before == language.number(thousands)
        assert after.strip().removeprefix("and ").removeprefix("og ") == (language.number(rest) if rest else "")


@pytest.mark.covers("SND-3")
@languages
def test_every_minute_of_the_day_is_said_and_no_two_alike(language: Language) -> None:
    full = [language.clock(at, near=False) for at in DAY]
    assert len(set(full)) == len(DAY)
    near = [language.clock(at, near=True) for at in DAY]
    half = len(DAY) // 2
    assert len(set(near[:half])) == half
    assert len(set(near[half:])) == half
    assert not any(sign.isdecimal() for text in (*full, *near) for sign in text)


@languages
def test_the_half_hour_belongs_to_the_right_hour(language: Language) -> None:
    """Half past two is `halv tre` in the north."""
    for hour in range(24):
        said = language.clock(time(hour, 30), near=True)
        meant = hour % 12 or 12 if language.code == "en" else (hour + 1) % 12 or 12
        assert said.endswith(f" {language.number(meant)}")


@languages
def test_every_day_of_two_years_is_said_and_no_two_alike(language: Language) -> None:
    days = [date(2027, 1, 1) + timedelta(days=ahead) for ahead in range(731)]
    assert len({language.date(day, year=True) for day in days}) == len(days)
    for day in days:
        said = language.date(day, year=False)
        assert language.weekdays[day.weekday()] in said
        assert language.months[day.month - 1] in said


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), st.sampled_from(Form))  # noqa: DTZ001 - given one below
def test_any_moment_is_said(at: datetime, form: Form) -> None:
    for language in LANGUAGES.values():
        said = language.moment(at.replace(tzinfo=UTC), NOW, form)
        assert said.strip()
        assert not any(sign.isdecimal() or sign in "{}" for sign in said)


@given(st.floats(0, 1e6))
def test_any_length_is_said(seconds: float) -> None:
    for language in LANGUAGES.values():
        said = language.length(seconds)
        assert said == " ".join(said.split())
        assert said.count(f" {language.conjunction} ") <= 2


@given(st.text("0123456789+*# -().", max_size=30))
def test_anything_that_is_dialled_is_read(text: str) -> None:
    for language in LANGUAGES.values():
        said = language.digits(text)
        assert not any(sign.isdecimal() for sign in said)
        assert bool(said) == any(sign in "0123456789+*#" for sign in text)
