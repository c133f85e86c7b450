"""Frozen values that are made many thousand times a second, built without the price of being frozen."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar

T = TypeVar("T")


def plain(cls: type[T]) -> type[T]:
    """Have a frozen dataclass assign its fields plainly; written above ``@dataclass(frozen=True, ...)``.

    The ``__init__`` of a frozen dataclass calls ``object.__setattr__`` for each field and takes three times as long as
    one that assigns. A call makes some two hundred values, so that this alone was a twentieth of its cost.

    To reader and type checker the class is frozen as before, and it hashes, compares and is replaced as before. What is
    gone is the error at run time. For values of the hot path only; raises :class:`TypeError` for what it can't build.
    """
    body, parameters, known = [], ["self"], {}
    # Keyword-only fields come last, as in a dataclass.
    ordered = sorted(fields(cls), key=lambda field: bool(field.kw_only))  # type: ignore[arg-type]  # a dataclass it is
    for field in ordered:
        if not field.init or field.default_factory is not MISSING or hasattr(cls, "__post_init__"):
            raise TypeError(f"{cls.__name__}.{field.name} needs more than an assignment")
        if field.kw_only and "*" not in parameters:
            parameters.append("*")
        if field.default is MISSING:
            parameters.append(field.name)
        else:
            known[f"default_{field.name}"] = field.default
            parameters.append(f"{field.name}=default_{field.name}")
        body.append(f"    self.{field.name} = {field.name}\n")
    made: dict[str, Any] = {}
    source = f"def __init__({', '.join(parameters)}):\n{''.join(body) or '    pass'}"
    exec(source, known, made)  # noqa: S102  names of fields only, and as dataclasses does it
    init = made["__init__"]
    init.__annotations__, init.__qualname__ = cls.__init__.__annotations__, f"{cls.__qualname__}.__init__"
    cls.__init__ = init  # type: ignore[method-assign]
    cls.__setattr__ = object.__setattr__  # type: ignore[method-assign]
    cls.__delattr__ = object.__delattr__  # type: ignore[method-assign]
    return cls
