"""The draft of a learning, written by rule from the facts of the report; people edit it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from experiments.insight.past_tests import PastMetric, PastTest, stop_words
from experiments.insight.wording import change, lowered, money, raised
from experiments.stats.bayes import Posterior
from experiments.stats.prior import Prior

TITLE_MAX = 200
_WORD = {
    "better": "rose",
    "worse": "fell",
    "holds": "held",
    "broken": "fell",
    "too_few": "had too few events to be judged",
    "not_testable": "could not be judged",
    "not_measurable": "cannot be measured for these people",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What is proposed."""

    title: str
    finding: str
    conditions: str
    facts: dict[str, Any]


def draft(test: PastTest, shrunk: Posterior, prior: Prior, prior_words: str, period: str, decided: str) -> Draft:
    """What, for whom, raw and shrunk effect, net value, and conditions.

    Args:
        period: from when to when, in words.
        decided: what people decided; empty before they did.
    """
    goal = test.metric(test.goal)
    name = lowered(test.goal_title)
    said = _verdict(name, goal) if goal else f"{name} was not judged"
    broken = [f", {_verdict(lowered(row.title), row)}" for row in test.metrics if row.verdict == "broken"]
    title = f"{test.variant} for {lowered(test.audience)}: {said}{''.join(broken)}"
    sentences = [
        f"{test.variant} was shown to: {test.audience}.",
        f"{raised(test.goal_title)} changed by {change(test.raw.gain)} ({change(test.raw.lo)} to {change(test.raw.hi)})"
        f"{_corrected(test)}; {_drawn(test, shrunk)}.",
        *(_guard(row) for row in test.metrics if row.role == "guardrail"),
        _net(test),
    ]
    conditions = [f"{period}; {test.units:,} units."]
    if test.early:
        conditions.append("Stopped before its planned end.")
    conditions += [stop_words(test)] if stop_words(test) else []
    if not test.final:
        conditions.append("Its last units had not run off yet.")
    conditions += [prior_words] if prior_words else []
    facts = {
        "test": asdict(test),
        "shrunk": {
            "mean": shrunk.mean,
            "lo": shrunk.lo,
            "hi": shrunk.hi,
            "level": shrunk.level,
            "fits": not shrunk.contradicts(test.raw.lo, test.raw.hi),
        },
        "prior": {"mean": prior.mean, "sd": prior.sd, "source": prior.source, "tests": prior.tests},
        "decided": decided,
    }
    text = " ".join(part for part in sentences if part)
    return Draft(_cut(title), text, " ".join(conditions), facts)


def _drawn(test: PastTest, shrunk: Posterior) -> str:
    """The shrunk effect, unless prior and test tell of different things."""
    if shrunk.contradicts(test.raw.lo, test.raw.hi):
        return "too far from what tests normally find to be drawn towards it"
    return f"drawn towards what tests normally find, {change(shrunk.mean)} ({change(shrunk.lo)} to {change(shrunk.hi)})"


def _corrected(test: PastTest) -> str:
    """What the looks change; nothing where the correction changes no figure that is shown."""
    measured, corrected = (f"{change(one.gain)} ({change(one.lo)} to {change(one.hi)})" for one in (test.raw, test))
    return "" if measured == corrected else f"; corrected for its looks {corrected}"


def _guard(row: PastMetric) -> str:
    said = _verdict(raised(row.title), row)
    if row.point is None or row.lo is None or row.hi is None:
        return f"{said}."
    return f"{said} ({change(row.point)}, {change(row.lo)} to {change(row.hi)})."


def _net(test: PastTest) -> str:
    if test.net is None:
        return "The net value was not measured."
    net = test.net
    ends = f"{money(net.lo, net.currency)} to {money(net.hi, net.currency)}"
    return f"Net value per {net.per:,} units: {money(net.value, net.currency)} ({ends})."


def _verdict(name: str, row: PastMetric) -> str:
    """What was shown of a metric: of a guardrail that broke only that it got worse, since its loss may lie inside the
    limit.
    """
    if row.verdict == "not_shown":
        return (
            f"no change of {lowered(name)} shown" if name[:1].islower() else f"No change of {lowered(name)} was shown"
        )
    return f"{name} {_word(row)}"


def _word(row: PastMetric) -> str:
    if row.direction < 0 and row.verdict in ("better", "worse", "broken"):
        return "fell" if row.verdict == "better" else "rose"
    return _WORD.get(row.verdict, "was not judged")


def _cut(title: str) -> str:
    return title if len(title) <= TITLE_MAX else title[: TITLE_MAX - 1] + "…"
