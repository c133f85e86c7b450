"""Dialled and received numbers to canonical ones, and canonical ones to what a trunk wants (NUM-3, NUM-4, NUM-11).

A canonical number is E.164 with ``+``, or digits that are used as they are: an internal number, an emergency number or
another short number of the country. National numbers are read by the organization's country's numbering plan, which
comes from the ``phonenumbers`` data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

import phonenumbers
from phonenumbers import CountryCodeSource, NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from pbxd.org.dialling import Dialling
from pbxd.org.menus import VoicemailNumber
from pbxd.org.organization import Organization
from pbxd.org.users import User

TrunkFormat: TypeAlias = Literal["e164", "plus_e164", "national"]

MAX_LENGTH = 128
"""Characters of a dialled text, parameters included; nothing longer is looked at (SEC-3)."""

CACHED = 4096
"""Numbers of which the reading is remembered: callers and callees come again, and reading one costs 18 µs."""

NOT_EMERGENCY = {"DK": frozenset({"114"})}
"""What the numbering data counts as emergency numbers, and is none: 114 is the Danish police when nothing is urgent."""

NEVER_CONVERTED = {
    "DK": frozenset({"112", "114"}),
    "SE": frozenset({"112", "11414"}),
    "NO": frozenset({"110", "112", "113", "02800", "116117"}),
    "FI": frozenset({"112", "116117"}),
    "DE": frozenset({"110", "112", "116117"}),
    "GB": frozenset({"999", "112", "101", "111"}),
    "US": frozenset({"911", "988"}),
}
"""Emergency numbers, the police and the doctor on duty: whatever conversions say, these are dialled as they are."""

MAX_E164 = len("+") + 15
LONGEST_SHORT = 6
"""Digits of an emergency number."""

_NUMBER = re.compile(r"\+?[0-9]+")

_SEPARATORS = str.maketrans("", "", " -.()/\u00a0")
"""Visual separators (RFC 3966 5.1.1), and what else people write between digits."""


class Kind(Enum):
    """What a dialled number reaches."""

    INTERNAL = "internal"
    """One of the organization's own numbers, whether somebody has it or not."""
    EXTERNAL = "external"
    EMERGENCY = "emergency"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """A number as it was dialled, as the dialplan knows it, and how the one became the other."""

    raw: str
    canonical: str
    """Empty when ``kind`` is INVALID."""
    kind: Kind
    words: tuple[str, ...]
    """One sentence for each step, for the decision trail."""


class _Reading(NamedTuple):
    canonical: str
    kind: Kind
    words: tuple[str, ...]


_Form: TypeAlias = tuple[str, tuple[str, ...]]
"""A number, and how it came about in words."""


def canonical(dialled: str, organization: Organization, user: User | None = None, *, inbound: bool = False) -> Dialled:
    """Read what ``user``, or somebody, in the organization dialled: the user part of a SIP URI, or a ``tel`` number.

    Diversions, forwards and overflow are dialled like this, too. Emergency numbers are recognised before anything
    else, then numbers that are never converted, and short numbers of contacts. The first conversion that fits comes
    next, then the organization's own numbers; only what is left loses the outside-line prefix, is tried again, and is
    read by the numbering plan.
    ``inbound`` is a number that a trunk calls: nobody dialled it, so it has neither prefix nor conversions. What is no
    number at all gives INVALID, with the reason in words; nothing raises.
    """
    if len(dialled) > MAX_LENGTH:
        words: tuple[str, ...] = (f"{dialled[:16]}... has more than {MAX_LENGTH} characters",)
        return Dialled(raw=dialled, canonical="", kind=Kind.INVALID, words=words)
    dialling = organization.dialling_for(user)
    if inbound:
        dialling = replace(dialling, prefix="", conversions=(), lists=())
    number, region, words = _cleaned(dialled, dialling.plan)
    forms = _forms(number, dialling.prefix)
    if not forms:
        reading = _Reading("", Kind.INVALID, (_why_not_a_number(dialled),))
    else:
        reading = next(_readings(forms, organization, dialling, region), None) or _invalid(number, region)
    return Dialled(raw=dialled, canonical=reading.canonical, kind=reading.kind, words=words + reading.words)


def is_emergency(number: str, organization: Organization) -> bool:
    """Whether a number, dialled or canonical, is an emergency number wherever somebody of the organization may be."""
    return is_emergency_in(number, organization.countries, organization.outside_line_prefix)


def is_emergency_in(number: str, countries: Sequence[str], outside_line_prefix: str) -> bool:
    """Whether it is one in any of the countries, or would be behind the prefix."""
    forms = _forms(number.translate(_SEPARATORS), outside_line_prefix)
    return any(next(_emergency(form, countries, ()), None) is not None for form, _ in forms)


