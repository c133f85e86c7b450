"""Number types: named classes of numbers by their prefixes (NUM-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberType:
    """Numbers that begin like this, but not like that. The longest prefix that fits decides."""

    prefixes: tuple[str, ...] = ()
    excepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberTypes:
    """The types of an organization by name. A number may be of several."""

    types: Mapping[str, NumberType] = field(default_factory=dict)
    _by_prefix: dict[str, tuple[tuple[str, bool], ...]] = field(init=False, repr=False, compare=False)
    _longest: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[str, tuple[tuple[str, bool], ...]] = {}
        for name, type_ in self.types.items():
            says = dict.fromkeys(type_.prefixes, True) | dict.fromkeys(type_.excepted, False)
            for prefix, is_of in says.items():
                found[prefix] = (*found.get(prefix, ()), (name, is_of))
        object.__setattr__(self, "_by_prefix", found)
        object.__setattr__(self, "_longest", max(map(len, found), default=0))

    def of(self, number: str) -> frozenset[str]:
        """The types that a canonical number is of."""
        decided: dict[str, bool] = {}
        if self._by_prefix:
            for length in range(min(self._longest, len(number)), -1, -1):
                for name, is_of in self._by_prefix.get(number[:length], ()):
                    decided.setdefault(name, is_of)
        return frozenset(name for name, is_of in decided.items() if is_of)
