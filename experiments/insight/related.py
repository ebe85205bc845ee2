"""What past tests near a planned one said, in one sentence made by rule from their facts.

"Three tests on TV pages: cross-sell orders rose in two of three; no change of up-sell orders was shown."
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from experiments.insight.past_tests import PastTest
from experiments.insight.wording import count, listed, lowered, raised, word

#: A verdict that says which way a metric went; the others do not.
_MOVED = {"better": 1, "worse": -1, "broken": -1}
_TESTED = frozenset({"better", "worse", "holds", "broken", "not_shown"})


@dataclass(frozen=True, slots=True)
class Near:
    """What is planned, as far as it is known; empty parts match nothing."""

    journey: str = ""
    template: str = ""
    families: tuple[str, ...] = ()


def near(tests: Iterable[PastTest], asked: Near) -> tuple[PastTest, ...]:
    """Tests that share journey and template; where none does, the journey; then the template; then a family."""
    known = sorted(tests, key=lambda test: (-test.ended_at, test.key))
    both = [test for test in known if asked.journey and asked.template and _journey(test, asked) and _kind(test, asked)]
    by_journey = [test for test in known if _journey(test, asked)]
    by_kind = [test for test in known if _kind(test, asked)]
    by_family = [test for test in known if set(test.families) & set(asked.families)]
    return tuple(next((found for found in (both, by_journey, by_kind, by_family) if found), []))


def sentence(tests: Sequence[PastTest], asked: Near, place: str = "", families: Sequence[str] = ()) -> str:
    """What these tests said together; empty without tests.

    Args:
        place: name of the journey; families: names of the families.
    """
    if not tests:
        return ""
    parts = [line for key in _metrics(tests) if (line := _metric_line(tests, key))]
    where = _where(tests, asked, place or asked.journey, families or asked.families)
    told = "; ".join(parts) if parts else "no verdict on any metric"
    return f"{raised(count(len(tests), 'test'))}{where}: {told}."


def _where(tests: Sequence[PastTest], asked: Near, place: str, families: Sequence[str]) -> str:
    words = []
    if asked.template and all(_kind(test, asked) for test in tests):
        words.append(f" of the kind “{asked.template}”")
    if asked.journey and all(_journey(test, asked) for test in tests):
        words.append(f" on {place}")
    return "".join(words) or f" with offers of {listed([lowered(name) for name in families])}"


def _metric_line(tests: Sequence[PastTest], key: str) -> str:
    rows = [row for test in tests if (row := test.metric(key)) is not None and row.verdict in _TESTED]
    if not rows:
        return ""
    signs = [_MOVED.get(row.verdict, 0) * row.direction for row in rows]
    up, down, of = sum(s > 0 for s in signs), sum(s < 0 for s in signs), len(rows)
    title = lowered(rows[0].title)
    if not up and not down:
        return f"no change of {title} was shown"
    said = [f"{verb} {_times(k, of)}".strip() for verb, k in (("rose", up), ("fell", down)) if k]
    return f"{title} {listed(said)}"


def _times(k: int, of: int) -> str:
    if k == of:
        return "" if of == 1 else "every time"
    return f"in {word(k)} of {word(of)}"


def _metrics(tests: Sequence[PastTest]) -> list[str]:
    """Goals first, then guardrails."""
    rows = [row for test in tests for row in test.metrics if row.role in ("goal", "guardrail")]
    return list(dict.fromkeys(row.metric for row in sorted(rows, key=lambda row: row.role != "goal")))


def _journey(test: PastTest, asked: Near) -> bool:
    return bool(asked.journey) and test.journey == asked.journey


def _kind(test: PastTest, asked: Near) -> bool:
    return bool(asked.template) and test.template.casefold() == asked.template.casefold()
