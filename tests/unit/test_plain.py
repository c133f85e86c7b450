"""Values that are built plainly are in all else the frozen dataclasses that they are declared as."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass, field, replace
from inspect import signature

import pytest

from pbxd.plain import plain


@plain
@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0
    note: str = field(default="", compare=False)


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    name: str
    size: float = 1.5


@plain
@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled(Named):
    label: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded(Named):
    """Frozen at run time, below one that is not."""

    colour: str


@plain
@dataclass(frozen=True)
class Kept:
    """Without slots, as what keeps computed views."""

    text: str


def test_arguments_and_defaults() -> None:
    assert (Point(1), Point(1, 2), Point(x=1, y=2)) == (Point(1, 0), Point(1, 2), Point(1, 2))
    assert Labelled(label=("a",), name="n") == Labelled(name="n", size=1.5, label=("a",))
    assert list(signature(Labelled).parameters) == ["name", "size", "label"]


def test_wrong_arguments() -> None:
    with pytest.raises(TypeError, match="__init__"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="__init__"):
        Point(1, 2, "", 4)  # type: ignore[call-arg]


def test_it_compares_hashes_prints_and_is_replaced_as_a_dataclass() -> None:
    assert Point(1, 2, "here") == Point(1, 2, "there") != Point(2, 1)
    assert len({Point(1, 2), Point(1, 2, "there"), Point(3)}) == 2
    assert repr(Named(name="n")) == "Named(name='n', size=1.5)"
    assert replace(Point(1, 2), y=5) == Point(1, 5)


def test_copies_and_pickles() -> None:
    value = Labelled(name="n", label=("a", "b"))
    assert copy.copy(value) == pickle.loads(pickle.dumps(value)) == value


def test_a_class_below_is_frozen_again() -> None:
    value = Guarded(name="n", colour="red")
    assert (value.name, value.size, value.colour) == ("n", 1.5, "red")
    with pytest.raises(AttributeError):
        value.colour = "blue"  # type: ignore[misc]


def test_without_slots() -> None:
    value = Kept("a")
    value.__dict__["view"] = 1
    assert vars(value) == {"text": "a", "view": 1}


def test_what_needs_more_than_assignments_is_refused() -> None:
    @dataclass(frozen=True)
    class Listing:
        names: list[str] = field(default_factory=list)

    with pytest.raises(TypeError, match=r"Listing\.names"):
        plain(Listing)
