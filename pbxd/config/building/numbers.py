"""Conversions and number types, as the snapshot holds them."""

from __future__ import annotations

from collections.abc import Mapping

from pbxd.config.attached import Attached
from pbxd.config.models import numbers as files
from pbxd.org.dialling import Conversion, Conversions
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