def for_trunk(number: str, trunk_format: TrunkFormat, country: str) -> str:
    """A canonical number as a trunk wants it; digits without ``+`` stay as they are.

    ``national`` is what somebody in ``country`` would dial: with the trunk prefix at home (``070...`` in SE), with the
    international prefix abroad (``0046...`` from DK).
    """
    if not number.startswith("+") or trunk_format == "plus_e164":
        return number
    if trunk_format == "e164":
        return number[1:]
    parsed = _parsed(number, country)
    if parsed is None:
        return number
    return re.sub(r"[^0-9]", "", phonenumbers.format_out_of_country_calling_number(parsed, country)) or number


@lru_cache(CACHED)
def from_trunk(number: str, trunk_format: TrunkFormat, country: str) -> str:
    """A number that a trunk sent, as a canonical one.

    Trunks break their own rules (a national number on an E.164 trunk, ``00`` on any), so what does not fit the trunk's
    format is read in the other. What is no number comes back as it is.
    """
    cleaned, region, _ = _cleaned(number[:MAX_LENGTH], country)
    if _NUMBER.fullmatch(cleaned) is None:
        return number
    if cleaned.startswith("+"):
        return cleaned
    national, international = (cleaned, region), (f"+{cleaned}", None)
    order = (national, international) if trunk_format == "national" else (international, national)
    readings = [parsed for text, within in order if (parsed := _parsed(text, within)) is not None]
    fitting = [parsed for parsed in readings if phonenumbers.is_possible_number(parsed)]
    # A national trunk writes what is not national with 00 or +, so there the length alone decides. Digits on an
    # E.164 trunk may be either, and only the plan can tell.
    chosen = fitting if trunk_format == "national" else [one for one in fitting if phonenumbers.is_valid_number(one)]
    parsed = next(iter((*chosen, *fitting)), None)
    return cleaned if parsed is None else phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def _cleaned(dialled: str, country: str) -> tuple[str, str, tuple[str, ...]]:
    """The number without separators and parameters, the country to read it in, and what was done, in words."""
    text, _, parameters = dialled.strip().partition(";")
    number = text.replace("%23", "#").translate(_SEPARATORS)
    words = () if number == dialled else (f"{dialled} is written {number}",)
    context = re.search(r"(?:^|;)phone-context=\+([0-9]{1,3})(?:;|$)", parameters, re.IGNORECASE)
    if context is None or number.startswith("+"):
        return number, country, words
    region = phonenumbers.region_code_for_country_code(int(context[1]))
    if region in ("ZZ", "001", country):
        return number, country, words
    return number, region, (*words, f"its context (RFC 3966 5.1.5) is +{context[1]}, so it is read in {region}")


def _forms(number: str, prefix: str) -> list[_Form]:
    """The number as it is, and without the outside-line prefix, as far as that is a number; each with its words."""
    forms: list[_Form] = [(number, ())]
    if prefix and number.startswith(prefix):
        outside = number.removeprefix(prefix)
        forms.append((outside, (f"the outside-line prefix {prefix} is taken off: {outside}",)))
    return [(form, words) for form, words in forms if _NUMBER.fullmatch(form)]


def _readings(forms: list[_Form], organization: Organization, dialling: Dialling, region: str) -> Iterator[_Reading]:
    """What the number can mean, the most certain first."""
    for form, words in forms:
        yield from _emergency(form, dialling.countries, words)
    for form, words in forms:
        yield from _kept(form, organization, dialling, words)
    yield from _short_of_contact(forms[0][0], organization, dialling)
    for form, words in forms:
        yield from _converted(form, organization, dialling, words)
        yield from _own(form, organization, words)
    yield from _outside(forms, organization, region)


def _outside(forms: list[_Form], organization: Organization, region: str) -> Iterator[_Reading]:
    # Somebody who has to dial a prefix did dial it: 0 and 0046... before 00 and 46..., where both could be meant.
    shortest = forms[::-1]
    for form, words in shortest:
        yield from _by_plan(form, organization, region, words, valid=True)
    for form, words in shortest:
        if phonenumbers.is_valid_short_number_for_region(_short(form, region), region):
            yield _Reading(form, Kind.EXTERNAL, (*words, f"{form} is a short number of {region}, used as it is"))
    for form, words in shortest:
        yield from _by_plan(form, organization, region, words, valid=False)


def _emergency(number: str, countries: Iterable[str], words: tuple[str, ...]) -> Iterator[_Reading]:
    if len(number) > LONGEST_SHORT + len("+999"):
        return
    for country in countries:
        # A phone that makes everything international makes +112 or +45112 of it; neither is anybody's number.
        code = phonenumbers.country_code_for_region(country)
        short = number.removeprefix(f"+{code}").removeprefix("+")
        if len(short) <= LONGEST_SHORT and _is_emergency(short, country):
            yield _Reading(short, Kind.EMERGENCY, (*words, f"{short} is an emergency number of {country}"))


@lru_cache(CACHED)
def _is_emergency(number: str, country: str) -> bool:
    return number not in NOT_EMERGENCY.get(country, ()) and phonenumbers.is_emergency_number(number, country)


