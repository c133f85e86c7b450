"""Phones and how they get their settings."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import Field

from pbxd.config.hints import nearest
from pbxd.config.models.gateways import WebAddress
from pbxd.config.scalars import Flag, Mac, Name, Seconds, Secret, Text, reading, shown, wrong
from pbxd.config.section import Section
from pbxd.org.phones import MODELS, KeyKind, model_of


def _model(text: str) -> str:
    if model_of(text) is None:
        hint = nearest(text, MODELS) or "a family and a model, such as `snom-D725`"
        raise wrong(f"`{shown(text)}` is not a phone", hint)
    return text


def _server(text: str) -> str:
    scheme, _, place = text.partition("://")
    host, _, port = place.rpartition(":")
    if scheme not in ("udp", "tcp", "tls") or not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ValueError(text)
    if not all(character.isalnum() or character in ".-:[]" for character in host):
        raise ValueError(text)
    return text


def _log_out_at(text: str) -> str:
    """A time of day, or empty for never."""
    if text == "never":
        return ""
    if not re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError(text)
    return text


Model: TypeAlias = Annotated[str, reading("a model of a phone such as `snom-D725`", _model)]


class FunctionKey(Section):
    kind: KeyKind
    value: Text | None = None
    label: Text | None = None


class Phone(Section):
    mac: Mac
    model: Model
    lines: list[Name] = []
    keys: list[FunctionKey] = []
    free_seating: Flag = False
    description: Text | None = None


class Provisioning(Section):
    ticket: Annotated[Secret | None, Field(repr=False, min_length=16, pattern="^[A-Za-z0-9_-]+$")] = None
    overlap: Seconds = 14 * 86_400
    server: Annotated[str, reading("an address such as `udp://192.0.2.1:5060`", _server)] | None = None
    log_out_at: Annotated[str, reading("a time of day such as `03:00`, or `never`", _log_out_at)] = "03:00"
    password: Annotated[Secret | None, Field(repr=False)] = None
    firmware: dict[Model, WebAddress] = {}
    phones: list[Phone] = []
