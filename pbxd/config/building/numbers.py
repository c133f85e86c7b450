"""Conversions, number types, barring, shown numbers and emergency calls, as the snapshot holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pbxd.config.attached import Attached
from pbxd.config.building.conditions import condition
from pbxd.config.models import numbers as files
from pbxd.org.barring import Barring, Limit, Numbers
from pbxd.org.dialling import Conversion, Conversions
from pbxd.org.display import DisplayNumber
from pbxd.org.emergency import Emergency
from pbxd.org.number_types import NumberType, NumberTypes


def conversions(model: files.Conversions | None) -> Conversions:
    """What one level says about dialled numbers."""
    if model is None:
        return Conversions()
    return Conversions(template=model.template, own=tuple(map(_conversion, model.own)), never=frozenset(model.never))


def _conversion(model: files.Conversion) -> Conversion:
    return Conversion(
        prefix=model.prefix,
        rewrite=model.rewrite,
        digits=model.digits if isinstance(model.digits, int) else None,
        only=tuple(model.only),
    )


def number_types(models: Mapping[str, files.NumberType], attached: Attached) -> NumberTypes:
    """The types by name, with the prefixes from their files."""
    return NumberTypes({name: _number_type(model, attached) for name, model in models.items()})


def _number_type(model: files.NumberType, attached: Attached) -> NumberType:
    own = () if model.csv is not None and model.mode == "replace" else model.prefixes
    more = () if model.csv is None else attached.prefixes[model.csv]
    return NumberType(prefixes=(*own, *more), excepted=tuple(model.excepted))


def barring(models: Iterable[files.Barring]) -> dict[str, Barring]:
    """The barring groups by name."""
    return {model.name: _barring(model) for model in models}


def _barring(model: files.Barring) -> Barring:
    return Barring(
        name=model.name,
        deny=_numbers(model.deny),
        allow_only=_numbers(model.allow_only),
        limit=_limit(model.limit),
        when=condition(model.when),
        announce=model.announce,
    )


def _numbers(model: files.Denied | None) -> Numbers | None:
    return None if model is None else Numbers(types=frozenset(model.types), prefixes=tuple(model.prefixes))


def _limit(model: files.Limited | None) -> Limit | None:
    if model is None:
        return None
    return Limit(types=frozenset(model.types), simultaneous=model.simultaneous, per_hour=model.per_hour)


def display_numbers(models: Iterable[files.DisplayNumber]) -> tuple[DisplayNumber, ...]:
    """Numbers that several may show."""
    return tuple(
        DisplayNumber(
            number=model.number,
            users=frozenset(model.users),
            groups=frozenset(model.groups),
            queue=model.queue,
            agents=model.agents,
            supervisors=model.supervisors,
        )
        for model in models
    )


def emergency(model: files.Emergency | None) -> Emergency | None:
    """What calls for help tell."""
    if model is None:
        return None
    return Emergency(
        callback_number=model.callback_number,
        location=model.location,
        location_uri=model.location_uri,
        notify=tuple(model.notify),
    )