def _kept(number: str, organization: Organization, dialling: Dialling, words: tuple[str, ...]) -> Iterator[_Reading]:
    """Numbers that nothing converts; one of them may be somebody's own all the same."""
    country = next((one for one in dialling.countries if number in NEVER_CONVERTED.get(one, ())), "")
    if not country and number not in dialling.never:
        return
    words = (*words, f"{number} is never converted{f' in {country}' if country else ''}")
    if organization.in_ranges(number):
        yield from _own(number, organization, words)
    yield _Reading(number, Kind.EXTERNAL, words)


def _converted(
    number: str, organization: Organization, dialling: Dialling, words: tuple[str, ...]
) -> Iterator[_Reading]:
    """By the first conversion that fits; what comes of it is read without prefix and conversions."""
    for whose, conversion in dialling.conversions:
        result = conversion.convert(number)
        if result is not None:
            words = (*words, f"{number} is converted to {result} ({conversion}, on {whose})")
            plain = replace(dialling, prefix="", conversions=(), lists=())
            found = next(_readings([(result, words)], organization, plain, dialling.plan), None)
            yield found or _as_it_is(result, dialling.plan, words)
            return


def _short_of_contact(number: str, organization: Organization, dialling: Dialling) -> Iterator[_Reading]:
    """A contact's short number (USR-5): it stands for the whole number, as that is written in the list."""
    full = next((full for contacts in dialling.lists if (full := contacts.dialled(number)) is not None), None)
    if full is not None:
        words = (f"{number} is a contact's short number for {full}",)
        plain = replace(dialling, prefix="", conversions=(), lists=())
        yield next(_readings([(full, words)], organization, plain, dialling.plan), None) or _as_it_is(
            full, dialling.plan, words
        )


def _as_it_is(number: str, region: str, words: tuple[str, ...]) -> _Reading:
    """Whoever wrote the conversion knows of an international number that no plan does: +451813."""
    if number.startswith("+") and len(number) <= MAX_E164:
        return _Reading(number, Kind.EXTERNAL, words)
    return _invalid(number, region, words)


def _own(number: str, organization: Organization, words: tuple[str, ...]) -> Iterator[_Reading]:
    owner = organization.line(number)
    if owner is not None:
        yield _Reading(number, Kind.INTERNAL, (*words, f"{number} is a number of {owner.user.name}"))
    elif isinstance(organization.service(number), VoicemailNumber):  # a retrieval code need not be in a range
        yield _Reading(number, Kind.INTERNAL, (*words, f"{number} opens a mailbox"))
    elif organization.in_ranges(number):
        yield _Reading(number, Kind.INTERNAL, (*words, f"{number} is in {organization.title}'s own ranges"))


_SOURCES = {
    CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN: "an international number",
    CountryCodeSource.FROM_NUMBER_WITH_IDD: "an international number with the international prefix",
    CountryCodeSource.FROM_NUMBER_WITHOUT_PLUS_SIGN: "an international number without its +",
}


def _by_plan(
    number: str, organization: Organization, region: str, words: tuple[str, ...], *, valid: bool
) -> Iterator[_Reading]:
    """The number by the numbering plan; with ``valid`` only in a range that the plan has given out."""
    parsed = _parsed(number, region)
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        return
    if valid and not phonenumbers.is_valid_number(parsed):
        return
    full = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    what = _SOURCES.get(parsed.country_code_source, f"a national number of {region}")
    doubt = "" if valid else ", though in no range that is known to be in use"
    words = (*words, f"{number} is {what}{doubt}" + (f": {full}" if full != number else ""))
    own = next(_own(full, organization, words), None)
    yield own if own is not None else _Reading(full, Kind.EXTERNAL, words)


@lru_cache(CACHED)
def _parsed(number: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(number, region, keep_raw_input=True)
    except NumberParseException:
        return None


def _short(number: str, region: str) -> PhoneNumber:
    code = phonenumbers.country_code_for_region(region)
    return PhoneNumber(country_code=code, national_number=int(number.removeprefix("+")))


_REASONS = {
    ValidationResult.TOO_SHORT: "too short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "too short",
    ValidationResult.TOO_LONG: "too long",
    ValidationResult.INVALID_LENGTH: "not as long as any number",
}


def _invalid(number: str, region: str, words: tuple[str, ...] = ()) -> _Reading:
    parsed = _parsed(number, region)
    if parsed is None:
        reason = f"{number} is neither an own number nor one that the numbering plan of {region} can read"
    else:
        length = _REASONS.get(phonenumbers.is_possible_number_with_reason(parsed), "no number")
        reason = f"{number} is no own number, and {length} for the numbering plan"
    return _Reading("", Kind.INVALID, (*words, reason))


def _why_not_a_number(dialled: str) -> str:
    if not dialled.strip():
        return "nothing was dialled"
    if re.search(r"[*#]|%23", dialled):
        return f"{dialled} has * or # in it, which no number has"
    return f"{dialled} is not a number"
