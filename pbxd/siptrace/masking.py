"""Hiding what is secret in a SIP message, byte for byte: its length, and so every Content-Length in it, stays."""

from __future__ import annotations

import re

_STAR = b"*"
_CREDENTIALS = re.compile(rb"(?im)^((?:proxy-)?authorization[ \t]*:[ \t]*)([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)")
_OTHER_SCHEME = re.compile(rb"(?is)^(?!digest\b)(\S+[ \t]+)(.*)")
_PARAMETER = re.compile(rb"""(?i)\b(response|c?nonce|nextnonce|rspauth)([ \t]*=[ \t]*)("(?:[^"\\]|\\.)*+"|[^\s,;"]+)""")
_CHALLENGE = re.compile(rb"(?im)^((?:www|proxy)-authenticate|(?:proxy-)?authentication-info)([ \t]*:)([^\r\n]*)")
_PASSWORD = re.compile(rb"(?i)\b(sips?:[^\s@:;<>\"]{1,128}+:)([^\s@<>\"]{1,128}+)(?=@)")
_KEY = re.compile(rb"(?i)\b(inline:|ice-pwd:|\nk=\w+:)([^\s|]+)")
_PRESSED = re.compile(rb"(?im)^(signal[ \t]*=[ \t]*)([^\r\n]+)")
_TYPE = re.compile(rb"(?im)^(?:content-type|c)[ \t]*:[ \t]*([\w.+-]+/[\w.+-]+)")


def masked(data: bytes) -> bytes:
    """``data`` with stars for digest answers and nonces, passwords in URIs, media keys, pressed keys, and what a short
    message says.
    """
    head, blank, body = data.partition(b"\r\n\r\n")
    head = _CREDENTIALS.sub(lambda found: found[1] + _credentials(found[2]), head)
    head = _CHALLENGE.sub(lambda found: found[1] + found[2] + _parameters(found[3]), head)
    head = _PASSWORD.sub(_second, head)
    return head + blank + (_body(head, body) if body else b"")


def _credentials(value: bytes) -> bytes:
    """Of a digest its secrets; of any other scheme everything but its name."""
    other = _OTHER_SCHEME.match(value)
    return other[1] + _stars(other[2]) if other else _parameters(value)


def _parameters(value: bytes) -> bytes:
    return _PARAMETER.sub(lambda found: found[1] + found[2] + _stars(found[3]), value)


def _body(head: bytes, body: bytes) -> bytes:
    found = _TYPE.search(head)
    kind = found[1].lower() if found else b""
    if head.startswith(b"MESSAGE ") or kind == b"application/dtmf":
        return _stars(body)
    if kind == b"application/dtmf-relay":
        return _PRESSED.sub(_second, body)
    return _KEY.sub(_second, body)


def _second(found: re.Match[bytes]) -> bytes:
    return found[1] + _stars(found[2])


def _stars(secret: bytes) -> bytes:
    """As long as before, with quotes and line ends where they were."""
    return re.sub(rb'[^\s"]', _STAR, secret)
