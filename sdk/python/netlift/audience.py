"""Who may enter: rules on the attributes of a unit, all of which must hold.

A rule is `{"attribute": name, "op": op, "values": [...]}`:

- `in`, `any_of`: at least one of the attribute's values is listed (one reads well for single values, the other for
  lists such as holdings; they do the same);
- `not_in`, `none_of`: none of the attribute's values is listed;
- `gte`, `lte`: the attribute is a number, at least or at most the one number listed;
- `exists`, `missing`: the attribute is known, or it is not.

An attribute that is absent or null is not known, and what is not known meets no rule but `missing`: someone whose
holdings are unknown must not count as someone who holds nothing. An empty list is known: it is listed nowhere, so it
meets `none_of`. Text is compared as it stands; a boolean is no number. A list item that is an object counts as its
`product`, the form of holdings in an identify call. A rule that cannot be read, with an unknown op for instance, is
met by nobody: a new kind of rule must not let people in through an old SDK.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Union

Token = Union[str, float, "tuple[str, bool]"]
Test = Callable[[Any], bool]

#: Ops that ask whether a value is listed, and those that ask whether none is.
LISTED, OTHERWISE = ("in", "any_of"), ("not_in", "none_of")


def tokens(value: Any) -> frozenset[Token] | None:
    """The comparable values of one attribute; None where the attribute is not known."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return frozenset(token for token in map(_token, value) if token is not None)
    token = _token(value)
    return None if token is None else frozenset((token,))


def _token(value: Any) -> Token | None:
    """One comparable value as it is hashed; None where rules cannot compare it."""
    found = comparable(value)
    return ("boolean", found) if isinstance(found, bool) else found  # True == 1 in Python, but not in JSON


def comparable(value: Any) -> str | float | None:
    """What rules compare of one value; None where it is null, not finite or of a kind that they cannot compare."""
    if isinstance(value, (str, bool)):
        return value
    if isinstance(value, (int, float)):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping) and isinstance(value.get("product"), str):
        return str(value["product"])
    return None


def read_rule(rule: Any) -> tuple[str, Test]:
    """The attribute a rule reads and the test it puts to the value; a rule that cannot be read fails for all."""
    if not isinstance(rule, Mapping) or not isinstance(rule.get("attribute"), str):
        return "", _never
    test = _read_test(rule.get("op"), rule.get("values", []))
    return rule["attribute"], test or _never


def _read_test(op: Any, values: Any) -> Test | None:
    if op == "exists":
        return _known
    if op == "missing":
        return _unknown
    if not isinstance(values, list):
        return None
    if op in LISTED:
        return _any_of(values)
    if op in OTHERWISE:
        return _none_of(values)
    if op in ("gte", "lte") and len(values) == 1 and is_number(values[0]):
        return _at_least(values[0]) if op == "gte" else _at_most(values[0])
    return None


def _any_of(values: list[Any]) -> Test:
    listed = tokens(values) or frozenset()

    def test(value: Any) -> bool:
        if type(value) is str:  # by far the most frequent kind, and the only one on the fast path
            return value in listed
        known = tokens(value)
        return known is not None and not listed.isdisjoint(known)

    return test


def _none_of(values: list[Any]) -> Test:
    listed = tokens(values) or frozenset()

    def test(value: Any) -> bool:
        known = tokens(value)
        return known is not None and listed.isdisjoint(known)

    return test


def _at_least(bound: float) -> Test:
    return lambda value: is_number(value) and value >= bound


def _at_most(bound: float) -> Test:
    return lambda value: is_number(value) and value <= bound


def is_number(value: Any) -> bool:
    """Whether it is a finite number, which a boolean is not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _known(value: Any) -> bool:
    return tokens(value) is not None


def _unknown(value: Any) -> bool:
    return tokens(value) is None


def _never(_: Any) -> bool:
    return False
