"""Cases of audience rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from golden.configs import ABSENT, rule

UNKNOWN: list[Any] = [ABSENT, None]
# Objects that are no holdings cannot be compared, so such a value is not known.
ODD: list[Any] = [{}, {"product": 7}, {"name": "tv"}]
TV, MOBILE = {"product": "tv", "since": "2024-01-01"}, {"product": "mobile"}

# A rule on the attribute x, the values that meet it, and those that do not.
SINGLE: tuple[tuple[dict[str, Any], list[Any], list[Any]], ...] = (
    (
        rule("in", "a", "b"),
        ["a", "b", ["a"], ["z", "b"]],
        ["c", "A", "", "ab", " a", [], ["c"], 1, True, *UNKNOWN, *ODD],
    ),
    (
        rule("any_of", "tv", "mobile"),
        [["tv"], ["x", "mobile"], "tv", [TV], TV],
        [[], ["x"], "x", [{"product": "x"}], [{"name": "tv"}], *UNKNOWN, *ODD],
    ),
    (
        rule("not_in", "a", "b"),
        ["c", "A", "", [], ["c"], 1, False],
        ["a", "b", ["a"], ["c", "a"], *UNKNOWN, *ODD],
    ),
    (
        rule("none_of", "tv"),
        [[], ["mobile"], "mobile", [MOBILE], [None], [{}]],
        [["tv"], ["mobile", "tv"], "tv", [TV], *UNKNOWN, *ODD],
    ),
    (rule("in", 1, 2.5), [1, 1.0, 2.5, [2.5]], ["1", True, 0, 2, *UNKNOWN]),
    (rule("in", True), [True, [True]], [1, "true", False, *UNKNOWN]),
    (rule("not_in", 1), [True, "1", 0, 2], [1, 1.0, *UNKNOWN]),
    (rule("in"), [], ["a", "", [], 0, *UNKNOWN]),
    (rule("none_of"), ["a", "", [], 0, False], [*UNKNOWN]),
    ({"attribute": "x", "op": "none_of"}, ["a", "", [], 0, False], [*UNKNOWN]),
    (rule("any_of", "tv"), [["tv", ["mobile"]]], [[["tv"]], [["mobile", ["tv"]]]]),
    (rule("in", "é"), ["é"], ["e\u0301", "e"]),
    (rule("in", None), [], ["a", "null", 0, False, [], [None], *UNKNOWN]),
    (rule("gte", 10), [10, 10.0, 11, 1e9], [9, 9.999, -11, "10", "11", True, [11], *UNKNOWN]),
    (rule("lte", 10), [10, 9.5, 0, -5], [10.001, 11, "9", False, [9], *UNKNOWN]),
    (rule("gte", 0), [0, 0.0, 1], [-0.001, False, True, "", *UNKNOWN]),
    (rule("exists"), ["a", "", 0, False, [], ["a"], TV], [*UNKNOWN, *ODD]),
    (rule("missing"), [*UNKNOWN, *ODD], ["a", "", 0, False, [], ["a"], TV]),
)

# Rules that cannot be read; they are met by nobody.
UNREADABLE: tuple[Any, ...] = (
    rule("regex", "a"),
    rule("IN", "a"),
    rule("", "a"),
    {"attribute": "x", "values": ["a"]},
    {"op": "in", "values": ["a"]},
    {"attribute": 1, "op": "in", "values": ["a"]},
    {"attribute": "x", "op": "in", "values": "a"},
    {"attribute": "x", "op": "not_in", "values": "b"},
    {"attribute": "x", "op": "none_of", "values": None},
    rule("gte"),
    rule("gte", 1, 2),
    rule("gte", "1"),
    rule("lte", True),
    {"attribute": "x", "op": "gte", "value": 1},
    "x in a",
    None,
)


def audience_cases() -> Iterator[dict[str, Any]]:
    """Whether attributes meet rules."""
    yield from single_rule_cases()
    yield from several_rule_cases()
    for tested in UNREADABLE:
        yield from ({"rules": [tested], "attributes": {"x": x}, "expected": False} for x in ("a", 5))


def single_rule_cases() -> Iterator[dict[str, Any]]:
    """Each op against values that meet it and values that do not; absent and null are not known."""
    for tested, met, unmet in SINGLE:
        for expected, values in ((True, met), (False, unmet)):
            for value in values:
                attributes = {} if value is ABSENT else {"x": value}
                yield {"rules": [tested], "attributes": attributes, "expected": expected}


def several_rule_cases() -> Iterator[dict[str, Any]]:
    """All rules must be met; no rules are met by everybody."""
    both = [rule("none_of", "tv", attribute="holdings"), rule("in", "web", "app", attribute="channel")]
    yield {"rules": [], "attributes": {}, "expected": True}
    yield {"rules": [], "attributes": {"x": 1}, "expected": True}
    yield {"rules": both, "attributes": {"holdings": ["mobile"], "channel": "web"}, "expected": True}
    yield {"rules": both, "attributes": {"holdings": ["mobile", "tv"], "channel": "web"}, "expected": False}
    yield {"rules": both, "attributes": {"holdings": ["mobile"], "channel": "phone"}, "expected": False}
    yield {"rules": both, "attributes": {"channel": "web"}, "expected": False}
    between = [rule("gte", 3), rule("lte", 5)]
    yield from ({"rules": between, "attributes": {"x": x}, "expected": 3 <= x <= 5} for x in (2, 3, 4, 5, 6))
    mixed = [rule("missing"), rule("exists", attribute="y")]
    yield {"rules": mixed, "attributes": {"y": 1}, "expected": True}
    yield {"rules": mixed, "attributes": {"x": 1, "y": 1}, "expected": False}
