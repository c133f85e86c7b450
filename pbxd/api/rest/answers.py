"""What every part of the API answers alike: where the server refuses, and where it is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from pbxd.api.upstream import ControlError, Refusal

NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
MAC: Final = r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$"

Organization = Annotated[str | None, Query(pattern=NAME, description="Which one, where the token is for several.")]
Mac = Annotated[str, Path(pattern=MAC, description="Lower case, with colons.", examples=["00:04:13:aa:bb:01"])]
Username = Annotated[str, Path(pattern=NAME)]


class Problem(BaseModel):
    """Why there is no other answer."""

    detail: str


class Model(BaseModel):
    """What the API takes and gives: nothing but what is written down."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Given(Model):
    """What the API gives: a version of the server that says more is no mistake."""

    model_config = ConfigDict(extra="ignore", strict=False)


Text = Annotated[str, Field(max_length=200)]


def responses(*more: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a request can meet, for its description; ``more`` besides those that any can."""
    words = {
        413: "The body is too long.",
        422: "The request is not as described.",
        400: "The body can't be read.",
        401: "No valid token.",
        403: "The token does not allow that.",
        404: "There is no such thing.",
        409: "The server refuses, and says why.",
        429: "Too many wrong tokens from this address.",
        503: "The server does not answer.",
    }
    wanted = sorted({400, 401, 403, 404, 413, 422, 429, 503, *more})
    return {status: {"description": words[status], "model": Problem} for status in wanted}


def asked(question: Callable[[], dict[str, Any]], refused: int = 409) -> dict[str, Any]:
    """What the server answers; ``refused`` is the status where it says no, and 503 is where it says nothing."""
    try:
        return question()
    except Refusal as error:
        raise HTTPException(refused, str(error)) from error
    except ControlError as error:
        raise HTTPException(503, str(error), {"Retry-After": "5"}) from error
