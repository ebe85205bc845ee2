from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

import numpy as np
import pytest

from experiments.domain.plain import from_plain, to_plain


class Colour(StrEnum):
    BLUE = "blue"


class Side(IntEnum):
    LEFT = -1


@dataclass(frozen=True)
class Inner:
    share: float
    colour: Colour


@dataclass(frozen=True)
class Outer:
    name: str
    side: Side
    inner: Inner
    maybe: Inner | None
    points: tuple[tuple[float, float], ...]
    by_key: Mapping[str, float | None]
    added: tuple[str, ...] = ()
    nested: Mapping[str, Inner] = field(default_factory=dict)


WHOLE = Outer(
    "a", Side.LEFT, Inner(0.1, Colour.BLUE), None, ((1.0, 2.5), (0.1, -3.0)), {"x": None, "y": 1 / 3},
    ("b",), {"k": Inner(2.0, Colour.BLUE)},
)  # fmt: skip


def test_a_dataclass_survives_json_unchanged():
    text = json.dumps(to_plain(WHOLE), allow_nan=False)
    assert from_plain(Outer, json.loads(text)) == WHOLE


def test_enums_become_their_values_and_are_members_again_after_reading():
    plain = to_plain(WHOLE)
    assert (plain["side"], plain["inner"]["colour"]) == (-1, "blue")
    assert from_plain(Outer, plain).side is Side.LEFT


def test_whole_numbers_read_as_floats_where_floats_are_meant():
    inner = from_plain(Inner, {"share": 1, "colour": "blue"})
    assert isinstance(inner.share, float)


def test_unknown_keys_are_ignored_and_new_fields_take_their_defaults():
    plain = {**to_plain(WHOLE), "from_the_future": 1}
    del plain["added"]
    assert from_plain(Outer, plain).added == ()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_does_not_know_are_refused(value):
    with pytest.raises(ValueError, match="must be finite"):
        to_plain({"x": value})


def test_numpy_floats_become_plain_floats_and_other_objects_are_refused():
    assert type(to_plain(np.float64(0.5))) is float
    with pytest.raises(TypeError, match="no JSON form"):
        to_plain(object())
