"""A sentence cut into words, quoted texts and punctuation, each with its place."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pbxd.org.sentence.errors import SentenceError

MAX_LENGTH = 10_000
"""Characters of a sentence."""

Kind: TypeAlias = Literal["word", "quoted", "punctuation"]

_TOKEN = re.compile(r'\s*(?:(?P<quoted>["“”](?:[^"“”\\]|\\.)*["“”])|(?P<punctuation>[,()])|(?P<word>[^\s,()"“”]+))')
_BARE = re.compile(r"[\w+*#](?:[\w.@+*#/-]*[\w*#])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """``text`` is what it means: of a word as it was written, of a quoted text what is inside."""

    kind: Kind
    text: str
    folded: str
    """Of words and punctuation: what they are compared by; empty for a quoted text, which is never a keyword."""
    start: int
    end: int


def tokens(text: str) -> tuple[Token, ...]:
    """The sentence's tokens; a full stop at its end is left out.

    Raises :class:`SentenceError` for a sentence that is too long or has a quotation mark too many.
    """
    if len(text) > MAX_LENGTH:
        raise SentenceError(
            "the sentence is too long", position=MAX_LENGTH, hint=f"write {MAX_LENGTH} characters at most"
        )
    end = len(text.rstrip())
    if text[:end].endswith("."):
        end -= 1
    found: list[Token] = []
    at = 0
    while at < end and text[at:end].strip():
        match = _TOKEN.match(text, at, end)
        if match is None:
            start = at + len(text[at:end]) - len(text[at:end].lstrip())
            raise SentenceError("the text in quotes is not closed", position=start, hint='add `"` where it ends')
        found.append(_token(match))
        at = match.end()
    return tuple(found)


def _token(match: re.Match[str]) -> Token:
    kind: Kind = "quoted" if match["quoted"] else "punctuation" if match["punctuation"] else "word"
    raw, start = match[kind], match.start(kind)
    text = _unquoted(raw, start) if kind == "quoted" else raw
    return Token(kind=kind, text=text, folded="" if kind == "quoted" else folded(raw), start=start, end=match.end())


def folded(word: str) -> str:
    """What two spellings of a word have in common."""
    return unicodedata.normalize("NFC", word.replace("’", "'")).casefold()


def _unquoted(raw: str, start: int) -> str:
    try:
        text: str = json.loads(f'"{raw[1:-1]}"', strict=False)
    except ValueError as error:
        hint = r"write a backslash as `\\`, and a quotation mark as `\"`"
        raise SentenceError(
            "a backslash that means nothing in the text in quotes", position=start, hint=hint
        ) from error
    return text


def quoted(text: str) -> str:
    r"""The text in quotes, as :func:`tokens` reads it: with ``\"``, ``\\`` and, for line breaks, ``\n``."""
    return re.sub("[“”]", lambda mark: f"\\u{ord(mark[0]):04x}", json.dumps(text, ensure_ascii=False))


def is_bare(text: str) -> bool:
    """Whether the text can stand in a sentence without quotes, if it is no keyword."""
    return _BARE.fullmatch(text) is not None
