"""The sections ``smtp`` and ``sms`` of ``pbxd.yaml``."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator, model_validator

from pbxd.config.scalars import Email, Name, Port, Positive, Secret, Text, reading, shown, wrong
from pbxd.config.section import Section

MAX_DEPTH = 8


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(text)
    return text


WebAddress: TypeAlias = Annotated[str, reading("an address such as `http://127.0.0.1:8088`", _web_address)]


def _security(text: str) -> str:
    """What is asked of the connection: nothing, TLS from its beginning, or TLS after a while."""
    match text.lower():
        case "false" | "no" | "off" | "none":
            return "none"
        case "true" | "yes" | "on" | "tls":
            return "tls"
        case "starttls":
            return "starttls"
    raise ValueError(text)


def _sender(text: str) -> str:
    """A number with ``+``, or a name as phones show it."""
    if text.startswith("+") and text[1:].isdigit() and len(text) <= 16:
        return text
    if not text.isascii() or not text.isprintable():
        raise wrong(f"`{shown(text)}` is not a sender of SMS", "letters from A to Z, digits and spaces")
    if len(text) > 11:
        raise wrong(f"`{shown(text)}` has more than 11 characters", "a longer name does not fit into an SMS")
    return text


SmsSender: TypeAlias = Annotated[str, reading("a name of up to 11 characters, or a number with `+`", _sender)]


def _fields(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Whatever a gateway wants: mappings, lists and texts."""
    if isinstance(value, str):
        return value
    if depth and isinstance(value, dict):
        return {str(key): _fields(item, depth - 1) for key, item in value.items()}
    if depth and isinstance(value, list):
        return tuple(_fields(item, depth - 1) for item in value)
    raise wrong("must be a mapping of texts, lists and mappings")


def _mapping(value: Any) -> Any:
    if not isinstance(value, dict):
        raise wrong('must be a mapping, such as `{to: "{to}", text: "{text}"}`')
    return _fields(value)


class Smtp(Section):
    host: Text
    port: Port | None = None
    sender: Annotated[Email, Field(alias="from")]
    username: Text | None = None
    password: Annotated[Secret | None, Field(repr=False)] = None
    tls: Annotated[str, reading("`false`, `true` or `starttls`", _security)] = "none"
    ca: Text | None = None
    max_megabytes: Positive = 10


class Sms(Section):
    kind: Literal["http", "smpp"]
    sender: Annotated[SmsSender | None, Field(alias="from")] = None
    per_hour: Positive = 100
    username: Text | None = None
    password: Annotated[Secret | None, Field(repr=False)] = None
    ca: Text | None = None
    url: WebAddress | None = None
    method: Literal["POST", "PUT", "GET"] = "POST"
    encoding: Literal["json", "form"] = "json"
    fields_: Annotated[dict[str, Any], PlainValidator(_mapping), Field(alias="fields")] = {
        "to": "{to}",
        "from": "{from}",
        "text": "{text}",
    }
    headers: Annotated[dict[Name, Secret], Field(repr=False)] = {}
    host: Text | None = None
    port: Port | None = None
    system_type: Text | None = None
    tls: Annotated[str, reading("`false` or `true`", _security)] = "none"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        wanted = {"http": ("url",), "smpp": ("host", "username", "password")}[self.kind]
        for key in wanted:
            if getattr(self, key) is None:
                raise wrong(f"`kind: {self.kind}` needs `{key}`")
        others = {"http": ("host", "port", "system_type"), "smpp": ("url", "method", "encoding", "fields_", "headers")}
        for key in others[self.kind]:
            if key in self.model_fields_set:
                raise wrong(f"`{key.rstrip('_')}` is not for `kind: {self.kind}`", key=key.rstrip("_"))
        if self.kind == "smpp" and self.tls == "starttls":
            raise wrong("SMPP has no STARTTLS", "write `tls: true`", key="tls")
        return self
