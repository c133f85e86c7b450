"""JSON without spaces, as the log and the ledger write it, by the standard library's encoder."""

from __future__ import annotations

import json
import json.encoder
from collections.abc import Callable
from typing import Any

# What JSONEncoder encodes with where it is there (CPython); the documentation does not name it.
_make = getattr(json.encoder, "c_make_encoder", None)


def encoder(
    *, ensure_ascii: bool = True, allow_nan: bool = False, default: Callable[[Any], Any] | None = None
) -> Callable[[object], str]:
    """What encodes a value; the arguments are those of :class:`json.JSONEncoder`. No value may contain itself.

    ``JSONEncoder.encode`` sets its encoder in C up for every value anew, which for a line of the log takes as long as
    encoding it. This one is set up once.
    """
    plain = json.JSONEncoder(
        ensure_ascii=ensure_ascii, allow_nan=allow_nan, default=default, separators=(",", ":"), check_circular=False
    )
    if _make is None:
        return plain.encode
    text = json.encoder.encode_basestring_ascii if ensure_ascii else json.encoder.encode_basestring
    iterate = _make(None, plain.default, text, None, ":", ",", False, False, allow_nan)
    return lambda value: "".join(iterate(value, 0))
