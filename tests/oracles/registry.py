"""Registration of adapters: how a case's inputs reach our functions and which oracle each answer is held against.

An adapter is a generator, registered under its topic, that takes a `Case` and yields `Check`s::

    @adapter("net_effect")
    def net_effect(case: Case) -> Iterator[Check]:
        got = net(case.inputs["weights"], case.inputs["delta"], case.inputs["cov"])
        yield from case.follow("closed form", {"net": got.point, "se": got.se})

`Case.follow(pattern, fields)` compares our values with the oracle entry whose name contains `pattern` (entries that
the case does not have are passed over, so one adapter serves every case of its topic). `check(...)` compares with a
number that stands elsewhere. Fields of `follow` may be numbers, strings, booleans or nested lists of them.

An oracle entry that no check followed counts as "not covered"; `not_followed={pattern: reason}` of the decorator says
why, and the test of this folder fails for an entry with neither a check nor a reason.

Topics of the published tables are registered by `@published("section")`; such an adapter takes the section's content
as it stands in the file and yields checks with `check(...)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Value = Any
DEFAULT_TOLERANCE = 1e-9
# Below this size an expected number counts as zero, and the error is absolute instead of relative.
ZERO = 1e-12


@dataclass(frozen=True)
class Check:
    """One number of ours beside the oracle's; `oracle` names the entry that it follows."""

    name: str
    got: Value
    expected: Value
    tolerance: float
    oracle: str | None = None

    @property
    def error(self) -> float:
        """Relative error (absolute where the expected number is zero); infinite where kinds or lengths differ."""
        return _error(self.got, self.expected)

    @property
    def passed(self) -> bool:
        """True where the error is within the tolerance."""
        return self.error <= self.tolerance


@dataclass(frozen=True)
class Case:
    """One case of an oracle file: inputs, and what others made of them."""

    topic: str
    id: str
    inputs: Mapping[str, Any]
    oracles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tolerance: float = DEFAULT_TOLERANCE

    def entries(self, pattern: str, without: str | None = None) -> list[str]:
        """Names of the oracle entries that contain `pattern`, and not `without`."""
        return [name for name in self.oracles if pattern in name and not (without and without in name)]

    def follow(
        self, pattern: str, fields: Mapping[str, Value], tolerance: float | None = None, without: str | None = None
    ) -> Iterator[Check]:
        """Compare `fields` with every oracle entry whose name contains `pattern`, and not `without`.

        Raises:
            KeyError: where the entry has none of the fields, since then nothing would be compared.
        """
        for oracle in self.entries(pattern, without):
            expected = self.oracles[oracle]
            shared = [key for key in fields if key in expected]
            if not shared:
                raise KeyError(f"{self.id}: {oracle!r} has none of {sorted(fields)}.")
            for key in shared:
                limit = self.tolerance if tolerance is None else tolerance
                yield Check(f"{self.id} · {oracle} · {key}", fields[key], expected[key], limit, oracle)


Adapter = Callable[[Case], Iterator[Check]]
Published = Callable[[Any], Iterator[Check]]


@dataclass(frozen=True)
class Registration:
    """An adapter with the reasons for what it leaves out."""

    run: Adapter
    not_followed: Mapping[str, str]

    def reason(self, oracle: str) -> str | None:
        """Why an oracle entry is not followed, or None where nobody has said."""
        return next((why for pattern, why in self.not_followed.items() if pattern in oracle), None)


ADAPTERS: dict[str, Registration] = {}
PUBLISHED: dict[str, Published] = {}


def adapter(topic: str, not_followed: Mapping[str, str] | None = None) -> Callable[[Adapter], Adapter]:
    """Register the adapter of a topic; `not_followed` maps a part of an oracle's name to the reason."""

    def register(run: Adapter) -> Adapter:
        if topic in ADAPTERS:
            raise ValueError(f"topic == {topic!r} already has an adapter.")
        ADAPTERS[topic] = Registration(run, dict(not_followed or {}))
        return run

    return register


def published(section: str) -> Callable[[Published], Published]:
    """Register the adapter of one section of the published tables."""

    def register(run: Published) -> Published:
        if section in PUBLISHED:
            raise ValueError(f"section == {section!r} already has an adapter.")
        PUBLISHED[section] = run
        return run

    return register


def check(name: str, got: Value, expected: Value, tolerance: float = DEFAULT_TOLERANCE) -> Check:
    """A comparison with a number that is no field of an oracle entry."""
    return Check(name, got, expected, tolerance)


def _error(got: Value, expected: Value) -> float:
    if isinstance(expected, Mapping):
        if not isinstance(got, Mapping) or set(got) != set(expected):
            return math.inf
        return max((_error(got[key], expected[key]) for key in expected), default=0.0)
    if _is_list(expected):
        if not _is_list(got) or len(got) != len(expected):
            return math.inf
        return max((_error(g, e) for g, e in zip(got, expected, strict=True)), default=0.0)
    if isinstance(expected, str | bool) or expected is None:
        return 0.0 if got == expected else math.inf
    return _number_error(got, float(expected))


def _is_list(value: Value) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _number_error(got: Value, expected: float) -> float:
    if got is None or isinstance(got, str):
        return math.inf
    number = float(got)
    if not math.isfinite(expected) or not math.isfinite(number):
        return 0.0 if number == expected else math.inf
    gap = abs(number - expected)
    return gap / abs(expected) if abs(expected) > ZERO else gap
